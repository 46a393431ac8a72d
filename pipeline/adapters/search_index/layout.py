"""Which indices and aliases are ours, and what of them is there. Pure: an answer of the server in, a decision out.

{prefix}        alias, read   ┐
{prefix}-write  alias, write  ┴→ {prefix}-v1 (one index, so that an id is in it once; reindexing makes -v2, …)
{prefix}-runs   index of run reports, and of the lines that each rule removed in a run
{prefix}-feeds  index of the feeds as they are now
{prefix}-alerts index of what an operator has to look at
"""

import re
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from pipeline.errors import CannotRun

Board = Literal["runs", "feeds", "alerts"]
BOARDS: tuple[Board, ...] = get_args(Board)
"""The indices beside the stories, each of them one that boards in Kibana read."""

OWNER = "sitrep"
"""The key below ``_meta`` of a mapping or template that says it is ours."""


@dataclass(frozen=True, slots=True)
class Names:
    """Everything in Elasticsearch that one ``SITREP_INDEX`` stands for."""

    read: str

    @property
    def write(self) -> str:
        return f"{self.read}-write"

    @property
    def first(self) -> str:
        return f"{self.read}-v1"

    def board(self, board: Board) -> str:
        return f"{self.read}-{board}"

    @property
    def boards(self) -> tuple[str, ...]:
        return tuple(self.board(board) for board in BOARDS)

    @property
    def stories_template(self) -> str:
        return f"{self.read}-stories"

    @property
    def patterns(self) -> tuple[str, ...]:
        """What the template of the story index applies to: numbered ones, never somebody's ``news-video``."""
        return tuple(f"{self.read}-v{digit}*" for digit in range(1, 10))

    @property
    def all(self) -> tuple[str, ...]:
        return self.read, self.write, self.first, *self.boards


@dataclass(frozen=True, slots=True)
class Found:
    """``stories`` is the index that the aliases stand for or will; the digests are those it was made with."""

    stories: str | None = None
    stories_meta: dict[str, str] | None = None
    missing_aliases: tuple[str, ...] = ()
    boards: dict[str, dict[str, str] | None] = field(default_factory=dict)
    """Name of each board's index that is there, and its digests."""


def owner_mark(meta: Any) -> dict[str, str] | None:
    """Our digests in a ``_meta``, or None if it is not ours."""
    mark = meta.get(OWNER) if isinstance(meta, dict) else None
    return mark if isinstance(mark, dict) else None


def find(names: Names, indices: dict[str, Any], where: str) -> Found:
    """Read ``indices`` (index → its aliases and mappings, all that our names reach).

    Raises ``CannotRun`` for whatever is not ours under our names: it is somebody's data and stays untouched.
    """
    metas = {index: owner_mark(held.get("mappings", {}).get("_meta")) for index, held in indices.items()}
    strangers = [index for index, meta in metas.items() if meta is None or index in (names.read, names.write)]
    if strangers:
        raise CannotRun(
            f"{_reached(names, indices, strangers[0])} at {where} was not made by Sitrep and is left alone; "
            "set SITREP_INDEX to another name"
        )
    stories = sorted(_behind(indices, names.write) or _numbered(names, indices), key=len)
    if len(stories) > 1:
        raise CannotRun(f"{' and '.join(sorted(stories))} at {where} both claim to be the story index; remove one")
    boards = {name: metas[name] for name in names.boards if name in metas}
    if not stories:
        return Found(boards=boards)
    # An alias that stands on another index of ours is about to be moved by whoever makes that index.
    missing = tuple(name for name in (names.read, names.write) if not _behind(indices, name))
    return Found(stories[0], metas[stories[0]], missing, boards)


def _behind(indices: dict[str, Any], alias: str) -> list[str]:
    return [index for index, held in indices.items() if alias in held.get("aliases", {})]


def _numbered(names: Names, indices: dict[str, Any]) -> list[str]:
    return [index for index in indices if re.fullmatch(re.escape(names.read) + r"-v\d+", index)]


def _reached(names: Names, indices: dict[str, Any], index: str) -> str:
    used = [name for name in (names.read, names.write) if name in indices[index].get("aliases", {})]
    return f"the index {index}" + (f" behind the alias {used[0]}" if used else "")
