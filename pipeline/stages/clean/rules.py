"""What a boilerplate rule is, and which rules know a line."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Literal, get_args

from pipeline.stages.clean.folded import fold, in_brackets
from pipeline.stages.clean.matcher import compiled, ends_of, matcher

Place = Literal["anywhere", "below", "opening", "ending", "onward", "line-end"]
PLACES: tuple[Place, ...] = get_args(Place)
NOT_STORY = "not-story"
"""The id under which a line goes that extraction left out of a page's text and no rule knows."""
LONGEST_END = 300
"""Characters that a rule for ends of lines may cut."""
LONGEST_LINE = 450
"""Characters. A longer line is a paragraph of the story: no rule looks at it."""
SAMPLE = 400
"""Words of a text that are looked at to tell its languages …"""
SHARE = 0.08
"""… and the share of them that are commonest words of one it is in. They make a fifth of most texts."""
LEAST = 3
"""Such words in a short text. One alone may be part of a name."""
LETTERS = 3
"""So many letters that another language does not have tell one."""
_BEYOND_LATIN = re.compile("[\u0370-\u1fff\u3000-\ud7ff]")


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of boilerplate line.

    ``patterns`` are RE2 expressions, each matched against a whole folded line, case aside.
    ``place`` says where such a line is boilerplate: ``anywhere``; ``below`` the first line of prose; in the ``opening``
    (before that line); in the ``ending`` (after the last line of prose); ``onward``: the line itself and, once the
    story has begun, all that follows; ``line-end``: only the matching end of a line is cut off.
    ``and_next`` is how many headlines below the line go with it. ``linked`` keeps the rule to lines that are one link.
    ``joins``: its lines stand in forms and bars, so below the story a line or two between two of them goes, too.
    ``language``: code of that of its lines where it is not English.
    """

    id: str
    place: Place
    patterns: tuple[str, ...]
    and_next: int = 0
    linked: bool = False
    joins: bool = False
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Language:
    """A language that has rules of its own beside English, and what tells it.

    ``letters``: an RE2 class of letters that languages near it do not have. Without such,
    ``signs``: some of its commonest words, in small letters, none of them common in English.
    """

    code: str
    letters: str = ""
    signs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rules:
    """All rules in their order: the first that matches a line gives the reason for its removal."""

    rules: tuple[Rule, ...] = ()
    digest: str = ""
    """sha256 of what the rules mean, unless given; examples and comments do not change it."""
    languages: tuple[Language, ...] = ()

    def __post_init__(self) -> None:
        if self.digest:
            return
        meaning = json.dumps([asdict(one) for one in self.rules + self.languages], ensure_ascii=False, sort_keys=True)
        object.__setattr__(self, "digest", hashlib.sha256(meaning.encode()).hexdigest())

    def __reduce__(self) -> tuple[Any, ...]:
        # Automata cannot be pickled; a worker has those of shared rules already, or builds its own.
        return _received, (self.rules, self.digest, self.languages)

    @cached_property
    def line_ends(self) -> tuple[Rule, ...]:
        """The rules that cut a line instead of dropping it."""
        return tuple(rule for rule in self.rules if rule.place == "line-end")

    def may_end(self, line: str) -> bool:
        """Can one of ``line_ends`` cut this line? One look for all of them, since hardly a line is cut."""
        return bool(self.line_ends) and self._ends.Match(line[-LONGEST_END:]) is not None

    @cached_property
    def _ends(self) -> Any:
        return ends_of(tuple(pattern for rule in self.line_ends for pattern in rule.patterns))

    def languages_in(self, lines: Iterable[str]) -> frozenset[str]:
        """Codes of the languages, English aside, that a text of these lines uses."""
        text = " ".join(lines)
        words = text.casefold().split(maxsplit=SAMPLE)[:SAMPLE]
        used = Counter(code for word in words for code in self._languages_of.get(word, ()))
        by_signs = {code for code, count in used.items() if count >= max(LEAST, SHARE * len(words))}
        if _BEYOND_LATIN.search(text) is None:
            return frozenset(by_signs)
        return frozenset(by_signs | {code for code, letters in self._by_letters if letters.search(text)})

    def matching(self, line: str, languages: Collection[str] | None = None) -> tuple[Rule, ...]:
        """The rules that know this line, in their order, wherever they apply.

        Beside those for English only the rules for these ``languages`` are asked, or all.
        """
        if len(line) > LONGEST_LINE:
            return ()
        folded = fold(line)
        asked = self._codes if languages is None else languages
        known = self._known(folded, asked) if folded else ()
        if not known and (inner := in_brackets(folded)):
            known = self._known(inner, asked)
        return tuple([self.rules[number] for number in sorted(known)])

    def _known(self, folded: str, languages: Collection[str]) -> tuple[int, ...]:
        known = self._known_to(None)(folded)
        for code in languages:
            known += self._known_to(code)(folded)
        return known

    @cached_property
    def _codes(self) -> tuple[str, ...]:
        return tuple(language.code for language in self.languages)

    @cached_property
    def _by_letters(self) -> tuple[tuple[str, Any], ...]:
        some = [(one.code, f"(?s:(?:{one.letters}.*?){{{LETTERS}}})") for one in self.languages if one.letters]
        return tuple((code, compiled(expression)) for code, expression in some)

    def _known_to(self, code: str | None) -> Callable[[str], tuple[int, ...]]:
        """Made when the language is met for the first time: most sites have none but English."""
        if code not in self._matchers:
            self._matchers[code] = matcher(
                tuple(
                    (pattern, number)
                    for number, rule in enumerate(self.rules)
                    if rule.place != "line-end" and rule.language == code
                    for pattern in rule.patterns
                ),
                at_once=code is None,
            )
        return self._matchers[code]

    @cached_property
    def _matchers(self) -> dict[str | None, Callable[[str], tuple[int, ...]]]:
        return {}

    @cached_property
    def _languages_of(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for language in self.languages:
            for word in language.signs:
                found.setdefault(word, []).append(language.code)
        return found


NO_RULES = Rules()
_shared: dict[str, Rules] = {}


def share(rules: Rules) -> None:
    """Rules of this meaning that are sent to this process, or to one forked from it, will be these."""
    _shared[rules.digest] = rules


def _received(rules: tuple[Rule, ...], digest: str, languages: tuple[Language, ...]) -> Rules:
    return _shared.get(digest) or Rules(rules, digest, languages)
