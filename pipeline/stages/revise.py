"""What a new telling does to a story: nothing, a new revision, or a new version of its text."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pipeline.model import ContentSource, Outcome, Removal, Story, TopicScore
from pipeline.stages.clean import Trait
from pipeline.stages.fold import UNSIGNED, Signature
from pipeline.stages.margin import same_but_for_margin

VERSION_GAP = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Telling:
    """What one entry, with or without its page, has to say about a story. ``url`` is canonical.

    ``signature``: of ``text``, by which its copies are found; a telling without one is no copy of any other.
    ``traits``: of the page's lines, by which the lines of its site are counted. ``site_snapshot``: the id of what was
    known of that site when the text was made.
    """

    feed_id: str
    url: str
    title: str
    text: str
    summary: str
    authors: tuple[str, ...]
    language: str | None
    published_at: datetime | None
    content_source: ContentSource
    topics: tuple[TopicScore, ...]
    removed: tuple[Removal, ...]
    rules_digest: str
    signature: Signature = UNSIGNED
    traits: tuple[Trait, ...] = ()
    site_snapshot: str | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A telling with the text that the story has. ``until``: when the new text may be told; ``None``: it is no news."""

    telling: Telling
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Revision:
    """The story after a telling. ``changed``: the document differs, ``new_version``: so does its text."""

    story: Story
    outcome: Outcome
    changed: bool
    new_version: bool


def begin(story_id: str, telling: Telling, now: datetime) -> Revision:
    """The first telling of a story."""
    story = Story(
        id=story_id,
        url=telling.url,
        title=telling.title,
        text=telling.text,
        summary=telling.summary,
        authors=telling.authors,
        language=telling.language,
        sources=(telling.feed_id,),
        published_at=telling.published_at,
        first_seen_at=now,
        updated_at=now,
        version=1,
        revision=1,
        content_source=telling.content_source,
        cluster_id=story_id,
        topics=telling.topics,
    )
    return Revision(story, "created", changed=True, new_version=True)


def revise(old: Story, telling: Telling, now: datetime) -> Revision:
    """A further telling. The text of a page is never replaced by the words of a feed.

    The feed that brought the story first speaks for its metadata; any other only adds itself to ``sources``.
    """
    told = old
    if telling.feed_id not in told.sources:
        told = replace(told, sources=(*told.sources, telling.feed_id))
    if telling.content_source == "page" or old.content_source == "feed":
        told = _retell(told, telling)
    if told == old:
        return Revision(old, "unchanged", changed=False, new_version=False)
    content_changed = replace(told, sources=old.sources) != old
    new_version = told.text != old.text
    told = replace(
        told,
        revision=old.revision + 1,
        version=old.version + new_version,
        updated_at=now if content_changed else old.updated_at,
    )
    return Revision(told, "updated" if content_changed else "unchanged", changed=True, new_version=new_version)


def held_back(old: Story, telling: Telling, version_at: datetime, same_rules: bool, now: datetime) -> Held | None:
    """What of a known story's new telling has to wait, if its text differs; ``None``: nothing.

    ``version_at``: when the present text was told. Dates and counters that move by themselves (``same_rules``: it was
    told by the same rules, so the page moved, not the cleaning) are no new text at all. Else a story gets one version
    an hour, so that a page which changes with every look does not fill the ledger; a page's text in the place of the
    feed's words does not wait.
    """
    if telling.content_source != old.content_source or telling.text in ("", old.text):
        return None
    kept = replace(telling, text=old.text, topics=old.topics)
    if same_rules and same_but_for_margin(old.text, telling.text):
        return Held(kept, None)
    due = version_at + VERSION_GAP
    return Held(kept, due) if now < due else None


def join(old: Story, feed_id: str) -> Revision:
    """A feed lists a story that another one has brought: it becomes one more source."""
    if feed_id in old.sources:
        return Revision(old, "unchanged", changed=False, new_version=False)
    story = replace(old, sources=(*old.sources, feed_id), revision=old.revision + 1)
    return Revision(story, "unchanged", changed=True, new_version=False)


def _retell(old: Story, telling: Telling) -> Story:
    first = telling.feed_id == old.sources[0]
    if not first and telling.content_source == old.content_source == "feed":
        return old
    return replace(
        old,
        title=telling.title or old.title,
        text=telling.text or old.text,
        summary=telling.summary if first else old.summary,
        authors=telling.authors or old.authors,
        language=telling.language or old.language,
        published_at=telling.published_at if first and telling.published_at else old.published_at,
        content_source=telling.content_source,
        topics=telling.topics,
    )
