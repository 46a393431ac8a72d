"""A line as the rules see it."""

import re

_UNSEEN = "\u200b\u200e\u200f\u00ad\ufeff\ufe0f"
_QUOTES = tuple(zip("‘’ʼ“”„«»", "'''" + '"' * 5, strict=True))
_BULLETS = " \t•·▪■●○◆◇►▶▷➤➡→⟶➜»›>*–—-|_👉☞‣⁃▸‹←◄◀▲△↑▼▽↓⬇★☆⭐✦✉☎✔✅❗⚡🔴🟢🔵🎧🎙🔊🔉📷📸🎥📹📺📰🗞📖📍📢📣🔔🔗🔒☕💬👇👆"
_ARROWS = " \t»›>→➡➜⟶⇒►▶➤▸▷▾▼↓↑↩↗⤢*|_"
_SEPARATORS = re.compile("[➜➔⟶⇒→➡▸►▶▷➤❯]")
"""Between a label and its headline: each is made the plainest of them."""


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
    if line[:1] + line[-1:] not in ("[]", "()"):
        return None
    return line[1:-1].strip(_BULLETS).rstrip(_ARROWS) or None
