"""From a page or a feed entry to a cleaned article."""

import pytest

from pipeline.flows.checked_rules import load_rules
from pipeline.model import Removal
from pipeline.stages.clean import NOT_STORY, Block
from pipeline.stages.prepare import MAX_FRAGMENT, fragment_blocks, named, prepare_entry, prepare_page
from pipeline.topic import PhraseGroup, Reference, Topic

RULES = load_rules()
URL = "https://quay.example/strait"
FIRST = "The ferry left the island before dawn with forty people on board, the harbour master said on Friday."
SECOND = "By noon the storm had passed and the boats were back, but nobody had counted the crates on the quay."
FERRY = Topic(
    id="ferry",
    name="The ferry",
    description="All about it",
    threshold=0.1,
    references=(Reference("The ferry", FIRST),),
    groups=(PhraseGroup("ferry", ("ferry",)), PhraseGroup("island", ("island",))),
    subject=(("ferry", 1.0),),
    together=((("island", 1.0),),),
    against=(),
)


def page(body: str, head: str = "") -> bytes:
    return f"<html lang='en'><head>{head}</head><body><article>{body}</article></body></html>".encode()


def paragraphs(*texts: str) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def test_a_page_becomes_an_article() -> None:
    head = (
        '<title>Ferry leaves the island - The Quay</title><meta name="author" content="Dana Whitlock">'
        '<meta name="date" content="2021-05-03"><link rel="canonical" href="/ferry">'
    )
    article, scores = prepare_page(
        page(paragraphs(FIRST, "Advertisement", SECOND), head), URL, None, "", RULES, (FERRY,)
    )
    assert article.title == "Ferry leaves the island"
    assert article.text == f"{FIRST}\n{SECOND}"
    assert article.authors == ("Dana Whitlock",)
    assert article.published_at is not None and article.published_at.isoformat() == "2021-05-03T00:00:00+00:00"
    assert article.language == "en"
    assert article.canonical_url == "https://quay.example/ferry"
    assert article.removed == (Removal("Advertisement", "advertisement"),)
    assert [(score.topic, score.tagged) for score in scores] == [("ferry", True)]


def test_the_feeds_headline_stands_in_where_the_page_has_none() -> None:
    article, _ = prepare_page(page(paragraphs(FIRST, SECOND)), URL, None, "Ferry leaves", RULES, ())
    assert article.title == "Ferry leaves"


def test_the_pages_own_headline_goes_before_the_feeds() -> None:
    html = page(paragraphs(FIRST, SECOND), "<title>Ferry leaves the island</title>")
    assert prepare_page(html, URL, None, "Other words", RULES, ())[0].title == "Ferry leaves the island"


@pytest.mark.parametrize("before", ["BREAKING NEWS", "Exclusive"])
def test_a_headline_below_a_kicker_is_not_the_first_line(before: str) -> None:
    html = page(paragraphs(before, "“Ferry leaves!”", "Ferry leaves", FIRST, SECOND))
    assert prepare_page(html, URL, None, "Ferry leaves", RULES, ())[0].text == f"{FIRST}\n{SECOND}"


def test_a_line_that_repeats_the_headline_later_stays() -> None:
    html = page(paragraphs(FIRST, "Ferry leaves", SECOND))
    assert prepare_page(html, URL, None, "Ferry leaves", RULES, ())[0].text == f"{FIRST}\nFerry leaves\n{SECOND}"


def test_a_page_without_text_is_an_article_without_text() -> None:
    article, scores = prepare_page(b"<html></html>", URL, None, "Ferry leaves", RULES, (FERRY,))
    assert (article.title, article.text, article.removed) == ("Ferry leaves", "", ())
    assert len(scores) == 1


def test_the_charset_of_the_header_reaches_the_text() -> None:
    html = f"<html><body><article><p>{FIRST}</p><p>Zoë’s {SECOND}</p></article></body></html>".encode("cp1252")
    assert "Zoë’s" in prepare_page(html, URL, "iso-8859-1", "", RULES, ())[0].text


@pytest.mark.parametrize(
    ("line", "linked", "rule"),
    [
        ("Discover more from The Quay", 0.0, "discover-more"),
        ("Discover more from The Quay", 1.0, "discover-more"),
        ("Ten ships still wait at the lock", 1.0, "other-headline"),
        ("A motorcade leaves the harbour before dawn", 0.0, NOT_STORY),
    ],
)
def test_a_line_left_out_is_named_for_its_words_before_its_shape(line: str, linked: float, rule: str) -> None:
    assert named((Block(line, linked),), RULES) == (Removal(line, rule),)


def test_a_line_left_out_is_named_by_the_rules_of_the_texts_languages() -> None:
    line = "Artikel teilen"
    assert named((Block(line),), RULES, frozenset({"de"})) == (Removal(line, "share-bar-de"),)
    assert named((Block(line),), RULES) == (Removal(line, NOT_STORY),)


def test_a_feed_entry_becomes_an_article() -> None:
    fragment = f"<p>{FIRST}</p><p>See also <a href='/x'>Ferry line was fined</a></p><p>{SECOND}</p>"
    article, scores = prepare_entry("Ferry leaves", fragment, RULES, (FERRY,))
    assert (article.title, article.text) == ("Ferry leaves", f"{FIRST}\n{SECOND}")
    assert [removal.rule for removal in article.removed] == ["see-also"]
    assert scores[0].tagged


def test_the_headline_is_not_the_first_line_of_an_entry_either() -> None:
    assert prepare_entry("Ferry leaves", f"<h2>Ferry leaves</h2>{FIRST}", RULES, ())[0].text == FIRST


@pytest.mark.parametrize("fragment", ["", "  ", "<p></p>", "<img src='/x.jpg'>", "<script>x()</script>", "\x00"])
def test_an_entry_without_words_has_no_text(fragment: str) -> None:
    assert prepare_entry("Ferry leaves", fragment, RULES, ())[0].text == ""


@pytest.mark.parametrize(
    ("fragment", "lines"),
    [
        ("plain words", ["plain words"]),
        ("\ufeffone\n two > three", ["one two > three"]),
        ("a &amp; b &lt;c&gt;", ["a & b <c>"]),
        ("one<br/>two", ["one", "two"]),
        ("<p>one</p>two<ul><li>three</li></ul>", ["one", "two", "three"]),
        ("<p>one <b>two</b><!-- x --></p>", ["one two"]),
        ("<p>one<style>p{}</style> two</p>", ["one two"]),
        ("<![CDATA[x]]>", []),
        ("<td>one</td><td>two</td>", ["one two"]),
    ],
)
def test_the_lines_of_a_fragment_are_what_a_reader_sees(fragment: str, lines: list[str]) -> None:
    assert [block.text for block in fragment_blocks(fragment)] == lines


def test_links_are_known_in_a_fragment() -> None:
    assert [block.linked for block in fragment_blocks("<p>no</p><p><a href='/x'>all</a></p>")] == [0.0, 1.0]


def test_of_a_huge_fragment_only_the_beginning_is_read() -> None:
    blocks = fragment_blocks("<p>" + "a" * (MAX_FRAGMENT + 500))
    assert sum(len(block.text) for block in blocks) <= MAX_FRAGMENT


def test_a_fragment_of_any_depth_is_read() -> None:
    assert isinstance(fragment_blocks("<div>" * 20_000 + "x"), tuple)
