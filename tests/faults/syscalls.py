"""Killing a piece of work before its nth system call that changes anything outside, whatever the program knows of it.

The child asks the kernel (seccomp, ``SECCOMP_RET_TRACE``) to stop it before each of these calls; its parent, as its
tracer (ptrace), counts the stops and kills it at one. Linux on x86-64 and aarch64 only.
"""

import ctypes
import os
import platform
import signal
import struct
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

NUMBERS = {
    "x86_64": {
        "write": 1, "pwrite64": 18, "writev": 20, "sendto": 44, "sendmsg": 46, "fsync": 74, "fdatasync": 75,
        "truncate": 76, "ftruncate": 77, "rename": 82, "mkdir": 83, "unlink": 87, "connect": 42, "openat": 257,
        "mkdirat": 258, "unlinkat": 263, "renameat": 264, "pwritev": 296, "renameat2": 316,
    },
    "aarch64": {
        "write": 64, "pwrite64": 68, "writev": 66, "sendto": 206, "sendmsg": 211, "fsync": 82, "fdatasync": 83,
        "truncate": 45, "ftruncate": 46, "connect": 203, "openat": 56, "mkdirat": 34, "unlinkat": 35, "renameat": 38,
        "pwritev": 70, "renameat2": 276,
    },
}  # fmt: skip
PTRACE_TRACEME, PTRACE_CONT, PTRACE_SETOPTIONS = 0, 7, 0x4200
OPTIONS = 0x80 | 0x08 | 0x100000  # stop at seccomp events, follow new threads, end with the tracer
EVENT_SECCOMP, EVENT_CLONE = 7, 3
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, FILTER = 38, 22, 2
ALL_CHILDREN = 0x40000000  # threads too
LOAD, EQUALS, RETURN = 0x20, 0x15, 0x06
TRACE, ALLOW = 0x7FF00000, 0x7FFF0000
_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long
_libc.prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4


class Traced(NamedTuple):
    """How many of these calls were made, and whether the work was killed."""

    calls: int
    killed: bool


def possible() -> bool:
    return sys.platform == "linux" and platform.machine() in NUMBERS


def traced(work: Callable[[], Any], kill_at: int | None) -> Traced:
    """Do ``work`` in a child; it is killed before the call number ``kill_at``, counted from 1."""
    child = os.fork()
    if child == 0:
        _be_traced(work)
    os.waitpid(child, ALL_CHILDREN)  # the stop before the work
    _ptrace(PTRACE_SETOPTIONS, child, OPTIONS)
    _ptrace(PTRACE_CONT, child, 0)
    calls = 0
    while True:
        thread, status = os.waitpid(-1, ALL_CHILDREN)
        if os.WIFEXITED(status) or os.WIFSIGNALED(status):
            if thread == child:
                return Traced(calls, os.WIFSIGNALED(status))
            continue
        if status >> 16 == EVENT_SECCOMP:
            calls += 1
            if calls == kill_at:
                os.kill(child, signal.SIGKILL)
                continue
        _ptrace(PTRACE_CONT, thread, _signal_of(status))


def _signal_of(status: int) -> int:
    """What the thread has to be given: nothing where it was stopped for our sake."""
    found = os.WSTOPSIG(status)
    return 0 if status >> 16 or found in (signal.SIGSTOP, signal.SIGTRAP) else found


def _be_traced(work: Callable[[], Any]) -> None:
    try:
        _ptrace(PTRACE_TRACEME, 0, 0)
        os.kill(os.getpid(), signal.SIGSTOP)
        _filter(tuple(NUMBERS[platform.machine()].values()))
        work()
        os._exit(0)
    finally:
        os._exit(1)


def _ptrace(request: int, pid: int, data: int) -> None:
    if _libc.ptrace(request, pid, None, data) == -1 and ctypes.get_errno() != 3:  # a thread that has just ended
        raise OSError(ctypes.get_errno(), "ptrace")


def _filter(numbers: tuple[int, ...]) -> None:
    """A program for the kernel: load the call's number, compare it with each of ours, stop at one of them."""
    lines = [(LOAD, 0, 0, 0)]
    lines += [(EQUALS, len(numbers) - place, 0, number) for place, number in enumerate(numbers)]
    lines += [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, TRACE)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in lines))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(lines), ctypes.addressof(code)))
    for arguments in ((PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), (PR_SET_SECCOMP, FILTER, ctypes.addressof(program), 0, 0)):
        if _libc.prctl(*arguments) != 0:
            raise OSError(ctypes.get_errno(), "prctl")
