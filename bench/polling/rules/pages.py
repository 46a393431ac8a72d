"""Pages: when the feed's own text has to do, when a page is tried again, and when it is fetched anew."""

from bench.polling.answers import failing, flooding, full, head, hung_up
from bench.polling.documents import item, page, prose, rss, story
from bench.polling.origin import Answer
from bench.polling.scenes import DAY, HOUR, START, Ask, FeedRow, Known, Play, Scene, Visit, expect, rule

AREA = "pages"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n%%EOF\n"
CHALLENGE = (
    b"<!doctype html><html><head><title>Just a moment...</title></head><body><h1>Checking your browser</h1><p>Please "
    b"enable JavaScript and cookies to continue. Your browser will go on to the page "
    b"that you asked for."
    b"</p><script src='/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1'></script></body></html>"
)


def _feed(scene: Scene, *numbers: int) -> None:
    url = scene.answer("/feed", full(rss(*(story(scene.site.url(""), number) for number in numbers))))
    if not scene.feeds:
        scene.feeds.append(FeedRow("feed", url))


def _news(number: int, seed: int | None = None, head: str = "") -> Answer:
    text = (prose((seed or number) + 700), prose((seed or number) + 800))
    return full(page(f"Event {number} in the valley", *text, head=head), kind="text/html")


def _stored(visit: Visit, url: str) -> Known:
    found = visit.entry(url)
    expect(found is not None and bool(found.text), "no story")
    assert found is not None
    return found


def _source(known: Known) -> str:
    return str((known.details.get("story") or {}).get("content_source"))


def _feed_text(scene: Scene, *answers: Answer) -> Play:
    """Each of these pages leaves its story with the feed's text, and is not asked again the next day."""
    _feed(scene, *range(1, len(answers) + 1))
    for number, answer in enumerate(answers, start=1):
        scene.answer(f"/news/{number}", answer)
    visit = yield Ask(START)
    for number in range(1, len(answers) + 1):
        found = _stored(visit, scene.site.url(f"/news/{number}"))
        expect(_source(found) == "feed", f"page {number}: text from the {_source(found)}")
        expect(f"Report {number} says" in found.text, f"page {number}: not the feed's text")


@rule(AREA, "pages")
def refusals(scene: Scene) -> Play:
    """401, 402, 403, 404, 410 and 451 leave the story with the feed's text.

    Source: RFC 9110, 15.5; RFC 7725.
    """
    yield from _feed_text(scene, *(failing(status) for status in (401, 402, 403, 404, 410, 451)))


@rule(AREA, "pages")
def not_a_page(scene: Scene) -> Play:
    """PDFs and images leave the story with the feed's text.

    Source: RFC 9110, 8.3.
    """
    yield from _feed_text(
        scene, full(PDF, kind="application/pdf"), full(b"\x89PNG\r\n\x1a\n" + bytes(40), kind="image/png")
    )


@rule(AREA, "pages")
def disguised_pdf(scene: Scene) -> Play:
    """A PDF sent as text/html leaves the story with the feed's text.

    Source: the MIME Sniffing standard, 7.
    """
    yield from _feed_text(scene, full(PDF + bytes(range(256)) * 20, kind="text/html"))


@rule(AREA, "pages")
def page_size_cap(scene: Scene) -> Play:
    """A page of more than 15 MB is broken off and leaves the story with the feed's text.

    Source: the cap is Sitrep's; RFC 9110, 9.2 bounds nothing.
    """
    start = head(200, {"Content-Type": "text/html"}) + b"<!doctype html><html><body>"
    yield from _feed_text(scene, flooding(start, b"<p>" + b"word " * 13_000, 80_000_000))
    sent = max(request.sent for request in scene.site.requests if request.path == "/news/1")
    expect(sent < 60_000_000, f"{sent / 1e6:.0f} MB were taken")


@rule(AREA, "pages")
def page_challenge(scene: Scene) -> Play:
    """A bot challenge in a page's place never becomes the story.

    Source: Cloudflare's challenge pages answer 403, 503 or 200.
    """
    yield from _feed_text(scene, full(CHALLENGE, kind="text/html"), full(CHALLENGE, kind="text/html", status=403))


