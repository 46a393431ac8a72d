"""Tables that take long to work out and can be had again: kept in a file for the next process that wants them."""

import io
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from pipeline.adapters.file_swap import replace_file

Made = TypeVar("Made")


def kept_arrays(
    file: Path, made_of: Callable[[Mapping[str, Any]], Made], work_out: Callable[[], Mapping[str, Any]]
) -> Made:
    """``made_of`` the arrays in ``file``, or of those that ``work_out`` gives, which are then kept there.

    Where the file cannot be written, each call works them out again. Raises what ``work_out`` raises.
    """
    try:
        with np.load(file) as arrays:
            return made_of(arrays)
    except Exception:  # a file that is cut short or damaged may end the reading of it in any way
        arrays = work_out()
        with suppress(OSError):
            _keep(arrays, file)
        return made_of(arrays)


def _keep(arrays: Mapping[str, Any], file: Path) -> None:
    """Whole or not at all: others may look for it, and the machine may stop."""
    file.parent.mkdir(parents=True, exist_ok=True)
    written = io.BytesIO()
    np.savez(written, **arrays)
    replace_file(file, written.getvalue())
