"""What is said when the node cannot be: each message names what happened, what to do, and the way round."""

import socket
from pathlib import Path

import psutil
import pytest

from pipeline.adapters.local_node import LocalNode, boot, room
from pipeline.adapters.local_node.configuration import configure
from pipeline.adapters.local_node.guise import NAMESPACE, STRANGER, find_guise
from pipeline.adapters.local_node.health import ask_health, free_port
from pipeline.adapters.local_node.launch import explain_end, port_was_taken
from pipeline.adapters.local_node.record import read_record, write_record
from pipeline.adapters.local_node.records import Places
from pipeline.errors import NodeFailed
from tests.conftest import USERS_CACHE
from tests.support.maven_repository import maven_repository, small_archive


def places(folder: Path) -> Places:
    (folder / "program" / "config").mkdir(parents=True)
    made = Places(folder / "program", folder / "java", *(folder / name for name in ("config", "data", "tmp", "logs")))
    for own in made.own:
        own.mkdir()
    return made


@pytest.mark.parametrize(
    ("printed", "status", "said"),
    [
        ("org.elasticsearch.http.BindHttpException: Address already in use", 1, "its port was taken"),
        ("Error occurred during initialization of VM\nCould not reserve enough space", 1, "too little memory"),
        ("java.lang.OutOfMemoryError: Java heap space", 3, "too little memory"),
        ("java.io.IOException: No space left on device", 1, "its disk is full"),
        (
            "java.lang.IllegalStateException: failed to obtain node locks, tried [/x]",
            1,
            "another program uses its data",
        ),
        ("java.lang.IllegalStateException: cannot downgrade a node from version", 1, "a newer Elasticsearch wrote"),
        ("", -9, "it was killed, likely for want of memory"),
        ("", None, "within 180 s"),
        ("one\ntwo\nsomething never seen", 78, "something never seen"),
    ],
)
def test_why_it_did_not_start_is_told(tmp_path: Path, printed: str, status: int | None, said: str) -> None:
    message = str(explain_end(places(tmp_path), printed, status, 180))
    assert message.startswith("the local Elasticsearch did not start")
    assert said in message
    assert message.endswith("or set SITREP_ELASTICSEARCH_URL to an Elasticsearch of your own")


def test_a_long_log_is_told_by_its_end_in_short_lines(tmp_path: Path) -> None:
    printed = "\n".join(f"line {number} " + "x" * 1000 for number in range(100))
    message = str(explain_end(places(tmp_path), printed, 1, 180))
    assert "line 99 " in message
    assert "line 50 " not in message
    assert max(map(len, message.splitlines())) <= 300


def failure(home: Path) -> str:
    with pytest.raises(NodeFailed) as failed:
        LocalNode(home, USERS_CACHE).ensure(lambda _: None)
    assert "or set SITREP_ELASTICSEARCH_URL" in str(failed.value)
    return str(failed.value)


