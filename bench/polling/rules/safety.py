"""Safety: only public web addresses, no secrets told, nothing without bounds."""

from bench.polling.answers import (
    exactly,
    failing,
    flooding,
    full,
    gzip_bomb,
    moved,
)
from bench.polling.attacks import PAGES, hostile_feeds, hostile_pages
from bench.polling.documents import item, news, prose, rss
from bench.polling.scenes import DAY, HOUR, START, Ask, FeedRow, Play, Scene, Visit, expect, rule

AREA = "safety"
MEMORY = 600_000_000
SECRET = "s3cr3t-pass"  # noqa: S105 — invented


def _feed(scene: Scene, url: str, name: str = "feed") -> None:
    scene.feeds.append(FeedRow(name, url))


def _forms(scene: Scene) -> dict[str, str]:
    """The host inside in the spellings that have got round address checks; all mean the same address."""
    a, b, c, d = map(int, scene.inside.host.split("."))
    port = scene.inside.port
    return {
        "plain": f"http://{scene.inside.host}:{port}/secret",
        "decimal": f"http://{(a << 24) + (b << 16) + (c << 8) + d}:{port}/secret",
        "octal": f"http://0{a:o}.0{b:o}.0{c:o}.0{d:o}:{port}/secret",
        "hexadecimal": f"http://0x{a:02x}{b:02x}{c:02x}{d:02x}:{port}/secret",
        "mapped": f"http://[::ffff:{scene.inside.host}]:{port}/secret",
        "user": f"http://{scene.site.host}@{scene.inside.host}:{port}/secret",
    }


def _secret(scene: Scene) -> None:
    scene.inside.answers["/secret"] = full(news(scene.site.url(""), [7]))


def _untouched(visit: Visit, scene: Scene) -> None:
    asked = [request for request in visit.requests if request.host == scene.inside.host]
    expect(not asked, f"{len(asked)} requests reached the host inside")


@rule(AREA, "own_hosts")
def private_feed(scene: Scene) -> Play:
    """A feed at a private address is refused before any connection, in every spelling of the address.

    Source: CWE-918; GHSA-496x-437q-h35q (Stringer), kurtmckee/feedparser#559.
    """
    _secret(scene)
    for name, url in _forms(scene).items():
        if name != "user":
            _feed(scene, url, name)
    visit = yield Ask(START)
    _untouched(visit, scene)
    well = [name for name, view in visit.feeds.items() if not view.failed]
    expect(not well, f"no failure: {', '.join(well)}")


@rule(AREA, "own_hosts")
def private_redirect(scene: Scene) -> Play:
    """A redirect to a private address is not followed, in every spelling.

    Source: CWE-918; GHSA-496x-437q-h35q: the connected address is checked on every redirect.
    """
    _secret(scene)
    for name, url in _forms(scene).items():
        _feed(scene, scene.answer(f"/{name}", moved(302, url)), name)
    _untouched((yield Ask(START)), scene)


@rule(AREA, "own_hosts", "pages")
def private_page(scene: Scene) -> Play:
    """An entry's link to a private address is never asked.

    Source: CWE-918; feeds are written by strangers.
    """
    _secret(scene)
    items = [item(url, f"Event {name}", guid=name, text=f"<p>{prose(5)}</p>") for name, url in _forms(scene).items()]
    _feed(scene, scene.answer("/feed", full(rss(*items))))
    _untouched((yield Ask(START)), scene)


@rule(AREA, "own_hosts")
def names_that_lead_inside(scene: Scene) -> Play:
    """A host name is checked by the address that it leads to.

    Source: CWE-918; DNS rebinding; localhost by RFC 6761, 6.3.
    """
    scene.local.answers["/feed"] = full(news(scene.site.url(""), [7]))
    _feed(scene, f"http://localhost:{scene.local.port}/feed", "localhost")
    _feed(scene, f"http://LOCALHOST.:{scene.local.port}/feed", "dotted")
    visit = yield Ask(START)
    expect(not scene.local.requests, f"{len(scene.local.requests)} requests reached localhost")
    expect(all(view.failed for view in visit.feeds.values()), "no failure")


@rule(AREA)
def other_schemes(scene: Scene) -> Play:
    """A redirect to file:, ftp:, data: or gopher: is a failure and is not followed.

    Source: RFC 9110, 4.2; the Fetch standard allows only http and https here.
    """
    targets = ("file:///etc/hostname", f"ftp://{scene.other.host}/x", "data:application/rss+xml,<rss/>", "gopher://x/")
    for number, target in enumerate(targets):
        _feed(scene, scene.answer(f"/feed{number}", moved(302, target)), f"feed{number}")
    visit = yield Ask(START)
    well = [target for target, view in zip(targets, visit.feeds.values(), strict=True) if not view.failed]
    expect(not well, f"no failure: {', '.join(well)}")


