"""Validators: opaque, sent back exactly, only to who gave them, and never ahead of what they stand for."""

from bench.polling.answers import choose, failing, full, in_turn, moved, not_modified, versioned
from bench.polling.documents import news, page, prose
from bench.polling.origin import Answer, Request
from bench.polling.scenes import DAY, HOUR, START, Ask, FeedRow, Play, Scene, Visit, expect, rule

AREA = "validators"


def _etag(visit: Visit, path: str = "/feed") -> str | None:
    """What the visit's first request for the feed showed as ETag; None also where it did not ask."""
    asked = visit.asked(path)
    expect(bool(asked), f"{path} was not asked")
    return asked[0].header("if-none-match")


def _feed(scene: Scene, answer: Answer) -> None:
    scene.feeds.append(FeedRow("feed", scene.answer("/feed", answer)))


def _echoes(scene: Scene, sent: dict[str, str], wanted: dict[str, str]) -> Play:
    """The first answer has the headers ``sent``; the second request must have ``wanted``."""
    _feed(scene, full(news(scene.site.url(""), [1]), sent))
    yield Ask(START)
    scene.answer("/feed", not_modified())
    visit = yield Ask(HOUR)
    asked = visit.asked("/feed")
    expect(bool(asked), "the feed was not asked again")
    for name, value in wanted.items():
        expect(asked[0].header(name) == value, f"{name}: {asked[0].header(name)!r} instead of {value!r}")


@rule(AREA)
def weak_etag(scene: Scene) -> Play:
    """A weak ETag goes back byte for byte, prefix and quotes included.

    Source: RFC 9110, 8.8.3 and 13.1.2; simplepie/simplepie#26 (quotes cut off).
    """
    yield from _echoes(
        scene,
        {"ETag": 'W/"a  b/ü-1"'.encode().decode("latin-1")},
        {"If-None-Match": 'W/"a  b/ü-1"'.encode().decode("latin-1")},
    )


@rule(AREA)
def unquoted_etag(scene: Scene) -> Play:
    """An ETag without quotes, as some servers send it, goes back as it came.

    Source: RFC 9110, 8.8.3 (opaque to the client); simplepie/simplepie#26 (quotes added).
    """
    yield from _echoes(scene, {"ETag": "5f3e-abc"}, {"If-None-Match": "5f3e-abc"})


@rule(AREA)
def odd_last_modified(scene: Scene) -> Play:
    """A Last-Modified that is no proper date goes back as it came.

    Source: RFC 9110, 13.1.3 (the client should send the very value that it received).
    """
    odd = "Monday, 21-Oct-24 14:00:00 CEST"
    yield from _echoes(scene, {"Last-Modified": odd}, {"If-Modified-Since": odd})


@rule(AREA)
def both_validators(scene: Scene) -> Play:
    """Both validators go back together.

    Source: RFC 9110, 13.1.3 and 13.2.2 (the server picks the stronger).
    """
    date = "Mon, 21 Oct 2024 12:00:00 GMT"
    yield from _echoes(
        scene, {"ETag": '"e1"', "Last-Modified": date}, {"If-None-Match": '"e1"', "If-Modified-Since": date}
    )


@rule(AREA)
def only_to_the_giver(scene: Scene) -> Play:
    """Validators go only to the address that gave them, not to another one that a redirect leads to.

    Source: RFC 9110, 8.8.3 (a validator belongs to one resource).
    """
    site = scene.site
    _feed(scene, moved(302, "/a"))
    scene.answer("/a", full(news(site.url(""), [1]), {"ETag": '"of-a"'}))
    scene.answer("/b", full(news(site.url(""), [1, 2]), {"ETag": '"of-b"'}))
    yield Ask(START)
    scene.answer("/feed", moved(302, "/b"))
    visit = yield Ask(HOUR)
    for path in ("/feed", "/b"):
        expect(_etag(visit, path) is None, f"{path} was shown {_etag(visit, path)}, which /a had given")


@rule(AREA, "address")
def dropped_with_the_address(scene: Scene) -> Play:
    """When the feed's address in the list changes, the old validators are dropped.

    Source: RFC 9110, 8.8.3; the same ETag on another address would hide a whole feed.
    """
    _feed(scene, full(news(scene.site.url(""), [1]), {"ETag": '"same"'}))
    yield Ask(START)
    scene.feeds[0] = FeedRow("feed", scene.answer("/new", versioned(news(scene.site.url(""), [2]), '"same"')))
    visit = yield Ask(HOUR)
    expect(_etag(visit, "/new") is None, "the old address's ETag was shown to the new one")
    expect(visit.entry(scene.site.url("/news/2")) is not None, "the entry at the new address was not found")


@rule(AREA, "pages")
def never_to_pages(scene: Scene) -> Play:
    """Article pages are asked without validators.

    Source: RFC 9110, 13.1: a 304 would leave the story without its text.
    """
    _feed(scene, full(news(scene.site.url(""), [1]), {"ETag": '"e"', "Last-Modified": "Mon, 21 Oct 2024 12:00:00 GMT"}))
    scene.answer("/news/1", full(page("Event", prose(1)), {"ETag": '"e"'}, status=503))
    yield Ask(START)
    scene.answer("/news/1", full(page("Event", prose(1)), {"ETag": '"e"'}, kind="text/html"))
    visit = yield Ask(DAY)
    asked = visit.asked("/news/1")
    expect(bool(asked), "the page was not asked again")
    shown = [r.header(name) for r in asked for name in ("if-none-match", "if-modified-since")]
    expect(not any(shown), f"the page was shown {shown}")


