"""What a rule sees of a line, and what the set of rules tells about itself."""

import pickle

import pytest

from pipeline.stages.clean import NO_RULES, Rule, Rules
from pipeline.stages.clean.rules import LONGEST_LINE, fold

RULES = Rules(
    (Rule("ad", "anywhere", ("advertisement",)), Rule("any", "opening", (".*",)), Rule("s", "line-end", ("x",)))
)


@pytest.mark.parametrize(
    ("line", "folded"),
    [
        ("  two   blanks ", "two blanks"),
        ("• a bullet", "a bullet"),
        ("- a dash", "a dash"),
        ("Read more »", "Read more"),
        ("Read more →", "Read more"),
        ("“quoted” ‘so’", "\"quoted\" 'so'"),
        ("no\u00a0break\u200b", "no break"),
        ("* * *", ""),
    ],
)
def test_patterns_see_a_plain_line(line: str, folded: str) -> None:
    assert fold(line) == folded


def test_all_rules_that_know_a_line_are_named_in_their_order() -> None:
    assert [rule.id for rule in RULES.matching("Advertisement")] == ["ad", "any"]
    assert [rule.id for rule in RULES.matching("other")] == ["any"]


@pytest.mark.parametrize("line", ["", "   ", "• •", "a" * (LONGEST_LINE + 1)])
def test_no_rule_looks_at_nothing_or_at_a_whole_paragraph(line: str) -> None:
    assert RULES.matching(line) == ()


def test_the_longest_line_is_still_looked_at() -> None:
    assert RULES.matching("a" * LONGEST_LINE)


def test_no_rules_know_no_line() -> None:
    assert NO_RULES.matching("Advertisement") == ()


def test_ends_of_lines_are_kept_apart() -> None:
    assert [rule.id for rule in RULES.line_ends] == ["s"]
    assert "s" not in [rule.id for rule in RULES.matching("x")]


def test_the_digest_tells_what_the_rules_mean() -> None:
    assert Rules(RULES.rules).digest == RULES.digest
    assert Rules(RULES.rules[:1]).digest != RULES.digest
    assert len(RULES.digest) == 64


def test_rules_travel_to_a_worker() -> None:
    RULES.matching("Advertisement")
    copy = pickle.loads(pickle.dumps(RULES))
    assert copy == RULES
    assert copy.matching("Advertisement") == RULES.matching("Advertisement")
