"""Do two texts differ in more than what stands in the margin: dates, clocks and counters that move by themselves?"""

import re

MAX_WORDS = 14
"""A longer line is no line of the margin."""
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]*\.?"
_DAY = r"(?:mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun)(?:day|nesday|rsday|urday|sday)?\.?"
_UNIT = r"(?:s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?|months?|years?)"
_COUNTED = (
    r"(?:views?|reads?|readers?|comments?|replies|responses|shares?|likes?|reactions?|followers?|subscribers?"
    r"|votes?|claps?|min(?:ute)?s?\sread)"
)
_MOVING = re.compile(
    rf"""
    \d{{4}}-\d\d?-\d\d?(?:[t ]\d\d?:\d\d(?::\d\d)?z?)?      # 2024-10-21, with a time or without
  | \d\d?[./]\d\d?[./]\d{{2,4}}                              # 21.10.2024
  | \d\d?(?::\d\d){{1,2}}\s*(?:[ap]\.?m\.?)?                 # 14:05
  | \d+(?:st|nd|rd|th)?\s+{_MONTH}(?:,?\s+\d{{4}})?          # 21 October 2024
  | {_MONTH}\s+\d+(?:st|nd|rd|th)?(?:,?\s+\d{{4}})?          # October 21, 2024
  | (?:\d+|an?|one)\s*{_UNIT}\s+ago                          # 5 minutes ago
  | \d[\d.,]*\s*[km]?\+?\s*{_COUNTED}                        # 1,234 views
  | {_COUNTED}\s*:?\s*\(?\d[\d.,]*[km]?\)?                   # Comments (12)
  | \b{_DAY}(?=\W|$)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_AROUND = re.compile(
    r"\b(?:updated|published|posted|modified|edited|created|last|first|on|at|by|as|of|time|date|today|yesterday|now"
    r"|just|gmt|utc|est|edt|cet|cest|bst|ist|et|am|pm|and|the|this|article|story|was|a|is)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")


def same_but_for_margin(one: str, other: str) -> bool:
    """Are these texts (a paragraph a line) word for word the same once lines of the margin are left out?"""
    return one == other or _words(one) == _words(other)


def is_margin(line: str) -> bool:
    """A short line of dates, times and counters alone, with the small words that stand around them."""
    if len(_WORD.findall(line)) > MAX_WORDS or not _MOVING.search(line):
        return False
    return _WORD.search(_AROUND.sub(" ", _MOVING.sub(" ", line))) is None


def _words(text: str) -> list[str]:
    return [word for line in text.splitlines() if not is_margin(line) for word in _WORD.findall(line)]
