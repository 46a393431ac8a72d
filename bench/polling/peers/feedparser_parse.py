"""feedparser's own fetch: ``feedparser.parse(url, etag=…, modified=…)``, the values kept from answer to answer.

As in its documentation ("ETag and Last-Modified Headers"): what the last result names as ``etag`` and ``modified`` is
given to the next call. A result without them (a 304 may have none) leaves those that are known.
A call without an HTTP status, a status of 400 and more, and a document of no known version count as failures.
"""

import time
from calendar import timegm
from datetime import UTC, datetime

import feedparser
from answering import serve

kept = {}


def poll(feeds, now, timeout, forced):
    return {feed["id"]: one(feed) for feed in feeds}


def one(feed):
    known = kept.setdefault((feed["id"], feed["url"]), {})
    try:
        result = feedparser.parse(feed["url"], etag=known.get("etag"), modified=known.get("modified"))
    except Exception as error:
        return {"failed": True, "problem": type(error).__name__, "entries": []}
    for name in ("etag", "modified"):
        if result.get(name):
            known[name] = result[name]
    status, problem = result.get("status"), None
    if status is None or status >= 400:
        problem = f"status {status}" if status else type(result.get("bozo_exception")).__name__
    elif status != 304 and not result.get("version"):
        problem = f"no version: {type(result.get('bozo_exception')).__name__}"
    return {
        "failed": problem is not None,
        "problem": problem,
        "entries": [shown(entry) for entry in result.get("entries", ())],
    }


def shown(entry):
    texts = [content.value for content in entry.get("content", ())]
    return {
        "guid": entry.get("id"),
        "url": entry.get("link"),
        "title": entry.get("title"),
        "text": entry.get("summary") or "".join(texts),
        "published": moment(entry.get("published_parsed") if "published" in entry else None),
        "updated": moment(entry.get("updated_parsed") if "updated" in entry else None),
    }


def moment(parts):
    if not isinstance(parts, time.struct_time):
        return None
    try:
        return datetime.fromtimestamp(timegm(parts), UTC).isoformat()
    except (ValueError, OverflowError):
        return None


if __name__ == "__main__":
    serve(feedparser.__version__, poll)