@pytest.mark.usefixtures("node")  # so that the server is in the cache
class TestBeforeTheStart:
    def test_too_little_memory_is_told(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(room, "available_memory", lambda: 700_000_000)
        assert "needs 1.2 GB of memory, 0.7 GB are available" in failure(tmp_path)

    def test_too_little_disk_is_told(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(room, "MIN_DISK", 10**18)
        assert "Free some space or set SITREP_HOME" in failure(tmp_path)

    def test_a_home_that_cannot_be_made_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        message = failure(tmp_path / "file" / "home")
        assert str(tmp_path / "file" / "home") in message
        assert "Set SITREP_HOME to a folder you may write" in message

    @pytest.mark.parametrize("blocked", ["elasticsearch/lock", "elasticsearch/node.json.new", "logs"])
    def test_a_home_that_cannot_be_written_is_told(self, tmp_path: Path, blocked: str) -> None:
        # Something of the wrong kind is in the way: unlike missing rights, that stops root too.
        wrong = tmp_path / blocked
        wrong.parent.mkdir(exist_ok=True)
        wrong.write_text("") if blocked == "logs" else wrong.mkdir()
        assert "Set SITREP_HOME to a folder you may write" in failure(tmp_path)
        mark = f"-Des.path.conf={tmp_path / 'elasticsearch' / 'config'}"
        assert not [process for process in psutil.process_iter(["cmdline"]) if mark in (process.info["cmdline"] or ())]


def test_a_server_that_ends_at_once_is_told_with_what_it_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "MIN_MEMORY", 0)
    with maven_repository(small_archive()) as repository:  # an archive without anything that could run
        node = LocalNode(tmp_path / "home", tmp_path / "cache", repository.release)
        with pytest.raises(NodeFailed, match="ClassNotFoundException") as failed:
            node.ensure(lambda _: None)
    assert "SITREP_ELASTICSEARCH_URL" in str(failed.value)
    assert (node.status().state, node.running(), node.started_here) == ("stopped", None, False)


def test_a_limit_of_a_container_counts_where_it_is_less_than_the_machine_has(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("2000000000\n")
    (tmp_path / "memory.current").write_text("1500000000\n")
    (tmp_path / "memory.stat").write_text("anon 1\ninactive_file 300000000\n")
    assert room._below_limit(tmp_path) == 800_000_000
    (tmp_path / "memory.max").write_text("max\n")
    assert room._below_limit(tmp_path) == psutil.virtual_memory().total


def test_the_older_kind_of_limit_counts_too(tmp_path: Path) -> None:
    (tmp_path / "memory").mkdir()
    (tmp_path / "memory" / "memory.limit_in_bytes").write_text("1000000000\n")
    (tmp_path / "memory" / "memory.usage_in_bytes").write_text("400000000\n")
    (tmp_path / "memory" / "memory.stat").write_text("total_inactive_file 1\n")
    assert room._below_limit(tmp_path) == 600_000_001


def test_a_wanted_port_is_kept_if_it_is_free_and_left_if_it_is_not() -> None:
    wanted = free_port(None)
    assert free_port(wanted) == wanted
    with socket.create_server(("127.0.0.1", wanted)):
        assert free_port(wanted) not in (wanted, 0)
    assert port_was_taken("x Address already in use y")


def test_whatever_else_answers_on_the_port_is_not_our_node() -> None:
    assert ask_health(free_port(None), 1) is None
    with maven_repository(b"") as other:
        assert ask_health(int(other.url.rpartition(":")[2]), 5) is None


def test_a_record_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    note = tmp_path / "node.json"
    assert read_record(note) is None
    for damaged in ("", "{", "[]", '{"port": "x"}', "\x00"):
        note.write_text(damaged)
        assert read_record(note) is None


def test_a_record_comes_back_as_it_was_written(tmp_path: Path) -> None:
    record = boot.Record(9200, "9.2.4", "sitrep-x", tmp_path / "data", tmp_path / "log", None, answered=True)
    write_record(tmp_path / "node.json", record)
    assert read_record(tmp_path / "node.json") == record
    assert [path.name for path in tmp_path.iterdir()] == ["node.json"]


def test_the_node_is_configured_for_this_machine_alone(tmp_path: Path) -> None:
    made = places(tmp_path / 'a "quoted" folder')
    (made.program / "config" / "jvm.options").write_text(
        "20-:--add-modules=jdk.incubator.vector\n-XX:+UseG1GC\n-Dkept\n"
    )
    configure(made, 9321)
    options = (made.config / "jvm.options").read_text().splitlines()
    assert "-Dkept" in options
    assert "-Xmx512m" in options
    assert not [option for option in options if "incubator" in option or "UseG1GC" in option]
    settings = boot_settings(made)
    assert settings["network.host"] == "127.0.0.1"
    assert settings["discovery.type"] == "single-node"
    assert settings["http.port"] == 9321
    assert settings["xpack.security.enabled"] is False
    assert settings["action.auto_create_index"] is False
    assert settings["path.data"] == str(made.data)
    assert (made.config / "hunspell" / "en_US" / "en_US.dic").stat().st_size > 100_000


def boot_settings(made: Places) -> dict[str, object]:
    import yaml

    loaded: dict[str, object] = yaml.safe_load((made.config / "elasticsearch.yml").read_text())
    return loaded


def test_only_root_goes_in_disguise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert find_guise(lambda _: False).prefix == ()
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert find_guise(lambda _: True).prefix == NAMESPACE
    stranger = find_guise(lambda _: False)
    assert stranger.owner == STRANGER
    assert stranger.prefix[:2] == ("setpriv", f"--reuid={STRANGER}")
