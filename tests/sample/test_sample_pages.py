from collections.abc import Mapping
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.sample.answers import Answer, answer, without_tracking
from pipeline.sample.newsroom import HOURS, Newsroom, Outlet, SampleArticle, open_newsroom
from pipeline.sample.pages import INVENTED
from pipeline.sample.validators import not_modified, reply_headers

Sites = Mapping[str, str]
PAGES = [a for a in open_newsroom().articles if a.has_page]
SEED_BOILERPLATE = [
    "See also",
    "Discover more from Defence Ledger | Military News and Pictures",
    "Subscribe to get the latest posts sent to your email.",
    "Leave a Reply",
    "Your email address will not be published.",
    "Required fields are marked",
]


def outlet_of(newsroom: Newsroom, outlet_id: str) -> Outlet:
    return next(o for o in newsroom.outlets if o.id == outlet_id)


def page(newsroom: Newsroom, article: SampleArticle, hour: int, sites: Sites) -> tuple[Answer, str]:
    outlet = outlet_of(newsroom, article.outlet)
    reply = answer(newsroom, outlet, hour, article.path, sites)
    return reply, unescape(reply.body.decode(outlet.charset))


@pytest.mark.parametrize("article", PAGES, ids=lambda a: f"{a.id}.hour{a.hour}")
def test_every_page_shows_the_whole_story_and_says_that_it_is_invented(
    newsroom: Newsroom, sites: Sites, article: SampleArticle
) -> None:
    reply, text = page(newsroom, article, article.hour, sites)
    assert reply.status == article.page_status[article.hour]
    assert text.count(INVENTED) == 2
    if reply.status == 200:
        assert [block.text for block in article.blocks if block.text not in text] == []
        assert article.title in text
        assert "$" not in text.replace("$900,000", "").replace("$4,000", "").replace("$61.4", "")


@pytest.mark.parametrize("slug", ["jets-hit-suburb-envoy", "radwan-tunnel", "interceptors-negev"])
def test_the_ledger_puts_every_kind_of_boilerplate_round_its_story(newsroom: Newsroom, sites: Sites, slug: str) -> None:
    _, text = page(newsroom, newsroom.article(f"defence-ledger/{slug}"), 0, sites)
    assert [phrase for phrase in SEED_BOILERPLATE if phrase not in text] == []
    assert text.count("See also") == 2
    assert "\\</p>" in text


def test_furniture_stands_inside_a_story_and_never_after_its_end(newsroom: Newsroom, sites: Sites) -> None:
    two_blocks = newsroom.article("armour-airframe/camouflage-recall")
    three_blocks = newsroom.article("northern-tribune/bologna-days")
    assert [len(article.blocks) for article in (two_blocks, three_blocks)] == [2, 3]
    assert "white paper" not in page(newsroom, two_blocks, 0, sites)[1]
    assert "CONTINUE READING BELOW" in page(newsroom, three_blocks, 0, sites)[1]
    assert "Sign me up" not in page(newsroom, three_blocks, 0, sites)[1]


def test_there_is_an_answer_for_every_status(newsroom: Newsroom, sites: Sites) -> None:
    statuses = {
        "gulf-markets/fertiliser-merger": [403, 403],
        "northern-tribune/ammunition-plant-hiring": [404, 404],
        "pacific-sentinel/cable-ship-queue": [503, 200],
    }
    for article_id, wanted in statuses.items():
        article = newsroom.article(article_id)
        replies = [page(newsroom, article, hour, sites)[0] for hour in HOURS]
        assert [reply.status for reply in replies] == wanted
        assert [reply.retry_after is not None for reply in replies] == [status == 503 for status in wanted]
        assert all(article.blocks[0].text not in r.body.decode() for r in replies if r.status != 200)


@pytest.mark.parametrize("path", ["/no-such-page/", "/sirens-noon-haifa", "/item/sirens-noon-haifa", "/item/"])
def test_what_is_not_published_is_not_found(newsroom: Newsroom, sites: Sites, path: str) -> None:
    assert answer(newsroom, outlet_of(newsroom, "coastline-news"), 0, path, sites).status == 404


def test_a_new_story_is_there_from_the_second_hour_on(newsroom: Newsroom, sites: Sites) -> None:
    coastline = outlet_of(newsroom, "coastline-news")
    replies = [answer(newsroom, coastline, hour, "/item/sirens-noon-haifa", sites).status for hour in HOURS]
    assert replies == [404, 200]


def test_a_page_linked_under_another_path_names_its_own(newsroom: Newsroom, sites: Sites) -> None:
    observer = outlet_of(newsroom, "levant-observer")
    linked = answer(newsroom, observer, 0, "/node/48211?utm_source=feed", sites)
    own = answer(newsroom, observer, 0, "/2024/10/depositors-ruling", sites)
    assert linked.body == own.body
    assert b'<link rel="canonical" href="http://levant-observer.example/2024/10/depositors-ruling">' in own.body


