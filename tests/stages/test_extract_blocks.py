"""Lines out of a tree, with the share of them that is link text."""

import pytest
from lxml import html

from pipeline.stages.clean import Block
from pipeline.stages.extract.blocks import read_blocks


def texts(fragment: str) -> list[str]:
    return [block.text for block in blocks(fragment)]


def blocks(fragment: str) -> tuple[Block, ...]:
    return read_blocks(html.fragment_fromstring(fragment, create_parent="div"))


@pytest.mark.parametrize(
    ("fragment", "lines"),
    [
        ("<p>one</p><p>two</p>", ["one", "two"]),
        ("<h2>one</h2>two<div>three</div>four", ["one", "two", "three", "four"]),
        ("one<br>two<br><br>three", ["one", "two", "three"]),
        ("<ul><li>one</li><li>two <b>three</b></li></ul>", ["one", "two three"]),
        ("<p>on<b>e</b> <i>two</i></p>", ["one two"]),
        ("<p>  one\n  two </p>", ["one two"]),
        ("<table><tr><td>one</td><td>two</td></tr><tr><td>three</td></tr></table>", ["one two", "three"]),
        ("<p>one<script>x()</script> two<style>p{}</style></p>", ["one two"]),
        ("<p>one<!-- hidden --> two</p>", ["one two"]),
        ("<p>one<img alt='x'> two</p>", ["one two"]),
        ("<p></p><p> </p>", []),
    ],
)
def test_a_line_is_what_a_reader_sees_as_one(fragment: str, lines: list[str]) -> None:
    assert texts(fragment) == lines


@pytest.mark.parametrize(
    ("fragment", "linked"),
    [
        ("<p>no link</p>", 0.0),
        ("<p><a href='/x'>all link</a></p>", 1.0),
        ("<p>1234 <a href='/x'>5678</a></p>", 0.5),
        ("<p><a href='/x'><b>12</b>34</a> 5678</p>", 0.5),
        ("<p><a href='/x'>  1 2  3 4  </a>   5678</p>", 0.5),
    ],
)
def test_the_share_of_link_text_is_counted_without_blanks(fragment: str, linked: float) -> None:
    assert [block.linked for block in blocks(fragment)] == [linked]


def test_how_characters_are_read_aloud_is_no_part_of_the_text() -> None:
    fragment = "<p><ruby>法律<rp>(</rp><rt>ほうりつ</rt><rp>)</rp></ruby>ができて</p>"
    assert [block.text for block in blocks(fragment)] == ["法律ができて"]


def test_a_link_around_blocks_counts_for_each_of_them() -> None:
    assert [block.linked for block in blocks("<a href='/x'><p>one</p><p>two</p></a><p>three</p>")] == [1.0, 1.0, 0.0]


def test_the_tail_of_the_root_is_not_its_text() -> None:
    tree = html.fragment_fromstring("<div><p>in</p>out</div>")
    assert [block.text for block in read_blocks(tree.find("p"))] == ["in"]


def test_nesting_of_any_depth_is_walked() -> None:
    root = leaf = html.Element("div")
    for _ in range(5000):
        leaf = html.etree.SubElement(leaf, "span")
    leaf.text = "deep"
    assert [block.text for block in read_blocks(root)] == ["deep"]
