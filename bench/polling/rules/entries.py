"""Entries: who is who, where they lead, and when they were published."""

from datetime import UTC, datetime

from bench.polling.answers import full
from bench.polling.documents import item, page, prose, rss
from bench.polling.scenes import DAY, HOUR, START, Ask, FeedRow, Known, Play, Scene, Visit, expect, rule

AREA = "entries"
TEXT = "<p>Some words about the bridge over the river.</p>"


def _feed(scene: Scene, document: bytes, kind: str = "application/rss+xml") -> None:
    url = scene.answer("/feed", full(document, kind=kind))
    if not scene.feeds:
        scene.feeds.append(FeedRow("feed", url))


def _found(visit: Visit, url: str) -> Known:
    found = visit.entry(url)
    if found is None:
        expect(False, f"no entry for {url} ({visit.feed.problem or 'the poll went well'})")
    assert found is not None
    return found


@rule(AREA, "memory")
def same_guid(scene: Scene) -> Play:
    """An entry is known by its guid: with another link and title it is the same one.

    Source: RSS 2.0, guid.
    """
    old, new = scene.site.url("/old"), scene.site.url("/new")
    _feed(scene, rss(item(old, "First title", guid="g1", text=TEXT)))
    first = _found((yield Ask(START)), old)
    _feed(scene, rss(item(new, "Second title", guid="g1", text=TEXT)))
    second = _found((yield Ask(HOUR)), new)
    expect(first.first_seen == second.first_seen, "it counts as a new entry")


@rule(AREA, "memory")
def link_without_guid(scene: Scene) -> Play:
    """Without a guid an entry is known by its link.

    Source: RSS 2.0 makes guid optional.
    """
    url = scene.site.url("/one")
    _feed(scene, rss(item(url, "First title", text=TEXT)))
    first = _found((yield Ask(START)), url)
    _feed(scene, rss(item(url, "Second title", text=TEXT)))
    second = _found((yield Ask(HOUR)), url)
    expect(first.first_seen == second.first_seen, "it counts as a new entry")


@rule(AREA)
def repeated_guid(scene: Scene) -> Play:
    """Entries that share a guid and lead to different pages are different entries.

    Source: feedbin/support#573, FreshRSS/FreshRSS#5329: feeds with one guid for all.
    """
    urls = [scene.site.url(f"/{number}") for number in range(3)]
    _feed(scene, rss(*(item(url, f"Title {url[-1]}", guid="0", text=TEXT) for url in urls)))
    visit = yield Ask(START)
    for url in urls:
        _found(visit, url)


@rule(AREA, "report")
def repeated_guid_recorded(scene: Scene) -> Play:
    """That a feed repeats guids is on record.

    Source: only who is told can complain to the publisher: feedbin/support#573.
    """
    urls = [scene.site.url(f"/{number}") for number in range(3)]
    _feed(scene, rss(*(item(url, f"Title {url[-1]}", guid="0", text=TEXT) for url in urls)))
    visit = yield Ask(START)
    told = visit.told + str([row.get("reason") for row in _found(visit, urls[1]).details["entries"]])
    expect("guid" in told.lower() and "'repeats_guids': False" not in told, "neither report nor state says so")


@rule(AREA, "memory")
def older_than_the_newest(scene: Scene) -> Play:
    """A new entry with an older date than the last one is taken: there is no date watermark.

    Source: embargoed and corrected stories; RSS 2.0 promises no order.
    """
    new, old = scene.site.url("/new"), scene.site.url("/old")
    _feed(scene, rss(item(new, "New", guid="n", date=scene.time(-HOUR), text=TEXT)))
    yield Ask(START)
    _feed(
        scene,
        rss(item(old, "Old", guid="o", date=scene.time(-5 * DAY), text=TEXT), item(new, "New", guid="n", text=TEXT)),
    )
    _found((yield Ask(HOUR)), old)


@rule(AREA, "memory")
def comes_back(scene: Scene) -> Play:
    """An entry that leaves the feed and comes back weeks later is no new one.

    Source: sticky posts and re-ordered feeds.
    """
    one, two = scene.site.url("/one"), scene.site.url("/two")
    both = [item(one, "One", guid="1", text=TEXT), item(two, "Two", guid="2", text=f"<p>{prose(3)}</p>")]
    _feed(scene, rss(*both))
    first = _found((yield Ask(START)), one)
    _feed(scene, rss(both[1]))
    yield Ask(DAY)
    _feed(scene, rss(*both))
    again = _found((yield Ask(40 * DAY)), one)
    expect(first.first_seen == again.first_seen, "it counts as a new entry")


@rule(AREA)
def relative_to_xml_base(scene: Scene) -> Play:
    """Relative links start from xml:base.

    Source: RFC 4287, 2; XML Base.
    """
    base = scene.site.url("/section/")
    _feed(scene, _atom('<link href="story-1"/>', base=base), "application/atom+xml")
    _found((yield Ask(START)), scene.site.url("/section/story-1"))


@rule(AREA)
def relative_to_the_feed(scene: Scene) -> Play:
    """Without xml:base relative links start from the feed's own address.

    Source: RFC 3986, 5.1.3.
    """
    _feed(scene, _atom('<link href="/story-2"/>'), "application/atom+xml")
    _found((yield Ask(START)), scene.site.url("/story-2"))


@rule(AREA)
def link_without_scheme(scene: Scene) -> Play:
    """A link that begins with // has the feed's scheme.

    Source: RFC 3986, 4.2.
    """
    _feed(scene, rss(item(f"//{scene.site.host}:{scene.site.port}/story-3", "Story", guid="3", text=TEXT)))
    _found((yield Ask(START)), scene.site.url("/story-3"))


