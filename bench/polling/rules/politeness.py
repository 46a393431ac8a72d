"""Politeness: robots.txt, gaps, and one host's troubles that stay its own."""

import itertools
from collections.abc import Sequence

from bench.polling.answers import Gate, choose, failing, full, in_turn
from bench.polling.documents import news, page, prose
from bench.polling.origin import Answer, Request
from bench.polling.scenes import DAY, HOUR, START, Ask, FeedRow, Play, Scene, Visit, expect, rule

AREA = "politeness"
GAP = 0.2
"""Seconds: the gap between two requests to one host that the polite world sets."""


def _story_page(number: int) -> Answer:
    return full(page(f"Event {number} in the valley", prose(number), prose(number + 500)), kind="text/html")


def _feed(scene: Scene, numbers: Sequence[int], robots: Answer | None = None) -> None:
    scene.feeds.append(FeedRow("feed", scene.answer("/feed", full(news(scene.site.url(""), numbers)))))
    for number in numbers:
        scene.answer(f"/news/{number}", _story_page(number))
    if robots is not None:
        scene.answer("/robots.txt", robots)


def _robots(text: str) -> Answer:
    return full(text.encode(), kind="text/plain")


def _pages(visit: Visit) -> list[Request]:
    return [request for request in visit.requests if request.path.startswith("/news/")]


def _gaps(requests: Sequence[Request]) -> list[float]:
    ordered = sorted(requests, key=lambda request: request.began)
    return [after.began - (before.ended or before.began) for before, after in itertools.pairwise(ordered)]


@rule(AREA, "pages")
def robots_disallow(scene: Scene) -> Play:
    """A page that robots.txt disallows is never asked; the feed's own text stands.

    Source: RFC 9309, 2.2.2.
    """
    _feed(scene, [1], _robots("User-agent: *\nDisallow: /news/\n"))
    visit = yield Ask(START)
    expect(bool(visit.asked("/robots.txt")), "robots.txt was not asked for")
    expect(not _pages(visit), "the page was asked")
    found = visit.entry(scene.site.url("/news/1"))
    expect(found is not None and bool(found.text), "no story from the feed's text")


@rule(AREA, "pages", world="polite")
def robots_for_feeds(scene: Scene) -> Play:
    """Where the operator wants it, robots.txt holds for feeds, too.

    Source: RFC 9309, 1: for automatic clients; a feed is published to be polled, so it is the operator's choice.
    """
    _feed(scene, [], _robots("User-agent: *\nDisallow: /feed\n"))
    visit = yield Ask(START)
    expect(not visit.asked("/feed"), "the feed was asked")


@rule(AREA, "pages")
def robots_own_group(scene: Scene) -> Play:
    """The group for one's own name goes before that for all.

    Source: RFC 9309, 2.2.1.
    """
    _feed(scene, [1], _robots("User-agent: *\nDisallow: /\n\nUser-agent: sitrep\nDisallow: /private/\n"))
    expect(bool(_pages((yield Ask(START)))), "the page was not asked")


@rule(AREA, "pages")
def robots_cached(scene: Scene) -> Play:
    """robots.txt is kept for a day: asked once in it, again after it.

    Source: RFC 9309, 2.4.
    """
    _feed(scene, [1], _robots("User-agent: *\nAllow: /\n"))
    yield Ask(START)
    for number, hours in ((2, 2), (3, 12)):
        scene.answer("/feed", full(news(scene.site.url(""), range(1, number + 1))))
        scene.answer(f"/news/{number}", _story_page(number))
        visit = yield Ask(hours * HOUR)
        expect(bool(_pages(visit)), f"the new page was not asked after {hours} h")
        expect(not visit.asked("/robots.txt"), f"robots.txt was asked again after {hours} h")
    scene.answer("/feed", full(news(scene.site.url(""), range(1, 5))))
    visit = yield Ask(2 * DAY)
    expect(bool(visit.asked("/robots.txt")), "robots.txt was not asked again after two days")


@rule(AREA, "pages")
def robots_4xx(scene: Scene) -> Play:
    """With a 4xx for robots.txt everything is allowed.

    Source: RFC 9309, 2.3.1.3.
    """
    _feed(scene, [1], failing(403))
    expect(bool(_pages((yield Ask(START)))), "the page was not asked")


