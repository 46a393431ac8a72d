"""Pages that stand in the way of the one that was asked for: challenges for robots, captchas, login forms.

They come with 200 as often as with 403. Marks are those of the products and programs that make such pages, never of a
site. Since articles carry some of them too (a captcha under the comments), a page is only a wall where it says little.
"""

import re
from functools import cache
from typing import Any

from pipeline.model import Exchange

LOOKED_AT = 200_000
"""Bytes of a page: marks stand in the first scripts and forms. Words may begin far behind them."""
FEW_WORDS = 150

CHALLENGE = (
    *(b"_cf_chl_opt", b"/cdn-cgi/challenge-platform/", b"cf-browser-verification", b"cf_chl_"),
    *(b"_incapsula_resource", b"captcha-delivery.com", b"px-captcha", b"_pxappid", b"awswafcookiedomainlist"),
    *(b"awswafintegration", b"challenge.js?", b"sgcaptcha", b"ddos-guard", b"__ddg", b"vddosw3data"),
    *(b"sucuri_cloudproxy_js", b"enable javascript and cookies to continue"),
)
TITLES = (b"just a moment", b"attention required", b"checking your browser", b"one moment, please", b"ddos protection")
TITLE = re.compile(rb"<title>\s*(?:%s)" % b"|".join(TITLES))
CAPTCHA = (b"g-recaptcha", b"h-captcha", b"hcaptcha.com/", b"recaptcha/api", b"cf-turnstile")
CAPTCHA_TAG = re.compile(rb"<[^<>]{0,200}captcha")
PASSWORD = re.compile(rb"<input\b[^<>]{0,500}\btype\s*=\s*[\"']?password")
HIDDEN = re.compile(rb"<(script|style|noscript|svg)\b.*?(?:</\1\s*>|\Z)|<[^<>]*>", re.DOTALL)
WORD = re.compile(rb"[\w\x80-\xff]{2,}")
WORDS = (*CHALLENGE, *TITLES, b"captcha", b"cf-turnstile", b"password")
"""One of these stands in each of the marks."""

NAMES = {
    "bot_challenge": "a challenge for robots stands there",
    "captcha": "a captcha stands there",
    "login_page": "a login form stands there",
}
"""The kinds of walls, and what to say of each."""


def wall(answer: Exchange) -> str | None:
    """Which kind of wall the answer is (a key of ``NAMES``), ``None`` if it is none or cannot be told."""
    if (answer.header("cf-mitigated") or "").strip().lower() == "challenge":
        return "bot_challenge"
    if (answer.header("x-amzn-waf-action") or "").strip().lower() in ("challenge", "captcha"):
        return "bot_challenge"
    body = answer.body[:LOOKED_AT]
    if _one_of(WORDS).search(body) is None:
        return None
    page = body.lower()
    found = _marked(page)
    return found if found and says_little(answer.body) else None


@cache
def _one_of(marks: tuple[bytes, ...]) -> Any:
    """All marks looked for at once, since every page of a round is looked at and few have any."""
    import re2

    options = re2.Options()
    options.case_sensitive = False
    return re2.compile(b"|".join(map(re2.escape, marks)), options)


def _marked(page: bytes) -> str | None:
    """The wall of which the page, in lower case, has a mark."""
    if _one_of(CHALLENGE).search(page) or TITLE.search(page):
        return "bot_challenge"
    if any(mark in page for mark in CAPTCHA) or (b"captcha" in page and CAPTCHA_TAG.search(page)):
        return "captcha"
    return "login_page" if b"password" in page and PASSWORD.search(page) else None


def says_little(html: bytes) -> bool:
    """Are there few words between the tags of the page? Most pages need not be read to their end for that."""
    page, seen, start = html.lower(), 0, 0
    for hidden in HIDDEN.finditer(page):
        seen += len(WORD.findall(page, start, hidden.start()))
        if seen >= FEW_WORDS:
            return False
        start = hidden.end()
    return seen + len(WORD.findall(page, start)) < FEW_WORDS
