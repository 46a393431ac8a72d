"""When a feed is asked again: seen by which rounds ask it, and by when it says that it is due."""

from datetime import timedelta
from email.utils import format_datetime

from bench.polling.answers import Headers, failing, full, in_turn, not_modified
from bench.polling.documents import news, rss, story
from bench.polling.origin import Answer
from bench.polling.scenes import DAY, HOUR, MINUTE, START, Ask, FeedRow, Play, Scene, Visit, expect, rule

AREA = "schedule"
NO_HEADERS: Headers = {}
WEEK = 7 * DAY
READY = 12 * HOUR
"""Late enough for every system's own rhythm, so that only the resting is looked at."""


def _feed(scene: Scene, answer: Answer, **more: str) -> None:
    scene.feeds.append(FeedRow("feed", scene.answer("/feed", answer), more))


def _asked(visit: Visit) -> bool:
    return bool(visit.asked("/feed"))


def _rests(scene: Scene, headers: Headers, resting: tuple[timedelta, ...], ready: timedelta, channel: str = "") -> Play:
    """A document with this wish is left alone at the times ``resting`` and asked again at ``ready``."""
    _feed(scene, full(rss(story(scene.site.url(""), 1), channel=channel), headers))
    yield Ask(START)
    for at in resting:
        expect(not _asked((yield Ask(at))), f"asked again after {at}")
    expect(_asked((yield Ask(ready))), f"not asked after {ready}")


@rule(AREA, "schedule")
def operators_interval(scene: Scene) -> Play:
    """The operator's interval is the shortest time between two polls.

    Source: the feed list's ``interval``.
    """
    _feed(scene, full(news(scene.site.url(""), [1])), interval="3h")
    yield Ask(START)
    for hours in (1, 2):
        expect(not _asked((yield Ask(hours * HOUR))), f"asked again after {hours} h")
    expect(_asked((yield Ask(4 * HOUR))), "not asked after 4 h")


@rule(AREA, "schedule")
def rss_ttl(scene: Scene) -> Play:
    """RSS's ttl is kept.

    Source: RSS 2.0, ttl: minutes that a channel can be cached.
    """
    yield from _rests(scene, NO_HEADERS, (HOUR, 2 * HOUR), READY, "<ttl>180</ttl>")


@rule(AREA, "schedule")
def update_period(scene: Scene) -> Play:
    """The syndication module's period and frequency are kept.

    Source: RSS 1.0 module Syndication.
    """
    channel = "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>8</sy:updateFrequency>"
    yield from _rests(scene, NO_HEADERS, (HOUR, 2 * HOUR), READY, channel)


@rule(AREA, "schedule")
def skip_hours(scene: Scene) -> Play:
    """In the hours of skipHours, which are in UTC, a feed is left alone.

    Source: RSS 2.0, skipHours.
    """
    hours = "".join(f"<hour>{hour}</hour>" for hour in (13, 14))
    yield from _rests(scene, NO_HEADERS, (HOUR, 2 * HOUR), READY, f"<skipHours>{hours}</skipHours>")


@rule(AREA, "schedule")
def max_age(scene: Scene) -> Play:
    """Cache-Control: max-age is kept.

    Source: RFC 9111, 4.2.
    """
    yield from _rests(scene, {"Cache-Control": "public, max-age=10200"}, (HOUR, 2 * HOUR), READY)


@rule(AREA, "schedule")
def expires(scene: Scene) -> Play:
    """Expires is kept, measured against the server's own Date.

    Source: RFC 9111, 4.2.1.
    """
    served = scene.time(-365 * DAY)
    times = {
        "Date": format_datetime(served, usegmt=True),
        "Expires": format_datetime(served + 170 * MINUTE, usegmt=True),
    }
    yield from _rests(scene, times, (HOUR, 2 * HOUR), READY)


@rule(AREA, "schedule")
def largest_wins(scene: Scene) -> Play:
    """Of several wishes the longest counts.

    Source: RSS 2.0 and RFC 9111: each is a time within which asking is in vain.
    """
    yield from _rests(scene, {"Cache-Control": "max-age=600"}, (HOUR, 2 * HOUR), READY, "<ttl>180</ttl>")


@rule(AREA, "schedule")
def ceiling(scene: Scene) -> Play:
    """A wish of years does not put a feed to sleep: it is asked again within days.

    Source: RFC 9111, 4.2 allows to validate earlier; far-future headers are set for images and hit feeds.
    """
    yield from _rests(scene, {"Cache-Control": "max-age=31536000"}, (HOUR,), 3 * DAY)