@rule(AREA)
def certificates(scene: Scene) -> Play:
    """A certificate that nobody has signed is a failure.

    Source: RFC 9110, 4.3.4.
    """
    scene.answer("/feed", full(news(scene.site.url(""), [1])))
    _feed(scene, scene.site.tls_url("/feed"))
    visit = yield Ask(START)
    expect(visit.feed.failed, "the feed was read")
    expect(not visit.requests, "a request was sent over it")


@rule(AREA)
def no_cookies(scene: Scene) -> Play:
    """Cookies are not sent on, to no other host and in no later poll.

    Source: RFC 6265, 8.1 (ambient authority); a poller with a cookie is a tracked one.
    """
    cookie = {"Set-Cookie": "id=1; Path=/"}
    scene.other.answers["/feed"] = full(news(scene.other.url(""), []), cookie)
    _feed(scene, scene.answer("/feed", moved(302, scene.other.url("/feed"), cookie)))
    first = yield Ask(START)
    second = yield Ask(HOUR)
    sent = [request.header("cookie") for visit in (first, second) for request in visit.requests]
    expect(not any(sent), f"sent {next(filter(None, sent), '')!r}")


@rule(AREA)
def credentials_stay(scene: Scene) -> Play:
    """User name and password in a feed's address go to its host only, not to where it redirects.

    Source: RFC 9110, 4.2.4 and 11.6.2; CVE-2018-1000007 (curl).
    """
    url = scene.site.url("/feed").replace("//", f"//user:{SECRET}@")
    scene.answer("/feed", moved(302, scene.other.url("/feed")))
    scene.other.answers["/feed"] = full(news(scene.other.url(""), []))
    _feed(scene, url)
    visit = yield Ask(START)
    own = [request.header("authorization") for request in visit.asked("/feed", scene.site.host)]
    expect(any(own), "not sent to the feed's own host")
    sent = [request.header("authorization") for request in visit.requests if request.host == scene.other.host]
    expect(not any(sent), "sent to another host")


@rule(AREA, "report")
def credentials_never_told(scene: Scene) -> Play:
    """A password in an address is in no report, no log, no state that is shown.

    Source: RFC 9110, 4.2.4; CWE-532; here it stands in a Location and in an entry's link.
    """
    inner = scene.other.url("/feed").replace("//", f"//user:{SECRET}@")
    scene.other.answers["/feed"] = failing(500)
    _feed(scene, scene.answer("/feed", moved(302, inner)))
    link = scene.site.url("/news/1").replace("//", f"//user:{SECRET}@")
    scene.answer("/news/1", failing(503))
    _feed(scene, scene.answer("/second", full(rss(item(link, "Event", guid="1", text=f"<p>{prose(1)}</p>")))), "second")
    visit = yield Ask(START)
    expect(SECRET not in visit.output, "it is in the output of the round")
    expect(SECRET not in visit.told, "it is in the feeds' state")


def _bounded(visit: Visit) -> None:
    expect(visit.memory < MEMORY, f"{visit.memory / 1e6:.0f} MB of memory")


@rule(AREA, world="hostile")
def packing_bomb(scene: Scene) -> Play:
    """A body that unpacks to far more than the cap is a failure, within 600 MB of memory.

    Source: CWE-409; Scrapy's documentation, DOWNLOAD_MAXSIZE counts unpacked bytes.
    """
    body = gzip_bomb(b"<rss version='2.0'><channel><title>t</title>", 150, b"</channel></rss>")
    _feed(scene, scene.answer("/feed", full(body, {"Content-Encoding": "gzip"})))
    visit = yield Ask(START)
    expect(visit.feed.failed, "read as if nothing were wrong")
    _bounded(visit)


@rule(AREA, world="hostile")
def header_flood(scene: Scene) -> Play:
    """Headers without end are broken off.

    Source: RFC 9110, 5.4; http.client allows 100 lines of 64 KB.
    """
    _feed(
        scene, scene.answer("/feed", flooding(b"HTTP/1.1 200 OK\r\n", b"X-More: " + b"x" * 4000 + b"\r\n", 60_000_000))
    )
    visit = yield Ask(START)
    expect(visit.feed.failed, "no failure")
    sent = visit.asked("/feed")[0].sent
    expect(sent < 30_000_000, f"{sent / 1e6:.0f} MB of headers were taken")
    _bounded(visit)


