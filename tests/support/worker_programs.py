"""What tests of worker processes call, and how they wait for what becomes of them."""

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import psutil

PATIENCE = 30.0
# Workers find functions by the name of their module, and "tests" is also the name of an installed package (spylls).
CALLS = Path(__file__).parent / "in_workers"
sys.path.append(str(CALLS))
calls = import_module("worker_calls")


def wait_until(fact: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if fact():
            return True
        time.sleep(0.02)
    return False


def gone(pid: int) -> bool:
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    return True
