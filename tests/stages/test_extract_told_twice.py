"""What a page tells twice is taken once; what a story repeats by itself stays."""

from pipeline.stages.extract import extract
from pipeline.stages.extract.told_twice import told_twice

STORY = [
    f"Paragraph {number} tells how the harbour was closed after the storm, what the master of the port said about it, "
    f"and which of the {number + 2} ferries would sail again before the end of the week."
    for number in range(10)
]
REFRAIN = ["Oh, the harbour, the grey harbour in the rain,", "we shall see the lights of it again."]


def test_a_second_copy_of_the_story_goes() -> None:
    assert told_twice([*STORY, "Menu", *STORY]) == frozenset(range(11, 21))


def test_the_story_in_one_piece_goes_wherever_it_stands() -> None:
    assert told_twice([" ".join(STORY), *STORY]) == {0}
    assert told_twice([*STORY, " ".join(STORY)]) == {10}


def test_a_line_that_stands_twice_in_a_row_is_told_once() -> None:
    assert told_twice([STORY[0], STORY[1], STORY[1], STORY[2]]) == {2}


def test_a_refrain_stays() -> None:
    song = [line for verse in STORY for line in (verse, *REFRAIN)]
    assert not told_twice(song)


def test_a_paragraph_that_returns_further_down_stays() -> None:
    assert not told_twice([*STORY, STORY[3]])


def test_a_long_line_that_quotes_some_of_the_others_stays() -> None:
    whole = " ".join(
        [*(f"Of paragraph {n} we have more to say here than was said above." * 4 for n in range(6)), STORY[0]]
    )
    assert not told_twice([*STORY, whole])


def test_a_page_of_nothing_is_told_once() -> None:
    assert not told_twice([])


def test_a_page_that_holds_its_story_for_wide_and_for_narrow_screens_tells_it_once() -> None:
    story = "".join(f"<p>{line}</p>" for line in STORY)
    page = f"<html><body><article><h1>Harbour closed</h1><div>{story}</div><div>{story}</div></article></body></html>"
    text = "\n".join(block.text for block in extract(page.encode(), "https://example.org/story", "utf-8").blocks)
    assert [text.count(line) for line in STORY] == [1] * len(STORY)
