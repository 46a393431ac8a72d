"""The surface of a page: its lines, and the elements that they stand in."""

import pytest
from lxml import html

from pipeline.stages.extract.page import parse
from pipeline.stages.extract.walk import ARTICLE, FURNITURE, HIDDEN, NAV, NUMBER, Surface, walk


def surface(body: str) -> Surface:
    tree = parse(f"<html><body>{body}</body></html>".encode())
    assert tree is not None
    return walk(tree)


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        ("<p>one</p><p>two</p>", ["one", "two"]),
        ("one<br>two<hr>three", ["one", "two", "three"]),
        ("<p>on<b>e</b> <i>two</i></p>three", ["one two", "three"]),
        ("<table><tr><td>one</td><td>two</td></tr><tr><td>three</td></tr></table>", ["one two", "three"]),
        ("<p>one<script>x()</script> two<noscript>no</noscript></p>", ["one two"]),
        ("<p>one<!-- hidden --> two</p>", ["one two"]),
        ("<div>one<p>two</p>three</div>", ["one", "two", "three"]),
        ("<p></p><p> </p>", []),
        ("<x-story>one</x-story><p>two</p>", ["one", "two"]),
    ],
)
def test_a_line_is_what_a_reader_sees_as_one(body: str, lines: list[str]) -> None:
    assert surface(body).lines.text == lines


def test_a_line_knows_its_links_and_its_bold_letters() -> None:
    lines = surface("<p>12 <a href=x>3 4</a> <b>56</b></p><a href=x><p>7</p></a><p>8</p>").lines
    assert (lines.linked, lines.bold, lines.links) == ([2, 1, 0], [2, 0, 0], [1, 1, 0])


def test_a_line_knows_the_break_before_it() -> None:
    assert surface("<p>one<br>two</p><p>three</p>").lines.broken == [False, True, False]


def test_a_line_stands_in_the_innermost_element_that_makes_lines() -> None:
    found = surface("<article><p>one <b>two</b></p>three</article>")
    frames = found.frames
    assert [frames.tag[frame] for frame in found.lines.frame] == [NUMBER["p"], NUMBER["article"]]
    assert frames.tag[frames.parent[found.lines.frame[0]]] == NUMBER["article"]


def test_an_element_spans_the_lines_within_it() -> None:
    frames = surface("<p>zero</p><div><p>one</p><ul><li>two</li></ul></div><p>three</p>").frames
    box = frames.tag.index(NUMBER["div"])
    assert (frames.first[box], frames.last[box]) == (1, 3)
    assert (frames.first[0], frames.last[0]) == (0, 4)


def test_a_cell_spans_the_line_that_it_goes_on_with() -> None:
    frames = surface("<table><tr><td>one</td><td><p>two</p></td></tr></table>").frames
    cells = [row for row, tag in enumerate(frames.tag) if tag == NUMBER["td"]]
    assert [(frames.first[cell], frames.last[cell]) for cell in cells] == [(0, 0), (0, 2)]


def test_an_element_without_a_line_has_no_row() -> None:
    frames = surface("<div id=ad><span> </span></div><p>one</p>").frames
    assert NUMBER["div"] not in frames.tag


@pytest.mark.parametrize(
    ("body", "mark"),
    [
        ("<article><div><p>x</p></div></article>", ARTICLE),
        ("<div role=navigation><p>x</p></div>", NAV),
        ("<div hidden><p>x</p></div>", HIDDEN),
        ("<section style='display: none'><p>x</p></section>", HIDDEN),
        ("<div class='wide newsletter'><p>x</p></div>", FURNITURE),
        ("<div id=related-posts><p>x</p></div>", FURNITURE),
    ],
)
def test_a_mark_holds_for_all_that_is_inside(body: str, mark: int) -> None:
    found = surface(f"{body}<p>y</p>")
    assert [found.frames.marks[frame] & mark for frame in found.lines.frame] == [mark, 0]


def test_what_a_template_repeats_has_one_path() -> None:
    found = surface("<div class=a><p>1</p><p>2</p></div><div class=a><p>3</p></div><div class=b><p>4</p></div>")
    paths = [found.frames.path[frame] for frame in found.lines.frame]
    assert paths[0] == paths[1] == paths[2] != paths[3]


def test_the_id_of_a_heading_is_no_name() -> None:
    frames = surface("<h2 id='share-this'>x</h2><p id='share-this'>y</p>").frames
    assert [names[1] for names in frames.names if names[1]] == ["share-this"]


def test_the_tail_of_the_root_is_not_its_text() -> None:
    tree = html.fragment_fromstring("<div><p>in</p>out</div>")
    assert walk(tree.find("p")).lines.text == ["in"]


def test_nesting_of_any_depth_is_walked() -> None:
    root = leaf = html.Element("div")
    for _ in range(5000):
        leaf = html.etree.SubElement(leaf, "div")
    leaf.text = "deep"
    found = walk(root)
    assert found.lines.text == ["deep"]
    assert found.frames.depth[found.lines.frame[0]] == 5001
