"""Bodies: how they are packed, how large they may be, what they turn out to be, and in which letters."""

import codecs

import brotli
import zstandard

from bench.polling.answers import (
    dripping,
    flooding,
    full,
    gzipped,
    head,
    packed,
    raw_deflate,
    zlib_deflate,
)
from bench.polling.documents import item, news, rss
from bench.polling.origin import Answer
from bench.polling.scenes import HOUR, START, Ask, FeedRow, Play, Scene, Visit, expect, rule

AREA = "bodies"
CAP = 10_000_000

PAGE = (
    b"<!doctype html><html><head><title>Our news</title></head><body><h1>Welcome</h1><p>All the news.</p></body></html>"
)
CHALLENGE = (
    b"<!doctype html><html><head><title>Just a moment...</title></head><body><div id='cf-wrapper'>"
    b"<h2>Checking if the site connection is secure</h2><noscript>Enable JavaScript and cookies to continue</noscript>"
    b"<script src='/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1'></script></div></body></html>"
)
CAPTCHA = (
    b"<!doctype html><html><head><title>Are you a robot?</title>"
    b"<script src='https://www.google.com/recaptcha/api.js'></script></head><body><p>Please solve this captcha.</p>"
    b"<form action='/verify'><div class='g-recaptcha' data-sitekey='x'></div></form></body></html>"
)
LOGIN = (
    b"<!doctype html><html><head><title>Sign in</title></head><body><h1>Sign in to your account</h1>"
    b"<form method='post' action='/login'><input name='user'><input type='password' name='password'>"
    b"<button>Log in</button></form></body></html>"
)


def _feed(scene: Scene, answer: Answer) -> None:
    scene.feeds.append(FeedRow("feed", scene.answer("/feed", answer)))


def _read(visit: Visit, url: str) -> None:
    expect(not visit.feed.failed, f"the poll failed: {visit.feed.problem}")
    expect(visit.entry(url) is not None, "the entry was not found")


def _unpacks(scene: Scene, coding: str, pack) -> Play:  # type: ignore[no-untyped-def]
    _feed(scene, packed(news(scene.site.url(""), [1]), coding, pack))
    visit = yield Ask(START)
    _read(visit, scene.site.url("/news/1"))
    accepted = visit.asked("/feed")[0].header("accept-encoding") or ""
    expect(coding in accepted, f"not asked for; Accept-Encoding: {accepted or 'none'}")


@rule(AREA)
def gzip(scene: Scene) -> Play:
    """gzip is asked for and read.

    Source: RFC 9110, 8.4.1.3.
    """
    yield from _unpacks(scene, "gzip", gzipped)


@rule(AREA)
def deflate(scene: Scene) -> Play:
    """deflate is asked for and read, in its zlib wrapper.

    Source: RFC 9110, 8.4.1.2.
    """
    yield from _unpacks(scene, "deflate", zlib_deflate)


@rule(AREA)
def deflate_without_wrapper(scene: Scene) -> Play:
    """deflate without its wrapper, as many servers send it, is read.

    Source: RFC 9110, 8.4.1.2, note.
    """
    yield from _unpacks(scene, "deflate", raw_deflate)


@rule(AREA)
def brotli_coding(scene: Scene) -> Play:
    """Brotli is asked for and read.

    Source: RFC 7932.
    """
    yield from _unpacks(scene, "br", brotli.compress)


@rule(AREA)
def zstd_coding(scene: Scene) -> Play:
    """Zstandard is asked for and read.

    Source: RFC 8878 and RFC 9659.
    """
    yield from _unpacks(scene, "zstd", zstandard.compress)


@rule(AREA, world="hostile")
def size_cap(scene: Scene) -> Play:
    """A feed of more than 10 MB is broken off, not read to its end.

    Source: the cap is Sitrep's; RFC 9110, 9.2 bounds nothing.
    """
    start = head(200, {"Content-Type": "application/rss+xml"}) + b"<rss version='2.0'><channel><title>t</title>"
    _feed(scene, flooding(start, b"<!-- " + b"x" * 65_000 + b" -->\n", 80_000_000))
    visit = yield Ask(START)
    expect(visit.feed.failed, "read as if nothing were wrong")
    sent = visit.asked("/feed")[0].sent
    expect(sent < 4 * CAP, f"{sent / 1e6:.0f} MB were taken")


@rule(AREA, world="hostile")
def whole_time(scene: Scene) -> Play:
    """The time limit is for the whole answer, so a slow drip ends.

    Source: requests' documentation: its timeout is per read; the drip lasts 10 s, the limit is 3 s where it can
    be set.
    """
    body = news(scene.site.url(""), [1])
    start = head(200, {"Content-Type": "application/rss+xml"}) + body
    _feed(scene, dripping(start, b" ", pause=0.2, limit=10))
    visit = yield Ask(START)
    expect(visit.feed.failed, "waited for the last drop")


def _is_failure(scene: Scene, answer: Answer) -> Play:
    _feed(scene, full(news(scene.site.url(""), [1])))
    yield Ask(START)
    scene.answer("/feed", answer)
    visit = yield Ask(HOUR)
    expect(bool(visit.asked("/feed")), "not asked again")
    expect(visit.feed.failed, "counts as a good poll")
    expect(bool(visit.feed.problem), "the failure has no name")