@rule(AREA, "pages")
def robots_5xx(scene: Scene) -> Play:
    """With a 5xx for robots.txt no page is asked for now; later, when it is back.

    Source: RFC 9309, 2.3.1.4.
    """
    _feed(scene, [1], in_turn(failing(503), _robots("User-agent: *\nAllow: /\n")))
    visit = yield Ask(START)
    expect(not _pages(visit), "the page was asked")
    found = visit.entry(scene.site.url("/news/1"))
    expect(found is not None and bool(found.text), "the feed's text is not there in the meantime")
    expect(bool(_pages((yield Ask(DAY)))), "the page was not asked when robots.txt was back")


@rule(AREA, "pages")
def crawl_delay(scene: Scene) -> Play:
    """Crawl-delay is kept, also where the operator sets a shorter gap.

    Source: not in RFC 9309; Bing's and Yandex's documentation.
    """
    _feed(scene, [1, 2], _robots("User-agent: *\nCrawl-delay: 1\n"))
    gaps = _gaps(_pages((yield Ask(START))))
    expect(bool(gaps) and min(gaps) >= 0.95, f"gaps of {gaps} s")


@rule(AREA, world="polite")
def host_gap(scene: Scene) -> Play:
    """Two requests to one host keep the operator's gap.

    Source: Scrapy's documentation, DOWNLOAD_DELAY; here 0.2 s.
    """
    for number in range(4):
        url = scene.answer(f"/feed{number}", full(news(scene.site.url(""), [])))
        scene.feeds.append(FeedRow(f"feed{number}", url))
    gaps = _gaps((yield Ask(START)).requests)
    expect(len(gaps) >= 3 and min(gaps) >= 0.95 * GAP, f"gaps of {[round(gap, 2) for gap in gaps]} s")


@rule(AREA, "pages", world="polite")
def wider_after_429(scene: Scene) -> Play:
    """After a 429 the gap of its host doubles.

    Source: RFC 6585, 4: the client is asked to slow down.
    """
    _feed(scene, [1, 2, 3, 4])
    first = in_turn(failing(429))
    asked: list[str] = []

    def pick(request: Request) -> Answer:
        asked.append(request.path)
        return first if len(asked) == 1 else _story_page(int(request.path[-1]))

    for number in (1, 2, 3, 4):
        scene.answer(f"/news/{number}", choose(pick))
    requests = _pages((yield Ask(START)))
    gaps = _gaps(requests)
    expect(bool(requests), "no page was asked")
    expect(all(gap >= 0.95 * 2 * GAP for gap in gaps), f"gaps of {[round(gap, 2) for gap in gaps]} s after it")


@rule(AREA, "pages", world="polite")
def wider_in_the_next_round(scene: Scene) -> Play:
    """The gap that a 429 has widened holds in the next round, too.

    Source: RFC 6585, 4: a host that is overrun each time until it says so again has been asked for nothing.
    """
    _feed(scene, [1])
    scene.answer("/news/1", failing(429))
    yield Ask(START)
    scene.answer("/feed", full(news(scene.site.url(""), [1, 2])))
    for number in (1, 2):
        scene.answer(f"/news/{number}", _story_page(number))
    requests = _pages((yield Ask(2 * HOUR)))
    gaps = _gaps(requests)
    expect(bool(requests), "no page was asked")
    expect(all(gap >= 0.95 * 2 * GAP for gap in gaps), f"gaps of {[round(gap, 2) for gap in gaps]} s")


@rule(AREA, "pages", world="polite")
def wider_when_slow(scene: Scene) -> Play:
    """The gap of a slow host grows with its response time.

    Source: Scrapy's documentation, AutoThrottle: the delay follows the latency.
    """
    _feed(scene, [1, 2])
    for number in (1, 2):
        scene.answer(f"/news/{number}", Gate(lambda: False, _story_page(number), limit=0.5))
    requests = _pages((yield Ask(START)))
    gaps = _gaps(requests)
    expect(bool(requests), "no page was asked")
    # Without a second page in this round the gap was as long as what was left of it.
    expect(all(gap >= 0.35 for gap in gaps), f"gaps of {[round(gap, 2) for gap in gaps]} s after answers of 0.5 s")


