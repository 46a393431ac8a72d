from collections.abc import Mapping
from urllib.parse import urlsplit

import feedparser
import pytest

from pipeline.sample.answers import answer
from pipeline.sample.newsroom import HOURS, Newsroom, Outlet, open_newsroom

VERSIONS = {"rss2": "rss20", "rss1": "rss10", "atom": "atom10"}
WORKING = [o for o in open_newsroom().outlets if o.feed.status == 200 and o.feed.format != "html"]
Sites = Mapping[str, str]


def parsed(newsroom: Newsroom, outlet: Outlet, hour: int, sites: Sites) -> feedparser.FeedParserDict:
    reply = answer(newsroom, outlet, hour, outlet.feed.path, sites)
    return feedparser.parse(reply.body, response_headers={"content-type": reply.content_type})


@pytest.mark.parametrize("hour", HOURS)
@pytest.mark.parametrize("outlet", WORKING, ids=lambda outlet: outlet.id)
def test_every_feed_is_what_its_specification_asks_for(
    newsroom: Newsroom, sites: Sites, outlet: Outlet, hour: int
) -> None:
    feed = parsed(newsroom, outlet, hour, sites)
    articles = newsroom.published(outlet, hour)
    assert not feed.bozo, feed.get("bozo_exception")
    assert feed.version == VERSIONS[outlet.feed.format]
    assert [entry.title for entry in feed.entries] == [article.title for article in articles]
    assert all(
        "invented" in feed.feed.get(key, "") for key in ("generator" if outlet.feed.format != "rss1" else "subtitle",)
    )


@pytest.mark.parametrize("outlet", WORKING, ids=lambda outlet: outlet.id)
def test_dates_arrive_as_published_and_unknown_stays_unknown(newsroom: Newsroom, sites: Sites, outlet: Outlet) -> None:
    entries = parsed(newsroom, outlet, 0, sites).entries
    for entry, article in zip(entries, newsroom.published(outlet, 0), strict=True):
        # RSS 1.0 has one date only, which feedparser calls updated.
        stated = entry.get("published_parsed") or entry.get("updated_parsed")
        assert (stated and tuple(stated[:6])) == (article.published and article.published.timetuple()[:6])


def test_a_digest_links_to_the_pages_of_others_with_its_own_parameters(newsroom: Newsroom, sites: Sites) -> None:
    digest = next(o for o in newsroom.outlets if o.id == "theatre-digest")
    # Not entry.link: feedparser puts the Atom id there where an entry has no link.
    links = [[link.href for link in entry.get("links", ())] for entry in parsed(newsroom, digest, 0, sites).entries]
    hosts = {urlsplit(link).hostname for row in links for link in row if link.startswith("http")}
    assert hosts == {"meridian-wire.example", "levant-observer.example", "nile-horn-dispatch.example"}
    assert ["http://levant-observer.example/node/48211?utm_source=theatre-digest&utm_medium=rss"] in links
    assert links.count([]) == 2


def test_the_full_text_feed_carries_the_text_and_the_newsletters_own_calls(newsroom: Newsroom, sites: Sites) -> None:
    brief = next(o for o in newsroom.outlets if o.id == "strategic-brief")
    for entry, article in zip(parsed(newsroom, brief, 0, sites).entries, newsroom.published(brief, 0), strict=True):
        content = entry.content[0].value
        assert article.blocks[-1].gold in content.replace("&quot;", '"')
        assert "Subscribe now" in content
        assert "appeared first on" in content


def test_an_update_is_visible_in_the_feed_of_the_second_hour(newsroom: Newsroom, sites: Sites) -> None:
    wire = next(o for o in newsroom.outlets if o.id == "meridian-wire")
    before, after = (
        next(e for e in parsed(newsroom, wire, hour, sites).entries if "envoy-beirut" in e.link) for hour in HOURS
    )
    assert before.id == after.id
    assert before.title != after.title