@rule(AREA, "schedule")
def shortest_gap(scene: Scene) -> Play:
    """A feed is never asked again within a few minutes, whatever it says.

    Source: RFC 6585, 4; miniflux/v2#2128: two requests in a row are answered with 429.
    """
    yield from _rests(scene, {"Cache-Control": "max-age=0"}, (2 * MINUTE,), READY, "<ttl>0</ttl>")


def _refused(scene: Scene, status: int, headers: Headers, resting: tuple[timedelta, ...], ready: timedelta) -> Play:
    _feed(scene, in_turn(failing(status, headers), full(news(scene.site.url(""), [1]))))
    yield Ask(START)
    for at in resting:
        expect(not _asked((yield Ask(at))), f"asked again after {at}")
    expect(_asked((yield Ask(ready))), f"not asked after {ready}")


@rule(AREA, "schedule")
def retry_after_on_503(scene: Scene) -> Play:
    """Retry-After in seconds is kept on a 503.

    Source: RFC 9110, 10.2.3 and 15.6.4.
    """
    yield from _refused(scene, 503, {"Retry-After": str(5 * 3600)}, (HOUR, 2 * HOUR, 4 * HOUR), READY)


@rule(AREA, "schedule")
def retry_after_on_429(scene: Scene) -> Play:
    """Retry-After in seconds is kept on a 429.

    Source: RFC 6585, 4.
    """
    yield from _refused(scene, 429, {"Retry-After": str(5 * 3600)}, (HOUR, 2 * HOUR, 4 * HOUR), READY)


@rule(AREA, "schedule")
def retry_after_as_date(scene: Scene) -> Play:
    """Retry-After as a date counts from the server's Date, since clocks are wrong.

    Source: RFC 9110, 10.2.3 and 6.6.1.
    """
    served = scene.time(-400 * DAY)
    times = {
        "Date": format_datetime(served, usegmt=True),
        "Retry-After": format_datetime(served + 5 * HOUR, usegmt=True),
    }
    yield from _refused(scene, 503, times, (HOUR, 2 * HOUR, 4 * HOUR), READY)


@rule(AREA, "schedule")
def retry_after_cap(scene: Scene) -> Play:
    """A Retry-After of years is kept for a month at most.

    Source: a mistaken or hostile value must not lose a feed; the cap of 31 days is Sitrep's.
    """
    yield from _refused(scene, 503, {"Retry-After": "999999999"}, (DAY, 8 * DAY), 32 * DAY)


@rule(AREA, "schedule")
def retry_after_of_the_host(scene: Scene) -> Play:
    """A 429 with Retry-After holds for the whole host, also for its other feeds.

    Source: RFC 6585, 4: the limit may be counted across the server; Athou/commafeed#2181, miniflux/v2#3289.
    """
    _feed(scene, full(news(scene.site.url(""), [1])))
    scene.feeds.append(FeedRow("second", scene.answer("/second", full(news(scene.site.url(""), [2])))))
    yield Ask(START)
    scene.answer("/feed", failing(429, {"Retry-After": str(5 * 3600)}))
    yield Ask(HOUR, feeds=("feed",))
    for hours in (2, 4):
        visit = yield Ask(hours * HOUR, feeds=("second",))
        expect(not visit.requests, f"the host was asked {hours - 1} h after its 429 for 5 h")
    expect(bool((yield Ask(DAY)).asked("/second")), "not asked after a day")


@rule(AREA, "schedule")
def back_off_grows(scene: Scene) -> Play:
    """Failure after failure, the wait grows, to a week at most.

    Source: RFC 9110, 15.6.4 says nothing of when; exponential back-off, as RFC 6298, 5.5 doubles its timer.
    """
    _feed(scene, failing(503))
    waits: list[timedelta] = []
    for at in (START, DAY, 8 * DAY, 16 * DAY, 24 * DAY):
        visit = yield Ask(at)
        expect(_asked(visit) and visit.feed.due is not None, f"not asked after {at}")
        waits.append((visit.feed.due or at) - at)
    expect(waits == sorted(set(waits)), f"waits {', '.join(map(str, waits))}")
    expect(waits[-1] <= WEEK, f"a wait of {waits[-1]}")


