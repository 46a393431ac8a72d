"""Memory that this process has freed and its C library keeps."""

import ctypes
from contextlib import suppress
from functools import cache
from typing import Any

LARGE = 1 << 20
M_MMAP_THRESHOLD = -3


def keep_no_large_blocks() -> None:
    """Have each block of a megabyte or more go back to the system when it is freed.

    Else glibc, once it has seen one of them freed, takes room for the next ones that it then keeps.
    """
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE)


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
