"""Everything known of one story: where it came from, what was taken off, why it is tagged, and where it is now."""

import difflib
import re
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from pipeline.adapters.ledger import bands, clusters, entries, outbox, runs, stories
from pipeline.adapters.ledger.database import Connection, Ledger
from pipeline.errors import UnknownItem
from pipeline.model import Removal, Story, TopicScore
from pipeline.settings import Settings
from pipeline.stages.document import document, iso
from pipeline.stages.fold import nearest
from pipeline.stages.identify import canonical_url, story_id

MAX_COMPARED = 4_000_000
"""Pairs of words: comparing more of them takes seconds."""
MAX_MEMBERS = 100
"""Stories of one cluster that are shown, in the order in which they arrived."""
ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Explanation:
    """The parts as ``explain`` prints them; ``story`` is None where an entry never became one.

    ``cluster`` is empty where the story has no copy; ``--json``, whose keys are fixed, leaves it out.
    """

    story: dict[str, Any] | None
    entries: list[dict[str, Any]]
    fetches: list[dict[str, Any]]
    versions: list[dict[str, Any]]
    removed: list[dict[str, str]]
    topics: list[dict[str, Any]]
    cluster: list[dict[str, Any]]
    delivery: dict[str, Any]


def explain(settings: Settings, wanted: str, *, diff: bool = False) -> Explanation:
    """Look up a story by its id or any URL that leads to it. Raises ``UnknownItem``."""
    with Ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        url = canonical_url(wanted)
        url_id = wanted if ID.fullmatch(wanted) else story_id(url) if url else None
        if url_id is None:
            raise UnknownItem(f"{wanted}: neither a story's id (32 hexadecimal digits) nor an http or https URL")
        story = stories.load(connection, stories.behind_url(connection, url_id) or url_id)
        rows = entries.explained(connection, story=story.id if story else None, url_id=url_id)
        if story is None and not rows:
            raise UnknownItem(f"{wanted}: no story and no entry is known under it")
        told = stories.versions_of(connection, story.id) if story else []
        return Explanation(
            story=document(story, clusters.copies_of(connection, [story]).get(story.id)) if story else None,
            entries=[_plain(row) for row in rows],
            fetches=_fetches(connection, rows),
            versions=_versions(told, diff=diff),
            removed=[asdict(removal) for removal in told[-1][1]] if told else [],
            topics=[_topic(score) for score in story.topics] if story else [],
            cluster=_cluster(connection, story, timedelta(days=settings.copy_window_days)) if story else [],
            delivery=_plain(outbox.delivery_of(connection, story.id)) if story else {},
        )


def _fetches(connection: Connection, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [_plain(row) for row in runs.fetches_of(connection, [row["id"] for row in rows])]


def _versions(told: list[tuple[dict[str, Any], tuple[Removal, ...]]], *, diff: bool) -> list[dict[str, Any]]:
    """Each version with what it holds; with ``diff``, the words that changed since the one before."""
    shown: list[dict[str, Any]] = []
    before = ""
    for version, removed in told:
        row = _plain(version) | {"removed": [asdict(removal) for removal in removed]}
        if diff and shown:
            row["diff"] = _changes(before, version["text"])
        shown.append(row)
        before = version["text"]
    return shown


def _changes(before: str, after: str) -> list[str]:
    """Runs of words that went (``-``) and came (``+``), in their order in the text."""
    old, new = before.splitlines(), after.splitlines()
    changes: list[str] = []
    for change, *span in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if change != "equal":
            changes += _words_changed(_words_of(old[span[0] : span[1]]), _words_of(new[span[2] : span[3]]))
    return changes


def _words_of(lines: list[str]) -> list[str]:
    return [word for line in lines for word in line.split()]


def _words_changed(old: list[str], new: list[str]) -> list[str]:
    """Within paragraphs that differ; of paragraphs that are too long to compare, the whole."""
    if len(old) * len(new) > MAX_COMPARED:
        return [f"-{' '.join(old)}", f"+{' '.join(new)}"]
    runs: list[str] = []
    for change, *span in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, come = old[span[0] : span[1]], new[span[2] : span[3]]
        if change != "equal":
            runs += [f"{sign}{' '.join(words)}" for sign, words in (("-", gone), ("+", come)) if words]
    return runs


def _topic(score: TopicScore) -> dict[str, Any]:
    return {
        "topic": score.topic,
        "score": score.score,
        "tagged": score.tagged,
        "evidence": [asdict(found) for found in score.evidence],
        "against": [asdict(found) for found in score.against],
        "rules": score.rules,
    }


def _cluster(connection: Connection, story: Story, window: timedelta) -> list[dict[str, Any]]:
    """All with this text, and what each is to the earlier one that it is most like: its copy or an update of it.

    The first is ``new``; so is one that only a third story, which is like both, has brought here.
    """
    members = bands.mates(connection, "", story.cluster_id, MAX_MEMBERS)
    if len(members) < 2:
        return []
    told = stories.load_many(connection, [member.story_id for member in members])
    rows = []
    for number, member in enumerate(members):
        place, likeness = nearest(member.imprint, [earlier.imprint for earlier in members[:number]], window)
        row = _plain({name: getattr(told[member.story_id], name) for name in ("id", "url", "sources", "first_seen_at")})
        like = members[place].story_id if place is not None else None
        rows.append(row | {"relation": likeness.relation, "similarity": round(likeness.similarity, 3), "like": like})
    return rows


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: iso(value) if isinstance(value, datetime) else value for name, value in row.items()}