@rule(AREA, "schedule")
def never_to_never(scene: Scene) -> Play:
    """However often a feed has failed, it is asked at least each week or so.

    Source: feeds come back after months; miniflux/v2#879: after three failures never again.
    """
    _feed(scene, failing(403))
    for at in [START] + [number * 8 * DAY for number in range(1, 6)]:
        expect(_asked((yield Ask(at))), f"not asked after {at}")
    scene.answer("/feed", full(news(scene.site.url(""), [1])))
    visit = yield Ask(64 * DAY)
    expect(_asked(visit) and not visit.feed.failed, "not asked, or still failing, when it was back")


@rule(AREA, "schedule", "states")
def soft_404(scene: Scene) -> Play:
    """A 404 is soft: looked at again within a day, and no reason to give up.

    Source: RFC 9110, 15.5.5 does not say whether it is lasting.
    """
    _feed(scene, in_turn(full(news(scene.site.url(""), [1])), failing(404), full(news(scene.site.url(""), [1]))))
    yield Ask(START)
    visit = yield Ask(DAY)
    expect(visit.feed.failed and visit.feed.state != "gone", f"state {visit.feed.state}")
    visit = yield Ask(2 * DAY)
    expect(_asked(visit) and not visit.feed.failed, "not asked again within a day")


@rule(AREA, "schedule", "states")
def gone_410(scene: Scene) -> Play:
    """A 410 makes a feed gone, is looked at again each month, and ends when the feed is back.

    Source: RFC 9110, 15.5.11.
    """
    _feed(scene, in_turn(failing(410), failing(410), full(news(scene.site.url(""), [1]))))
    visit = yield Ask(START)
    expect(visit.feed.state == "gone", f"state {visit.feed.state}")
    for days in (8, 24):
        expect(not _asked((yield Ask(days * DAY))), f"asked after {days} days")
    expect(_asked((yield Ask(32 * DAY))), "not asked after a month")
    visit = yield Ask(64 * DAY)
    expect(_asked(visit) and visit.feed.state != "gone", f"back after two months, state {visit.feed.state}")


@rule(AREA, "schedule")
def jitter(scene: Scene) -> Play:
    """Feeds that were added together do not stay together.

    Source: feeds added together are a burst for the server that hosts many of them; Athou/commafeed#2181.
    """
    for number in range(6):
        url = scene.answer(f"/feed{number}", full(news(scene.site.url(""), [number])))
        scene.feeds.append(FeedRow(f"feed{number}", url))
    visit = yield Ask(START)
    due = {view.due for view in visit.feeds.values()}
    expect(len(due) >= 4, f"{len(due)} different times for 6 feeds")


@rule(AREA, "schedule", "memory")
def sooner_when_missing(scene: Scene) -> Play:
    """When no entry of a document is known, some may have been missed, so the next poll comes sooner.

    Source: a document holds the newest entries only; without overlap nobody knows what stood between.
    """
    urls = scene.site.url("")
    waits: list[timedelta] = []
    first = [START, DAY, 2 * DAY, 3 * DAY, 4 * DAY]
    _feed(scene, full(news(urls, range(1, 11))))
    for at in first:
        visit = yield Ask(at)
        waits.append((visit.feed.due or at) - at)
    scene.answer("/feed", full(news(urls, range(20, 30))))
    at = 5 * DAY
    visit = yield Ask(at)
    expect(_asked(visit), "not asked after a day")
    wait = (visit.feed.due or at) - at
    expect(wait < waits[-1], f"{wait} after a document of new entries, {waits[-1]} before")


@rule(AREA, "schedule", "memory")
def later_when_quiet(scene: Scene) -> Play:
    """When all entries of a document are known time and again, the next poll comes later.

    Source: RFC 9111 leaves it to the client; a poll that finds nothing is wasted on both sides.
    """
    waits: list[timedelta] = []
    _feed(scene, full(news(scene.site.url(""), range(1, 11))))
    for at in (START, DAY, 2 * DAY, 3 * DAY, 4 * DAY):
        visit = yield Ask(at)
        waits.append((visit.feed.due or at) - at)
    expect(waits[-1] > waits[0], f"waits {', '.join(map(str, waits))}")


@rule(AREA)
def one_request_a_poll(scene: Scene) -> Play:
    """A poll is exactly one request, a 304 included.

    Source: miniflux/v2#2128: two requests for one poll.
    """
    _feed(scene, full(news(scene.site.url(""), [])))
    yield Ask(START)
    scene.answer("/feed", not_modified())
    visit = yield Ask(HOUR)
    expect(len(visit.asked("/feed")) == 1, f"{len(visit.asked('/feed'))} requests")
