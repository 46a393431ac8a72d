"""``sitrep setup`` on a server that keeps roles and API keys: what it makes, what it mends, how it waits."""

import base64
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from pipeline.adapters.search_index import security
from pipeline.adapters.search_index.server import Server
from pipeline.errors import CannotRun, ConfigError, ServerUnreachable
from pipeline.flows import setup as flow
from pipeline.flows.index import credentials
from pipeline.settings import Settings
from tests.stack.stand_in_security import PASSWORD, USER, StandIn, stand_in_security
from tests.support.command import sitrep

PREFIX = "defence"
Run = Callable[[], list[str]]


@pytest.fixture
def server() -> Iterator[StandIn]:
    """With nothing behind it."""
    with stand_in_security("http://127.0.0.1:9") as opened:
        yield opened


@pytest.fixture
def whole(elasticsearch_url: str) -> Iterator[StandIn]:
    """Before a real Elasticsearch."""
    with stand_in_security(elasticsearch_url) as opened:
        yield opened


def settings_for(server: StandIn, index: str) -> Settings:
    return Settings(
        index=index,
        elasticsearch_url=server.url,
        elasticsearch_username=USER,
        elasticsearch_password=SecretStr(PASSWORD),
    )


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "PAUSE", 0.001)


@pytest.fixture
def run(server: StandIn, tmp_path: Path) -> Iterator[Run]:
    """Set up roles and keys; what has changed."""
    with closing(Server(server.url, credentials(settings_for(server, PREFIX)))) as asked:
        yield lambda: [
            *security.set_up_roles(asked, PREFIX),
            *security.set_up_keys(asked, PREFIX, tmp_path / "keys"),
        ]


def test_roles_and_keys_come_into_being_and_the_second_time_nothing_changes(
    run: Run, server: StandIn, tmp_path: Path
) -> None:
    admin, reader, writer = (f"sitrep-{part}-{PREFIX}" for part in ("admin", "reader", "writer"))
    assert run() == [
        *(f"created role {name}" for name in (admin, reader, writer)),
        f"created API key {writer} in {tmp_path / 'keys' / 'writer'}",
        f"created API key {reader} in {tmp_path / 'keys' / 'reader'}",
    ]
    before = {file.name: file.read_bytes() for file in (tmp_path / "keys").iterdir()}
    assert run() == []
    assert {file.name: file.read_bytes() for file in (tmp_path / "keys").iterdir()} == before
    assert set(before) == {"writer", "reader"}
    assert len(server.keys) == 2


def test_a_key_may_do_what_its_role_may_and_only_its_owner_reads_the_file(
    run: Run, server: StandIn, tmp_path: Path
) -> None:
    run()
    for file, role in (("writer", f"sitrep-writer-{PREFIX}"), ("reader", f"sitrep-reader-{PREFIX}")):
        kept = tmp_path / "keys" / file
        key = server.keys[base64.b64decode(kept.read_bytes()).decode().partition(":")[0]]
        wanted = security.roles(PREFIX)[role]
        assert key["role_descriptors"] == {"role": {part: wanted[part] for part in ("cluster", "indices")}}
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700


@pytest.mark.parametrize("content", [None, b"", b"rubbish\n", "ключ".encode(), b"a2V5OTk6c2VjcmV0\n"])
def test_a_key_whose_secret_is_lost_is_replaced(
    run: Run, server: StandIn, tmp_path: Path, content: bytes | None
) -> None:
    run()
    kept, writer = tmp_path / "keys" / "writer", f"sitrep-writer-{PREFIX}"
    if content is None:
        kept.unlink()
    else:
        kept.write_bytes(content)
    (lost,) = server.active(writer)
    assert run() == [f"invalidated API key {writer}, whose secret is lost", f"created API key {writer} in {kept}"]
    assert server.keys[lost]["invalidated"]
    assert len(server.active(writer)) == 1
    assert run() == []


def test_a_key_that_was_made_invalid_is_replaced(run: Run, server: StandIn, tmp_path: Path) -> None:
    run()
    for key in server.keys.values():
        key["invalidated"] = True
    assert [line.partition(" in ")[0] for line in run()] == [
        f"created API key sitrep-{part}-{PREFIX}" for part in ("writer", "reader")
    ]


def test_a_key_of_somebody_else_with_our_name_stays_valid(run: Run, server: StandIn) -> None:
    theirs = {"id": "theirs", "name": f"sitrep-writer-{PREFIX}", "metadata": {}, "invalidated": False}
    server.keys["theirs"] = theirs
    run()
    assert not theirs["invalidated"]


