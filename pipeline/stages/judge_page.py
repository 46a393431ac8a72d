"""What an answer for an article page is worth: its HTML, the feed's own text instead, or another try later."""

import re
from dataclasses import dataclass

from pipeline.model import Exchange, FetchFailure
from pipeline.stages.wall import NAMES, wall

TEMPORARY = {408, 421, 423, 425, 429}
HTML_TYPES = ("text/html", "application/xhtml+xml", "")
MARKUP = re.compile(rb"<(?:!doctype html|html|head|body|div|p|article|meta)\b", re.IGNORECASE)
CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)


MAGIC = (
    (b"%PDF-", "a PDF"),
    (b"\x89PNG\r\n", "an image"),
    (b"GIF8", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"PK\x03\x04", "an archive"),
    (b"\x1f\x8b", "packed data"),
    (b"ID3", "a sound"),
    (b"OggS", "a sound or film"),
)


@dataclass(frozen=True, slots=True)
class Page:
    """The bytes of an article page, where they came from, and the charset that HTTP named."""

    html: bytes
    url: str
    charset: str | None


def _other_format(body: bytes) -> str | None:
    """What the first bytes say that no page begins with, whatever the server calls it (WHATWG MIME Sniffing)."""
    start = body[:1024].lstrip()
    return next((name for magic, name in MAGIC if start.startswith(magic)), None)


def is_temporary(status: int) -> bool:
    """Is a status that is no 200 worth another try? So are 2xx: a bot wall answers 202, a half-made page 206."""
    return status >= 500 or 200 < status < 300 or status in TEMPORARY


def judge_page(answer: Exchange | FetchFailure) -> Page | FetchFailure:
    """The page, or why there is none: 5xx and a few others are temporary, all else is final, walls included."""
    if isinstance(answer, FetchFailure):
        return answer
    if (kind_of_wall := wall(answer)) is not None:
        return FetchFailure(answer.url, kind_of_wall, NAMES[kind_of_wall], False, answer.status, answer)
    if answer.status != 200:
        status = answer.status
        return FetchFailure(answer.url, "http_status", str(status), is_temporary(status), status, answer)
    content_type = answer.header("content-type") or ""
    kind = content_type.partition(";")[0].strip().lower()
    if not answer.body or answer.body.isspace():
        return FetchFailure(answer.url, "empty_page", "200 without a body", True, 200, answer)
    if (found := _other_format(answer.body)) is not None:
        return FetchFailure(answer.url, "not_html", f"{found}, sent as {ascii(kind[:60])[1:-1]}", False, 200, answer)
    if kind not in HTML_TYPES and not (kind == "text/plain" and MARKUP.search(answer.body[:4096])):
        return FetchFailure(answer.url, "not_html", f"Content-Type {ascii(kind[:60])[1:-1]}", False, 200, answer)
    charset = CHARSET.search(content_type)
    return Page(answer.body, answer.url, charset[1] if charset else None)
