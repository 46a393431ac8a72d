"""The filters: one JSON object a line in, one out. A line that cannot be answered says why and stops nothing.

The process that reads and writes the lines imports this too, and only to name what workers do: so the stages, and numpy
with them, are imported where they are called.
"""

import re
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib import import_module
from typing import Any

from pipeline.adapters.local_files import Unreadable
from pipeline.adapters.worker_process import start_ahead
from pipeline.adapters.workers import Workers
from pipeline.config.topics import load_topics
from pipeline.flows.checked_rules import load_rules
from pipeline.flows.item import Answer, BadLine, Item, as_line, content_of, identity_of, read_item, text_of
from pipeline.flows.line_stream import Answers, Batch, Line, LineStream
from pipeline.flows.stream_memory import StreamMemory, noted
from pipeline.model import Entry, Removal, TopicScore
from pipeline.stages.document import iso

MAX_PAGE = 15_000_000
MAX_FEED = 10_000_000
"""Bytes, as for what comes over the network."""
LONGEST_REASON = 300
THIS = "pipeline.flows.filters"
NOTE = "note"
"""The key under which an answer function hands bytes to ``in_turn``; they are no part of the answer."""
CHARSET = re.compile(r";\s*charset\s*=[^;]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Filter:
    """What one filter does.

    ``answer`` gives the fields of an item's answer but ``id``, with the help of what ``equipment`` has loaded in the
    parent (``ConfigError`` names every mistake). ``limit``: seconds for the items of one call, ``batch`` at most.
    ``preload``: modules that its workers share. ``answer`` must be importable by its module's name.
    """

    answer: Callable[[Item, Any], Answer]
    equipment: Callable[[], Any] = lambda: None
    limit: float = 30.0
    batch: int = 1
    preload: tuple[str, ...] = (THIS,)
    in_turn: Callable[[], Callable[[bytes], bytes]] = lambda: _as_it_is
    """Makes what each answer goes through at last, one after the other in their order, in the parent."""


def _as_it_is(answer: bytes) -> bytes:
    return answer


def run_filter(chosen: Filter, read: Callable[[int], bytes], jobs: int) -> Generator[Answers]:
    """The answers to the lines that ``read`` gives (as ``os.read`` would), in their order, as soon as they are there.

    Each ends with a newline. Raises ``ConfigError`` before the first read, and what ``read`` raises.
    """
    start_ahead(chosen.preload)
    equipment = chosen.equipment()
    with Workers(
        jobs,
        limit=chosen.limit,
        preload=chosen.preload,
        initializer=_equip,
        initargs=(chosen.preload, chosen.answer, equipment),
    ) as workers:
        in_turn = chosen.in_turn()
        for answers in LineStream(read, workers, answer_batch, refuse, jobs=jobs, batch=chosen.batch):
            yield tuple(map(in_turn, answers))


# In the workers

_answer: Callable[[Item, Any], Answer]
_equipment: Any


def _equip(preload: tuple[str, ...], answer: Callable[[Item, Any], Answer], equipment: Any) -> None:
    """What all workers share this one has already, unless it was forked from another program's process."""
    global _answer, _equipment
    for module in preload:
        import_module(module)
    _answer, _equipment = answer, equipment


def answer_batch(batch: Batch) -> Answers:
    """One line of JSON for each line."""
    return tuple(map(_answer_line, batch))


def refuse(line: Line, reason: str) -> bytes:
    """The answer to a line that could not be worked on."""
    identity = None
    with suppress(BadLine):  # then nobody knows whose answer this is
        identity = identity_of(read_item(line))
    return as_line({"id": identity, "error": reason[:LONGEST_REASON]})


def _answer_line(line: Line) -> bytes:
    identity = None
    try:
        item = read_item(line)
        identity = identity_of(item)
        answer = _answer(item, _equipment)
        note: bytes = answer.pop(NOTE, b"")
        return as_line({"id": identity, **answer}) + note
    except (BadLine, Unreadable) as error:
        reason = str(error)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
    return as_line({"id": identity, "error": reason[:LONGEST_REASON]})


# The filters


def _extract(item: Item, rules: Any) -> Answer:
    from pipeline.stages.clean import site_of
    from pipeline.stages.prepare import prepare

    begun = time.perf_counter()
    url = text_of(item, "url")
    html, is_utf_8 = content_of(item, "html", MAX_PAGE)
    prepared = prepare(html, url, "utf-8" if is_utf_8 else None, "", rules, ())
    article = prepared.article
    return {
        "title": article.title,
        "text": article.text,
        "authors": article.authors,
        "published_at": iso(article.published_at) if article.published_at else None,
        "language": article.language,
        "removed": _removals(article.removed),
        "seconds": round(time.perf_counter() - begun, 6),
        NOTE: noted(site_of(url), prepared.traits),
    }


def _clean(item: Item, rules: Any) -> Answer:
    from pipeline.stages.clean import clean

    cleaned = clean(text_of(item, "text"), rules)
    return {"text": cleaned.text, "removed": _removals(cleaned.removed)}


def _tag(item: Item, topics: Any) -> Answer:
    from pipeline.stages.tag import tag

    shown: dict[int, list[Item]] = {}
    scores = tag(text_of(item, "title"), text_of(item, "text"), topics)
    return {"topics": [_score(score, shown) for score in scores]}


def _score(score: TopicScore, shown: dict[int, list[Item]]) -> Item:
    """``shown``: phrases made ready once for all topics that share them; ``asdict`` costs more than the tagging."""
    for phrases in (score.evidence, score.against):
        if id(phrases) not in shown:
            shown[id(phrases)] = [
                {"phrase": part.phrase, "field": part.field, "start": part.start, "end": part.end} for part in phrases
            ]
    return {
        "topic": score.topic,
        "score": score.score,
        "tagged": score.tagged,
        "evidence": shown[id(score.evidence)],
        "against": shown[id(score.against)],
        "rules": score.rules,
    }


def _parse_feed(item: Item, _: Any) -> Answer:
    from pipeline.stages.parse_feed import parse_feed

    url = text_of(item, "url")
    headers = _headers(item.get("headers", {}))
    body, is_utf_8 = content_of(item, "body", MAX_FEED)
    feed = parse_feed(body, url, _as_utf_8(headers) if is_utf_8 else headers)
    return {"error": feed.error, "format": feed.format, "title": feed.title, "entries": list(map(_entry, feed.entries))}


def _removals(removed: tuple[Removal, ...]) -> list[dict[str, str]]:
    return [asdict(removal) for removal in removed]


def _entry(entry: Entry) -> dict[str, Any]:
    return asdict(entry) | {
        "published_at": iso(entry.published_at) if entry.published_at else None,
        "updated_at": iso(entry.updated_at) if entry.updated_at else None,
    }


def _headers(value: Any) -> Mapping[str, str]:
    if not isinstance(value, dict) or not all(isinstance(header, str) for header in value.values()):
        raise BadLine("headers must be an object of strings")
    return value


def _as_utf_8(headers: Mapping[str, str]) -> Mapping[str, str]:
    """A body that came as text has lost the charset it once had."""
    kinds = {name: value for name, value in headers.items() if name.lower() == "content-type"}
    kinds = kinds or {"content-type": "application/xml"}
    return {**headers, **{name: f"{CHARSET.sub('', value)}; charset=utf-8" for name, value in kinds.items()}}


def _topics() -> Any:
    from pipeline.settings import load_settings

    return load_topics(load_settings().topics)


EXTRACT = Filter(
    _extract,
    load_rules,
    limit=60.0,
    preload=(THIS, "pipeline.stages.prepare", "trafilatura", "htmldate", "pipeline.flows.shared_by_workers"),
    in_turn=StreamMemory,
)
CLEAN = Filter(_clean, load_rules, batch=16, preload=(THIS, "pipeline.flows.shared_rules"))
TAG = Filter(_tag, _topics, batch=16, preload=(THIS, "pipeline.flows.shared_topics"))
PARSE_FEED = Filter(_parse_feed, preload=(THIS, "pipeline.stages.parse_feed", "feedparser"))
