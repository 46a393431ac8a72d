"""Elements that show nothing by themselves, and the story that broken markup or a script put into them."""

import pytest

from pipeline.stages.extract import extract
from pipeline.stages.extract.page import parse

STORY = "".join(
    f"<p>Paragraph {number} tells how the harbour was closed after the storm, and what the master of the port said.</p>"
    for number in range(8)
)
URL = "https://example.org/story"


def _text(body: str) -> str:
    page = f"<html><head><title>Harbour closed</title></head><body>{body}</body></html>"
    return "\n".join(block.text for block in extract(page.encode(), URL, "utf-8").blocks)


@pytest.mark.parametrize("tag", ["button", "noscript", "template"])
@pytest.mark.parametrize(
    ("inside", "beside", "is_plain"), [(STORY, "", True), (STORY, STORY * 2, False), ("", STORY, False)]
)
def test_an_element_that_hides_is_a_plain_one_where_it_holds_most_of_the_paragraphs(
    tag: str, inside: str, beside: str, is_plain: bool
) -> None:
    tree = parse(f"<html><body>{beside}<{tag}><div>{inside}</div></{tag}></body></html>".encode())
    assert tree is not None
    assert (next(tree.iter(tag), None) is None) == is_plain


def test_a_button_that_broken_markup_left_open_does_not_hide_the_story() -> None:
    text = _text(f"<header><button>Menu</header><main><article><h1>Harbour closed</h1>{STORY}</article></main>")
    assert all(f"Paragraph {number} " in text for number in range(8))
    assert "Menu" not in text


def test_a_story_that_only_readers_without_scripts_get_is_found() -> None:
    assert "Paragraph 7 " in _text(f"<div id='app'></div><noscript><article>{STORY}</article></noscript>")


def test_a_note_for_readers_without_scripts_stays_out_beside_a_story() -> None:
    note = "<noscript><p>Please turn on scripts to read all of this page and to see its pictures.</p></noscript>"
    text = _text(f"{note}<article><h1>Harbour closed</h1>{STORY}</article>")
    assert "turn on scripts" not in text
    assert "Paragraph 0 " in text


def test_a_long_template_beside_a_longer_story_stays_out() -> None:
    spare = STORY.replace("Paragraph", "Spare")
    text = _text(f"<article>{STORY}{STORY.replace('Paragraph', 'Section')}</article><template>{spare}</template>")
    assert "Spare" not in text
