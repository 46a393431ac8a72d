"""Child processes: apart from the terminal, known again for good, ended with all they have started."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from pipeline.adapters.processes import ProcessId, end_tree, identify, is_running, start

# A parent that ignores the polite signal, with a child in another session, which no group signal reaches.
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(120)"], start_new_session=True)
print(child.pid, flush=True)
time.sleep(120)
"""


def started(tmp_path: Path, code: str) -> subprocess.Popen[bytes]:
    return start([sys.executable, "-u", "-c", code], cwd=tmp_path, env={"ONLY": "this"}, output=tmp_path / "output")


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    child = started(tmp_path, "import time; time.sleep(120)")
    yield child
    child.kill()
    child.wait()


def known(child: subprocess.Popen[bytes]) -> ProcessId:
    found = identify(child.pid)
    assert found is not None
    return found


def test_it_runs_in_its_own_session_with_the_environment_and_folder_it_was_given(tmp_path: Path) -> None:
    code = "import os; print(os.getsid(0) == os.getpid(), os.environ.get('ONLY'), 'HOME' in os.environ, os.getcwd())"
    started(tmp_path, code).wait()
    assert (tmp_path / "output").read_text().split() == ["True", "this", "False", str(tmp_path)]


def test_both_outputs_go_to_the_file_and_nothing_can_be_typed(tmp_path: Path) -> None:
    started(tmp_path, "import sys; print('out'); print('err', file=sys.stderr); print(sys.stdin.read() == '')").wait()
    assert (tmp_path / "output").read_text().splitlines() == ["out", "err", "True"]


def test_no_descriptor_of_ours_is_passed_on(tmp_path: Path) -> None:
    with (tmp_path / "lock").open("w") as held:
        os.set_inheritable(held.fileno(), True)
        started(tmp_path, f"import os; os.fstat({held.fileno()})").wait()
    assert "Bad file descriptor" in (tmp_path / "output").read_text()


def test_a_process_is_known_again_until_it_ends(sleeper: subprocess.Popen[bytes]) -> None:
    process = known(sleeper)
    assert identify(sleeper.pid) == process
    assert is_running(process)
    sleeper.kill()
    psutil.wait_procs([psutil.Process(sleeper.pid)] if psutil.pid_exists(sleeper.pid) else [], timeout=30)
    assert not is_running(process)


def test_the_remains_of_a_process_do_not_run(sleeper: subprocess.Popen[bytes]) -> None:
    process = known(sleeper)
    sleeper.kill()
    while psutil.Process(sleeper.pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    assert identify(sleeper.pid) is None
    assert not is_running(process)


def test_another_process_under_the_same_pid_is_not_taken_for_it_and_not_ended(
    sleeper: subprocess.Popen[bytes],
) -> None:
    stale = ProcessId(sleeper.pid, "another-birth")
    assert not is_running(stale)
    assert not end_tree(stale, grace=0.1)
    assert sleeper.poll() is None


def test_two_processes_started_one_after_another_differ(tmp_path: Path) -> None:
    first, second = (started(tmp_path, "import time; time.sleep(120)") for _ in range(2))
    try:
        assert known(first) != known(second)
    finally:
        for child in (first, second):
            child.kill()
            child.wait()


def test_the_whole_tree_ends_even_if_its_root_ignores_the_request(tmp_path: Path) -> None:
    root = started(tmp_path, STUBBORN)
    while not (tmp_path / "output").read_text().endswith("\n"):
        time.sleep(0.01)
    child = int((tmp_path / "output").read_text())
    assert end_tree(known(root), grace=0.2)
    assert identify(root.pid) is None
    assert identify(child) is None
    root.wait()


def test_ending_what_has_ended_is_told(sleeper: subprocess.Popen[bytes]) -> None:
    process = known(sleeper)
    assert end_tree(process, grace=10)
    assert not end_tree(process, grace=10)


def test_one_who_goes_when_asked_is_not_killed(tmp_path: Path) -> None:
    polite = started(
        tmp_path,
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print('bye'), sys.exit(0)))\n"
        "print('ready')\n"
        "time.sleep(120)",
    )
    while "ready" not in (tmp_path / "output").read_text():
        time.sleep(0.01)
    end_tree(known(polite), grace=30)
    assert (tmp_path / "output").read_text().split() == ["ready", "bye"]
    polite.wait()


def test_we_never_end_ourselves() -> None:
    here = identify(os.getpid())
    assert here is not None
    child = os.fork()
    if not child:  # the same process group as ours, and a descendant of the one that is "ended"
        os.setpgid(0, 0)
        me = identify(os.getpid())
        end_tree(me, grace=0.1) if me else None
        os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