def test_a_parameter_that_names_the_page_counts(newsroom: Newsroom, sites: Sites) -> None:
    harbor = outlet_of(newsroom, "harbor-post")
    pages = [answer(newsroom, harbor, 0, f"/story.php?{q}utm_x=1", sites) for q in ("id=museum-tug&", "")]
    assert [reply.status for reply in pages] == [200, 404]


def test_the_feeds_in_trouble_answer_so(newsroom: Newsroom, sites: Sites) -> None:
    down, moved = (outlet_of(newsroom, name) for name in ("border-monitor", "valley-radio"))
    unavailable = answer(newsroom, down, 0, down.feed.path, sites)
    assert (unavailable.status, unavailable.retry_after) == (503, 1800)
    html = answer(newsroom, moved, 0, moved.feed.path, sites)
    assert (html.status, html.content_type) == (200, "text/html; charset=utf-8")
    assert b"<!DOCTYPE html>" in html.body


def test_robots_close_what_the_outlets_closed(newsroom: Newsroom, sites: Sites) -> None:
    texts = {o.id: answer(newsroom, o, 0, "/robots.txt", sites).body.decode() for o in newsroom.outlets}
    closed = newsroom.article("pacific-sentinel/hotline-that-rings")
    assert "Disallow: /analysis/" in texts["pacific-sentinel"]
    assert closed.path.startswith("/analysis/")
    assert "Crawl-delay: 1" in texts["nile-horn-dispatch"]
    assert all(text.startswith("User-agent: *\n") for text in texts.values())


def test_a_page_changes_with_the_hour_only_if_its_story_does(newsroom: Newsroom, sites: Sites) -> None:
    updated = {a.id for a in newsroom.articles if a.hour == 1}
    healing = {a.id for a in newsroom.articles if len(set(a.page_status)) == 2}
    for article in PAGES:
        if article.hour == 0:
            before, after = (page(newsroom, article, hour, sites)[0] for hour in HOURS)
            assert (before == after) == (article.id not in updated | healing), article.id


def test_validators_decide_as_the_rfc_says(newsroom: Newsroom, sites: Sites) -> None:
    reply, _ = page(newsroom, newsroom.article("meridian-wire/unifil-tower-hit"), 0, sites)
    sent = reply_headers(reply)
    assert sent["Last-Modified"] == "Sun, 20 Oct 2024 15:10:00 GMT"
    fresh = [
        {"if-none-match": sent["ETag"]},
        {"if-none-match": f'"other", {sent["ETag"]}'},
        {"if-none-match": sent["ETag"], "if-modified-since": "Sat, 19 Oct 2024 00:00:00 GMT"},
        {"if-modified-since": sent["Last-Modified"]},
        {"if-modified-since": "Sun, 20 Oct 2024 15:10:00 -0000"},
    ]
    stale = [
        {},
        {"if-none-match": '"other"'},
        {"if-none-match": '"other"', "if-modified-since": sent["Last-Modified"]},
        {"if-none-match": "", "if-modified-since": sent["Last-Modified"]},
        {"if-modified-since": "Sun, 20 Oct 2024 15:09:59 GMT"},
        {"if-modified-since": "yesterday"},
    ]
    assert [asked for asked in fresh if not not_modified(asked, reply)] == []
    assert [asked for asked in stale if not_modified(asked, reply)] == []


def test_trouble_is_never_not_modified() -> None:
    reply = Answer(503, "text/html", b"later", retry_after=5)
    assert not not_modified({"if-none-match": reply.etag}, reply)
    assert reply_headers(reply) == {"Vary": "Accept-Encoding", "Retry-After": "5"}


NAMES = st.from_regex(r"[a-z]{1,8}", fullmatch=True)
PARAMETERS = st.lists(st.tuples(NAMES.filter(lambda name: not name.startswith("utm")), NAMES), max_size=4)
TRACKING = st.lists(st.tuples(NAMES.map("utm_".__add__), NAMES), max_size=4)


@given(PARAMETERS, TRACKING, st.randoms(use_true_random=False))
def test_tracking_parameters_never_choose_the_page(kept: list, tracked: list, random: object) -> None:
    mixed = [*kept]
    for parameter in tracked:
        mixed.insert(random.randint(0, len(mixed)), parameter)
    paths = ["/a/" + ("?" if rows else "") + "&".join(f"{k}={v}" for k, v in rows) for rows in (kept, mixed)]
    assert without_tracking(paths[1]) == paths[0]
