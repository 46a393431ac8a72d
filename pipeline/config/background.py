"""The counts of words in news at large that ship with Sitrep: ``word TAB items`` a line, the first without a word."""

from pathlib import Path

from pipeline.errors import CannotRun
from pipeline.settings import CHECKOUT
from pipeline.stages.tag.background import Background

BACKGROUND = CHECKOUT / "config" / "background.tsv"


def load_background(path: Path = BACKGROUND) -> Background:
    """Raises ``CannotRun`` where the file is missing or damaged."""
    try:
        rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
        counts = {word: int(number) for word, number in rows}
        return Background(counts.pop(""), counts)
    except OSError as error:
        raise CannotRun(f"cannot read {path} ({error.strerror})") from None
    except (ValueError, KeyError):
        raise CannotRun(f"{path} is damaged; put the file of this version of Sitrep in its place") from None
