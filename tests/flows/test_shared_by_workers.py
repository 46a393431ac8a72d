"""What workers share is loaded once, before the first of them is forked."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pipeline.stages.extract.stop_words import word_table

PROGRAM = """
from pipeline.adapters.workers import Workers
from pipeline.flows.textwork import PRELOAD, equip
from pipeline.config.folders import topic_folder
from pipeline.config.topics import load_topics
from pipeline.flows.checked_rules import load_rules
def asked(pool, question):
    return pool.submit(eval, question).result()
given = (load_rules(), load_topics(topic_folder()))
with Workers(1, limit=60.0, preload=PRELOAD, initializer=equip, initargs=given) as pool:
    print(asked(pool, "__import__('sys').modules.keys() >= {'py3langid', 'publicsuffixlist'}"))
    print("py3langid" in __import__("sys").modules)
    print(asked(pool, "__import__('gc').get_freeze_count() > 10_000"))
    print(asked(pool, "'zwischen' in __import__('trafilatura').external.JT_STOPLIST"))
    rules = "__import__('pipeline.stages.clean.matcher', fromlist=['matcher']).matcher.cache_info().misses"
    print(asked(pool, rules))
    given = "__import__('pipeline.flows.textwork', fromlist=['_rules'])._rules"
    print(asked(pool, given + ".matching('Advertisement', ())[0].id"))
    print(asked(pool, rules))
    given = "__import__('pipeline.flows.textwork', fromlist=['_topics'])._topics"
    print(asked(pool, "len(__import__('pipeline.stages.tag', fromlist=['tag']).tag('', '', " + given + "))"))
    print(asked(pool, "__import__('pipeline.stages.tag.score', fromlist=['_shelf'])._shelf.cache_info().hits"))
"""


def test_a_fresh_worker_has_models_and_automata_and_its_parent_has_not() -> None:
    # In a process of its own: the first workers of a program decide what is preloaded.
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=100, check=False)
    told = ["True", "False", "True", "True", "1", "advertisement", "1", "2", "1"]
    assert (done.stdout.split(), done.stderr) == (told, "")


LOADED = """
from pipeline.adapters.workers import Workers
from pipeline.flows.textwork import PRELOAD
before = "__import__('modules_before').modules"
with Workers(1, limit=60.0, preload=(*PRELOAD, "modules_before")) as pool:
    late = pool.submit(eval, "set(__import__('sys').modules) - " + before).result()
print([name for name in late if name.partition(".")[0] in ("pipeline", "multiprocessing")])
"""


def test_a_worker_imports_nothing_more_as_it_starts(tmp_path: Path) -> None:
    (tmp_path / "modules_before.py").write_text("import sys\nmodules = {*sys.modules}\n")
    done = subprocess.run(
        [sys.executable, "-c", LOADED],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


KEPT = """
from pipeline.flows import shared_by_workers
from trafilatura import external
print("zwischen" in external.JT_STOPLIST, "zwischenx" in external.JT_STOPLIST)
"""


def test_the_stop_words_are_kept_for_the_next_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITREP_CACHE", str(tmp_path))

    def told() -> list[str]:
        done = subprocess.run([sys.executable, "-c", KEPT], capture_output=True, text=True, timeout=100, check=True)
        return done.stdout.split()

    assert told() == ["True", "False"]
    (kept,) = (tmp_path / "stop-words").iterdir()
    np.savez(kept, **word_table({"zwischenx"}))
    assert told() == ["False", "True"]


CLEANING = """
import sys
from pipeline.adapters.workers import Workers
from pipeline.flows import filters
lines = iter([b'{"id": 1, "text": "Advertisement"}', b""])
answers = list(filters.run_filter(filters.CLEAN, lambda _: next(lines), 1))
print(b'"rule": "advertisement"' in answers[0][0], "lxml" in sys.modules or "numpy" in sys.modules)
with Workers(1, limit=60.0, preload=filters.CLEAN.preload) as pool:
    rules = "__import__('pipeline.stages.clean.matcher', fromlist=['matcher']).matcher.cache_info().misses"
    print(pool.submit(eval, rules).result())
"""


def test_a_filters_workers_have_the_rules_automata_and_its_own_process_no_stage_that_they_do() -> None:
    done = subprocess.run([sys.executable, "-c", CLEANING], capture_output=True, text=True, timeout=100, check=False)
    assert (done.stdout.split(), done.stderr) == (["True", "False", "1"], "")


FORKED_FROM_ANOTHER = """
from datetime import UTC, datetime
from pipeline.adapters.workers import Workers
from pipeline.flows.checked_rules import load_rules
from pipeline.flows.textwork import equip, read_entry
from pipeline.flows.work_round import TEXT_WORK_MEMORY
from pipeline.model import Entry
from pipeline.stages.judge_page import Page
line = "<p>The ferry left the harbour at noon, officials said, and nobody aboard was hurt in the storm.</p>"
page = Page(f"<html><body><article>{line * 30}</article></body></html>".encode(), "https://example.org/1", None)
entry = Entry(guid="1", url="https://example.org/1", title="A ferry")
now = datetime(2024, 10, 21, tzinfo=UTC)
given = {"limit": 60.0, "initializer": equip, "initargs": (load_rules(), ())}
with Workers(1, **given, memory=TEXT_WORK_MEMORY) as pool:
    print(pool.submit(read_entry, "feed", None, entry, page, now).result().language)
"""


def test_a_worker_that_has_to_load_it_all_has_as_much_memory_for_a_page() -> None:
    done = subprocess.run([sys.executable, "-c", FORKED_FROM_ANOTHER], capture_output=True, text=True, timeout=100)
    assert (done.stdout.split(), done.stderr) == (["en"], "")
