"""Workers of a program that is started in a folder with modules of the same names."""

import os
import subprocess
import sys
from pathlib import Path

from pipeline.adapters.workers import Workers

PROGRAM = """
import os
from pipeline.adapters.workers import Workers

if __name__ == "__main__":
    with Workers(1, limit=60.0, preload=("pipeline.model",)) as pool:
        print(pool.submit(os.getcwd).result())
"""


def test_no_module_of_the_current_folder_is_taken_for_one_of_ours(tmp_path: Path) -> None:
    program, elsewhere = tmp_path / "program.py", tmp_path / "elsewhere"
    program.write_text(PROGRAM, encoding="utf-8")
    (elsewhere / "pipeline").mkdir(parents=True)
    (elsewhere / "pipeline" / "__init__.py").write_text("open('was-imported', 'w').close()\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(program)], cwd=elsewhere, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == str(elsewhere)
    assert not (elsewhere / "was-imported").exists()


def test_other_programs_that_are_started_later_find_modules_as_ever() -> None:
    before = os.environ.get("PYTHONSAFEPATH")
    with Workers(1, limit=60.0) as pool:
        pool.submit(os.getpid).result()
        assert os.environ.get("PYTHONSAFEPATH") == before


AHEAD = """
import os
import signal
import psutil
from pipeline.adapters.worker_process import start_ahead
from pipeline.adapters.workers import Workers

start_ahead(("pipeline.model",))
start_ahead(("pipeline.model",))
mask = signal.pthread_sigmask(signal.SIG_BLOCK, ())
started = {child.pid for child in psutil.Process().children()}
with Workers(1, limit=60.0, preload=("pipeline.model",)) as pool:
    parent = pool.submit(os.getppid).result()
    print(parent in started, signal.SIGINT in mask)
    print(len(psutil.Process().children(recursive=True)))
    print(signal.SIGINT in pool.submit(signal.pthread_sigmask, signal.SIG_BLOCK, ()).result())
"""


def test_workers_come_from_the_one_process_that_was_started_ahead_and_take_no_interrupt() -> None:
    done = subprocess.run([sys.executable, "-c", AHEAD], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout.split(), done.stderr) == (["True", "False", "2", "True"], "")
