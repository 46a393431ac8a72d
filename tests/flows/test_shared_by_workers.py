"""What workers share is loaded once, before the first of them is forked."""

import subprocess
import sys

PROGRAM = """
from pipeline.adapters.workers import Workers
with Workers(1, limit=60.0, preload=("pipeline.flows.shared_by_workers",)) as pool:
    fresh = pool.submit(eval, "__import__('sys').modules.keys() >= {'py3langid', 'tldextract'}")
    print(fresh.result(), "py3langid" in __import__("sys").modules)
"""


def test_a_fresh_worker_has_the_models_and_its_parent_has_not() -> None:
    # In a process of its own: the first workers of a program decide what is preloaded.
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=100, check=False)
    assert (done.stdout, done.stderr) == ("True False\n", "")
