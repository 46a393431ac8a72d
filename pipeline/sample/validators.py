"""Conditional requests to the sample newsroom: the validators of an answer, and whether the reader has it already."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from pipeline.sample.answers import Answer


def reply_headers(reply: Answer) -> Mapping[str, str]:
    """The headers that an answer and its 304 share (RFC 9110, section 15.4.5), and Retry-After."""
    headers = {"Vary": "Accept-Encoding"}
    if reply.status == 200:
        headers["ETag"] = reply.etag
    if reply.modified:
        headers["Last-Modified"] = format_datetime(reply.modified, usegmt=True)
    if reply.retry_after:
        headers["Retry-After"] = str(reply.retry_after)
    return headers


def not_modified(asked: Mapping[str, str], reply: Answer) -> bool:
    """Does a request with these headers (names in lower case) get a 304?

    If-None-Match decides alone where it is sent (RFC 9110, section 13.2.2).
    """
    if reply.status != 200:
        return False
    tags = asked.get("if-none-match")
    if tags is not None:
        return reply.etag in (tag.strip() for tag in tags.split(","))
    since = _moment(asked.get("if-modified-since", ""))
    return since is not None and reply.modified is not None and reply.modified <= since


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    # "-0000" comes back without a zone: UTC of an unknown origin (RFC 5322, section 3.3).
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
