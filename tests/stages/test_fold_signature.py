"""What a signature keeps of a text, and what it does not care about."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.fold import UNSIGNED, Signature, bands_of, known_by_digest
from pipeline.stages.fold.signature import BANDS, SAMPLE, filled_frames, hashes
from pipeline.stages.fold.sketch import FRAMES, MAX_CHARACTERS, MIN_EQUAL_WORDS, OPENING_SAMPLE, sign
from tests.support.prose import prose

TITLE = "Convoy crosses the river at dawn"
SHORTEST = " ".join(f"word{'x' * number}" for number in range(MIN_EQUAL_WORDS))


def test_equal_words_are_equal_whatever_case_space_accents_and_punctuation() -> None:
    plain = sign(TITLE, "The cafe's general, Jose, arrived. " + SHORTEST)
    assert sign(TITLE, "the CAFÉ’S   general —\nJosé — arrived… " + SHORTEST).digest == plain.digest
    assert plain.digest is not None


def test_another_word_or_another_order_is_another_text() -> None:
    digest = sign("", SHORTEST).digest
    assert sign("", SHORTEST + " more").digest != digest
    assert sign("", " ".join(reversed(SHORTEST.split()))).digest != digest


def test_a_text_of_few_words_is_not_known_by_them() -> None:
    assert sign("", SHORTEST).digest is not None
    assert sign("", SHORTEST.rpartition(" ")[0]).digest is None


@pytest.mark.parametrize(
    "text", ["", "word", "two words", "…", "12", "Ein Wort über 3 Zeilen", "\ud800 \0 ok", "ال سلام"]
)
def test_any_text_has_a_signature(text: str) -> None:
    signature = sign(text, text)
    assert Signature.unpack(signature.pack()) == signature


@given(st.text(max_size=60), st.text(max_size=400))
def test_a_signature_comes_back_as_it_was_packed(title: str, text: str) -> None:
    signature = sign(title, text)
    assert Signature.unpack(signature.pack()) == signature


@pytest.mark.parametrize("signature", [UNSIGNED, known_by_digest("ab" * 32)])
def test_so_does_one_that_says_little(signature: Signature) -> None:
    assert Signature.unpack(signature.pack()) == signature


def test_a_signature_of_another_version_is_not_taken_for_one_of_this() -> None:
    packed = sign(TITLE, prose(1)).pack()
    assert Signature.unpack(b"\xff" + packed[1:]) is None
    assert Signature.unpack(b"") is None


def test_a_long_text_takes_no_more_room_than_its_samples() -> None:
    signature = sign(TITLE, prose(1, 2000))
    assert len(hashes(signature.shingles)) == SAMPLE
    assert len(hashes(signature.opening)) == OPENING_SAMPLE
    assert len(bands_of(signature)) == BANDS + 1
    assert len(signature.pack()) < 2200


def test_numbers_and_names_take_no_more_room_than_their_sample() -> None:
    text = " ".join(f"about {number} men of Company{number} left" for number in range(500))
    assert sum(map(len, filled_frames(sign("", text).frames).values())) == FRAMES


def test_what_lies_beyond_the_longest_text_is_not_looked_at() -> None:
    longest = "word " * (MAX_CHARACTERS // 5)
    assert sign("", longest + "and more") == sign("", longest)


def test_samples_are_ascending_and_without_repetition() -> None:
    signature = sign(TITLE, prose(2, 60))
    for sample in (hashes(signature.shingles), hashes(signature.opening), hashes(signature.headline_words)):
        assert list(sample) == sorted(set(sample))


def test_a_frame_holds_the_words_around_a_number_or_name_and_what_it_is() -> None:
    first = filled_frames(sign("", "they said that some 12 people had left the town").frames)
    other = filled_frames(sign("", "they said that some 15 people had left the town").frames)
    assert first.keys() == other.keys()
    assert len(first) == 3
    assert all(first[frame].isdisjoint(other[frame]) for frame in first)
    assert all(fill & 1 for fills in first.values() for fill in fills)


def test_words_before_a_number_are_another_frame_than_the_same_words_after_it() -> None:
    before = filled_frames(sign("", "so some men left 12 at noon there").frames)
    after = filled_frames(sign("", "so yes then 12 men left at noon").frames)
    assert before.keys().isdisjoint(after)


def test_a_name_is_known_by_its_last_word() -> None:
    first = filled_frames(sign("", "talks went on as Prime Minister Ada Example said in the hall").frames)
    other = filled_frames(sign("", "talks went on as Mrs Example said in the hall").frames)
    assert first == other
    assert not any(fill & 1 for fills in first.values() for fill in fills)


def test_the_first_word_of_a_sentence_is_no_name_if_it_stands_in_small_letters_elsewhere() -> None:
    assert sign("", "all night they met. Then they left and then they slept all day").frames == b""


def test_a_text_without_a_letter_case_still_has_numbers() -> None:
    assert sign("", "قال المتحدث إن نحو 12 شخصا قد غادروا").frames != b""


def test_a_headline_counts_without_its_numbers_which_are_kept_apart() -> None:
    first, other = (sign(f"List of key events, day {day}", "") for day in (585, 586))
    assert (first.headline, first.headline_words) == (other.headline, other.headline_words)
    assert first.headline != 0
    assert first.figures != other.figures


def test_a_headline_of_few_words_says_too_little_to_bring_stories_together() -> None:
    assert sign("World news in brief", "").headline == 0
    assert bands_of(sign("World news in brief", "")) == ()


def test_signatures_are_the_same_in_every_process() -> None:
    program = f"from pipeline.stages.fold.sketch import sign; print(sign({TITLE!r}, {prose(3)!r}).pack().hex())"
    others = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "7"}
    )
    assert others.stdout.strip() == sign(TITLE, prose(3)).pack().hex()