@rule(AREA)
def empty_200(scene: Scene) -> Play:
    """A 200 without a body is a failure with a name, not a feed without entries.

    Source: RFC 9110, 15.3.1; half-written files and full disks answer so.
    """
    yield from _is_failure(scene, full(b""))


@rule(AREA)
def html_page(scene: Scene) -> Play:
    """A web page at a feed's address is a failure with a name.

    Source: RFC 4287, 2 and RSS 2.0 name the root element; FreshRSS/FreshRSS#6233: an error that does not say why.
    """
    yield from _is_failure(scene, full(PAGE, kind="text/html"))


def _has_own_name(scene: Scene, body: bytes) -> Play:
    """Two feeds, one a plain web page, one the page in question: the names of their failures must differ."""
    scene.feeds.append(FeedRow("page", scene.answer("/page", full(PAGE, kind="text/html"))))
    scene.feeds.append(FeedRow("other", scene.answer("/other", full(body, kind="text/html"))))
    visit = yield Ask(START)
    page, other = visit.feeds["page"], visit.feeds["other"]
    expect(other.failed, "counts as a good poll")
    expect(bool(other.problem) and other.problem != page.problem, f"named {other.problem}, as any page is")


@rule(AREA)
def bot_challenge(scene: Scene) -> Play:
    """A bot challenge answered with 200 is a failure with a name of its own.

    Source: zen-browser/www#396 (the page), FreshRSS/FreshRSS#6233 (nobody could tell why the feed failed).
    """
    yield from _has_own_name(scene, CHALLENGE)


@rule(AREA)
def captcha_page(scene: Scene) -> Play:
    """A captcha is a failure with a name of its own.

    Source: reCAPTCHA's documentation (api.js, g-recaptcha); only a person can help here.
    """
    yield from _has_own_name(scene, CAPTCHA)


@rule(AREA)
def login_page(scene: Scene) -> Play:
    """A login page is a failure with a name of its own.

    Source: expired subscriptions and private feeds answer so; RFC 9110, 15.5.2 is what they ought to answer.
    """
    yield from _has_own_name(scene, LOGIN)


@rule(AREA)
def wrong_content_type(scene: Scene) -> Play:
    """A feed sent as text/html or as application/octet-stream is a feed.

    Source: RFC 7303 is left aside by many servers; feedparser's documentation: bozo (NonXMLContentType), not
    fatal.
    """
    for number, kind in enumerate(("text/html", "application/octet-stream", "image/x-icon"), start=1):
        url = scene.answer(f"/feed{number}", full(news(scene.site.url(""), [number]), kind=kind))
        scene.feeds.append(FeedRow(f"feed{number}", url))
    visit = yield Ask(START)
    for number, view in enumerate(visit.feeds.values(), start=1):
        expect(not view.failed, f"failed: {view.problem}")
        expect(visit.entry(scene.site.url(f"/news/{number}")) is not None, f"no entry {number}")


def _reads_letters(scene: Scene, title: str, encode, kind: str) -> Play:  # type: ignore[no-untyped-def]
    url = scene.site.url("/news/1")
    document = rss(item(url, title, guid="g1", text="<p>Some words of text.</p>")).decode()
    _feed(scene, full(encode(document), kind=kind))
    visit = yield Ask(START)
    found = visit.entry(url)
    expect(found is not None, f"the entry was not found ({visit.feed.problem})")
    expect(found is not None and found.title == title, f"title {found.title if found else None!r}")


@rule(AREA)
def byte_order_mark(scene: Scene) -> Play:
    """A byte order mark goes before the charset of HTTP.

    Source: the Encoding standard, decode; RFC 7303, 3.
    """
    yield from _reads_letters(
        scene, "Größe ça", lambda text: codecs.BOM_UTF8 + text.encode(), "application/rss+xml; charset=iso-8859-1"
    )


@rule(AREA)
def charset_of_http(scene: Scene) -> Play:
    """The charset of HTTP goes before that of the declaration.

    Source: RFC 7303, 3.2; browsers do so.
    """
    yield from _reads_letters(
        scene, "خبر اليوم", lambda text: text.encode("windows-1256"), "application/rss+xml; charset=windows-1256"
    )


@rule(AREA)
def charset_declared(scene: Scene) -> Play:
    """Without a charset in HTTP the declaration counts, windows-1256 included.

    Source: XML 1.0, 4.3.3; the Encoding standard's labels.
    """
    yield from _reads_letters(
        scene,
        "خبر اليوم",
        lambda text: text.replace('encoding="utf-8"', 'encoding="windows-1256"').encode("windows-1256"),
        "application/rss+xml",
    )


@rule(AREA)
def utf_16(scene: Scene) -> Play:
    """UTF-16 with its mark is read.

    Source: XML 1.0, 4.3.3 and appendix F.
    """
    yield from _reads_letters(
        scene,
        "Größe خبر",
        lambda text: text.replace('encoding="utf-8"', 'encoding="utf-16"').encode("utf-16"),
        "application/rss+xml",
    )


@rule(AREA)
def no_charset_at_all(scene: Scene) -> Play:
    """Without any statement UTF-8 is taken.

    Source: XML 1.0, 4.3.3; text/xml without charset is no longer us-ascii: RFC 7303, 3.
    """
    yield from _reads_letters(scene, "Größe ça", lambda text: text.partition("\n")[2].encode(), "text/xml")
