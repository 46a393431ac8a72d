"""The model that tells languages, in memory that is mapped to files: of its 70 MB only what texts touch is there.

py3langid unpacks it into the memory of each process. A text walks through a few thousand of its hundred thousand
states, so nearly all of that is never looked at. Unpacking takes half a second of CPU, more than any other thing that
workers need, so what comes out is kept for the next round.
"""

import os
import shutil
import tempfile
from array import array
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from py3langid import langid

PARTS = ("scores", "priors", "classes", "moves", "rows", "outputs")
FOLDER = "language-model"


def map_language_model(cache: Path) -> None:
    """Have ``py3langid`` use mapped memory in this process and in those forked from it.

    The unpacked model lies below the folder ``cache``; where that cannot be written, each call unpacks it again.
    """
    packed = langid.MODEL_DIR / langid.MODEL_FILE
    kept = cache / FOLDER / sha256(packed.read_bytes()).hexdigest()[:16]
    try:
        langid.IDENTIFIER = _mapped(kept)
    except (OSError, ValueError, EOFError):
        langid.IDENTIFIER = _unpacked(kept)


def _mapped(folder: Path) -> Any:
    """The model in ``folder``. Raises what ``np.load`` does where it is not there, or not whole."""
    scores, moves = (np.load(folder / f"{part}.npy", mmap_mode="r").view(np.ndarray) for part in ("scores", "moves"))
    priors, classes, rows, outputs = (
        np.load(folder / f"{part}.npy") for part in ("priors", "classes", "rows", "outputs")
    )
    return langid.LanguageIdentifier(
        scores,
        priors,
        classes.tolist(),
        memoryview(moves),
        outputs.tolist(),
        tk_row=array(rows.dtype.char, rows.tobytes()),
    )


def _unpacked(kept: Path) -> Any:
    """The model out of its package, kept in the folder ``kept`` where that can be written."""
    model = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE)
    with suppress(OSError):
        _keep(model, kept)
        return _mapped(kept)
    with tempfile.TemporaryDirectory() as name:
        _write(Path(name), model)
        return _mapped(Path(name))  # mapped files stay as long as they are mapped, whatever becomes of their names


def _keep(model: Any, kept: Path) -> None:
    """Put it in place at once and whole: others may look for it, and the machine may stop."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept.parent) as name:
        whole = Path(name) / "whole"
        whole.mkdir()
        _write(whole, model)
        shutil.rmtree(kept, ignore_errors=True)  # one that could not be read
        whole.rename(kept)


def _write(folder: Path, model: Any) -> None:
    values = (model.nb_ptc, model.nb_pc, model.nb_classes, model.tk_nextmove, model.tk_row, model.tk_output)
    for part, value in zip(PARTS, values, strict=True):
        with (folder / f"{part}.npy").open("wb") as file:
            np.save(file, np.asarray(value))
            file.flush()
            os.fsync(file.fileno())
