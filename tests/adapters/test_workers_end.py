"""How worker processes end: with their parent, with what forked them, and when they are closed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from pipeline.adapters.workers import Workers, WorkLost
from tests.support.worker_programs import CALLS, PATIENCE, calls, gone, wait_until


def test_closing_kills_what_runs_cancels_what_waits_and_leaves_no_worker() -> None:
    pool = Workers(2, limit=20 * PATIENCE, cpu_limit=20 * PATIENCE)  # nothing but closing ends these calls
    pids = {pool.submit(calls.pid_after, 0.2) for _ in range(2)}
    known = [future.result(PATIENCE) for future in pids]
    running = [pool.submit(stuck) for stuck in (calls.loop, calls.hang_in_c)]
    waiting = pool.submit(calls.pid)
    assert wait_until(lambda: all(future.running() for future in running))
    pool.close()
    pool.close()
    assert waiting.cancelled()
    assert all(isinstance(future.exception(PATIENCE), WorkLost) for future in running)
    assert wait_until(lambda: all(gone(pid) for pid in known))


FORKER_KILLED = """
import os
import signal
import time
import psutil
import worker_calls as calls
from pipeline.adapters.workers import Workers, WorkLost

with Workers(2, limit=60.0, cpu_limit=60.0) as pool:
    parent, first = pool.submit(os.getppid).result(), pool.submit(calls.pid).result()
    stuck = pool.submit(calls.loop)
    while not stuck.running():
        time.sleep(0.01)
    os.kill(parent, signal.SIGKILL)
    print(pool.submit(calls.echo, "again").result())
    begun = time.monotonic()
print(isinstance(stuck.exception(), WorkLost), time.monotonic() - begun < 30)
print([child.pid for child in psutil.Process().children(recursive=True) if child.pid == first])
"""


def test_when_what_forks_workers_dies_others_are_started_and_none_is_left() -> None:
    # In a process of its own: the other tests share theirs.
    done = subprocess.run(
        [sys.executable, "-c", FORKER_KILLED],
        env=os.environ | {"PYTHONPATH": str(CALLS)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert (done.stdout.split(), done.stderr) == (["again", "True", "True", "[]"], "")


def test_workers_that_never_worked_have_started_nothing_when_they_are_closed() -> None:
    before = set(psutil.Process().children(recursive=True))
    Workers(2, limit=PATIENCE).close()
    assert set(psutil.Process().children(recursive=True)) <= before


PROGRAM = """
import sys
if __name__ == "__mp_main__":
    print("the main program ran in a worker", file=sys.stderr)
from pathlib import Path
import worker_calls as calls
from pipeline.adapters.workers import Workers

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    with Workers(3, limit=0.5 if "hang_in_c" in sys.argv else 60.0) as pool:
        futures = [
            pool.submit(calls.write_pid_and, str(folder / f"{number}.pid"), getattr(calls, name))
            for number, name in enumerate(sys.argv[2:])
        ]
        try:
            for future in futures:
                future.result()
        except KeyboardInterrupt:
            sys.exit(130)
"""


def run_program(folder: Path, *names: str) -> tuple[subprocess.Popen[str], list[int]]:
    """The program above with a worker in each of these calls, in a process group of its own; the workers' pids."""
    program = folder / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, str(program), str(folder), *names],
        env=os.environ | {"PYTHONPATH": str(CALLS)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    files = [folder / f"{number}.pid" for number in range(len(names))]
    assert wait_until(lambda: all(file.exists() and file.read_text() for file in files))
    return process, [int(file.read_text()) for file in files]


@pytest.mark.parametrize("call", ["loop", "hang_in_c"])
def test_workers_end_by_themselves_when_their_parent_is_killed(tmp_path: Path, call: str) -> None:
    process, pids = run_program(tmp_path, "pid", call)
    family = [child.pid for child in psutil.Process(process.pid).children(recursive=True)]
    assert set(pids) <= set(family)
    process.kill()
    process.wait()
    assert wait_until(lambda: all(gone(pid) for pid in family))


def test_ctrl_c_ends_the_program_and_its_workers_without_a_word(tmp_path: Path) -> None:
    process, pids = run_program(tmp_path, "loop", "pid", "loop")
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, errors) == (130, "")
    assert wait_until(lambda: all(gone(pid) for pid in pids))


def test_workers_do_not_run_the_main_program_again(tmp_path: Path) -> None:
    process, _ = run_program(tmp_path, "pid", "pid")
    _, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, errors) == (0, "")
