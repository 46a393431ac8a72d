"""``topic new``: a first topic file out of one story."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from pipeline.adapters.file_swap import replace_file
from pipeline.config.background import load_background
from pipeline.config.topic_record import topic_text
from pipeline.config.topics import ID, check_topics
from pipeline.errors import CannotRun, ConfigError, UnknownItem
from pipeline.flows.topic_story import read_story
from pipeline.settings import Settings
from pipeline.stages.tag import tag
from pipeline.stages.tag.draft import draft
from pipeline.topic import Topic


@dataclass(frozen=True, slots=True)
class NewTopic:
    """``score``: what the story it was made from gets. ``text`` is what stands, or would stand, in ``file``."""

    topic: Topic
    file: Path
    text: str
    score: float
    written: bool


def new_topic(settings: Settings, topic_id: str, place: str, *, dry_run: bool = False) -> NewTopic:
    """Write ``ID.yaml`` into the folder of topics. Raises ``ConfigError`` for a wrong or taken id."""
    file = _file(settings.topics, topic_id)
    story = read_story(settings, place)
    topic = draft(topic_id, story.title, story.text, load_background())
    if topic is None:
        raise UnknownItem(f"{place}: nothing in it stands out from other news: no rare names, or no words besides")
    text = topic_text(topic)
    topic = _proved(topic_id, text)
    if not dry_run:
        _write(file, text)
    return NewTopic(topic, file, text, tag(story.title, story.text, (topic,))[0].score, written=not dry_run)


def _file(topics: Path, topic_id: str) -> Path:
    if not ID.fullmatch(topic_id):
        raise ConfigError(["ID: must be a slug of a-z, 0-9 and '-', at most 64 long"])
    folder = topics.parent if topics.is_file() else topics
    file = folder / f"{topic_id}.yaml"
    if file.exists():
        raise ConfigError([f"ID: there is a topic {topic_id} already: {file}"])
    return file


def _proved(topic_id: str, text: str) -> Topic:
    """The topic as its file will be read."""
    with tempfile.TemporaryDirectory() as folder:
        trial = Path(folder) / f"{topic_id}.yaml"
        trial.write_text(text, encoding="utf-8")
        topics, problems = check_topics(trial)
    if problems:
        raise UnknownItem("\n".join(("no topic can be made of this story:", *problems)))
    return topics[0]


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        replace_file(file, text.encode())
    except OSError as error:
        raise CannotRun(f"cannot write {file} ({error.strerror}); nothing was changed") from None
