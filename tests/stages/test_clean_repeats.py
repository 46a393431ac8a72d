"""Lines that return on several stories of one site, and those that return although they belong to the stories."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.clean import Block, Familiar, site_of, traits_of, without_repeats
from pipeline.stages.clean.repeats import SITE_REPEAT
from pipeline.stages.clean.site_lines import MOST_LINES, SiteLines, pack_traits, unpack_traits

BACKGROUND = (
    "The two islands have quarrelled over the strait since the spring of 2011, when a survey ship found gas below the "
    "seabed and both sent their coast guards to the spot, and no treaty has been signed since."
)
NOTICE = "Harbour Ledger is a member of the Coastal Press Council."


def own(number: int) -> list[str]:
    """Two paragraphs that no other story has."""
    return [
        f"Ship number {number} left the harbour before dawn with its crew of forty and a load of timber on deck.",
        f"Nobody on quay {number} could say when the next one was due, and the office stayed shut until Monday.",
    ]


def stories(count: int, *around: str, inside: Sequence[str] = ()) -> list[list[str]]:
    return [[own(number)[0], *inside, own(number)[1], *around] for number in range(count)]


def told(pages: list[list[str]]) -> list[list[str]]:
    """What is left of each page, cleaned by what those before it taught."""
    lines = SiteLines()
    left = []
    for page in pages:
        blocks = [Block(text) for text in page]
        traits = traits_of(blocks)
        kept, _ = without_repeats(blocks, traits, lines.familiar())
        lines.learn(traits)
        left.append([block.text for block in kept])
    return left


@pytest.mark.parametrize("line", [NOTICE, "Ships and storms since 1887", "Our letters page is open to you."])
def test_a_line_around_the_story_goes_from_the_third_page_on(line: str) -> None:
    left = told(stories(4, line))
    assert [line in page for page in left] == [True, True, False, False]
    assert left[3] == own(3)


def test_a_removed_line_names_its_rule() -> None:
    lines = SiteLines()
    blocks = [Block(text) for text in stories(1, NOTICE)[0]]
    for number in range(2):
        lines.learn(traits_of([Block(text) for text in stories(number + 2, NOTICE)[number + 1]]))
    _, removed = without_repeats(blocks, traits_of(blocks), lines.familiar())
    assert [(removal.text, removal.rule) for removal in removed] == [(NOTICE, SITE_REPEAT)]


def test_a_plea_to_the_reader_goes_wherever_it_stands() -> None:
    plea = "You can read this and all our other stories without paying, thanks to the readers of the ledger."
    assert [plea in page for page in told(stories(4, inside=[plea]))] == [True, True, False, False]


@pytest.mark.parametrize(
    "line",
    [
        BACKGROUND,
        "What we know",
        "PORT OF CALL",
        "The council said:",
        "Reporting by Dana Whitlock; editing by Omar Feld",
    ],
)
def test_what_a_story_may_share_with_others_stays(line: str) -> None:
    assert all(line in page for page in told(stories(6, inside=[line])))


def test_an_agencys_background_stays_at_the_end_too() -> None:
    assert all(BACKGROUND in page for page in told(stories(6, BACKGROUND)))


def test_what_stands_on_nearly_every_story_for_long_is_no_background() -> None:
    left = told(stories(14, BACKGROUND))
    assert BACKGROUND in left[9]
    assert BACKGROUND not in left[13]


def test_a_copy_of_an_earlier_story_keeps_its_text_and_teaches_nothing() -> None:
    page = stories(1, NOTICE)[0]
    assert told([page, page, page, page])[3] == page
    lines = SiteLines()
    for _ in range(4):
        lines.learn(traits_of([Block(text) for text in page]))
    assert lines.stories == 1


def test_a_sentence_that_two_of_many_stories_share_stays() -> None:
    plain = stories(20)
    shared = "The owner could not be reached for a word on Friday."
    plain[0].append(shared)
    plain[1].append(shared)
    plain[19].append(shared)
    assert shared in told(plain)[19]


def test_memory_of_a_site_is_bounded_and_keeps_what_returns() -> None:
    lines = SiteLines()
    for number in range(300):
        page = own(number) + [f"Line {number} of item {item} is new" for item in range(40)] + [NOTICE]
        lines.learn(traits_of([Block(text) for text in page]))
        assert len(lines.lines) <= MOST_LINES
    assert lines.familiar().uses


def test_counts_travel_through_the_ledger() -> None:
    lines = SiteLines()
    for page in stories(5, NOTICE):
        lines.learn(traits_of([Block(text) for text in page]))
    assert SiteLines.unpack(lines.stories, lines.pack()) == lines


def test_equal_knowledge_has_one_id_and_none_has_none() -> None:
    assert Familiar({1: 2, 5: 1}).id == Familiar({5: 1, 1: 2}).id
    assert Familiar({1: 2}).id != Familiar({1: 1}).id
    assert Familiar().id is None


def test_pages_of_one_host_share_a_site() -> None:
    assert site_of("https://www.quay.example/a") == site_of("http://quay.example/b?c=1") == "quay.example"
    assert site_of("https://[") == ""


@given(st.lists(st.lists(st.sampled_from([*own(1), *own(2), NOTICE, BACKGROUND, "x", ""]), max_size=8), max_size=8))
def test_lines_that_stay_keep_their_order(pages: list[list[str]]) -> None:
    for page, left in zip(pages, told(pages), strict=True):
        remaining = iter(page)
        assert all(line in remaining for line in left)


def test_packed_traits_teach_the_same_and_take_few_bytes() -> None:
    plain, packed = SiteLines(), SiteLines()
    for number in (1, 2, 1):  # the last is a copy
        traits = traits_of([Block(NOTICE), Block("Subscribe", linked=1.0), *(Block(text) for text in own(number))])
        plain.learn(traits)
        packed.learn(unpack_traits(pack_traits(traits)))
        assert len(pack_traits(traits)) <= 10 * len(traits)
    assert packed == plain
    assert (packed.stories, bool(packed.lines)) == (2, True)
