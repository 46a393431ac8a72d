"""lemon24/reader: ``make_reader(…)`` and ``update_feeds()``, which polls the feeds that its own scheduler calls due.

Where the scenario is not about the schedule: ``update_feeds(scheduled=False)``, which polls them all.

All settings are its defaults. The clock is set where its own tests set it (``reader._now``). In the hostile world the
documented ``session_timeout`` is set; an interval of the feed list becomes its documented ``.reader.update`` tag.
"""

import re
from datetime import datetime

import reader as library
from answering import serve

readers = {}
listed = {}


def poll(feeds, now, timeout, forced):
    options = {"session_timeout": float(timeout)} if timeout else {}
    reader = readers.get("one") or readers.setdefault("one", library.make_reader("news.sqlite", **options))
    reader._now = lambda: datetime.fromisoformat(now)
    for feed in feeds:
        enter(reader, feed)
    # One call for the scenario's feeds together: a tag names them.
    for name in {feed["id"] for feed in feeds}:
        reader.set_tag(listed[name], "asked")
    raised = None
    try:
        reader.update_feeds(tags=["asked"], scheduled=not forced)
    except Exception as error:
        raised = type(error).__name__
    for feed in feeds:
        reader.delete_tag(listed[feed["id"]], "asked", missing_ok=True)
    return {feed["id"]: view(reader, listed[feed["id"]], raised) for feed in feeds}


def enter(reader, feed):
    old, url = listed.get(feed["id"]), feed["url"]
    if old is None:
        reader.add_feed(url, exist_ok=True)
    elif old != url:
        reader.change_feed_url(old, url)
    listed[feed["id"]] = url
    if "interval" in feed:
        reader.set_tag(url, ".reader.update", {"interval": int(feed["interval"].rstrip("h")) * 60})


def view(reader, url, raised):
    feed = reader.get_feed(url)
    trouble = feed.last_exception
    problem = raised or (named(trouble) if trouble else None)
    due = feed.update_after
    return {
        "failed": problem is not None,
        "problem": problem,
        "state": "failing" if problem else "ok",
        "due": due.isoformat() if due else None,
        "entries": [shown(entry) for entry in reader.get_entries(feed=url)],
    }


def named(trouble):
    """The message without what differs from feed to feed: addresses and places in a document."""
    words = re.sub(r"\S+://\S*|<unknown>|:\d+:\d+", "", trouble.value_str)
    return " ".join(words.strip(" :").split())[:120] or trouble.type_name


def shown(entry):
    text = entry.summary or "".join(content.value for content in entry.content)
    times = {"published": entry.published, "updated": entry.updated, "first_seen": entry.added}
    stated = {name: moment.isoformat() if moment else None for name, moment in times.items()}
    return {"guid": entry.id, "url": entry.link, "title": entry.title, "text": text, **stated}


if __name__ == "__main__":
    serve(library.__version__, poll)