@rule(AREA, world="hostile")
def entity_bomb(scene: Scene) -> Play:
    """Entities that multiply (a billion laughs) cost neither memory nor the round.

    Source: CWE-776; defusedxml's documentation.
    """
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    text = (
        f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY e0 "lol">{entities}]>'
        "<rss version='2.0'><channel><title>&e9;</title><item><title>&e9;</title></item></channel></rss>"
    )
    _feed(scene, scene.answer("/feed", full(text.encode())))
    _feed(scene, scene.answer("/good", full(news(scene.site.url(""), [1]))), "good")
    visit = yield Ask(START)
    _bounded(visit)
    expect(not visit.feeds["good"].failed, "the feed beside it failed")


@rule(AREA, world="hostile")
def entity_from_disk(scene: Scene) -> Play:
    """Entities that name files are not read.

    Source: CWE-611.
    """
    text = (
        '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY f SYSTEM "file:///etc/passwd">]><rss version="2.0"><channel>'
        f"<title>t</title><item><title>Event &f;</title><link>{scene.site.url('/news/1')}</link>"
        "<description>Some words. &f;</description></item></channel></rss>"
    )
    _feed(scene, scene.answer("/feed", full(text.encode())))
    visit = yield Ask(START)
    found = visit.entry(scene.site.url("/news/1"))
    expect(found is None or "root:" not in found.title + found.text, "a file's content is in the entry")


@rule(AREA, world="hostile")
def deep_markup(scene: Scene) -> Play:
    """Markup a hundred thousand elements deep ends no round.

    Source: CWE-674; recursion in parsers.
    """
    deep = b"<rss version='2.0'><channel><title>t</title>" + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</channel></rss>"
    _feed(scene, scene.answer("/feed", full(deep)))
    _feed(scene, scene.answer("/good", full(news(scene.site.url(""), [1]))), "good")
    visit = yield Ask(START)
    _bounded(visit)
    expect(not visit.feeds["good"].failed, "the feed beside it failed")


@rule(AREA, world="hostile")
def not_http_at_all(scene: Scene) -> Play:
    """An answer that is not HTTP is a failure of that feed alone.

    Source: RFC 9112, 2.1.
    """
    _feed(scene, scene.answer("/feed", exactly(b"220 mail.example ESMTP ready\r\n", hang_up=True)))
    _feed(scene, scene.answer("/good", full(news(scene.site.url(""), [1]))), "good")
    visit = yield Ask(START)
    expect(visit.feeds["feed"].failed, "no failure")
    expect(not visit.feeds["good"].failed, "the feed beside it failed")


@rule(AREA)
def broken_off_body(scene: Scene) -> Play:
    """A body that ends before its Content-Length is a failure, and its validators are not kept.

    Source: RFC 9112, 8.
    """
    body = news(scene.site.url(""), [1, 2, 3])
    head = (
        f'HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nETag: "half"\r\nContent-Length: {len(body)}\r\n\r\n'
    )
    _feed(scene, scene.answer("/feed", exactly(head.encode() + body[: len(body) // 2], hang_up=True)))
    visit = yield Ask(START)
    expect(visit.feed.failed, "counts as a good poll")
    scene.answer("/feed", full(body, {"ETag": '"half"'}))
    visit = yield Ask(DAY)
    asked = visit.asked("/feed")
    expect(bool(asked), "not asked again")
    expect(asked[0].header("if-none-match") is None, "the ETag of the half document was sent")


@rule(AREA, "pages", world="hostile")
def all_at_once(scene: Scene) -> Play:
    """Bombs, floods, endless redirects and markup made to fill the memory, all in one round, stay within 600 MB.

    Source: CWE-400; the figure is Sitrep's: all processes of a round together, beside an honest feed that is read.
    """
    for name, url in {**hostile_feeds(scene.site), **hostile_pages(scene.other)}.items():
        _feed(scene, url, name)
    _feed(scene, scene.answer("/good", full(news(scene.site.url(""), [1]))), "good")
    visit = yield Ask(START)
    _bounded(visit)
    expect(not visit.feeds["good"].failed, "the feed beside them failed")
    bombs = [name for name, view in visit.feeds.items() if name.endswith("bomb") and not view.failed]
    expect(not bombs, f"read as if nothing were wrong: {', '.join(bombs)}")
    unread = [number for number in range(len(PAGES)) if not visit.asked(f"/page/{number}", scene.other.host)]
    expect(not unread, f"{len(unread)} of the pages were not asked")
