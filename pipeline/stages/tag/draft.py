"""A first topic out of one story: the names and words in it that news at large seldom has."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.stages.tag.background import Background
from pipeline.stages.tag.likeness import COMMON_WORDS
from pipeline.stages.tag.words import Words, fold
from pipeline.topic import PhraseGroup, Reference, Topic

TOKEN = re.compile(r"[^\W_][\w’'-]*|[.!?:;,()\n“”\"]")
ENDS_SENTENCE = frozenset('.!?:\n“”"')
_BEFORE_PLACES = "in at near from across into toward towards outside inside around through"
PLACE_BEFORE = frozenset(_BEFORE_PLACES.split())
PLACE_SHARE = 0.4
COMMON_NAME = 0.01
"""A name in more than this share of news at large sets no topic apart; it can only be one of the parties."""
MOST_NAMES, MOST_PARTIES, MOST_TERMS = 15, 10, 60
SHORTEST_TERM = 4
RARE_ENOUGH = 0.15
LONGEST_NAME = 4
ENDINGS = ("s", "es", "ed", "ing")
_CALENDAR = """
monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september
october november december
"""
NO_NAMES = COMMON_WORDS | frozenset(_CALENDAR.split())


@dataclass(slots=True)
class _Sightings:
    """How a name stands in the story."""

    times: int = 0
    as_place: int = 0


def draft(topic_id: str, title: str, text: str, background: Background) -> Topic | None:
    """A topic file's first version, to be read and mended by somebody who knows; None where nothing stands out.

    What sets it apart are names that are rare in news at large; common names (the parties) and telling words must come
    with them. Names that follow "in", "near", "from" are taken for places.
    """
    names, terms = _names(text), _terms(title, text, background)
    rare = [name for name in names if _share(name, background) <= COMMON_NAME][:MOST_NAMES]
    parties = [name for name in names if name not in rare][:MOST_PARTIES]
    places = [name for name in rare if names[name].as_place >= PLACE_SHARE * names[name].times]
    groups = {
        "actors": [name for name in rare if name not in places],
        "places": places,
        "parties": parties,
        "terms": terms,
    }
    groups = _apart(groups)
    subject = tuple((name, weight) for name, weight in (("actors", 1.0), ("places", 0.8)) if groups[name])
    if not subject or not groups["terms"]:
        return None
    with_them = tuple(
        (name, weight) for name, weight in (("parties", 1.0), ("actors", 0.8), ("places", 0.8)) if groups[name]
    )
    return Topic(
        id=topic_id,
        name=title[:200],
        description=f"Stories like this one: {title[:200]}",
        threshold=0.5,
        references=(Reference(title, text),),
        groups=tuple(PhraseGroup(name, tuple(found)) for name, found in groups.items() if found),
        subject=subject,
        together=(with_them, (("terms", 1.0),)),
        against=(),
    )


def _names(text: str) -> dict[str, _Sightings]:
    """Runs of capitalised words inside sentences, the most frequent first, each with how it stands there."""
    found: dict[str, _Sightings] = defaultdict(_Sightings)
    for before, run in _runs(text):
        sighting = found[" ".join(run)]
        sighting.times += 1
        sighting.as_place += before in PLACE_BEFORE
    ranked = sorted(found.items(), key=lambda item: -item[1].times)
    return dict(ranked)


def _runs(text: str) -> Iterator[tuple[str, list[str]]]:
    """Capitalised words in a row, without what begins a sentence, and the word before them."""
    run: list[str] = []
    before, last, begins = "", "", True
    for token in TOKEN.findall(text):
        word = re.sub(r"[’']s?$", "", token)
        if word[:1].isupper() and not begins and fold(word) not in NO_NAMES:
            before = last if not run else before
            run.append(word)
        elif run:
            yield before, run[:LONGEST_NAME]
            run = []
        begins = token in ENDS_SENTENCE
        last = fold(token)
        if token != word and run:  # a genitive ends a name
            yield before, run[:LONGEST_NAME]
            run = []
    if run:
        yield before, run[:LONGEST_NAME]


def _terms(title: str, text: str, background: Background) -> list[str]:
    """Words of the story that it writes small, the most telling first, each followed by its other forms."""
    written = Counter(token for token in TOKEN.findall(f"{title}\n{text}") if token.islower() and token.isalpha())
    weights = {
        word: count * background.rarity(fold(word))
        for word, count in written.items()
        if len(word) >= SHORTEST_TERM
        and fold(word) not in COMMON_WORDS
        and background.rarity(fold(word)) >= RARE_ENOUGH
    }
    best = sorted(weights, key=lambda word: (-weights[word], word))[:MOST_TERMS]
    return list(dict.fromkeys(form for word in best for form in (word, *_other_forms(word, background))))


def _other_forms(word: str, background: Background) -> Iterator[str]:
    """Inflections of an English word that news at large knows."""
    stems = {word, *(word.removesuffix(ending) for ending in ENDINGS if len(word) - len(ending) >= SHORTEST_TERM)}
    for form in sorted({stem + ending for stem in stems for ending in ("", *ENDINGS)} - {word}):
        if background.counts.get(form):
            yield form


def _share(name: str, background: Background) -> float:
    """Of a name of several words, the rarest word says how common it is."""
    return min((background.share(form) for form in Words(name).forms), default=1.0)


def _apart(groups: dict[str, list[str]]) -> dict[str, list[str]]:
    """No phrase in two groups: the first keeps it."""
    taken: set[str] = set()
    kept: dict[str, list[str]] = {}
    for group, phrases in groups.items():
        keys = {_key(phrase): phrase for phrase in reversed(phrases)}
        kept[group] = [phrase for key, phrase in reversed(keys.items()) if key and key not in taken]
        taken |= keys.keys()
    return kept


def _key(phrase: str) -> str:
    return " ".join(Words(phrase).forms)
