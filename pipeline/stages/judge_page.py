"""What an answer for an article page is worth: its HTML, the feed's own text instead, or another try later."""

import re
from dataclasses import dataclass

from pipeline.model import Exchange, FetchFailure

TEMPORARY = {408, 421, 423, 425, 429}
HTML_TYPES = ("text/html", "application/xhtml+xml", "")
MARKUP = re.compile(rb"<(?:!doctype html|html|head|body|div|p|article|meta)\b", re.IGNORECASE)
CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Page:
    """The bytes of an article page, where they came from, and the charset that HTTP named."""

    html: bytes
    url: str
    charset: str | None


def is_temporary(status: int) -> bool:
    """Is a status that is no 200 worth another try? So are 2xx: a bot wall answers 202, a half-made page 206."""
    return status >= 500 or 200 < status < 300 or status in TEMPORARY


def judge_page(answer: Exchange | FetchFailure) -> Page | FetchFailure:
    """The page, or why there is none: 5xx and a few others are temporary, all else is final."""
    if isinstance(answer, FetchFailure):
        return answer
    if answer.status != 200:
        status = answer.status
        return FetchFailure(answer.url, "http_status", str(status), is_temporary(status), status, answer)
    content_type = answer.header("content-type") or ""
    kind = content_type.partition(";")[0].strip().lower()
    if not answer.body.strip():
        return FetchFailure(answer.url, "empty_page", "200 without a body", True, 200, answer)
    if kind not in HTML_TYPES and not (kind == "text/plain" and MARKUP.search(answer.body[:4096])):
        return FetchFailure(answer.url, "not_html", f"Content-Type {ascii(kind[:60])[1:-1]}", False, 200, answer)
    charset = CHARSET.search(content_type)
    return Page(answer.body, answer.url, charset[1] if charset else None)
