"""One node for one home: started once, found again, replaced when it is dead or hangs, stopped by whoever wants.

These tests share a home and its data; each leaves a running node behind for the next one, so that few are started.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from pipeline.adapters.local_node import LocalNode, NodeStatus, boot
from pipeline.adapters.local_node.guise import STRANGER, find_guise, move_out
from pipeline.adapters.local_node.launch import end_strays
from pipeline.adapters.local_node.record import read_record, write_record
from pipeline.adapters.local_node.records import Places
from pipeline.adapters.processes import ProcessId, identify, is_running
from pipeline.adapters.search_index.client import SearchIndex
from pipeline.stages.document import document
from tests.conftest import USERS_CACHE
from tests.support.stand_ins import until
from tests.support.stories import story

ENSURE = """
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from pipeline.adapters.local_node import LocalNode
node = LocalNode(Path(sys.argv[1]), Path(sys.argv[2]))
print(node.ensure(lambda message: print(message, file=sys.stderr)), node.started_here)
"""


def silent(_message: str) -> None:
    pass


@dataclass(frozen=True)
class Race:
    """Two processes that wanted the node of ``home`` at once: what each printed and said."""

    home: Path
    printed: list[list[str]]
    said: list[str]


@pytest.fixture(scope="module")
def race(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Race]:
    folder = tmp_path_factory.mktemp("home of a node")
    command = [sys.executable, "-c", ENSURE, str(folder), str(USERS_CACHE)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    answers = [process.communicate(timeout=250) for process in both]
    yield Race(folder, [out.split() for out, _ in answers], [said for _, said in answers])
    LocalNode(folder, USERS_CACHE).stop()


@pytest.fixture(scope="module")
def home(race: Race) -> Path:
    """The home of a node with one document in it."""
    node = ensured(race.home)
    ask(node, "PUT", "/kept", {"settings": {"number_of_replicas": 0}})
    ask(node, "PUT", "/kept/_doc/1?refresh=true", {"word": "kept"})
    return race.home


def ensured(home: Path, **options: Any) -> LocalNode:
    node = LocalNode(home, USERS_CACHE, **options)
    node.ensure(silent)
    return node


def ask(node: LocalNode, method: str, path: str, body: Any = None) -> Any:
    content = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(
        f"{node.running()}{path}", content, {"Content-Type": "application/json"}, method=method
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def pid_of(node: LocalNode) -> int:
    pid = node.status().pid
    assert pid is not None
    return pid


def test_two_commands_at_once_start_one_node(race: Race) -> None:
    (first, started), (second, started_too) = race.printed
    assert first == second
    assert {started, started_too} == {"True", "False"}
    assert sum("about ten seconds" in said for said in race.said) == 1


def test_the_next_command_finds_the_node(home: Path, race: Race) -> None:
    node = ensured(home)
    assert not node.started_here
    assert node.running() == race.printed[0][0]


def test_two_homes_have_a_node_each(home: Path, node: LocalNode) -> None:
    assert ensured(home).running() != node.running()
    assert ask(ensured(home), "GET", "/kept/_count")["count"] == 1
    with pytest.raises(urllib.error.HTTPError, match="404"):
        ask(node, "GET", "/kept/_count")


def test_it_answers_on_the_loopback_address_only(home: Path) -> None:
    family = psutil.Process(pid_of(ensured(home))).children(recursive=True)
    listening = [c.laddr.ip for child in family for c in child.net_connections() if c.status == "LISTEN"]
    assert listening
    assert {ip.removeprefix("::ffff:") for ip in listening} == {"127.0.0.1"}


def test_status_tells_where_it_is_and_what_it_takes(home: Path) -> None:
    status = ensured(home).status()
    assert (status.state, status.version) == ("running", "9.2.4")
    assert status.url is not None
    assert is_running(ProcessId(pid_of(ensured(home)), (identify(status.pid or 0) or ProcessId(0, "")).birth))
    assert status.data_bytes > 1000
    assert "started" in status.log.read_text(encoding="utf-8")


def test_english_word_forms_are_known(home: Path) -> None:
    analysis = {"tokenizer": "standard", "filter": ["lowercase", {"type": "hunspell", "locale": "en_US"}]}
    tokens = ask(ensured(home), "POST", "/_analyze", analysis | {"text": "Strikes attacking"})["tokens"]
    assert [token["token"] for token in tokens] == ["strike", "attack"]


def test_a_node_killed_in_the_middle_of_a_delivery_loses_nothing_and_is_replaced(home: Path) -> None:
    before = ensured(home).status()
    launcher = psutil.Process(before.pid or 0)
    (server,) = launcher.children(recursive=True)
    with SearchIndex(before.url or "", prefix="delivered", pauses=(0.0,)) as index:
        index.setup()
        answers = list(index.deliver(killing(server, at=700, of=1000)))
    assert [answer.story_id for answer in answers] == [f"d{number}" for number in range(1000)]
    arrived = {answer.story_id for answer in answers if answer.outcome == "indexed"}
    assert 125 <= len(arrived) <= 700
    assert {answer.outcome for answer in answers[700:]} == {"retry"}
    psutil.wait_procs([launcher], timeout=60)  # it follows its server
    with socket.create_server(("127.0.0.1", port_of(before))):
        after = ensured(home)
    assert after.started_here
    assert after.running() not in (None, before.url)  # its own port was taken
    with SearchIndex(after.running() or "", prefix="delivered") as index:
        assert {held.story_id for held in index.held()} >= arrived  # and what it took without an answer


def killing(server: psutil.Process, *, at: int, of: int) -> Iterator[dict[str, Any]]:
    """So many documents; before one of them, the server is killed."""
    for number in range(of):
        if number == at:
            server.kill()
            server.wait(60)
        yield document(story(f"d{number}"))


def port_of(status: NodeStatus) -> int:
    return int((status.url or "").rpartition(":")[2])


def test_a_node_that_hangs_is_replaced_and_keeps_its_data(home: Path) -> None:
    node = ensured(home)
    url, pid = node.running(), pid_of(node)
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    for member in family:
        member.send_signal(signal.SIGSTOP)
    # A thread that answers at this moment stops only after it.
    until(lambda: all(member.status() == psutil.STATUS_STOPPED for member in family))
    said: list[str] = []
    replaced = LocalNode(home, USERS_CACHE, patience=0.5)
    assert replaced.status().state == "silent"
    assert replaced.ensure(said.append) == url
    assert "does not answer any more" in said[0]
    assert pid_of(replaced) != pid
    assert not any(member.is_running() and member.status() != psutil.STATUS_ZOMBIE for member in family)
    assert ask(replaced, "GET", "/kept/_count")["count"] == 1


def test_stopping_ends_all_of_it_and_the_port_is_kept_for_next_time(home: Path) -> None:
    node = ensured(home)
    url, pid = node.running(), pid_of(node)
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    assert LocalNode(home, USERS_CACHE).stop()
    assert not any(member.is_running() and member.status() != psutil.STATUS_ZOMBIE for member in family)
    assert (node.running(), node.status().state) == (None, "stopped")
    assert not LocalNode(home, USERS_CACHE).stop()
    record = read_record(home / "elasticsearch" / "node.json")
    assert record is not None
    assert record.url == url


def test_a_pid_that_was_given_to_another_program_is_never_killed(home: Path) -> None:
    note = home / "elasticsearch" / "node.json"
    record = read_record(note)
    assert record is not None
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        stale = ProcessId(stranger.pid, "another-birth")
        write_record(note, replace(record, process=stale, answered=True))
        node = LocalNode(home, USERS_CACHE)
        assert node.status().state == "stopped"
        assert not node.stop()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_ctrl_c_during_the_start_leaves_nothing_running(home: Path) -> None:
    LocalNode(home, USERS_CACHE).stop()
    command = [sys.executable, "-c", ENSURE, str(home), str(USERS_CACHE)]
    starting = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    node = LocalNode(home, USERS_CACHE)
    while node.status().pid is None:
        assert starting.poll() is None
    launcher = psutil.Process(pid_of(node))
    starting.send_signal(signal.SIGINT)
    starting.communicate(timeout=60)
    assert not launcher.is_running() or launcher.status() == psutil.STATUS_ZOMBIE
    assert node.status().state == "stopped"
    config = f"-Des.path.conf={home / 'elasticsearch' / 'config'}"
    assert not [process for process in psutil.process_iter(["cmdline"]) if config in (process.info["cmdline"] or ())]


def test_a_node_that_no_record_names_is_ended_before_another_starts(tmp_path: Path) -> None:
    places = Places(tmp_path, tmp_path, tmp_path / "config", tmp_path / "data", tmp_path / "tmp", tmp_path)
    marks = (f"-Des.path.conf={places.config}", f"-Djava.io.tmpdir={places.temporary}", "-Des.path.conf=/another")
    lost = [subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", mark]) for mark in marks]
    try:
        end_strays(places)
        assert [process.poll() is None for process in lost] == [False, False, True]
    finally:
        for process in lost:
            process.kill()
            process.wait()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_root_without_user_namespaces_runs_it_as_a_stranger_in_a_folder_of_its_own(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Not below pytest's own folder, which is closed to strangers.
    shelter = Path(tempfile.gettempdir()) / f"sitrep-shelter-{os.getpid()}"
    monkeypatch.setattr(boot, "find_guise", lambda: find_guise(lambda _prefix: False))
    monkeypatch.setattr(boot, "move_out", lambda places, its_home: move_out(places, its_home, shelter))
    node = LocalNode(home, USERS_CACHE)
    try:
        node.ensure(silent)
        assert psutil.Process(pid_of(node)).uids().real == STRANGER
        assert node.status().data.is_relative_to(shelter)
        assert node.status().data.stat().st_mode & 0o777 == 0o700
        assert node.stop()
    finally:
        node.stop()
        shutil.rmtree(shelter)