@rule(AREA, "pages")
def hosts_in_parallel(scene: Scene) -> Play:
    """A slow host does not stall the others: their pages are fetched while it is still silent.

    Source: one queue for each host, as Scrapy's slots and crawlers in general have it.
    """
    _feed(scene, [1])
    scene.feeds.append(FeedRow("other", scene.other.url("/feed")))
    scene.other.answers["/feed"] = full(news(scene.other.url(""), [2]))
    scene.other.answers["/news/2"] = _story_page(2)
    gate = Gate(lambda: scene.other.asked("/news/2") > 0, _story_page(1), limit=15)
    scene.answer("/news/1", gate)
    visit = yield Ask(START)
    expect(bool(visit.asked("/news/1")), "the slow page was not asked")
    expect(gate.opened, "the other host was only asked after the slow one had answered")


@rule(AREA)
def feeds_in_parallel(scene: Scene) -> Play:
    """A slow feed does not stall the others.

    Source: a feed on a dead host takes a whole time-out.
    """
    scene.other.answers["/feed"] = full(news(scene.other.url(""), []))
    gate = Gate(lambda: scene.other.asked("/feed") > 0, full(news(scene.site.url(""), [])), limit=8)
    scene.feeds.append(FeedRow("slow", scene.answer("/feed", gate)))
    scene.feeds.append(FeedRow("other", scene.other.url("/feed")))
    yield Ask(START)
    expect(gate.opened, "the other feed was only asked after the slow one had answered")


@rule(AREA, "pages")
def few_at_once(scene: Scene) -> Play:
    """One host never gets more than six requests at once.

    Source: RFC 9112, 9.4; six is what browsers allow themselves.
    """
    numbers = range(1, 13)
    _feed(scene, numbers)
    for number in numbers:
        scene.answer(f"/news/{number}", Gate(lambda: False, _story_page(number), limit=0.2))
    requests = _pages((yield Ask(START)))
    most = max(sum(r.began <= one.began < (r.ended or r.began) for r in requests) for one in requests)
    expect(most <= 6, f"{most} requests at once")


@rule(AREA, "pages", world="polite")
def large_host_spread(scene: Scene) -> Play:
    """A host with more new pages than a round has time for is spread over rounds; the others are done meanwhile.

    Source: the operator's round limit; here 60 pages with a gap of 0.2 s in rounds of 5 s.
    """
    numbers = range(1, 61)
    _feed(scene, numbers)
    scene.feeds.append(FeedRow("other", scene.other.url("/feed")))
    scene.other.answers["/feed"] = full(news(scene.other.url(""), [99]))
    scene.other.answers["/news/99"] = _story_page(99)
    visit = yield Ask(START)
    asked = {request.path for request in _pages(visit) if request.host == scene.site.host}
    expect(0 < len(asked) < 60, f"{len(asked)} of 60 pages in the first round")
    expect(bool(visit.asked("/news/99")), "the other host's page was left behind")
    visit = yield Ask(HOUR)
    more = {request.path for request in _pages(visit) if request.host == scene.site.host}
    expect(bool(more) and not more & asked, f"{len(more)} pages in the second round, {len(more & asked)} of them again")


@rule(AREA)
def names_itself(scene: Scene) -> Play:
    """Every request names program and version.

    Source: RFC 9110, 10.1.5.
    """
    _feed(scene, [])
    agents = {request.header("user-agent") or "" for request in (yield Ask(START)).requests}
    expect(all("/" in agent and any(char.isdigit() for char in agent) for agent in agents), f"User-Agent: {agents}")
    expect(not any(agent.startswith(("python-requests", "Python-urllib")) for agent in agents), f"User-Agent: {agents}")


@rule(AREA)
def gives_a_contact(scene: Scene) -> Play:
    """Every request says how to reach its sender: an address or a page in User-Agent, or From.

    Source: RFC 9110, 10.1.2 and 10.1.5.
    """
    _feed(scene, [])
    for request in (yield Ask(START)).requests:
        told = f"{request.header('user-agent')} {request.header('from')}"
        expect("@" in told or "http" in told, f"User-Agent and From: {told}")


@rule(AREA)
def from_header(scene: Scene) -> Play:
    """The From header holds the operator's mail address.

    Source: RFC 9110, 10.1.2: a robotic user agent should send it.
    """
    _feed(scene, [])
    for request in (yield Ask(START)).requests:
        expect("@" in (request.header("from") or ""), "no From header")
