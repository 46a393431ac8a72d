"""Keepers and sessions: what is started goes with its owner, and what was left is found again."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.adapters.kept import Kept
from pipeline.adapters.processes import identify
from pipeline.adapters.sessions import end_sessions, members
from tests.support.stand_ins import STUBBORN, lines, service, until


def kept(folder: Path, program: str, grace: float = 0.3) -> Kept:
    made = service(folder, "program", program)
    return Kept.start(made.command, environment=os.environ, log=made.log, grace=grace)


def stubborn(folder: Path) -> Kept:
    """A keeper, its command and the command's child."""
    running = kept(folder, STUBBORN)
    until(lambda: lines(folder / "program.log").count("ready") == 2)
    assert len(members(running.session)) == 3
    return running


def test_nothing_is_left_of_a_command_that_heeds_no_signal(tmp_path: Path) -> None:
    running = stubborn(tmp_path)
    running.join()
    assert (members(running.session), running.status()) == ((), 128 + signal.SIGKILL)


def test_a_command_may_end_in_its_own_way_within_its_grace(tmp_path: Path) -> None:
    program = (
        "import signal, sys, time\nsignal.signal(15, lambda *_: sys.exit(5))\nprint('on', flush=True)\ntime.sleep(600)"
    )
    running = kept(tmp_path, program, grace=30)
    until(lambda: lines(tmp_path / "program.log"))
    running.join()
    assert running.status() == 5


LOOKING_ON = """
import subprocess, sys, time
if len(sys.argv) < 2:
    for what in ("worker", "looking on"):
        subprocess.Popen([sys.executable, __file__, what])
    time.sleep(600)
if sys.argv[1] == "worker":
    time.sleep(600)
workers = [subprocess.Popen([sys.executable, __file__, "worker"]) for _ in range(5)]
print("ready", flush=True)
while all(worker.poll() is None for worker in workers):
    time.sleep(0.001)
print("lost a worker", flush=True)
"""


def test_what_a_command_has_started_never_sees_its_own_workers_die(tmp_path: Path) -> None:
    running = kept(tmp_path, LOOKING_ON)
    until(lambda: lines(tmp_path / "program.log"))
    running.join()
    assert lines(tmp_path / "program.log") == ["ready"]
    assert members(running.session) == ()


def test_the_status_of_a_command_that_ends_by_itself_is_told(tmp_path: Path) -> None:
    running = kept(tmp_path, "raise SystemExit(7)")
    until(lambda: running.status() is not None)
    assert running.status() == 7


def test_what_a_dead_command_leaves_behind_is_ended(tmp_path: Path) -> None:
    running = stubborn(tmp_path)
    leader = running.session
    (command,) = [one for one in members(leader) if os.getpgid(one.pid) == leader.pid and one != leader]
    os.kill(command.pid, signal.SIGKILL)
    until(lambda: running.status() is not None)
    assert (running.status(), members(running.session)) == (128 + signal.SIGKILL, ())


def test_a_command_that_cannot_be_started_is_told_in_its_log(tmp_path: Path) -> None:
    running = Kept.start(["/no/such/program"], environment=os.environ, log=tmp_path / "log", grace=1)
    until(lambda: running.status() is not None)
    assert lines(tmp_path / "log") == ["cannot start /no/such/program: No such file or directory"]
    running.join()


def test_nothing_outlives_an_owner_that_is_killed(tmp_path: Path) -> None:
    program = (
        "import os, sys, time\nfrom pathlib import Path\nfrom pipeline.adapters.kept import Kept\n"
        "kept = Kept.start(sys.argv[2:], environment=os.environ, log=Path(sys.argv[1]), grace=0.3)\n"
        "print(kept.session.pid, flush=True)\ntime.sleep(600)\n"
    )
    made = service(tmp_path, "program", STUBBORN)
    arguments = [sys.executable, "-c", program, str(made.log), *made.command]
    owner = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    leader = identify(int(owner.stdout.readline()))
    assert leader is not None
    until(lambda: lines(made.log).count("ready") == 2)
    owner.kill()
    owner.wait()
    owner.stdout.close()
    until(lambda: not members(leader))


def test_what_is_left_when_the_keeper_was_killed_too_is_found_by_its_session(tmp_path: Path) -> None:
    running = stubborn(tmp_path)
    os.kill(running.session.pid, signal.SIGKILL)
    until(lambda: running.status() is not None)
    assert len(members(running.session)) == 2
    assert end_sessions([running.session], 0.2)
    assert (members(running.session), end_sessions([running.session], 0.2)) == ((), False)


@pytest.mark.parametrize("birth", ["another-boot/1", "{boot}/1"])
def test_a_number_given_to_another_process_since_is_left_alone(tmp_path: Path, birth: str) -> None:
    running = stubborn(tmp_path)
    boot = running.session.birth.partition("/")[0]
    stale = replace(running.session, birth=birth.format(boot=boot))
    assert (members(stale), end_sessions([stale], 0)) == ((), False)
    assert len(members(running.session)) == 3
    running.join()


def test_a_session_of_an_earlier_boot_is_over_even_if_its_number_is_free(tmp_path: Path) -> None:
    running = stubborn(tmp_path)
    os.kill(running.session.pid, signal.SIGKILL)
    until(lambda: running.status() is not None)
    assert members(replace(running.session, birth="another-boot/1")) == ()
    running.join()
