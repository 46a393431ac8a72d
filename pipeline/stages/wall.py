"""Pages that stand in the way of the one that was asked for: challenges for robots, captchas, login forms.

They come with 200 as often as with 403. Marks are those of the products and programs that make such pages, never of a
site. Since articles carry some of them too (a captcha under the comments), a page is only a wall where it says little.
"""

import re
from collections.abc import Iterable

from pipeline.model import Exchange

LOOKED_AT = 200_000
"""Bytes of a page."""
FEW_WORDS = 150

CHALLENGE = re.compile(
    rb"_cf_chl_opt|/cdn-cgi/challenge-platform/|cf-browser-verification|cf_chl_|_Incapsula_Resource|"
    rb"captcha-delivery\.com|px-captcha|_pxAppId|awsWafCookieDomainList|AwsWafIntegration|challenge\.js\?|"
    rb"sgcaptcha|ddos-guard|__ddg|vddosw3data|sucuri_cloudproxy_js|Enable JavaScript and cookies to continue|"
    rb"<title>\s*(?:Just a moment|Attention Required|Checking your browser|One moment, please|DDoS protection)",
    re.IGNORECASE,
)
CAPTCHA = re.compile(
    rb"g-recaptcha|h-captcha|hcaptcha\.com/|recaptcha/api|cf-turnstile|<[^<>]{0,200}captcha", re.IGNORECASE
)
PASSWORD = re.compile(rb"<input\b[^<>]{0,500}\btype\s*=\s*[\"']?password", re.IGNORECASE)
HIDDEN = re.compile(rb"<(script|style|noscript|svg)\b.*?(?:</\1\s*>|\Z)|<[^<>]*>", re.IGNORECASE | re.DOTALL)
WORD = re.compile(rb"[\w\x80-\xff]{2,}")

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
    page = answer.body[:LOOKED_AT]
    found = next((name for name, mark in _marks() if mark.search(page)), None)
    return found if found and _says_little(page) else None


def _marks() -> Iterable[tuple[str, re.Pattern[bytes]]]:
    return (("bot_challenge", CHALLENGE), ("captcha", CAPTCHA), ("login_page", PASSWORD))


def _says_little(page: bytes) -> bool:
    words = WORD.finditer(HIDDEN.sub(b" ", page))
    return sum(1 for _ in words) < FEW_WORDS
