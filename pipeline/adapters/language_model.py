"""The model that tells languages, in memory that is mapped to a file: of its 70 MB only what texts touch is there.

py3langid unpacks it into the memory of each process. A text walks through a few thousand of its hundred thousand
states, so nearly all of that is never looked at.
"""

import mmap
import tempfile
from typing import Any

import numpy as np
from py3langid import langid


def map_language_model() -> None:
    """Have ``py3langid`` use mapped memory in this process and in those forked from it."""
    model = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE)
    scores, moves = model.nb_ptc, model.tk_nextmove
    langid.IDENTIFIER = langid.LanguageIdentifier(
        np.ndarray(scores.shape, scores.dtype, _mapped(scores)),
        model.nb_pc,
        model.nb_classes,
        memoryview(_mapped(moves)).cast(moves.typecode),
        model.tk_output,
        tk_row=model.tk_row,
    )


def _mapped(data: Any) -> mmap.mmap:
    """The same bytes, in a file without a name that goes with the last process that maps it."""
    with tempfile.TemporaryFile() as file:
        file.write(memoryview(data).cast("B"))
        file.flush()
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
