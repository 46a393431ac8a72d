"""Single values of an entry: lengths, plain text out of markup, addresses."""

import html
import re
from datetime import timedelta
from typing import Literal
from urllib.parse import urljoin

MAX_TITLE = 2_000
MAX_GUID = 2_000
MAX_URL = 8_192
MAX_FRAGMENT = 1_000_000
MAX_AUTHORS = 20
MAX_AUTHOR = 200
MAX_REST = timedelta(days=31)

HIDDEN = re.compile(r"<!--(?:.*?-->|[^>]*>?)|<(script|style)\b[^<>]*>.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
BREAK = re.compile(r"<(?:br|/?p|/?div|/?li|/?h[1-6]|/?tr|/?td)\b[^<>]*>", re.IGNORECASE)
COMMON_TAG = re.compile(
    r"</?(?:a|abbr|acronym|b|big|cite|code|del|em|font|i|img|ins|mark|q|s|small|span|strike|strong|sub|sup|tt|u)\b[^<>]*>",
    re.IGNORECASE,
)
TAG = re.compile(r"</?[A-Za-z][^<>]*>")
REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
MAIL_AND_NAME = re.compile(r"[^\s()<>@]+@[^\s()<>@]+ ?\(([^()@]+)\)")
NAME_AND_MAIL = re.compile(r"([^()<>@]+)[(<][^\s()<>@]+@[^\s()<>@]+[>)]")
"""Both ways in which RSS's ``author`` is written."""
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


def plain(value: str, markup: Literal["yes", "no", "perhaps"]) -> str:
    """One line of plain text. Where nobody says whether there is markup, only common tags are taken for it."""
    text = value[: MAX_TITLE * 5]
    if markup != "no":
        text = (TAG if markup == "yes" else COMMON_TAG).sub("", BREAK.sub(" ", HIDDEN.sub("", text)))
    # Even text that claims to be plain holds references that were escaped once too often.
    text = REFERENCE.sub(lambda found: html.unescape(found[0]), text)
    return " ".join(text.split())[:MAX_TITLE]


def paragraphs(text: str) -> str:
    """Plain text as the HTML fragment that shows it."""
    lines = [html.escape(line.strip(), quote=False) for line in text.splitlines() if line.strip()]
    return "\n".join(f"<p>{line}</p>" for line in lines) if len(lines) > 1 else "".join(lines)


def address(stated: str, base: str) -> str | None:
    """A link as an absolute address; one of another scheme (``mailto:``) as stated, ``None`` if there is none."""
    url = re.sub(r"[\t\r\n]", "", stated).strip()
    if not url or len(url) > MAX_URL:
        return None
    if SCHEME.match(url) and not is_web(url):
        return url
    try:
        return urljoin(base, url)
    except ValueError:
        return url


def is_web(url: str) -> bool:
    """Is the scheme one that pages are fetched by?"""
    return url.lower().startswith(("http:", "https:"))


def names(stated: list[str]) -> tuple[str, ...]:
    """Authors, each once, in their order; of name and mail address the name."""
    plain_names = (_name(plain(name, "yes")) for name in stated[: MAX_AUTHORS * 5])
    return tuple(dict.fromkeys(name for name in plain_names if name))[:MAX_AUTHORS]


def _name(stated: str) -> str:
    found = MAIL_AND_NAME.fullmatch(stated) or NAME_AND_MAIL.fullmatch(stated)
    return (found[1].strip() if found else stated)[:MAX_AUTHOR]


def resting_time(seconds: float) -> timedelta | None:
    """How long a feed asks to be left alone, at most a month; ``None`` if it does not ask."""
    return min(timedelta(seconds=int(seconds)), MAX_REST) if seconds > 0 else None
