"""What other rules change, counted rule by rule."""

from pipeline.flows.rule_effects import MAX_SAMPLES, RuleEffect, note_effects
from pipeline.model import Removal


def effects(*stories: tuple[list[tuple[str, str]], list[tuple[str, str]]]) -> dict[str, RuleEffect]:
    found: dict[str, RuleEffect] = {}
    for before, after in stories:
        note_effects(found, tuple(Removal(*pair) for pair in before), tuple(Removal(*pair) for pair in after))
    return found


def test_lines_that_go_and_come_back_are_counted_with_their_rule() -> None:
    found = effects(
        ([("Related", "related")], [("Read on", "pointer"), ("Read on", "pointer")]),
        ([], [("Read on", "pointer")]),
    )
    assert found == {
        "related": RuleEffect(1, 0, 1, ["+ Related"]),
        "pointer": RuleEffect(2, 3, 0, ["- Read on"]),
    }


def test_a_line_that_only_changes_its_rule_changes_nothing() -> None:
    assert effects(([("Related", "related")], [("Related", "pointer")])) == {}


def test_a_line_removed_once_more_than_before_counts_once() -> None:
    assert effects(([("A", "x")], [("A", "x"), ("A", "x")]))["x"].taken == 1


def test_samples_are_few() -> None:
    found = effects(([], [(f"line {number}", "x") for number in range(50)]))
    assert (found["x"].taken, len(found["x"].samples)) == (50, MAX_SAMPLES)
