"""What a later text is to an earlier one: every branch, on invented texts and as properties."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.stages.fold import UNSIGNED, Imprint, Likeness, compare, known_by_digest
from pipeline.stages.fold.likeness import (
    EXCERPT_WORDS,
    MIN_SHARED,
    MIN_WORDS,
    WINDOW,
    are_lookalikes,
    containment,
)
from pipeline.stages.fold.sketch import sign
from tests.support.prose import cut, prose, sentences, without_words

NOON = datetime(2024, 10, 21, 12, tzinfo=UTC)
TITLE = "Convoy crosses the river at dawn"
CASES = yaml.safe_load(Path(__file__).with_name("fold_cases.yaml").read_text(encoding="utf-8"))


def imprint(text: str, *, title: str = TITLE, source: str | None = "wire", hours: float = 0) -> Imprint:
    return Imprint(source, NOON + timedelta(hours=hours), sign(title, text))


def relation(later: Imprint, earlier: Imprint) -> str:
    return compare(later, earlier).relation


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"].replace(" ", "-"))
def test_a_later_text_is_what_it_should_be_to_an_earlier_one(case: dict[str, Any]) -> None:
    earlier, later = case["earlier"], {"source": case["earlier"]["source"]} | case["later"]
    first = imprint(earlier["text"], title=earlier["title"], source=earlier["source"])
    second = imprint(later["text"], title=later["title"], source=later["source"], hours=case.get("hours", 5))
    assert relation(second, first) == case["relation"]


@given(st.integers(0, 400), st.integers(10, 60), st.integers(0, 400), st.integers(2, 60), st.integers(5, 40))
@settings(max_examples=60)
def test_similarity_is_the_same_both_ways(seed: int, count: int, other: int, others: int, every: int) -> None:
    first = imprint(prose(seed, count))
    second = imprint(without_words(prose(seed, count // 2), every) + prose(other, others), source="tribune")
    there, back = compare(second, first), compare(first, second)
    assert there.similarity == back.similarity
    assert (there.relation == "new") == (back.relation == "new")
    assert 0 <= there.similarity <= 1


@given(st.integers(0, 10_000), st.integers(10, 80), st.sampled_from(["wire", "tribune", None]), st.integers(0, 10_000))
@settings(max_examples=60)
def test_equal_texts_are_always_copies(seed: int, count: int, source: str | None, hours: int) -> None:
    text = prose(seed, count)
    later = imprint(text.upper().replace("\n", "\n\n"), title="Another headline", source=source, hours=hours)
    assert compare(later, imprint(text)) == Likeness("copy", 1.0)


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.integers(6, 80))
@settings(max_examples=60)
def test_an_unrelated_text_never_is_one(seed: int, other: int, count: int) -> None:
    if seed != other:
        found = compare(imprint(prose(seed, count), title="One thing", source="a"), imprint(prose(other, count)))
        assert found.relation == "new"
        assert found.similarity < MIN_SHARED / 2


@given(st.integers(0, 10_000), st.integers(30, 200), st.floats(0.3, 1))
@settings(max_examples=60)
def test_the_beginning_of_a_text_is_a_copy_of_it(seed: int, count: int, share: float) -> None:
    text = prose(seed, count)
    assert relation(imprint(cut(text, share), source="tribune"), imprint(text)) == "copy"
    assert relation(imprint(text, source="tribune"), imprint(cut(text, share))) == "copy"


@pytest.mark.parametrize("seed", range(8))
def test_a_text_that_lost_every_twelfth_word_is_a_copy(seed: int) -> None:
    text = prose(seed, 60)
    assert relation(imprint(without_words(text, 12), source="tribune"), imprint(text)) == "copy"


@pytest.mark.parametrize("seed", range(8))
def test_a_reprint_with_lines_of_its_own_is_a_copy(seed: int) -> None:
    lines = prose(seed, 20).split("\n")
    lines[0] = f"PORTVALE (Tribune) — {lines[0]}"
    lines[2:2] = ["Read more: what the treaty says about ferries"]
    wrapped = "\n".join(["World", *lines, "Subscribe to our newsletter and never miss a story"])
    assert relation(imprint(wrapped, source="tribune"), imprint(prose(seed, 20))) == "copy"


@pytest.mark.parametrize("seed", range(8))
def test_a_text_that_opens_with_its_own_words_is_an_update(seed: int) -> None:
    rewritten = " ".join(sentences(seed + 1000, 4)) + "\n" + prose(seed, 20)
    assert relation(imprint(rewritten, source="tribune"), imprint(prose(seed, 20))) == "update"


def test_a_text_that_the_same_source_has_changed_is_an_update() -> None:
    grown = prose(1, 20) + "\nNobody had expected it."
    assert relation(imprint(grown), imprint(prose(1, 20))) == "update"
    assert relation(imprint(grown, source="tribune"), imprint(prose(1, 20))) == "copy"
    assert relation(imprint(grown, source=None), imprint(prose(1, 20), source=None)) == "copy"


def test_a_cut_text_older_than_the_window_is_new_and_an_equal_one_is_not() -> None:
    text, hours = prose(1, 40), WINDOW / timedelta(hours=1)
    assert relation(imprint(cut(text, 0.5), source="tribune", hours=hours), imprint(text)) == "copy"
    assert relation(imprint(cut(text, 0.5), source="tribune", hours=hours + 1), imprint(text)) == "new"
    assert relation(imprint(text, source="tribune", hours=hours + 1), imprint(text)) == "copy"


def test_an_unknown_time_is_no_reason_to_tell_texts_apart() -> None:
    cut_text = imprint(cut(prose(1, 40), 0.5), source="tribune")
    assert relation(Imprint("tribune", None, cut_text.signature), imprint(prose(1, 40))) == "copy"


def test_a_cut_text_of_few_words_is_new() -> None:
    text = prose(1, 40).replace("\n", " ").split()
    assert relation(imprint(" ".join(text[:MIN_WORDS]), source="tribune"), imprint(prose(1, 40))) == "copy"
    assert relation(imprint(" ".join(text[: MIN_WORDS - 1]), source="tribune"), imprint(prose(1, 40))) == "new"


def test_a_short_text_is_not_looked_for_in_one_so_long_that_chance_would_decide() -> None:
    long = prose(1, 1500)
    assert containment(sign("", cut(long, 0.01)), sign("", long)) == 0.0
    assert containment(sign("", cut(long, 0.3)), sign("", long)) > 0.9


def test_containment_of_short_texts_is_exact() -> None:
    first, second = sentences(1, 8), sentences(2, 8)
    one, other = " ".join(first), " ".join(first[:6] + second[:2])
    words = [part.lower().replace(".", "").split() for part in (one, other)]
    shingles = [{tuple(row[start : start + 4]) for start in range(len(row) - 3)} for row in words]
    expected = len(shingles[0] & shingles[1]) / min(map(len, shingles))
    assert containment(sign("", one), sign("", other)) == pytest.approx(expected)


def test_other_facts_in_two_of_five_frames_tell_texts_apart_and_in_one_do_not() -> None:
    counted = [
        "nearly 1 tent stood",
        "over 2 boats sank",
        "some 3 men slept",
        "roughly 4 carts came",
        "exactly 5 bells rang",
    ]
    text = ", then ".join(counted)
    one_changed = text.replace("1 tent", "11 tent")
    two_changed = one_changed.replace("2 boats", "22 boats")
    assert not are_lookalikes(sign("", text), sign("", text))
    assert not are_lookalikes(sign("", text), sign("", one_changed))
    assert are_lookalikes(sign("", text), sign("", two_changed))


def test_other_numbers_tell_texts_apart_however_many_names_are_the_same() -> None:
    counted = "nearly 1 tent stood, then over 2 boats sank, then some 3 men slept, then roughly 4 carts came, "
    named = ", ".join(
        f"{verb} Example {adverb} today" for verb, adverb in zip("abcdefghijkl", "mnopqrstuvwx", strict=True)
    )
    other = counted.replace("1 tent", "11 tent").replace("2 boats", "22 boats")
    assert are_lookalikes(sign("", counted + named), sign("", other + named))


def test_frames_that_only_one_text_has_tell_nothing_apart() -> None:
    text = prose(1, 10)
    assert not are_lookalikes(sign("", text + " nearly 1 tent stood"), sign("", text + " over 2 boats sank"))


def test_a_correction_in_a_long_text_leaves_it_an_update() -> None:
    parts = [f"{part[:-1]} and about {number} men stayed." for number, part in enumerate(sentences(1, 40))]
    corrected = [*parts[:7], parts[7].replace("about 7 men", "about 17 men"), *parts[8:]]
    assert relation(imprint(" ".join(corrected)), imprint(" ".join(parts))) == "update"


@pytest.mark.parametrize("unknown", [None, "wire"])
def test_a_shared_headline_says_nothing_unless_both_sources_are_known_and_differ(unknown: str | None) -> None:
    later = imprint("Blue helmets came under fire again.", source=unknown)
    assert relation(later, imprint("The mission said four soldiers were hurt.")) == "new"


def test_a_headline_stands_for_excerpts_only() -> None:
    whole = prose(1, EXCERPT_WORDS // 8)
    assert relation(imprint("Blue helmets came under fire.", source="tribune"), imprint(whole)) == "new"


def test_a_text_known_by_its_digest_alone_is_like_equal_ones() -> None:
    text = imprint(prose(1))
    assert relation(text, Imprint("tribune", NOON, known_by_digest(text.signature.digest))) == "copy"
    assert relation(text, Imprint("tribune", NOON, UNSIGNED)) == "new"
    assert relation(Imprint("wire", NOON, UNSIGNED), Imprint("tribune", NOON, UNSIGNED)) == "new"