@rule(AREA)
def not_of_the_unreadable(scene: Scene) -> Play:
    """Validators of a document that could not be read are not kept.

    Source: RFC 9110, 13.1.2: a 304 would then confirm what was never read.
    """
    _feed(scene, full(news(scene.site.url(""), [1]), {"ETag": '"good"'}))
    yield Ask(START)
    scene.answer("/feed", full(b"<html><body>Database error</body></html>", {"ETag": '"bad"'}, kind="text/html"))
    yield Ask(HOUR)
    visit = yield Ask(DAY)
    expect(_etag(visit) != '"bad"', "the ETag of the document that could not be read was sent")


@rule(AREA)
def of_the_same_body(scene: Scene) -> Play:
    """New validators are kept also when the body is the same.

    Source: RFC 9110, 8.8.3; feedbin/feedbin#726, Athou/commafeed#1746: every later poll was a whole download.
    """
    body = news(scene.site.url(""), [1])
    _feed(scene, full(body, {"ETag": '"one"'}))
    yield Ask(START)
    scene.answer("/feed", full(body, {"ETag": '"two"'}))
    yield Ask(HOUR)
    visit = yield Ask(DAY)
    expect(_etag(visit) == '"two"', f"If-None-Match: {_etag(visit)}")


@rule(AREA)
def kept_by_a_304(scene: Scene) -> Play:
    """A 304 without validators keeps those that are known.

    Source: RFC 9111, 4.3.4.
    """
    _feed(scene, full(news(scene.site.url(""), [1]), {"ETag": '"e1"'}))
    yield Ask(START)
    scene.answer("/feed", not_modified())
    yield Ask(HOUR)
    visit = yield Ask(DAY)
    expect(_etag(visit) == '"e1"', f"If-None-Match: {_etag(visit)}")


@rule(AREA)
def renewed_by_a_304(scene: Scene) -> Play:
    """A 304 that carries another ETag renews the known one.

    Source: RFC 9111, 4.3.4; newsboat/newsboat#3279.
    """
    _feed(scene, full(news(scene.site.url(""), [1]), {"ETag": '"e1"'}))
    yield Ask(START)
    scene.answer("/feed", not_modified({"ETag": '"e2"'}))
    yield Ask(HOUR)
    visit = yield Ask(DAY)
    expect(_etag(visit) == '"e2"', f"If-None-Match: {_etag(visit)}")


@rule(AREA, "states")
def failure_outlives_a_304(scene: Scene) -> Play:
    """A 304 does not clear the failure of a document that could not be read.

    Source: RFC 9110, 15.4.5: it says that nothing has changed, so nothing is mended.
    """
    _feed(scene, full(news(scene.site.url(""), [1]), {"ETag": '"e1"'}))
    yield Ask(START)
    scene.answer("/feed", full(b"<html><body>Database error</body></html>", kind="text/html"))
    yield Ask(HOUR)
    scene.answer("/feed", choose(lambda request: not_modified() if request.header("if-none-match") else failing(503)))
    visit = yield Ask(DAY)
    expect(bool(visit.asked("/feed")), "the feed was not asked again")
    expect(visit.feed.failed, "the feed counts as healthy")


@rule(AREA, "memory")
def changed_bytes_count(scene: Scene) -> Play:
    """Changed bytes are read whatever the ETag says.

    Source: miniflux/miniflux-legacy#218: an ETag that stayed while the feed changed.
    """
    _feed(scene, full(news(scene.site.url(""), [1]), {"ETag": '"fixed"'}))
    yield Ask(START)
    scene.answer("/feed", full(news(scene.site.url(""), [2, 1]), {"ETag": '"fixed"'}))
    visit = yield Ask(HOUR)
    expect(visit.entry(scene.site.url("/news/2")) is not None, "the new entry was not found")


@rule(AREA)
def lying_validators(scene: Scene) -> Play:
    """A feed whose ETag stays while its bytes change is asked without validators now and then.

    Source: RFC 9110, 13.1 leaves it to the client; FreshRSS/FreshRSS#1020: a server that answered 304 for good.
    """
    urls = scene.site.url("")
    _feed(scene, full(news(urls, [1]), {"ETag": '"stuck"'}))
    yield Ask(START)
    scene.answer("/feed", full(news(urls, [2, 1]), {"ETag": '"stuck"'}))
    yield Ask(HOUR)
    scene.answer("/feed", versioned(news(urls, [3, 2, 1]), '"stuck"'))
    whole: list[Request] = []
    for day in (1, 2, 3, 4, 5, 8):
        visit = yield Ask(day * DAY)
        whole += [request for request in visit.asked("/feed") if not request.header("if-none-match")]
    expect(bool(whole), "eight days of polls, all conditional")


@rule(AREA, "pages")
def saved_with_the_entries(scene: Scene) -> Play:
    """A round that is killed loses no entry behind a 304: validators are saved together with the entries they
    stand for.

    Source: transactions are all or nothing; what was fetched and not stored must be asked for again.
    """
    body = news(scene.site.url(""), [1])
    _feed(scene, versioned(body, '"e1"'))
    slow = in_turn(_never(), full(page("Event 1 in the valley", prose(1), prose(2)), kind="text/html"))
    scene.answer("/news/1", slow)
    yield Ask(START, stopped_at=lambda: scene.site.asked("/news/1") > 0)
    visit = yield Ask(HOUR)
    expect(visit.entry(scene.site.url("/news/1")) is not None, "the entry was lost")


def _never() -> Answer:
    import asyncio

    async def send(_request: Request, _writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    return send
