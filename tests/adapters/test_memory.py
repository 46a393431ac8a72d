"""What a process holds, and what its C library keeps of the memory that was freed."""

import ctypes
import subprocess
import sys

import pytest

ARENAS = """
import ctypes, threading
from pipeline.adapters.memory import keep_little
keep_little()
libc = ctypes.CDLL(None)
gate = threading.Barrier(5)
def take():
    kept = [bytearray(1000) for _ in range(1000)]
    gate.wait()
threads = [threading.Thread(target=take) for _ in range(4)]
for thread in threads:
    thread.start()
gate.wait()
libc.malloc_info(0, ctypes.c_void_p.in_dll(libc, "stdout"))
libc.fflush(None)
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_info"), reason="glibc alone has arenas")
def test_all_threads_take_their_memory_from_one_arena() -> None:
    done = subprocess.run([sys.executable, "-c", ARENAS], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.count("<heap nr=") == 1


KEPT = """
from pipeline.adapters.memory import held, keep_little
large = bytearray(10_000_000)
del large
keep_little()
before = held()
blocks = [bytearray(100_000) for _ in range(150)]
during = held() - before
while blocks:
    blocks.pop()
print(during > 14_000_000, held() - before < 6_000_000)
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_info"), reason="glibc alone keeps so much")
def test_what_is_free_at_the_heaps_end_goes_back_though_a_large_block_was_freed_before() -> None:
    done = subprocess.run([sys.executable, "-c", KEPT], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["True", "True"]