def test_a_role_that_was_widened_is_put_right_and_its_key_keeps_its_secret(
    run: Run, server: StandIn, tmp_path: Path
) -> None:
    run()
    role = f"sitrep-reader-{PREFIX}"
    server.roles[role]["indices"][0]["privileges"] = ["all"]
    for key in server.keys.values():
        key["metadata"] = {"sitrep": {"gist": "of an older program"}}
    before = (tmp_path / "keys" / "reader").read_bytes()
    assert run() == [f"updated role {role}", *(f"updated API key sitrep-{part}-{PREFIX}" for part in security.KEYS)]
    assert server.roles[role]["indices"][0]["privileges"] == ["read"]
    assert (tmp_path / "keys" / "reader").read_bytes() == before
    assert run() == []


def test_a_role_of_somebody_else_under_our_name_is_left_alone(run: Run, server: StandIn) -> None:
    theirs: dict[str, Any] = {"cluster": [], "indices": [], "metadata": {}}
    server.roles[f"sitrep-admin-{PREFIX}"] = theirs
    with pytest.raises(CannotRun, match=f"the role sitrep-admin-{PREFIX} .* is left alone"):
        run()
    assert server.roles[f"sitrep-admin-{PREFIX}"] is theirs
    assert not server.keys


def test_no_key_is_made_that_cannot_be_kept(run: Run, server: StandIn, tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("")
    with pytest.raises(CannotRun, match=r"cannot keep API keys in .*keys"):
        run()
    assert not server.keys


def test_indices_come_first_then_roles_and_without_a_folder_no_keys(whole: StandIn, prefix: str) -> None:
    changed = flow.setup(settings_for(whole, prefix), print)
    assert f"created index {prefix}-v1" in changed
    assert changed[-3:] == tuple(f"created role sitrep-{part}-{prefix}" for part in ("admin", "reader", "writer"))
    assert whole.keys == {}


def test_a_user_who_may_not_manage_security_changes_no_role_and_is_told(whole: StandIn, prefix: str) -> None:
    whole.may_manage, said = False, list[str]()
    assert f"created index {prefix}-v1" in flow.setup(settings_for(whole, prefix), said.append)
    assert "may not manage security" in said[-1]
    assert not whole.roles


def test_a_server_without_security_is_left_without_roles(elasticsearch_url: str, prefix: str, tmp_path: Path) -> None:
    ran = sitrep("setup", "--keys", str(tmp_path / "keys"), elasticsearch_url=elasticsearch_url, index=prefix)
    assert (ran.status, "role" in ran.out) == (0, False)
    assert not (tmp_path / "keys").exists()


def test_a_starting_server_is_waited_for(whole: StandIn, prefix: str) -> None:
    whole.starting, said = [503, 401, 503, 401], list[str]()
    assert flow.setup(settings_for(whole, prefix), said.append, wait=30)
    assert whole.starting == []
    assert [line.partition(":")[0] for line in said] == ["waiting up to 30 s"]


@pytest.mark.parametrize(("status", "error"), [(503, CannotRun), (401, ConfigError)])
def test_without_waiting_the_first_refusal_is_the_last(server: StandIn, status: int, error: type[Exception]) -> None:
    server.starting = [status] * 5
    with pytest.raises(error, match=str(status)):
        flow.setup(settings_for(server, PREFIX), print)
    assert len(server.starting) == 4


def test_waiting_ends_with_the_last_reason(server: StandIn) -> None:
    server.starting = [503] * 100_000
    with pytest.raises(CannotRun, match="503"):
        flow.setup(settings_for(server, PREFIX), print, wait=0.1)


def test_trouble_that_no_waiting_mends_ends_it_at_once(server: StandIn) -> None:
    server.starting = [418] * 5
    with pytest.raises(CannotRun, match="418"):
        flow.setup(settings_for(server, PREFIX), print, wait=60)
    assert len(server.starting) == 4


def test_a_refused_connection_is_not_yet() -> None:
    tries = iter([ServerUnreachable("refused"), ServerUnreachable("refused"), None])

    def ask() -> None:
        if trouble := next(tries):
            raise trouble

    flow.wait_until(ask, 60, print)
    assert list(tries) == []


def test_a_wrong_password_shows_in_no_message(server: StandIn) -> None:
    ran = sitrep(
        "setup", elasticsearch_url=server.url, index=PREFIX, elasticsearch_username=USER, elasticsearch_password="wr0ng"
    )
    assert (ran.status, ran.out) == (2, "")
    assert "SITREP_ELASTICSEARCH_PASSWORD" in ran.err
    assert "wr0ng" not in ran.err
