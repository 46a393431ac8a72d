"""Whole pages: the text that is read from them, and what no page can do to us."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.adapters.workers import Workers
from pipeline.stages.clean import Block
from pipeline.stages.extract import Extracted, extract, page_lines
from pipeline.stages.extract import page as module

URL = "https://quay.example/strait"
FIRST = "The ferry left the island before dawn with forty people on board, the harbour master said on Friday. " * 2
SECOND = "By noon the storm had passed and the boats were back, but nobody had counted the crates on the quay. " * 2
THIRD = "The council wants to know who had given the order to sail, and why the radio mast was still down. " * 2
STORY = [FIRST.strip(), SECOND.strip(), THIRD.strip()]
BODY = "".join(f"<p>{line}</p>" for line in STORY)


def lines(html: str | bytes, charset: str | None = "utf-8") -> list[str]:
    return [block.text for block in extract(html.encode() if isinstance(html, str) else html, URL, charset).blocks]


def test_the_story_is_read_without_what_stands_around_it() -> None:
    html = f"""<!doctype html><html lang="en"><head><title>Ferry leaves - The Quay</title></head><body>
      <header><a href="/">The Quay</a></header><nav><a href="/world">World</a></nav>
      <main><article><h1>Ferry leaves</h1><div class="share">Share this</div>{BODY}
      <div class="newsletter"><p>Get our letter every day, with all the news of the harbour in one place.</p></div>
      </article></main><aside><ul><li><a href="/x">Another story of the day</a></li></ul></aside>
      <footer>© The Quay</footer></body></html>"""
    assert lines(html) == STORY


def test_lines_parted_by_line_breaks_are_lines() -> None:
    html = f"<html><body><div class='story'>{'<br><br>'.join(STORY)}</div></body></html>"
    assert lines(html) == STORY


def test_a_block_tells_how_much_of_it_is_a_link() -> None:
    source = "<p>The harbour master put <a href='/x'>all numbers of the year in one long report</a> on Friday.</p>"
    found = extract(f"<html><body><article>{BODY}{source}{BODY}</article>".encode(), URL, None)
    linked = {block.text[:9]: block.linked for block in found.blocks}
    assert linked["The ferry"] == 0.0
    assert 0.4 < (linked["The harbo"] or 0) < 0.7


def test_a_pointer_to_another_story_is_told_as_left_out_if_it_is() -> None:
    pointer = "<p>Read more: <a href='/x'>Ferry line was fined in May for sailing late</a></p>"
    found = extract(f"<html><body><article>{BODY}{pointer}{BODY}</article>".encode(), URL, None)
    assert sum("Ferry line" in block.text for block in (*found.blocks, *found.beside)) == 1


def test_crossheads_and_list_items_are_lines_of_the_story() -> None:
    between = "<h2>What they know</h2><ul><li>one boat is lost</li></ul>"
    html = f"<html><body><article><p>{FIRST}</p>{between}<p>{SECOND}</p></article>"
    assert lines(html) == [STORY[0], "What they know", "one boat is lost", STORY[1]]


def test_the_charset_of_the_header_is_used() -> None:
    last = "<p>Zoë’s café stayed open all night, the guests said, and so did the bakery.</p>"
    html = f"<html><body><article>{BODY}{last}</article>"
    assert "Zoë’s café" in "".join(lines(html.encode("cp1252"), "iso-8859-1"))


def linked_body(text: str) -> str:
    script = json.dumps({"@type": "NewsArticle", "headline": "Ferry leaves", "articleBody": text})
    return f'<html><head><script type="application/ld+json">{script}</script></head>'


def test_an_empty_page_is_rescued_by_the_text_in_its_json_ld() -> None:
    html = linked_body("\n\n".join(STORY)) + "<body><div id='root'></div></body></html>"
    assert lines(html) == STORY


def test_markup_in_the_json_ld_is_taken_off() -> None:
    html = linked_body("&lt;p&gt;" + "&lt;/p&gt;&lt;p&gt;".join(STORY)) + "<body></body></html>"
    assert lines(html) == STORY


def test_a_page_with_a_story_does_not_need_its_json_ld() -> None:
    html = linked_body(" ".join(STORY) * 3) + f"<body><article>{BODY}</article></body></html>"
    assert lines(html) == STORY


def test_a_shorter_json_ld_rescues_nothing() -> None:
    html = (
        linked_body("Short.")
        + "<body><article><p>One sentence of a story, a little longer.</p></article></body></html>"
    )
    assert lines(html) == ["One sentence of a story, a little longer."]


@pytest.mark.parametrize(
    "html", [b"", b"   ", b"\x00\x00", b"<", b"<!-- x -->", b"<html></html>", b"%PDF-1.4 \xff\xfe"]
)
def test_a_page_without_markup_or_words_has_no_text(html: bytes) -> None:
    found = extract(html, URL, None)
    assert "".join(block.text for block in found.blocks).strip("%PDF-1.4 ÿþ\ufffd<") == ""


@pytest.mark.parametrize("url", ["", "not a url", "http://[", "https://quay.example/" + "x" * 5000])
def test_any_address_will_do(url: str) -> None:
    assert [
        block.text for block in extract(f"<html><body><article>{BODY}</article>".encode(), url, None).blocks
    ] == STORY


def test_a_page_of_too_many_elements_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    html = f"<html><body><article>{BODY}</article></body></html>".encode()
    monkeypatch.setattr(module, "MAX_ELEMENTS", 5)
    assert extract(html, URL, None) == Extracted()
    monkeypatch.setattr(module, "MAX_ELEMENTS", 6)
    assert len(extract(html, URL, None).blocks) == 3


@pytest.mark.parametrize(
    "html",
    [
        b"<div>" * 50_000 + b"x",
        b"<p>" + b"<span>" * 50_000 + b"x",
        b"<table><tr><td>" * 20_000,
        b"<p>" + b"(" * 300_000,
        b"<" * 200_000,
        b"<p class='" + b"a " * 100_000 + b"'>x",
        b"<title>" + b"a | b - " * 50_000 + b"</title><p>x",
        b"<p>12/12/2012 " + b"2013-01-0 " * 30_000,
        b"<script type='application/ld+json'>" + b"[" * 200_000 + b"</script>",
    ],
)
def test_pages_made_to_hurt_are_over_soon(html: bytes) -> None:
    assert isinstance(extract(html, URL, None), Extracted)


def test_ten_million_bytes_of_entities_keep_to_the_limit_of_cpu() -> None:
    html = b"<p>" + b"&amp;" * 2_000_000
    with Workers(1, limit=300.0, preload=("pipeline.stages.extract.story",)) as workers:
        found = workers.submit(extract, html, URL, None).result(300.0)
    assert isinstance(found, Extracted)


TAGS = st.sampled_from(
    ["<p>", "</p>", "<div class='share'>", "</div>", "<article>", "<a href=x>", "</a>", "<table><td>", "<br>", "<form>",
     "<script type='application/ld+json'>", "</script>", "<h1>", "<time datetime='2021'>", "<meta name=date content=",
     "<title>", "<!--", "-->", "<![CDATA[", "<svg><math>", "<frameset>", "<html lang=xx>", "&#0;&#x110000;", "{"]
)  # fmt: skip
PIECES = st.lists(st.one_of(TAGS.map(str.encode), st.binary(max_size=30)), max_size=25).map(b"".join)


@settings(max_examples=150, deadline=None)
@given(PIECES, st.sampled_from([None, "utf-8", "utf-16", "shift_jis"]))
def test_no_bytes_make_it_fail(html: bytes, charset: str | None) -> None:
    found = extract(html, URL, charset)
    assert all(block.text and "\n" not in block.text for block in found.blocks)


def test_all_lines_of_a_page_are_those_a_reader_sees() -> None:
    html = b"<html><body><nav><a>Home</a></nav><p>One <b>line</b>.</p><script>no()</script><footer>End</footer></body>"
    assert page_lines(html, None) == ("Home", "One line.", "End")
    assert page_lines(b"", None) == ()


def test_a_headline_repeated_below_the_first_sentence_cuts_nothing_off() -> None:
    first = "The ferry left the island before dawn with forty people on board, the harbour master said on Friday."
    blocks = (Block(first), Block("Ferry leaves"), Block("It came back at noon."))
    assert module.without_headline(blocks, ("Ferry leaves",)) == blocks
    above = (Block("Ports"), Block("Ferry leaves"), Block(first))
    assert module.without_headline(above, ("Ferry leaves",)) == (Block(first),)
