"""A topic as the text of its file."""

from typing import Any

import yaml

from pipeline.topic import Line, Topic

HEAD = """# A first version, made out of one story by: sitrep topic new
# Read it: take out what is no mark of the topic, add spellings and what speaks against it ("against", see the other
# topics). Then: sitrep check-config, and with graded stories: sitrep topic test {id} --labels FILE

"""
KINDS = {"actors": "actors", "places": "places", "parties": "actors", "terms": "acts"}
"""Under which kind a group of a drafted topic stands."""


def topic_text(topic: Topic) -> str:
    """The YAML of a drafted topic; ``check_topics`` reads it back as the same rules."""
    groups: dict[str, dict[str, list[str]]] = {}
    for group in topic.groups:
        groups.setdefault(KINDS[group.name], {})[group.name] = list(group.phrases)
    document: dict[str, Any] = {
        "name": topic.name,
        "description": topic.description,
        "threshold": topic.threshold,
        "references": [{"title": story.title, "text": story.text} for story in topic.references],
        "groups": groups,
        "subject": _line(topic.subject),
        "together": [_line(line) for line in topic.together],
    }
    body: str = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)
    return HEAD.format(id=topic.id) + body


def _line(line: Line) -> dict[str, float]:
    return dict(line)
