"""Extraction against public sets with gold texts, beside trafilatura on the same pages.

    python -m bench.quality DATA [--model FILE] [--half 0] [--limit N]

``--model`` takes a model of ``train_extract`` instead of the shipped one: learnt on one half of the sites
(``--only-half 0``) and asked about the other (``--half 1``), it shows what pages of unseen sites get.
The shipped one has seen them all.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from bench.quality.comparing import Outcome, difference, f1, mean, outcome
from bench.quality.sets import GoldPage, half_of, read_sets
from pipeline.flows.checked_rules import load_rules
from pipeline.stages.extract import story_model
from pipeline.stages.extract.language import identified
from pipeline.stages.prepare import prepare_page

HEADER = f"{'set':26}{'pages':>6}{'F1':>8}{'exact':>7}{'<.5':>7}{'junk':>7}{'ms':>7}   F1 against the peer, 95 %"


@dataclass(frozen=True, slots=True)
class Answered:
    outcomes: tuple[Outcome, ...]
    seconds: float
    """CPU for all pages."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--half", type=int, choices=(0, 1), help="only pages of sites of this half")
    parser.add_argument("--limit", type=int, help="only the first N pages of each set")
    chosen = parser.parse_args()
    if chosen.model:
        model = story_model.read_model(chosen.model.read_bytes())
        story_model.shipped = lambda: model
    pages = [page for page in read_sets(chosen.data) if chosen.half in (None, half_of(page.site()))]
    print(HEADER)
    for name, of_set in groupby(pages, key=lambda page: page.set):
        _report(name, list(of_set)[: chosen.limit])


def _report(name: str, pages: Sequence[GoldPage]) -> None:
    rules = load_rules()
    ours = _answer(pages, lambda html, url: prepare_page(html, url, None, "", rules, ())[0].text)
    theirs = _answer(pages, _by_the_peer)
    gap, low, high = difference(ours.outcomes, theirs.outcomes)
    print(f"{_row(name, ours)}   {gap:+.4f} [{low:+.4f}, {high:+.4f}]")
    print(f"{_row('  trafilatura, metadata', theirs)}   CPU ratio {ours.seconds / theirs.seconds:.2f}", flush=True)


def _answer(pages: Sequence[GoldPage], text_of: Callable[[bytes, str], str]) -> Answered:
    """Loading is no part of the work on a page: the first is done twice, and models of languages are read before."""
    from trafilatura.meta import reset_caches

    identified("Words enough to be a sentence of some language.")
    reset_caches()  # nobody gets warm what another has computed for the same page
    text_of(pages[0].html(), pages[0].url)
    spent, outcomes = 0.0, []
    for page in pages:
        html, begun = page.html(), time.process_time()
        text = text_of(html, page.url)
        spent += time.process_time() - begun
        outcomes.append(outcome(text, page))
    return Answered(tuple(outcomes), spent)


def _by_the_peer(html: bytes, url: str) -> str:
    from trafilatura import bare_extraction

    try:
        found = bare_extraction(html, url=url, with_metadata=True, include_comments=False)
    except Exception:  # it has no error of its own; a page that it cannot read has no text then
        return ""
    return (found.text or "") if found is not None else ""


def _row(name: str, answered: Answered) -> str:
    outcomes = answered.outcomes
    shares = (mean([float(one.exact) for one in outcomes]), mean([float(one.f1 < 0.5) for one in outcomes]))
    junk = mean([float(one.junk) for one in outcomes])
    each = answered.seconds / len(outcomes) * 1000
    return f"{name:26}{len(outcomes):6}{f1(outcomes):8.4f}{shares[0]:7.3f}{shares[1]:7.3f}{junk:7.3f}{each:7.1f}"


if __name__ == "__main__":
    main()
