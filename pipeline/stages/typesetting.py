"""The few characters beside ASCII that nearly every text has, whatever its language."""

_WORDS_ONLY = "".join(chr(code) if chr(code).isalnum() else " " for code in range(128))
_SIGNS = "’‘“”–—…\u00a0•«»€£\u200b"


def without_typesetting(text: str) -> str:
    """A blank for each quotation mark, dash and sign of typesetters, so that the places of all else stay.

    Most English texts are ASCII then, whose words are found several times as fast.
    """
    if text.isascii():
        return text
    for sign in _SIGNS:
        text = text.replace(sign, " ")
    return text


def ascii_words(text: str) -> list[str]:
    """The runs of letters and digits in plain ASCII; by a table they are found twice as fast as by an expression."""
    return text.translate(_WORDS_ONLY).split()
