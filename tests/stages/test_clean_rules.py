"""What a rule sees of a line, and what the set of rules tells about itself."""

import pickle

import pytest
import re2

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


def test_patterns_too_large_for_one_automaton_are_divided_and_all_still_match() -> None:
    patterns = tuple(rf"\d{{1,{most}}}[a-z]{{3,200}}x?" for most in range(20, 120))
    rules = Rules(tuple(Rule(f"n{number}", "anywhere", (pattern,)) for number, pattern in enumerate(patterns)))
    assert len(rules.matching("7abcx")) == len(patterns)
    assert len(rules.matching("1" * 100 + "abc")) == 20


def test_patterns_that_begin_with_anything_match_beside_those_that_do_not() -> None:
    rules = Rules(
        (
            Rule("loose", "anywhere", (r".{2,9}\[\d+\]",)),
            Rule("not", "anywhere", (r"[^.]{2,9}\[\d+\]",)),
            Rule("strict", "anywhere", (r"\w+ \[\d+\]",)),
        )
    )
    assert [rule.id for rule in rules.matching("abc [1]")] == ["loose", "not", "strict"]
    assert [rule.id for rule in rules.matching("a.c [1]")] == ["loose"]
    assert rules.matching("abc [x]") == ()


def test_an_expression_that_needs_more_memory_gets_it() -> None:
    rules = Rules((Rule("large", "anywhere", (r"see also [a-z ]{1,900}end",)),))
    assert [found.id for found in rules.matching("See also " + "Harbour " * 2 + "end")] == ["large"]
    assert not rules.matching("See also the harbour, end")


def test_an_expression_larger_than_any_is_refused() -> None:
    with pytest.raises(re2.error):
        Rules((Rule("huge", "anywhere", (r"see also \p{L}{900}\p{L}{900}",)),)).matching("See also")
