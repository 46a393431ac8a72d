"""What holds for every text, whatever stands in it."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.flows.checked_rules import load_rules
from pipeline.stages.clean import Block, clean, clean_blocks

RULES = load_rules()
STORY = (
    "The ferry left the island before dawn with forty people on board, the harbour master said.",
    "Nobody on the quay could say who had given the order to sail, and nobody had asked for it",
    "the crew said, because the storm had taken the radio mast down a week before that morning.",
    "“We waited,” she said.",
    "AFTER THE STORM",
    "What the islanders want",
    "Reporting by Dana Whitlock; editing by Omar Feld",
)
FURNITURE = (
    "See also",
    "Related stories",
    "Read more: Ferry company fined again",
    "Five things to know about the crossing",
    "Ministers meet on the future of the line",
    "Advertisement",
    "HARBOUR CRISIS",
    "By Dana Whitlock",
    "Leave a Reply",
    "Sign up for our newsletter and get the news in your inbox.",
    "Share this story",
    "A crane lies across the quay. Omar Feld/EPA",
    "© 2021 The Quay. All rights reserved.",
    "The line was cut.\\",
    "",
)
ODD = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=80)
LINES = st.one_of(st.sampled_from(STORY), st.sampled_from(FURNITURE), ODD)
TEXTS = st.lists(LINES, max_size=14).map("\n".join)
BLOCKS = st.lists(st.builds(Block, LINES, st.sampled_from([None, 0.0, 0.5, 1.0])), max_size=14)


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_cleaning_a_clean_text_changes_nothing(text: str) -> None:
    once = clean(text, RULES)
    again = clean(once.text, RULES)
    assert again.text == once.text
    assert again.removed == ()


@settings(max_examples=200, deadline=None)
@given(BLOCKS)
def test_every_letter_is_kept_or_accounted_for(blocks: list[Block]) -> None:
    cleaned = clean_blocks(blocks, RULES)
    told = cleaned.text + "".join(removal.text for removal in cleaned.removed)
    assert letters(told) == letters("".join(block.text for block in blocks))
    assert {removal.rule for removal in cleaned.removed} <= {rule.id for rule in RULES.rules}


@settings(max_examples=200, deadline=None)
@given(BLOCKS)
def test_the_order_of_lines_stays(blocks: list[Block]) -> None:
    kept = clean_blocks(blocks, RULES).text.split("\n")
    lines = (block.text.strip() for block in blocks)
    assert kept == [""] or all(any(line.startswith(one) for line in lines) for one in kept)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(STORY), max_size=12))
def test_no_line_of_a_story_goes(lines: list[str]) -> None:
    # A crosshead in capitals before the first sentence cannot be told from a kicker.
    text = "\n".join([STORY[0], *lines, STORY[0]])
    assert clean(text, RULES).text == text


def letters(text: str) -> Counter[str]:
    """How often each character stands in the text, blanks aside."""
    return Counter("".join(text.split()))