def _atom(link: str, base: str = "") -> bytes:
    stated = f' xml:base="{base}"' if base else ""
    return (
        f'<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"{stated}><id>urn:x:feed</id>'
        f"<title>Test</title><updated>2024-10-21T12:00:00Z</updated><entry><id>urn:x:1</id><title>Story</title>{link}"
        "<updated>2024-10-21T12:00:00Z</updated><summary>Some words about the bridge.</summary></entry></feed>"
    ).encode()


def _rejects(scene: Scene, *items: str) -> Play:
    good = scene.site.url("/good")
    _feed(scene, rss(*items, item(good, "Good", guid="good", text=TEXT)))
    visit = yield Ask(START, alone=True)
    _found(visit, good)
    rejected = visit.report["entries"]["rejected"]
    expect(rejected == len(items), f"{rejected} of {len(items)} rejected")


@rule(AREA, "report")
def links_of_other_kinds(scene: Scene) -> Play:
    """Entries that lead to javascript: or mailto: are rejected and counted.

    Source: RFC 4287, 8.1; feeds as a way in for scripts.
    """
    links = ("javascript:alert(1)", "mailto:desk@example.org")
    yield from _rejects(scene, *(item(link, f"Title {link[:4]}", text=TEXT) for link in links))


@rule(AREA, "report")
def nothing_in_it(scene: Scene) -> Play:
    """An entry with neither link nor text is rejected and counted.

    Source: RSS 2.0: title or description must be present; a title alone is no story.
    """
    yield from _rejects(scene, item(None, "A title alone"))


@rule(AREA)
def times_in_utc(scene: Scene) -> Play:
    """Published and updated are kept apart, in UTC.

    Source: RFC 4287, 4.2.9 and 4.2.15.
    """
    times = "<published>2024-10-20T10:00:00+02:00</published>"
    document = _atom(f'<link href="{scene.site.url("/s")}"/>{times}').decode()
    _feed(scene, document.encode(), "application/atom+xml")
    found = _found((yield Ask(START)), scene.site.url("/s"))
    expect(found.published == datetime(2024, 10, 20, 8, tzinfo=UTC), f"published {found.published}")


def _dated(scene: Scene, date: str, wanted: datetime | None) -> Play:
    url = scene.site.url("/dated")
    _feed(scene, rss(item(url, "Dated", guid="d", date=date, text=TEXT)))
    scene.answer("/dated", full(page("Dated", prose(8)), status=404))
    found = _found((yield Ask(START)), url)
    expect(found.published == wanted, f"{date!r} became {found.published}")


@rule(AREA)
def zone_names(scene: Scene) -> Play:
    """Names of zones beyond RFC 822's are understood.

    Source: RFC 5322, 4.3; feeds from Europe say CEST.
    """
    yield from _dated(scene, "Sun, 20 Oct 2024 14:00:00 CEST", datetime(2024, 10, 20, 12, tzinfo=UTC))


@rule(AREA)
def impossible_dates(scene: Scene) -> Play:
    """An impossible date is unknown, not today and not another day.

    Source: RFC 5322, 3.3.
    """
    yield from _dated(scene, "Thu, 31 Feb 2024 25:61:00 +0000", None)


@rule(AREA)
def far_future(scene: Scene) -> Play:
    """A date years ahead is dropped.

    Source: it would stay on top of every list until then.
    """
    yield from _dated(scene, "Sun, 20 Oct 2075 12:00:00 +0000", None)


@rule(AREA)
def unknown_stays_unknown(scene: Scene) -> Play:
    """Without a date the time of publication is unknown, not the time of the poll.

    Source: RSS 2.0 makes pubDate optional.
    """
    url = scene.site.url("/undated")
    _feed(scene, rss(item(url, "Undated", guid="u", text=TEXT)))
    found = _found((yield Ask(START)), url)
    expect(found.published is None, f"published {found.published}")


@rule(AREA)
def one_bad_entry(scene: Scene) -> Play:
    """One bad entry does not sink the others.

    Source: XML 1.0 calls it fatal; one stray ampersand or control character must not hide a day's news.
    """
    good = [item(scene.site.url(f"/{n}"), f"Good {n}", guid=f"g{n}", text=TEXT) for n in (1, 2)]
    bad = "<item><title>AT&T <b>bold \x0b&nosuch; text</title><link>http://[bad</link><pubDate>never</pubDate></item>"
    _feed(scene, rss(good[0], bad, good[1]))
    visit = yield Ask(START)
    for n in (1, 2):
        _found(visit, scene.site.url(f"/{n}"))


@rule(AREA)
def bozo_alone(scene: Scene) -> Play:
    """A document that is not well-formed but can be read is no failure.

    Source: feedparser's documentation of bozo.
    """
    document = (
        rss(item(scene.site.url("/1"), "Title", guid="1", text=TEXT)).decode().replace("Title", "Q&A &nbsp; today")
    )
    _feed(scene, document.replace("</rss>", "").encode())
    visit = yield Ask(START)
    expect(not visit.feed.failed, f"failed: {visit.feed.problem}")
    _found(visit, scene.site.url("/1"))


@rule(AREA)
def empty_feed_is_fine(scene: Scene) -> Play:
    """A feed without entries is no failure.

    Source: RFC 4287, 4.1.1: zero or more entries.
    """
    _feed(scene, rss())
    visit = yield Ask(START)
    expect(not visit.feed.failed, f"failed: {visit.feed.problem}")
