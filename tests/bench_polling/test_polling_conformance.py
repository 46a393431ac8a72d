"""Every rule of the conformance bench is held by Sitrep, and every rule says what it asks and why."""

from pathlib import Path

import pytest

import bench.polling.rules  # noqa: F401 — enters the rules
from bench.polling.play import Finding, play
from bench.polling.scenes import RULES
from bench.polling.sitrep import Sitrep

pytestmark = pytest.mark.timeout(1200)
"""The first test waits for all scenarios: half a minute on a quiet machine."""


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Finding]:
    """All scenarios at once: they share the rounds, so one alone would cost nearly as much."""
    found = play(RULES, Sitrep(tmp_path_factory.mktemp("polling")))
    return {finding.rule.name: finding for finding in found}


@pytest.mark.parametrize("name", [rule.name for rule in RULES])
def test_sitrep_holds_the_rule(findings: dict[str, Finding], name: str) -> None:
    finding = findings[name]
    assert finding.word != "not held", f"{finding.rule.text}: {finding.seen}"


def test_no_two_rules_have_one_name() -> None:
    names = [rule.name for rule in RULES]
    assert len(set(names)) == len(names)


def test_the_bench_is_of_a_fair_size() -> None:
    """A scenario that is lost by a wrong import would otherwise count as held."""
    assert len(RULES) >= 110


def test_the_published_table_has_every_rule() -> None:
    table = (Path(__file__).parents[2] / "docs" / "polling.md").read_text(encoding="utf-8")
    assert [rule.name for rule in RULES if f"`{rule.name}`" not in table] == []
