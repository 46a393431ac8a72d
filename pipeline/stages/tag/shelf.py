"""Several topics made ready together, so that a story is searched once for the phrases of all."""

from collections.abc import Iterable, Iterator

from pipeline.stages.tag.mentions import PhraseBook
from pipeline.stages.tag.rules import Rules, all_groups, rules_of
from pipeline.stages.tag.told import Mentions, Told
from pipeline.topic import PhraseGroup, Topic


class Shelf:
    """The rules of ``topics``, in their order. Topics with equal rules are searched for once."""

    def __init__(self, topics: Iterable[Topic]) -> None:
        self.rules = tuple(map(rules_of, topics))
        self._different = tuple({rules.key: rules for rules in self.rules}.values())
        self._book = PhraseBook(*(all_groups(rules.topic) for rules in self._different))
        self._subjects = PhraseBook(*(_subject_groups(rules.topic) for rules in self._different))

    def mentions(self, story: Told) -> Iterator[tuple[Rules, Mentions]]:
        """All mentions, for each of the different rules whose subject the story mentions."""
        if self._subjects.begins(story.title) or self._subjects.begins(story.text):
            for rules, title, text in zip(
                self._different, self._book.mentions(story.title), self._book.mentions(story.text), strict=True
            ):
                if any(group in rules.subject for group, _, _ in (*title, *text)):
                    yield rules, Mentions(title, text)


def _subject_groups(topic: Topic) -> Iterator[PhraseGroup]:
    subject = {name for name, _ in topic.subject}
    return (group for group in topic.groups if group.name in subject)
