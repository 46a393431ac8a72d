"""Where a stage begins and ends, for whoever measures. Stages have no clock: the block around each is handed in."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

During = Callable[[str], AbstractContextManager[None]]
"""Gives the block in which a stage of this name does its work."""
_NOTHING = nullcontext()


def unmeasured(_stage: str) -> AbstractContextManager[None]:
    """Nobody measures."""
    return _NOTHING