@rule(AREA, "pages")
def page_without_text(scene: Scene) -> Play:
    """A page without text leaves the story with the feed's.

    Source: pages that scripts fill in.
    """
    shell = b"<!doctype html><html><title>App</title><body><div id=root></div><script src=a.js></script></html>"
    yield from _feed_text(scene, full(shell, kind="text/html"))


def _again(scene: Scene, trouble: Answer) -> Play:
    _feed(scene, 1)
    url = scene.answer("/news/1", trouble)
    found = _stored((yield Ask(START)), url)
    expect(_source(found) == "feed", "the feed's text is not there in the meantime")
    scene.answer("/news/1", _news(1))
    visit = yield Ask(DAY)
    expect(bool(visit.asked("/news/1")), "not tried again")
    found = _stored(visit, url)
    expect(_source(found) == "page", f"text from the {_source(found)} when the page was back")


@rule(AREA, "pages")
def server_errors(scene: Scene) -> Play:
    """After a 5xx the page is tried again; in the meantime the feed's text is the story.

    Source: RFC 9110, 15.6.
    """
    yield from _again(scene, failing(503))


@rule(AREA, "pages")
def resets(scene: Scene) -> Play:
    """After a connection that breaks the page is tried again; in the meantime the feed's text is the story.

    Source: RFC 9112, 9.5.
    """
    yield from _again(scene, hung_up())


@rule(AREA, "pages")
def six_tries(scene: Scene) -> Play:
    """A page in trouble is tried six times within two days or so, then given up.

    Source: RFC 9110, 15.6 says nothing of when; the figures are Sitrep's.
    """
    _feed(scene, 1)
    scene.answer("/news/1", failing(500))
    times = [START, HOUR, 2 * HOUR, 12 * HOUR, DAY, 2 * DAY, 3 * DAY, 4 * DAY, 8 * DAY]
    for at in times:
        yield Ask(at)
    count = scene.site.asked("/news/1")
    expect(4 <= count <= 6, f"{count} tries")


@rule(AREA, "pages")
def meta_refresh(scene: Scene) -> Play:
    """A page that leads on by meta refresh is followed on its own site.

    Source: the HTML standard, 4.2.5.3.
    """
    _feed(scene, 1)
    refresh = b'<html><head><meta http-equiv="refresh" content="0; url=/real/1"></head><body></body></html>'
    url = scene.answer("/news/1", full(refresh, kind="text/html"))
    scene.answer("/real/1", _news(1))
    visit = yield Ask(START)
    expect(bool(visit.asked("/real/1")), "not followed")
    expect(_source(_stored(visit, url)) == "page", "the story has not the page's text")


@rule(AREA, "pages")
def meta_refresh_elsewhere(scene: Scene) -> Play:
    """A meta refresh to another site is not followed.

    Source: the same; advertisers and consent walls.
    """
    _feed(scene, 1)
    target = scene.other.url("/ad")
    refresh = f'<html><head><meta http-equiv="refresh" content="0; url={target}"></head><body></body></html>'
    scene.answer("/news/1", full(refresh.encode(), kind="text/html"))
    visit = yield Ask(START)
    expect(not [r for r in visit.requests if r.host == scene.other.host], "the other site was asked")


@rule(AREA, "pages")
def amp_to_canonical(scene: Scene) -> Play:
    """A story behind an AMP address is known by the canonical address on the same site.

    Source: AMP HTML's specification; RFC 6596.
    """
    url, canonical = scene.site.url("/amp/1"), scene.site.url("/news/1")
    scene.feeds.append(FeedRow("feed", scene.answer("/feed", full(rss(item(url, "Event 1 in the valley", guid="1"))))))
    amp = page("Event 1 in the valley", prose(701), prose(801), head=f'<link rel="canonical" href="{canonical}">')
    scene.answer("/amp/1", full(amp.replace(b"<html lang=en>", b"<html amp lang=en>"), kind="text/html"))
    scene.answer("/news/1", _news(1))
    found = _stored((yield Ask(START)), url)
    expect(found.url == canonical, f"known as {found.url}")


