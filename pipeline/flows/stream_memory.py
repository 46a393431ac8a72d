"""What a stream of pages teaches about the sites they come from: each answer is cleaned by what came before it.

It works on the answers in their order, in the process that writes them, so they do not depend on the number of jobs.
"""

import json
from collections import OrderedDict
from dataclasses import asdict
from typing import Any

from pipeline.stages.clean import Block, Trait, without_repeats
from pipeline.stages.clean.site_lines import SiteLines

MOST_SITES = 300
"""Sites that are remembered; the one not seen for longest is forgotten first."""


def noted(site: str, traits: tuple[Trait, ...]) -> bytes:
    """What goes along with an answer, behind its newline, for ``StreamMemory`` to read."""
    return json.dumps([site, traits]).encode()


class StreamMemory:
    """Call it with each answer in turn: JSON, a newline, and what ``noted`` made. Gives back the line to write."""

    def __init__(self) -> None:
        self._sites: OrderedDict[str, SiteLines] = OrderedDict()

    def __call__(self, answer: bytes) -> bytes:
        line, _, note = answer.partition(b"\n")
        if not note:
            return answer
        site, stated = json.loads(note)
        traits = tuple(Trait(*trait) for trait in stated)
        known = self._site(site)
        familiar = known.familiar({trait.key for trait in traits})
        known.learn(traits)
        return (_cleaned(line, traits, familiar) if familiar.uses else line) + b"\n"

    def _site(self, site: str) -> SiteLines:
        lines = self._sites.setdefault(site, SiteLines())
        self._sites.move_to_end(site)
        if len(self._sites) > MOST_SITES:
            self._sites.popitem(last=False)
        return lines


def _cleaned(line: bytes, traits: tuple[Trait, ...], familiar: Any) -> bytes:
    answer = json.loads(line)
    blocks = tuple(Block(text) for text in answer["text"].split("\n"))
    kept, removed = without_repeats(blocks, traits, familiar)
    if not removed:
        return line
    answer["text"] = "\n".join(block.text for block in kept)
    answer["removed"] += [asdict(removal) for removal in removed]
    return json.dumps(answer, ensure_ascii=False).encode("utf-8", "surrogatepass")
