"""Records to JSON columns and back. Times become ISO 8601 text, tuples become lists."""

from typing import Any

from pydantic import TypeAdapter

from pipeline.model import Entry, Removal, TopicScore

_entry = TypeAdapter(Entry)
_topics = TypeAdapter(tuple[TopicScore, ...])
_removed = TypeAdapter(tuple[Removal, ...])


def entry_to_json(entry: Entry) -> dict[str, Any]:
    return dict(_entry.dump_python(entry, mode="json"))


def entry_from_json(value: dict[str, Any]) -> Entry:
    return _entry.validate_python(value)


def topics_to_json(topics: tuple[TopicScore, ...]) -> list[Any]:
    return list(_topics.dump_python(topics, mode="json"))


def topics_from_json(value: list[Any]) -> tuple[TopicScore, ...]:
    return _topics.validate_python(value)


def removed_to_json(removed: tuple[Removal, ...]) -> list[Any]:
    return list(_removed.dump_python(removed, mode="json"))


def removed_from_json(value: list[Any]) -> tuple[Removal, ...]:
    return _removed.validate_python(value)
