"""The headline of a page, without the outlet's name behind or before it."""

import re
from typing import Any
from urllib.parse import urlsplit

from pipeline.stages.extract.head import Head
from pipeline.stages.extract.linked_data import LinkedArticle

MAX_TITLE = 500
OUTLET_WORDS, STORY_WORDS = 5, 4
"""Most words of a name, fewest of a headline."""
_SEPARATOR = re.compile(r"\s+[|•·»«:—–-]\s+|\s*\|\s*|\s+[‹›~]\s+|\s*:\s+")
_WORD = re.compile(r"\w+")


def headline(headings: list[str], head: Head, article: LinkedArticle, url: str) -> str:
    """What readers see as the headline: the one of the first ``headings`` that agrees with the head, else what head or
    JSON-LD state."""
    outlets = outlet_names(head, article, url)
    stated = [
        without_outlet(title, outlets)
        for title in (head.first("og:title"), article.headline, head.first("twitter:title", "dc.title"))
    ]
    stated.append(without_last_part(without_outlet(head.title, outlets)))
    stated = [title for title in stated if title]
    shown = [without_outlet(title, outlets) for title in headings]
    agreed = next((title for title in shown if any(alike(title, other) for other in stated)), "")
    return (agreed or next(iter(stated), "") or next(iter(shown), ""))[:MAX_TITLE]


def first_headings(elements: list[Any], most: int = 3) -> list[str]:
    """The texts of the first ``<h1>`` elements that have one."""
    headings: list[str] = []
    for heading in elements:
        if text := " ".join("".join(heading.itertext())[: 4 * MAX_TITLE].split()):
            headings.append(text)
        if len(headings) == most:
            break
    return headings


def outlet_names(head: Head, article: LinkedArticle, url: str) -> tuple[str, ...]:
    """Names under which the outlet may stand in a title, bare: letters and digits only."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        host = ""
    names = [
        head.first("og:site_name"),
        article.publisher,
        head.first("application-name", "twitter:site", "al:ios:app_name"),
    ]
    names += [host.removeprefix("www."), host.removeprefix("www.").rpartition(".")[0]]
    return tuple(dict.fromkeys(bare for name in names if len(bare := _bare(name)) > 1))


def without_outlet(title: str, outlets: tuple[str, ...]) -> str:
    """The title without a part that is the outlet's name: "Story | Outlet", "Outlet: Story"."""
    title = " ".join(title.split())
    while parts := list(_SEPARATOR.finditer(title)):
        first, last = parts[0], parts[-1]
        if _is_outlet(title[last.end() :], outlets):
            title = title[: last.start()].strip()
        elif _is_outlet(title[: first.start()], outlets):
            title = title[first.end() :].strip()
        else:
            break
    return title


def without_last_part(title: str) -> str:
    """The ``<title>`` without a short last part: there it is the outlet's name, whether we know it or not."""
    parts = list(_SEPARATOR.finditer(title))
    if not parts or parts[-1][0].strip() == ":":
        return title
    story, rest = title[: parts[-1].start()], title[parts[-1].end() :]
    short = len(rest.split()) <= OUTLET_WORDS and len(story.split()) >= max(STORY_WORDS, len(rest.split()) + 1)
    return story.strip() if short else title


def alike(one: str, other: str) -> bool:
    """Are two titles wordings of one headline: most words of the shorter in the longer?"""
    words, others = set(_WORD.findall(one.casefold())), set(_WORD.findall(other.casefold()))
    if len(words) > len(others):
        words, others = others, words
    return bool(words) and len(words & others) >= 0.6 * len(words) and len(others) <= 3 * len(words) + 3


def _is_outlet(part: str, outlets: tuple[str, ...]) -> bool:
    bare = _bare(part)
    return bool(bare) and (
        bare in outlets or any(len(name) > 3 and bare in (f"the{name}", f"{name}com") for name in outlets)
    )


def _bare(name: str) -> str:
    return "".join(_WORD.findall(name.casefold())).replace("_", "")
