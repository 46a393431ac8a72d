"""What lines begin and end with that a pattern matches: never a line too few."""

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from pipeline.flows.checked_rules import load_rules
from pipeline.stages.clean import Rule, Rules
from pipeline.stages.clean.beginnings import beginning, ending


@pytest.mark.parametrize(
    ("pattern", "begins"),
    [
        ("read more", "(?:read more)"),
        ("(?:see|read) also.*", "(?:(?:see|read) also)"),
        ("(?:see also.*|read more)?", None),
        ("(?:see also.*|read more)!", "(?:(?:(?:see also|read more)))"),
        ("(?-i:Read|See) on", "(?:(?-i:Read|See) on)"),
        (r"by [^.]{2,9}|via\b", r"(?:by |via\b)"),
        (r"[[:alpha:]]x\.*", r"(?:[[:alpha:]]x\.*)"),
        (r"[]|(]+ .*", "(?:[]|(]+ )"),
        (r"\x{41}b", r"(?:\x{41}b)"),
        (".*advertisement", None),
        ("(?:the )?.*advertisement", None),
        ("read.*|.{2,9}", None),
        ("x?", None),
        (r"\Q(a|b\E", None),
        ("(?i)(?:a.*)", None),
        ("", None),
    ],
)
def test_a_pattern_begins_with_what_stands_before_anything(pattern: str, begins: str | None) -> None:
    assert beginning(pattern) == begins


@pytest.mark.parametrize(
    ("pattern", "ends"),
    [
        ("read more", "read more"),
        (".*advertisement", "advertisement"),
        (r".{4,9} by [^.]{2,9}\. Reuters", r"\. Reuters"),
        (".{4}.* by .+, Reuters", " by .+, Reuters"),
        (r".+\((?:.*)[.)]*", r"\((?:.*)[.)]*"),
        (".*here|now", "here|now"),
        ("here|.*now|by.*", "here|now|by.*"),
        (r"\S+", r"\S+"),
        (r".{2,9}©.{0,60}", "©.{0,60}"),
        (r".*\Q(a|b\E", r".*\Q(a|b\E"),
        ("", ""),
    ],
)
def test_a_pattern_ends_with_what_stands_behind_anything(pattern: str, ends: str) -> None:
    assert ending(pattern) == ends


@pytest.mark.parametrize("pattern", ["(", "a)b", "[", "a|(b", "\\", "*", "a**"])
def test_what_is_no_expression_is_refused(pattern: str) -> None:
    with pytest.raises(re2.error):
        Rules((Rule("broken", "anywhere", (pattern,)),)).matching("a")


PIECES = [
    "a",
    "b",
    "ab?",
    ".",
    ".*",
    "[^a]+",
    "[ab]{1,2}",
    "(?:a|b.*)",
    "(?:a.*b|b)?",
    "|",
    r"\b",
    r"\w+",
    "(?-i:A)",
    "(b)",
]


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=6), st.text("abAB. ", max_size=8))
def test_no_line_is_missed(pieces: list[str], line: str) -> None:
    pattern = "".join(pieces)
    begins = beginning(pattern)
    options = re2.Options()
    options.case_sensitive = False
    if begins and re2.compile(pattern, options).fullmatch(line):
        assert re2.compile(begins, options).match(line)


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=6), st.text("abAB. ", max_size=8))
def test_no_line_is_missed_by_its_end(pieces: list[str], line: str) -> None:
    pattern = "".join(pieces)
    options = re2.Options()
    options.case_sensitive = False
    if re2.compile(pattern, options).fullmatch(line):
        assert re2.compile(f"(?:{ending(pattern)})$", options).search(line)


def test_most_shipped_patterns_tell_with_what_their_lines_begin() -> None:
    patterns = [p for rule in load_rules().rules if rule.place != "line-end" for p in rule.patterns]
    assert sum(beginning(pattern) is not None for pattern in patterns) > 0.8 * len(patterns)
