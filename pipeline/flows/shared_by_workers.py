"""Imported by the process that workers are forked from, last of what it imports, or else by a worker as it starts.

What is large, slow to load and never changes is loaded here once, so that all workers share its memory: the models that
tell languages and find the story, the rules' automata, the list of public suffixes, the second extractor's words.
"""

import contextlib
import gc
import time
from importlib.metadata import version

from pipeline.adapters.array_file import kept_arrays
from pipeline.adapters.language_model import install_language_model
from pipeline.adapters.memory import give_back
from pipeline.config.folders import cache_folder
from pipeline.flows import shared_rules  # noqa: F401 (loads when imported)
from pipeline.stages.extract import extract
from pipeline.stages.extract.body import body_blocks, use_stop_words
from pipeline.stages.extract.page import parse
from pipeline.stages.extract.stop_words import WordSet, all_stop_words
from pipeline.stages.identify import page_url

PAGE = b"<html><head><title>A headline</title></head><body><p>A page of few words puts both extractors in doubt.</p>"


def _languages() -> None:
    install_language_model(cache_folder())


def _stop_words() -> None:
    """Gathering them takes a quarter of a second."""
    kept = cache_folder() / "stop-words" / f"justext-{version('justext')}.npz"
    use_stop_words(kept_arrays(kept, WordSet, all_stop_words))


def _suffixes() -> None:
    page_url("https://example.org/a", "https://www.example.org/b")


def _extractors() -> None:
    extract(PAGE, "https://example.org/a", None)
    body_blocks(parse(PAGE))


for load in (_languages, _stop_words, _suffixes, _extractors):
    with contextlib.suppress(Exception):  # a worker then loads it for itself, and says what is wrong
        load()
gc.collect()
give_back()
# What is here stays: a worker's collector need not look at it, which would copy each page of memory that it touches.
gc.freeze()
LOADED = time.process_time()
"""Seconds of CPU until here, for whoever makes a profile."""
