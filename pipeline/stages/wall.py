"""Pages that stand in the way of the one that was asked for: challenges for robots, captchas, login forms.

They come with 200 as often as with 403. Marks are those of the products and programs that make such pages, never of a
site. Since articles carry some of them too (a captcha under the comments), a page is only a wall where it says little.
"""

import re
from collections.abc import Sequence
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
TITLE = re.compile(rb"<title>\s*(?:%s)" % b"|".join(TITLES), re.IGNORECASE)
CAPTCHA = (b"g-recaptcha", b"h-captcha", b"hcaptcha.com/", b"recaptcha/api", b"cf-turnstile")
CAPTCHA_TAG = re.compile(rb"<[^<>]{0,200}captcha", re.IGNORECASE)
PASSWORD = re.compile(rb"<input\b[^<>]{0,500}\btype\s*=\s*[\"']?password", re.IGNORECASE)
TAG = re.compile(rb"<(?:(script|style|noscript|svg)\b|[^<>]*>)", re.IGNORECASE)
ENDS = {name: re.compile(rb"</%s\s*>" % name, re.IGNORECASE) for name in (b"script", b"style", b"noscript", b"svg")}
"""Of the elements whose words nobody reads."""
WORD = re.compile(rb"[\w\x80-\xff]{2,}")
MARKS = (CHALLENGE, TITLES, CAPTCHA, (b"captcha",), (b"password",))
"""One of these stands in each wall. Those of a challenge and a captcha's tell it; the others might be any words."""
IS_CHALLENGE, MAY_BE_CHALLENGE, IS_CAPTCHA, MAY_BE_CAPTCHA, MAY_BE_LOGIN = range(len(MARKS))

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
    there = _marks().Match(body)
    if there is None:
        return None
    found = _marked(body, there)
    return found if found and says_little(answer.body) else None


@cache
def _marks() -> Any:
    """Tells which of ``MARKS`` a page has, all looked for at once: every page of a round is read, and few have any."""
    import re2

    options = re2.Options()
    options.case_sensitive = False
    options.encoding = re2.Options.Encoding.LATIN1  # bytes, of which only ASCII letters have a case
    marks = re2.Set.SearchSet(options)
    for words in MARKS:
        marks.Add(b"|".join(map(re2.escape, words)))
    marks.Compile()
    return marks


def _marked(body: bytes, there: Sequence[int]) -> str | None:
    """The wall that the page may be, by those of ``MARKS`` that are there."""
    if IS_CHALLENGE in there or (MAY_BE_CHALLENGE in there and TITLE.search(body)):
        return "bot_challenge"
    if IS_CAPTCHA in there or (MAY_BE_CAPTCHA in there and CAPTCHA_TAG.search(body)):
        return "captcha"
    return "login_page" if MAY_BE_LOGIN in there and PASSWORD.search(body) else None


def says_little(html: bytes) -> bool:
    """Are there few words between the tags of the page? Most pages need not be read to their end for that."""
    seen, start = 0, 0
    while tag := TAG.search(html, start):
        seen += len(WORD.findall(html, start, tag.start()))
        if seen >= FEW_WORDS:
            return False
        start = tag.end()
        if tag[1]:
            end = ENDS[tag[1].lower()].search(html, start)
            start = end.end() if end else len(html)
    return seen + len(WORD.findall(html, start)) < FEW_WORDS
