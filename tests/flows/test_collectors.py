"""The collectors of one round as processes: what each says arrives, and none ends another."""

from pathlib import Path

import pytest

from pipeline.errors import CannotRun, ConfigError, RoundRunning
from pipeline.flows.collectors import collect_in_processes
from tests.support.in_workers import collector_calls


def test_one_collector_that_dies_leaves_the_others_alone_and_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="collector-1 died"):
        collect_in_processes(collector_calls.dies_in_the_second(tmp_path), 3)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0", "2"]


def test_a_collectors_trouble_is_told_and_nothing_to_do_is_none_while_others_work(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="disk is full"):
        collect_in_processes(collector_calls.says({0: RoundRunning("busy"), 1: CannotRun("disk is full")}), 3)
    collect_in_processes(collector_calls.says({0: RoundRunning("busy")}), 2)
    with pytest.raises(RoundRunning, match="busy"):
        collect_in_processes(collector_calls.says({0: RoundRunning("busy"), 1: RoundRunning("busy too")}), 2)


def test_mistakes_in_the_configuration_arrive_one_by_one() -> None:
    mistakes = ConfigError(["feeds.yaml: no such file", "topics: no such folder"])
    with pytest.raises(ConfigError) as raised:
        collect_in_processes(collector_calls.says({1: mistakes}), 2)
    assert (raised.value.problems, str(raised.value)) == (mistakes.problems, str(mistakes))
