"""What in a text moves by itself, and what is the story."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.margin import is_margin, same_but_for_margin

STORY = "Two boats left the harbour on 21 October 2024.\nNobody was hurt, officials said."
MARGIN = (
    "Updated 5 minutes ago",
    "Last updated on 2024-10-21 14:05 GMT",
    "Published: October 21, 2024",
    "Mon, 21 Oct 2024 14:05",
    "1,234 views",
    "12 comments",
    "Comments (12)",
    "3 min read",
    "21.10.2024 · 1.2k shares",
)
TEXT = (
    "Two boats left the harbour on 21 October 2024.",
    "12 people were killed on Monday",
    "Nobody was hurt.",
    "At 14:05 the pilot called for help",
    "",
    "1,234",
)


@pytest.mark.parametrize("line", MARGIN)
def test_dates_and_counters_alone_are_margin(line: str) -> None:
    assert is_margin(line)
    assert same_but_for_margin(STORY, f"{line}\n{STORY}")


@pytest.mark.parametrize("line", TEXT)
def test_a_line_that_says_something_is_none(line: str) -> None:
    assert not is_margin(line)


def test_another_figure_in_the_story_is_another_text() -> None:
    assert not same_but_for_margin(STORY, STORY.replace("Two", "Ten"))
    assert not same_but_for_margin(STORY, STORY.replace("21", "22"))


@pytest.mark.parametrize("other", [STORY.replace(".", " ."), STORY.replace("\n", "\n\n"), STORY.replace(" ", "  ")])
def test_blanks_and_punctuation_make_no_other_text(other: str) -> None:
    assert same_but_for_margin(STORY, other)


@given(st.text(max_size=200), st.sampled_from(MARGIN))
def test_a_line_of_the_margin_more_is_never_a_difference(text: str, line: str) -> None:
    assert same_but_for_margin(text, f"{text}\n{line}")
