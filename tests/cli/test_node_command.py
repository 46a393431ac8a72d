"""``sitrep node`` with the session's real node, and where there is none."""

from pathlib import Path

import pytest

from pipeline.adapters.local_node import LocalNode
from tests.support.command import sitrep


def test_status_and_start_tell_of_the_node_that_runs(node: LocalNode) -> None:
    home = str(node.status().log.parent.parent)
    status = sitrep("node", "status", "--json", home=home).json
    assert status["state"] == "running"
    assert status["url"] == node.running()
    assert status["data_bytes"] > 0
    started = sitrep("node", "start", "--json", home=home)
    assert (started.status, started.err) == (0, "")
    assert started.json["pid"] == status["pid"]
    shown = sitrep("node", "status", home=home)
    assert f"url      {node.running()}" in shown.out.splitlines()


def test_starting_a_node_that_the_settings_pass_by_says_so(node: LocalNode) -> None:
    home = str(node.status().log.parent.parent)
    ran = sitrep("node", "start", "--json", home=home, elasticsearch_url="http://127.0.0.1:9")
    assert ran.json["state"] == "running"
    assert "SITREP_ELASTICSEARCH_URL is set" in ran.err


def test_where_no_node_ever_was_status_and_stop_make_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert sitrep("node", "status", "--json", home=str(home)).json["state"] == "stopped"
    assert sitrep("node", "stop", "--json", home=str(home)).json == {"stopped": False}
    assert sitrep("node", "stop", home=str(home)).out == "was not running\n"
    assert not home.exists()


@pytest.mark.parametrize("command", ["start", "stop", "status"])
def test_help_has_examples(command: str) -> None:
    assert "sitrep node start" in sitrep("node", command, "--help").out


def test_no_download_is_exit_4_with_the_way_round(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.write_text("a file where a folder is wanted")
    ran = sitrep("node", "start", home=str(tmp_path / "home"), cache=str(cache))
    assert (ran.status, ran.out) == (4, "")
    assert "SITREP_CACHE" in ran.err
    assert "SITREP_ELASTICSEARCH_URL" in ran.err
    assert "Traceback" not in ran.err
