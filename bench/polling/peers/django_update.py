"""django-feed-reader: ``update_feeds`` over its queue of due feeds, narrowed to the scenario's.

Where the scenario is not about the schedule: ``read_feed`` for each feed that it has not switched off.

All settings are its defaults. The clock is Django's (``timezone.now``), which is where the library asks for the time.
"""

import io
from datetime import UTC, datetime
from importlib.metadata import version

import django
from answering import serve
from django.conf import settings

settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "feeds"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "feeds.sqlite"}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    USE_TZ=True,
    FEEDS_USER_AGENT="django-feed-reader",
    FEEDS_SERVER="http://example.org",
)
django.setup()

from django.core.management import call_command  # noqa: E402 — Django wants its settings first
from django.db.models import Q  # noqa: E402
from django.utils import timezone  # noqa: E402
from feeds.models import Source  # noqa: E402
from feeds.utils import read_feed  # noqa: E402

NAMED = {" OK (updated)", " OK", "Not modified", "Moved"}
ready = []
sources = {}


def poll(feeds, now, timeout, forced):
    if not ready:
        call_command("migrate", verbosity=0)
        ready.append(True)
    moment = datetime.fromisoformat(now)
    timezone.now = lambda: moment
    for feed in feeds:
        enter(feed)
    ids = [sources[feed["id"]] for feed in feeds]
    # The query and the loop of ``update_feeds``, for these feeds alone.
    due = Source.objects.filter(Q(due_poll__lt=timezone.now()) & Q(live=True) & Q(id__in=ids)).order_by("due_poll")
    raised = {}
    if forced:
        due = Source.objects.filter(live=True, id__in=ids)
    for source in due:
        try:
            read_feed(source, io.StringIO())
        except Exception as error:
            raised[source.id] = type(error).__name__
    return {feed["id"]: view(Source.objects.get(id=sources[feed["id"]]), raised) for feed in feeds}


def enter(feed):
    if feed["id"] not in sources:
        never = datetime(1900, 1, 1, tzinfo=UTC)
        sources[feed["id"]] = Source.objects.create(feed_url=feed["url"], due_poll=never).id
        listed[feed["id"]] = feed["url"]
    elif listed[feed["id"]] != feed["url"]:
        Source.objects.filter(id=sources[feed["id"]]).update(feed_url=feed["url"])
        listed[feed["id"]] = feed["url"]


listed = {}


def view(source, raised):
    result = source.last_result or ""
    fine = result in NAMED or result.startswith(("Temporary Redirect", "Permanent Redirect"))
    problem = raised.get(source.id) or (None if fine else result or None)
    return {
        "failed": problem is not None,
        "problem": problem,
        "state": "failing" if problem and source.live else "gone" if not source.live else "ok",
        "due": source.due_poll.isoformat() if source.live else None,
        "entries": [shown(post) for post in source.posts.all()],
    }


def shown(post):
    times = {"published": post.created, "first_seen": post.found}
    stated = {name: moment.isoformat() if moment else None for name, moment in times.items()}
    return {"guid": post.guid, "url": post.link, "title": post.title, "text": post.body, **stated}


if __name__ == "__main__":
    serve(version("django-feed-reader"), poll)