@rule(AREA, "pages")
def canonical_elsewhere(scene: Scene) -> Play:
    """A canonical address on another site is not believed.

    Source: RFC 6596, 5.
    """
    _feed(scene, 1)
    url = scene.answer("/news/1", _news(1, head=f'<link rel="canonical" href="{scene.other.url("/x")}">'))
    found = _stored((yield Ask(START)), url)
    expect(found.url == url, f"known as {found.url}")


@rule(AREA, "pages")
def changed_entry(scene: Scene) -> Play:
    """A page is fetched again when its feed says something new of it.

    Source: RFC 4287, 4.2.15.
    """
    _feed(scene, 1)
    url = scene.answer("/news/1", _news(1))
    first = _stored((yield Ask(START)), url)
    changed = item(url, "Event 1 in the valley, corrected", guid="n1", text=f"<p>{prose(1)}</p>")
    scene.answer("/feed", full(rss(changed)))
    scene.answer("/news/1", _news(1, seed=33))
    visit = yield Ask(HOUR)
    expect(bool(visit.asked("/news/1")), "not fetched again")
    expect(_stored(visit, url).text != first.text, "the story has the old text")


@rule(AREA, "pages")
def same_entry(scene: Scene) -> Play:
    """An entry of which nothing is new costs no request.

    Source: RFC 9110, 9.2.1 in spirit: a poll is not a crawl.
    """
    _feed(scene, 1)
    scene.answer("/news/1", _news(1))
    yield Ask(START)
    visit = yield Ask(HOUR)
    expect(not visit.asked("/news/1"), "the page was fetched again")


@rule(AREA, "pages")
def known_corrector(scene: Scene) -> Play:
    """Where an outlet is known to correct stories, a page is looked at up to three times more in its first 48
    hours.

    Source: no feed tells of silent corrections; the figures are Sitrep's.
    """
    numbers = range(1, 7)
    _feed(scene, *numbers)
    for number in numbers:
        scene.answer(f"/news/{number}", _news(number))
    yield Ask(START)
    corrected = [
        item(
            scene.site.url(f"/news/{n}"), f"Event {n} in the valley, corrected", guid=f"n{n}", text=f"<p>{prose(n)}</p>"
        )
        for n in numbers
    ]
    scene.answer("/feed", full(rss(*corrected)))
    for number in numbers:
        scene.answer(f"/news/{number}", _news(number, seed=number + 40))
    yield Ask(HOUR)
    scene.answer("/feed", full(rss(story(scene.site.url(""), 9), *corrected)))
    scene.answer("/news/9", _news(9))
    yield Ask(2 * HOUR)
    scene.answer("/news/9", _news(9, seed=50))
    for at in (4 * HOUR, 12 * HOUR, DAY, 2 * DAY, 3 * DAY, 4 * DAY):
        yield Ask(at)
    more = scene.site.asked("/news/9") - 1
    expect(1 <= more <= 3, f"{more} more looks at a page whose feed said nothing")
    visit = yield Ask(5 * DAY)
    expect(prose(750) in _stored(visit, scene.site.url("/news/9")).text, "the silent correction was not found")


@rule(AREA, "pages")
def not_a_corrector(scene: Scene) -> Play:
    """Elsewhere a page whose feed says nothing new is fetched once.

    Source: a good guest asks for nothing in vain.
    """
    _feed(scene, 1)
    scene.answer("/news/1", _news(1))
    for at in (START, HOUR, 12 * HOUR, DAY, 2 * DAY):
        yield Ask(at)
    expect(scene.site.asked("/news/1") == 1, f"{scene.site.asked('/news/1')} fetches")


@rule(AREA, "pages")
def one_page_two_feeds(scene: Scene) -> Play:
    """A page that two feeds list in one round is fetched once.

    Source: a good guest asks for nothing in vain; section feeds overlap.
    """
    _feed(scene, 1)
    scene.feeds.append(FeedRow("second", scene.answer("/second", full(rss(story(scene.site.url(""), 1))))))
    scene.answer("/news/1", _news(1))
    visit = yield Ask(START)
    expect(len(visit.asked("/news/1")) == 1, f"{len(visit.asked('/news/1'))} fetches")
