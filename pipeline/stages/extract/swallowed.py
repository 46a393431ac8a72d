"""Parts that show nothing by themselves but hold the story: broken markup, or a page that needs a script.

Markup that leaves an element open makes all that follows a part of it, so that a button may hold the page; some pages
give readers without scripts the whole story, and nobody else.
"""

from collections import Counter
from typing import Any

HIDING = ("button", "noscript", "template")
ENOUGH = 500
"""Characters in paragraphs. With less, such an element is what it says."""
MOST = 0.5
"""Share of the page's paragraphs."""


def set_free(tree: Any) -> None:
    """Make an element that holds most of what the page tells a plain part of it, in place."""
    held: Counter[Any] = Counter()
    # From the paragraphs up: a look into each element would take its square where they stand inside each other.
    for paragraph in tree.iter("p"):
        for element in paragraph.iterancestors(*HIDING):
            held[element] += _length(paragraph)
    suspects = [element for element, length in held.items() if length >= ENOUGH]
    if not suspects:
        return
    least = MOST * sum(map(_length, tree.iter("p")))
    for element in suspects:
        if held[element] > least:
            element.tag = "div"


def _length(paragraph: Any) -> int:
    """Characters."""
    return sum(map(len, paragraph.itertext()))
