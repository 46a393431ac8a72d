"""Redirects: what changes the address that is asked, and what never does."""

from bench.polling.answers import choose, full, moved, not_modified
from bench.polling.documents import news
from bench.polling.origin import Request
from bench.polling.scenes import DAY, HOUR, START, Ask, FeedRow, Play, Scene, expect, rule

AREA = "redirects"
DAYS = (1, 2, 3, 4, 5)


def _redirecting(scene: Scene, status: int) -> None:
    scene.feeds.append(FeedRow("feed", scene.answer("/feed", moved(status, "/new"))))
    scene.answer("/new", full(news(scene.site.url(""), [1])))


def _stays(scene: Scene, status: int) -> Play:
    _redirecting(scene, status)
    yield Ask(START)
    for day in DAYS:
        visit = yield Ask(day * DAY)
        expect(bool(visit.asked("/feed")), f"the listed address was not asked after {day} days of {status}")
        expect(bool(visit.asked("/new")), f"the {status} was not followed")


def _moves(scene: Scene, status: int) -> Play:
    _redirecting(scene, status)
    yield Ask(START)
    visit = yield Ask(HOUR)
    expect(bool(visit.asked("/feed")), "the new address was believed at the first sighting")
    for day in DAYS:
        visit = yield Ask(day * DAY)
    asked = [request.path for request in visit.requests if request.path in ("/feed", "/new")]
    expect(asked == ["/new"], f"after five days of {status} still asked: {', '.join(asked)}")


@rule(AREA)
def found_302(scene: Scene) -> Play:
    """A 302 is followed and never changes the stored address.

    Source: RFC 9110, 15.4.3.
    """
    yield from _stays(scene, 302)


@rule(AREA)
def see_other_303(scene: Scene) -> Play:
    """A 303 is followed and never changes the stored address.

    Source: RFC 9110, 15.4.4.
    """
    yield from _stays(scene, 303)


@rule(AREA)
def temporary_307(scene: Scene) -> Play:
    """A 307 is followed and never changes the stored address.

    Source: RFC 9110, 15.4.8.
    """
    yield from _stays(scene, 307)


@rule(AREA, "address")
def permanent_301(scene: Scene) -> Play:
    """A 301 changes the stored address after sightings over three days, not at once.

    Source: RFC 9110, 15.4.2; AntennaPod/AntennaPod#5324: a captive portal replaced the addresses of feeds for
    good.
    """
    yield from _moves(scene, 301)


@rule(AREA, "address")
def permanent_308(scene: Scene) -> Play:
    """A 308 changes the stored address after sightings over three days, not at once.

    Source: RFC 9110, 15.4.9; fossar/selfoss#1178.
    """
    yield from _moves(scene, 308)


@rule(AREA, "address")
def only_to_a_feed(scene: Scene) -> Play:
    """A 301 to something that is no feed never becomes the stored address.

    Source: parked domains and portals redirect everything; AntennaPod/AntennaPod#5324.
    """
    scene.feeds.append(FeedRow("feed", scene.answer("/feed", moved(301, "/parked"))))
    page = full(b"<!doctype html><html><body>This domain is for sale</body></html>", kind="text/html")
    scene.answer("/parked", page)
    yield Ask(START)
    for day in (1, 2, 4, 8, 16):
        visit = yield Ask(day * DAY)
    scene.answer("/feed", full(news(scene.site.url(""), [1])))
    visit = yield Ask(24 * DAY)
    expect(bool(visit.asked("/feed")) and not visit.feed.failed, "the listed address was not asked when it was back")


@rule(AREA)
def loops_end(scene: Scene) -> Play:
    """A loop of redirects ends after few requests and is a failure.

    Source: RFC 9110, 15.4: a client should detect it.
    """
    scene.feeds.append(FeedRow("feed", scene.answer("/feed", moved(302, "/back"))))
    scene.answer("/back", moved(302, "/feed"))
    visit = yield Ask(START)
    expect(visit.feed.failed, "no failure")
    expect(len(visit.requests) <= 40, f"{len(visit.requests)} requests")


@rule(AREA)
def chain_of_ten(scene: Scene) -> Play:
    """Ten redirects in a row are followed.

    Source: the Fetch standard and browsers allow 20, RFC 2068 asked for 5.
    """
    _chain(scene, 10)
    visit = yield Ask(START)
    expect(not visit.feed.failed and bool(visit.asked("/hop10")), f"failed: {visit.feed.problem}")


@rule(AREA)
def chains_end(scene: Scene) -> Play:
    """A chain that does not end within ten redirects or so is a failure.

    Source: RFC 9110, 15.4; the figure is this bench's.
    """
    _chain(scene, 60)
    visit = yield Ask(START)
    expect(visit.feed.failed, "no failure")
    expect(len(visit.requests) <= 40, f"{len(visit.requests)} requests")


def _chain(scene: Scene, length: int) -> None:
    scene.feeds.append(FeedRow("feed", scene.answer("/feed", moved(302, "/hop1"))))
    for number in range(1, length):
        scene.answer(f"/hop{number}", moved(302, f"/hop{number + 1}"))
    scene.answer(f"/hop{length}", full(news(scene.site.url(""), [1])))


@rule(AREA, "address", "report")
def two_become_one(scene: Scene) -> Play:
    """Two feeds of the list that have become one are noticed.

    Source: RFC 9110, 15.4.2; a merged feed polled twice doubles load and sightings.
    """
    for name in ("one", "two"):
        scene.feeds.append(FeedRow(name, scene.answer(f"/{name}", moved(301, "/merged"))))
    scene.answer("/merged", full(news(scene.site.url(""), [1])))
    told = ""
    for at in (START, *(day * DAY for day in DAYS)):
        told += (yield Ask(at)).told
    words = ("same_feed", "duplicate", "merged", "same address", "same feed", "became one", "twice")
    expect(any(word in told.lower() for word in words), "neither the report nor the feeds' states say so")


@rule(AREA)
def answers_of_the_target(scene: Scene) -> Play:
    """Behind a temporary redirect, conditional requests work: the target is shown the validators that it gave.

    Source: RFC 9110, 13.1.2.
    """
    scene.feeds.append(FeedRow("feed", scene.answer("/feed", moved(302, "/new"))))
    scene.answer("/new", full(news(scene.site.url(""), [1]), {"ETag": '"n1"'}))
    yield Ask(START)

    def conditional(request: Request) -> bool:
        return request.header("if-none-match") == '"n1"'

    scene.answer("/new", choose(lambda request: not_modified() if conditional(request) else full(b"<rss/>")))
    visit = yield Ask(HOUR)
    expect(any(map(conditional, visit.asked("/new"))), "the target was asked without its validators")
