"""The feeds that a page names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.find_feeds import MAX_FEEDS, NamedFeed, find_feeds, usual_places
from pipeline.stages.identify import canonical_url

PAGE = "https://example.org/news/today.html"
RSS = "application/rss+xml"


def found(html: str, url: str = PAGE) -> list[str]:
    return [feed.url for feed in find_feeds(html.encode(), url, "utf-8")]


@pytest.mark.parametrize(
    ("markup", "addresses"),
    [
        (f'<link rel="alternate" type="{RSS}" href="https://example.org/feed">', ["https://example.org/feed"]),
        (f'<LINK REL="Alternate" TYPE="{RSS.upper()}" HREF="/Feed">', ["https://example.org/Feed"]),
        (f'<link rel="alternate home" type="{RSS}; charset=utf-8" href="feed">', ["https://example.org/news/feed"]),
        ('<link rel=alternate type="application/atom+xml" href=//cdn.example.net/a>', ["https://cdn.example.net/a"]),
        ('<link rel="alternate" type="application/feed+json" href="/feed.json">', ["https://example.org/feed.json"]),
        ('<link rel="alternate" type="text/xml" href="/rss.xml">', ["https://example.org/rss.xml"]),
        ('<link rel="alternate" type="text/xml" href="/sitemap.xml">', []),
        ('<link rel="alternate" type="application/json" href="/wp-json/wp/v2/posts/1">', []),
        ('<link rel="alternate" hreflang="ar" href="/ar/">', []),
        (f'<link rel="stylesheet" type="{RSS}" href="/feed">', []),
        (f'<link rel="alternate" type="{RSS}">', []),
        (f'<base href="https://cdn.example.net/x/"><link rel="alternate" type="{RSS}" href="f">', ["https://cdn.example.net/x/f"]),
        ('<a href="/rss">RSS</a>', ["https://example.org/rss"]),
        ('<a href="/feeds/world">World</a>', ["https://example.org/feeds/world"]),
        ('<a href="/rss/rssfeedsdefense.aspx">Defence</a>', ["https://example.org/rss/rssfeedsdefense.aspx"]),
        ('<a href="/DesktopModules/ArticleCS/RSS.ashx?max=10">RSS</a>', ["https://example.org/DesktopModules/ArticleCS/RSS.ashx?max=10"]),
        ('<a href="/?feed=rss2">RSS</a>', ["https://example.org/?feed=rss2"]),
        ('<a href="/rss\x1b[31m">RSS</a><a href="/r s/rss">RSS</a>', []),
        ('<a href="/news/cattle-feeders.html">Feeders</a><a href="/feedback">Write</a>', []),
        ('<a href="/#rss">Top</a><a href="mailto:rss@example.org">Mail</a><a href="javascript:rss()">x</a>', []),
    ],
)  # fmt: skip
def test_addresses_of_feeds_are_told_from_others(markup: str, addresses: list[str]) -> None:
    assert found(f"<html><head>{markup}</head><body></body></html>") == addresses


def test_declared_feeds_come_before_linked_ones_and_comments_last() -> None:
    html = f"""<a href="/sport/rss.xml">Sport</a>
      <link rel="alternate" type="{RSS}" href="/comments/feed/" title="Comments">
      <link rel="alternate" type="{RSS}" href="/feed/" title=" All \n news ">"""
    named = find_feeds(html.encode(), PAGE, None)
    assert named == (
        NamedFeed("https://example.org/feed/", "All news"),
        NamedFeed("https://example.org/sport/rss.xml", "Sport"),
        NamedFeed("https://example.org/comments/feed/", "Comments"),
    )


def test_a_feed_named_twice_is_named_once_as_declared() -> None:
    html = f'<link rel="alternate" type="{RSS}" href="/feed" title="News"><a href="/feed#top">RSS</a>'
    assert find_feeds(html.encode(), PAGE, None) == (NamedFeed("https://example.org/feed", "News"),)


def test_only_so_many_feeds_are_taken() -> None:
    assert len(found("".join(f'<a href="/feeds/{number}">x</a>' for number in range(500)))) == MAX_FEEDS


def test_markup_characters_in_an_address_are_undone() -> None:
    assert found(f'<link rel="alternate" type="{RSS}" href="/f?a=1&amp;b=2">') == ["https://example.org/f?a=1&b=2"]


@given(st.binary(max_size=300))
def test_no_bytes_break_it(noise: bytes) -> None:
    for feed in find_feeds(b'<a href="/rss">' + noise + b'<link rel="alternate" href="', PAGE, None):
        assert canonical_url(feed.url)


def test_deep_nesting_is_read_all_the_same() -> None:
    assert found("<div>" * 20_000 + '<a href="/rss">x') in ([], ["https://example.org/rss"])


def test_usual_places_begin_at_the_page_and_end_at_the_site() -> None:
    places = usual_places("https://example.org:8080/section/defence/")
    assert places[0] == "https://example.org:8080/section/defence/feed/"
    assert "https://example.org:8080/rss.xml" in places
    assert len(set(places)) == len(places)


@pytest.mark.parametrize("page", ["https://example.org", "https://example.org/"])
def test_of_a_front_page_no_place_is_tried_twice(page: str) -> None:
    places = usual_places(page)
    assert places[0] == "https://example.org/feed/"
    assert len(set(places)) == len(places)
