"""Headline, authors, time, language and address, from what a page states about itself."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.stages.extract import Extracted, extract

URL = "https://www.quay.example/world/2021/strait.html"
PROSE = "The ferry left the island before dawn with forty people on board, the harbour master said on Friday. "
TITLE = "Ferry leaves the island before dawn"


def page(head: str = "", body: str = "", attributes: str = 'lang="en"') -> Extracted:
    html = (
        f"<!doctype html><html {attributes}><head>{head}</head><body><article>{body}<p>{PROSE * 4}</p></article></body>"
    )
    return extract(html.encode(), URL, "utf-8")


def linked(*nodes: Any) -> str:
    return "".join(f'<script type="application/ld+json">{json.dumps(node)}</script>' for node in nodes)


def article(**fields: Any) -> dict[str, Any]:
    return {"@context": "https://schema.org", "@type": "NewsArticle", "headline": TITLE} | fields


# --- headline ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (f'<meta property="og:title" content="{TITLE}">', ""),
        (f'<meta name="twitter:title" content="{TITLE}">', ""),
        (linked(article()), ""),
        (f"<title>{TITLE}</title>", ""),
        ("", f"<h1>{TITLE}</h1>"),
        (f"<title>{TITLE} | The Quay</title>", ""),
        (f"<title>{TITLE} - Ships - The Quay Now</title><meta property='og:site_name' content='The Quay Now'>", ""),
        (f"<title>{TITLE} - Harbour News Online</title>", ""),
        (f"<title>The Quay: {TITLE}</title><meta property='og:site_name' content='The Quay'>", ""),
        (f"<meta property='og:title' content='{TITLE} | A Quay'><meta property='og:site_name' content='A Quay'>", ""),
        (f"<meta property='og:title' content='{TITLE} | Quay'>", ""),
        (f"<meta property='og:title' content='{TITLE} — quay.example'>", ""),
        (linked(article(headline=f"{TITLE} | Harbour Wire", publisher={"name": "Harbour Wire"})), ""),
        (f"<title>{TITLE}</title>", f"<h1>The Quay</h1><h1>{TITLE}</h1>"),
        ("<title>Ferry leaves island before dawn - The Quay</title>", f"<h1>{TITLE}</h1>"),
    ],
)  # fmt: skip
def test_the_headline_is_found_without_the_outlets_name(head: str, body: str) -> None:
    found = page(head, body).title
    assert found == TITLE or (found == f"{TITLE} - Ships")


@pytest.mark.parametrize(
    "title", ["Strike: what comes next", "Ferry – the last one – leaves", "Talks | a history of them"]
)
def test_other_parts_of_a_headline_stay(title: str) -> None:
    assert page(f'<meta property="og:title" content="{title}">').title == title


def test_the_shown_headline_goes_before_one_made_for_search_engines() -> None:
    head = '<meta property="og:title" content="Ferry leaves island: all you need to know">'
    assert page(head, "<h1>Ferry leaves the island</h1>").title == "Ferry leaves the island"


def test_an_h1_that_names_the_section_is_no_headline() -> None:
    assert page(f'<meta property="og:title" content="{TITLE}">', "<h1>World news</h1>").title == TITLE


def test_a_page_without_a_headline_has_none() -> None:
    assert page().title == ""


def test_a_headline_is_no_novel() -> None:
    assert len(page(f"<title>{'word ' * 1000}</title>").title) <= 500


def test_the_headline_is_not_the_first_line_of_the_text() -> None:
    found = page(f"<title>{TITLE} | The Quay</title>", f"<h1>{TITLE}</h1><p>{TITLE}</p>")
    assert [block.text for block in found.blocks] == [(PROSE * 4).strip()]


def test_what_stands_above_the_headline_is_no_story() -> None:
    found = page(
        f"<title>{TITLE} | The Quay</title>", f"<p>Industry</p><p>11:52 Train service resumes</p><h2>{TITLE}</h2>"
    )
    assert [block.text for block in found.blocks] == [(PROSE * 4).strip()]


def test_a_line_that_repeats_the_headline_below_the_first_sentence_stays() -> None:
    found = page(f"<title>{TITLE} | The Quay</title>", f"<p>{PROSE}</p><p>{TITLE}</p>")
    assert [block.text for block in found.blocks] == [PROSE.strip(), TITLE, (PROSE * 4).strip()]


# --- authors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "body", "authors"),
    [
        (linked(article(author="Dana Whitlock")), "", ("Dana Whitlock",)),
        (
            linked(article(author=[{"name": "Dana Whitlock"}, {"name": "Omar Feld"}])),
            "",
            ("Dana Whitlock", "Omar Feld"),
        ),
        (linked(article(author={"@id": "#d"}), {"@id": "#d", "name": "Dana Whitlock"}), "", ("Dana Whitlock",)),
        (linked(article(author={"name": ["Dana Whitlock"]})), "", ("Dana Whitlock",)),
        (linked(article(creator="Dana Whitlock")), "", ("Dana Whitlock",)),
        ('<meta name="author" content="By Dana Whitlock and Omar Feld">', "", ("Dana Whitlock", "Omar Feld")),
        ('<meta property="article:author" content="Dana Whitlock">', "", ("Dana Whitlock",)),
        ("", '<p class="byline">By Dana Whitlock</p>', ("Dana Whitlock",)),
        ("", '<a rel="author" href="/d">Dana Whitlock</a>', ("Dana Whitlock",)),
        ("", '<span itemprop="author">Dana Whitlock</span>', ("Dana Whitlock",)),
        ('<meta name="author" content="https://www.facebook.com/quay">', "", ()),
        ('<meta name="author" content="admin">', "", ()),
        ('<meta name="author" content="desk@quay.example">', '<p class="author">Dana Whitlock</p>', ("Dana Whitlock",)),
        ("", f'<div class="author">{PROSE * 3}</div>', ()),
        ("", "<p>By the sea</p>", ()),
        (linked(article(author=["Dana Whitlock", "dana whitlock"])), "", ("Dana Whitlock",)),
    ],
)
def test_authors_are_names_of_people(head: str, body: str, authors: tuple[str, ...]) -> None:
    assert page(head, body).authors == authors


# --- time -------------------------------------------------------------------------------------------------------------

MAY = datetime(2021, 5, 3, 8, 14, tzinfo=UTC)
DAY = datetime(2021, 5, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("head", "body", "moment"),
    [
        (linked(article(datePublished="2021-05-03T10:14:00+02:00")), "", MAY),
        (linked(article(datePublished="2021-05-03T08:14Z", dateModified="2022-01-01")), "", MAY),
        ('<meta property="article:published_time" content="2021-05-03 08:14:00">', "", MAY),
        ('<meta itemprop="datePublished" content="2021-05-03T08:14:00.123Z">', "", MAY),
        ('<meta name="date" content="May 3, 2021">', "", DAY),
        ('<meta name="pubdate" content="20210503">', "", DAY),
        ("", '<time datetime="2021-05-03T08:14:00Z">3 May</time>', MAY),
        ("", '<span itemprop="datePublished" content="2021-05-03T08:14:00Z"></span>', MAY),
        ("", '<time datetime="2019-01-01">old</time><time pubdate datetime="2021-05-03T08:14:00Z">new</time>', MAY),
        ("", '<time itemprop="dateModified" datetime="2022-01-01"></time><time datetime="2021-05-03"></time>', DAY),
        ("", '<p class="date">Published on May 3, 2021</p>', DAY),
        ('<meta name="date" content="soon">', '<time datetime="2021-05-03">x</time>', DAY),
        ('<meta name="date" content="1066-10-14">', '<time datetime="2021-05-03">x</time>', DAY),
        (linked(article(datePublished="2021-05-03T08:14:00+99:00")), '<time datetime="2021-05-03">x</time>', DAY),
    ],
)
def test_the_time_of_publication_is_utc(head: str, body: str, moment: datetime) -> None:
    assert page(head, body).published_at == moment


def test_a_page_without_a_date_has_no_date() -> None:
    found = extract(f"<html><body><p>{PROSE * 4}</p></body></html>".encode(), "https://quay.example/a", None)
    assert found.published_at is None


# --- language ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "attributes", "language"),
    [
        ("", 'lang="en-GB"', "en"),
        ("", 'xml:lang="EN"', "en"),
        ('<meta property="og:locale" content="en_US">', "", "en"),
        ('<meta http-equiv="content-language" content="en">', "", "en"),
        (linked(article(inLanguage="en-US")), "", "en"),
        ("", "", "en"),
        ("", 'lang="english"', "en"),
        ("", 'lang="ar"', "en"),
    ],
)
def test_the_language_is_the_stated_one_if_the_letters_agree(head: str, attributes: str, language: str) -> None:
    assert page(head, attributes=attributes).language == language


def test_the_theme_of_a_russian_page_does_not_make_it_english() -> None:
    text = "Паром покинул остров до рассвета, сообщил начальник порта в пятницу утром. " * 6
    found = extract(f'<html lang="en"><body><article><p>{text}</p></article></body></html>'.encode(), URL, "utf-8")
    assert found.language == "ru"


def test_a_page_without_words_has_the_language_it_states_or_none() -> None:
    assert extract(b"<html lang='de'><body><p>x</p></body></html>", URL, None).language == "de"
    assert extract(b"<html><body><p>x</p></body></html>", URL, None).language is None


# --- address ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "address"),
    [
        ('<link rel="canonical" href="https://quay.example/strait">', "https://quay.example/strait"),
        ('<link rel="Canonical alternate" href="/strait">', "https://www.quay.example/strait"),
        ('<link rel="alternate" href="/strait">', None),
        ('<link rel="canonical" href=" ">', None),
        ('<link rel="canonical" href="http://[bad">', None),
        ("", None),
    ],
)
def test_the_canonical_address_is_told_as_stated(head: str, address: str | None) -> None:
    assert page(head).canonical_url == address


# --- JSON-LD ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "script",
    [
        linked({"@graph": [{"@type": "WebSite", "name": "The Quay"}, article()]}),
        linked([article()]),
        linked({"@type": "WebPage", "mainEntity": article()}),
        linked(article(**{"@type": ["Article", "LiveBlogPosting"]})),
        linked(article(**{"@type": "http://schema.org/NewsArticle"})),
        linked({"@type": "NewsArticle"}, article()),
        f'<script type="application/ld+json"><!-- {json.dumps(article())} --></script>',
        '<script type="application/ld+json">{broken</script>' + linked(article()),
        '<script type="application/ld+json">'
        + json.dumps(article(), indent=1).replace(" leaves", " \tleaves")
        + "</script>",
    ],
)
def test_the_article_is_found_wherever_it_stands_in_the_scripts(script: str) -> None:
    assert page(script).title == TITLE


@pytest.mark.parametrize(
    "script",
    [
        linked({"@type": "WebSite", "headline": "Wrong"}),
        linked({"@type": "NewsArticle", "headline": 7, "datePublished": {}, "author": 5}),
        linked("just text"),
        '<script type="application/ld+json">' + "[" * 50_000 + "</script>",
        '<script type="text/javascript">{"@type": "NewsArticle", "headline": "Wrong"}</script>',
    ],
)
def test_other_things_in_scripts_are_no_article(script: str) -> None:
    found = page(script)
    assert (found.title, found.authors, found.published_at) == ("", (), None)
