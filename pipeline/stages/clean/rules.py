"""What a boilerplate rule is, and which rules know a line.

Patterns are RE2: matching takes time linear in the line, whatever an operator writes, so no rule can hang a worker.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache, cached_property, lru_cache
from typing import Any, Literal, get_args

import re2

from pipeline.stages.clean.beginnings import beginning, ending

Place = Literal["anywhere", "below", "opening", "ending", "onward", "line-end"]
PLACES: tuple[Place, ...] = get_args(Place)
NOT_STORY = "not-story"
"""The id under which a line goes that extraction left out of a page's text and no rule knows."""
LONGEST_END = 300
"""Characters that a rule for ends of lines may cut."""
REMEMBERED = 60
"""Characters. What stands around the stories of a site comes back on each of its pages, in shorter lines than these."""
LONGEST_LINE = 450
"""Characters. A longer line is a paragraph of the story: no rule looks at it."""

_BUDGETS = (1 << 16, 1 << 18, 1 << 20)
"""Bytes for one expression; what cannot be made with the last is refused."""
_UNSEEN = "\u200b\u200e\u200f\u00ad\ufeff\ufe0f"
_QUOTES = tuple(zip("‘’ʼ“”„«»", "'''" + '"' * 5, strict=True))
_BULLETS = " \t•·▪■●○◆◇►▶▷➤➡→⟶➜»›>*–—-|_👉☞‣⁃▸‹←◄◀▲△↑▼▽↓⬇★☆⭐✦✉☎✔✅❗⚡🔴🟢🔵🎧🎙🔊🔉📷📸🎥📹📺📰🗞📖📍📢📣🔔🔗🔒☕💬👇👆"
_ARROWS = " \t»›>→➡➜⟶⇒►▶➤▸▷▾▼↓↑↩↗⤢*|_"
_SEPARATORS = re.compile("[➜➔⟶⇒→➡▸►▶▷➤❯]")
"""Between a label and its headline: each is made the plainest of them."""
SAMPLE = 1000
"""Words of a text that are looked at to tell its languages …"""
SHARE = 0.005
"""… and the share of them that are commonest words of one it is in. They make a fifth of most texts."""
LETTERS = 5
"""So many letters that another language does not have tell one."""
# Begins with almost anything, any number of times.
_LOOSE = re.compile(r"(?:(?:\.|\[\^[^\]\\]+\])(?:[*+]|\{[\d,]+\}))+(?![?+*{])")


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
        # Automata cannot be pickled; a worker has those of the same patterns already, or builds its own.
        return Rules, (self.rules, self.digest, self.languages)

    @cached_property
    def line_ends(self) -> tuple[Rule, ...]:
        """The rules that cut a line instead of dropping it."""
        return tuple(rule for rule in self.rules if rule.place == "line-end")

    def may_end(self, line: str) -> bool:
        """Can one of ``line_ends`` cut this line? One look for all of them, since hardly a line is cut."""
        return bool(self.line_ends) and self._ends.Match(line[-LONGEST_END:]) is not None

    @cached_property
    def _ends(self) -> Any:
        return _ends(tuple(pattern for rule in self.line_ends for pattern in rule.patterns))

    def languages_in(self, lines: Iterable[str]) -> frozenset[str]:
        """Codes of the languages, English aside, that a text of these lines uses."""
        text = " ".join(lines)
        words = text.casefold().split(maxsplit=SAMPLE)[:SAMPLE]
        used = Counter(code for word in words for code in self._languages_of.get(word, ()))
        by_signs = {code for code, count in used.items() if count >= SHARE * len(words)}
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
        return tuple([self.rules[number] for number in known])

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
            self._matchers[code] = _matcher(
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


def fold(line: str) -> str:
    """The line as patterns see it: plain quotes and blanks, no bullet before it, no arrow behind it."""
    if line.isascii():
        return " ".join(line.split()).lstrip(_BULLETS).rstrip(_ARROWS)
    # Replacing one by one is many times faster than a table, which looks at every character by itself.
    for unseen in _UNSEEN:
        line = line.replace(unseen, "")
    line = " ".join(line.split()).lstrip(_BULLETS).rstrip(_ARROWS)
    if ("«" in line) != ("»" in line):  # no quotation mark: an arrow
        line = line.lstrip("« ").replace("»", "›")
    for quote, plain in _QUOTES:
        line = line.replace(quote, plain)
    return _SEPARATORS.sub("›", line)


def in_brackets(line: str) -> str | None:
    """What stands between the brackets around all of the line: "[Subscribe here]"."""
    if line[:1] + line[-1:] not in ("[]", "()") or "(" in line[1:] or "[" in line[1:]:
        return None
    return line[1:-1].strip(_BULLETS).rstrip(_ARROWS) or None


@lru_cache(maxsize=2)
def _ends(patterns: tuple[str, ...]) -> Any:
    return any_of([f"(?:{pattern})$" for pattern in patterns])


def any_of(patterns: Iterable[str], max_mem: int = 1 << 20) -> Any:
    """An automaton whose ``Match(text)`` tells the numbers of the patterns that are somewhere in the text, if any."""
    automaton = re2.Set.SearchSet(_options(max_mem))
    for pattern in patterns:
        automaton.Add(pattern)
    automaton.Compile()
    return automaton


@lru_cache(maxsize=32)
def _matcher(patterns: tuple[tuple[str, int], ...], at_once: bool) -> Callable[[str], tuple[int, ...]]:
    """Tells the owners of the patterns that match a whole line, in ascending order.

    Unless ``at_once``, an expression is made when the first line begins as its lines do: of most files few are wanted.

    Of most patterns it is known with what their lines begin: these beginnings share one automaton, which gives up most
    lines at their first word, and only the patterns of those that it finds are tried. Most others cannot match without
    some word. Those words are looked for all at once, and only the patterns whose words are there are tried; the few
    patterns without such words share one automaton. Patterns that begin with almost anything have an automaton each:
    together they would have a state for each combination of places where they may have begun. These automata are asked
    only where a line ends as their patterns do behind the last of what may be anything, which few lines do.
    """
    known = [beginning(pattern) for pattern, _ in patterns]
    beginnings = _at_once([(begun, number) for number, begun in enumerate(known) if begun], re2.Set.MatchSet)
    whole = cache(lambda number: _compiled(patterns[number][0]))
    for number, begun in enumerate(known):
        if begun and at_once:
            whole(number)
    free = [pair for begun, pair in zip(known, patterns, strict=True) if not begun]
    wordless = _wordless([pattern for pattern, _ in free])
    worded = [pair for number, pair in enumerate(free) if number not in wordless]
    others = [pair for number, pair in enumerate(free) if number in wordless]
    by_words = _by_words([pattern for pattern, _ in worded])
    strict = [pair for pair in others if not _LOOSE.match(pair[0])]
    loose = [pair for pair in others if _LOOSE.match(pair[0])]
    automata = _at_once(strict)
    ends = any_of([f"(?:{ending(pattern)})$" for pattern, _ in loose], max_mem=8 << 20)
    by_end = [_at_once([pair]) for pair in loose]

    def known_to(line: str) -> tuple[int, ...]:
        text = line.encode()
        found = {worded[index][1] for index in by_words.Match(text) or ()} if worded else set()
        for automaton, numbers in beginnings:
            begun = [numbers[index] for index in automaton.Match(text) or ()]
            found.update(patterns[number][1] for number in begun if whole(number).fullmatch(text))
        asked = [part for index in ends.Match(text) or () for part in by_end[index]] if loose else []
        for automaton, owners in automata + asked:
            if indices := automaton.Match(text):
                found.update(owners[index] for index in indices)
        return tuple(sorted(found))

    remembered = lru_cache(maxsize=4096)(known_to)
    return lambda line: (remembered if len(line) <= REMEMBERED else known_to)(line)


def _wordless(patterns: Sequence[str]) -> frozenset[int]:
    """The places of the patterns that could match a line whatever words are in it."""
    if not patterns:
        return frozenset()
    # A single expression would count as one that always has to be tried.
    return frozenset(_by_words([*patterns, "needs a word"]).Match("", potential=True) or ())


def _by_words(patterns: Sequence[str]) -> Any:
    words = re2.Filter()
    for pattern in patterns:
        _add(words, f"^(?:{pattern})$")
    if patterns:
        words.Compile()
    return words


def _add(words: Any, pattern: str) -> None:
    """With the least memory it can be made with: what it is given it fills, in each worker, and needs hardly more.

    An expression of a filter that runs short begins anew, or goes on without an automaton: it never misses a match.
    """
    _with_least(lambda options: words.Add(pattern, options))


def _with_least(make: Callable[[Any], Any]) -> Any:
    for max_mem in _BUDGETS[:-1]:
        with suppress(re2.error):
            return make(_options(max_mem))
    return make(_options())


def _compiled(pattern: str) -> Any:
    return _with_least(lambda options: re2.compile(pattern, options))


def _at_once(
    pairs: Sequence[tuple[str, int]], kind: Callable[[Any], Any] = re2.Set.FullMatchSet
) -> list[tuple[Any, list[int]]]:
    """An automaton for all patterns, with their owners in order; several where one would be too large."""
    if not pairs:
        return []
    automaton = kind(_options(max_mem=4 << 20))
    for pattern, _ in pairs:
        automaton.Add(pattern)
    try:
        automaton.Compile()
    except re2.error:
        if len(pairs) == 1:
            raise
        middle = len(pairs) // 2
        return _at_once(pairs[:middle], kind) + _at_once(pairs[middle:], kind)
    return [(automaton, [owner for _, owner in pairs])]


def compiled(pattern: str) -> Any:
    """The expression, case aside. Raises ``re2.error`` when it is none."""
    return re2.compile(pattern, _options())


@lru_cache(maxsize=256)
def line_end(pattern: str) -> Any:
    """The expression, tied to the end of a line."""
    return compiled(f"(?:{pattern})$")


def _options(max_mem: int = _BUDGETS[-1]) -> Any:
    """``max_mem``: bytes. An automaton short of memory would answer "no match"; what it does not need is not taken."""
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = False
    options.max_mem = max_mem
    return options
