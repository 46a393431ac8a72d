"""Memory that this process holds, and what its C library keeps of what was freed."""

import ctypes
import resource
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

LARGE = 1 << 20
ENOUGH = 4 << 20
M_TRIM_THRESHOLD = -1
M_MMAP_THRESHOLD = -3
M_ARENA_MAX = -8


def keep_little() -> None:
    """Have the C library (glibc) keep less of what is freed.

    Each block of a megabyte or more goes back to the system when it is freed, and so does what is free at the heap's
    end beyond four megabytes: else glibc, once it has seen one large block freed, takes room for the next ones that it
    then keeps, and twice as much at the end. (With less than four, each page would ask for it anew.) And threads that
    begin from now on take their memory from the main thread's: else each has an arena of its own, whose free room no
    other thread can use.
    """
    with suppress(AttributeError, OSError, TypeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(M_MMAP_THRESHOLD, LARGE)
        mallopt(M_TRIM_THRESHOLD, ENOUGH)
        mallopt(M_ARENA_MAX, 1)


def held() -> int:
    """Bytes in memory that are no file's, shared or not; 0 where the system does not tell (all but Linux)."""
    try:
        resident, files = Path("/proc/self/statm").read_text().split()[1:3]
    except OSError:
        return 0
    return (int(resident) - int(files)) * resource.getpagesize()


def give_back() -> None:
    """Hand freed memory back to the system, where the C library is one that keeps it (glibc)."""
    if (trim := _trim()) is not None:
        trim(0)


@cache
def _trim() -> Any:
    try:
        return ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return None
