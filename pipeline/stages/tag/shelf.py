"""Several topics made ready together, so that a story is searched once for the phrases of all."""

from collections.abc import Iterable, Iterator, Sequence

from pipeline.stages.tag.mentions import PhraseBook
from pipeline.stages.tag.rules import Rules, all_groups, rules_of
from pipeline.stages.tag.told import Told
from pipeline.topic import PhraseGroup, Topic


class Shelf:
    """The rules of ``topics``, in their order. Topics with equal rules are searched for once."""

    def __init__(self, topics: Iterable[Topic]) -> None:
        self.rules = tuple(map(rules_of, topics))
        different = tuple({rules.key: rules for rules in self.rules}.values())
        self._columns = tuple(_numbered(different))
        self._book = PhraseBook(*(all_groups(rules.topic) for rules in different))
        self._subjects = PhraseBook(*(_subject_groups(rules.topic) for rules in different))

    def told(self, title: str, text: str) -> Told:
        """The story, ready to be read."""
        return Told(title, text, self._book)

    def mentions(self, story: Told) -> Iterator[tuple[Rules, Sequence[int]]]:
        """For each of the different rules whose subject ``story`` mentions: the places that mention each group."""
        if self._subjects.begins(story.title) or self._subjects.begins(story.text):
            for rules, columns in self._columns:
                places = story.sightings.of(columns)
                if any(places[group] for group in rules.subject):
                    yield rules, places


def _numbered(different: Iterable[Rules]) -> Iterator[tuple[Rules, range]]:
    """Each with its columns in the book of all."""
    first = 0
    for rules in different:
        end = first + len(all_groups(rules.topic))
        yield rules, range(first, end)
        first = end


def _subject_groups(topic: Topic) -> tuple[PhraseGroup, ...]:
    subject = {name for name, _ in topic.subject}
    return tuple(group for group in topic.groups if group.name in subject)
