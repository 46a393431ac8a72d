"""Signs of typesetters, which stand in nearly every text."""

import pytest

from pipeline.stages.fold.sketch import sign
from pipeline.stages.tag.words import words_of
from pipeline.stages.typesetting import without_typesetting

TYPESET = "The “north quay”—so the port’s master—\u00a0closed… for €5 • «soon»\u200bor later – perhaps"
TYPED = "The north quay so the port s master closed for 5 soon or later perhaps"


def test_what_is_left_is_as_long_and_plain() -> None:
    bare = without_typesetting(TYPESET)
    assert bare.isascii()
    assert len(bare) == len(TYPESET)
    assert bare.split() == TYPED.split()


def test_letters_of_any_language_stay() -> None:
    text = "Żółw, çok, שלום, سلام, 你好, naïve"
    assert without_typesetting(text) == text


@pytest.mark.parametrize("text", [TYPESET, f"Ça {TYPESET}", f"Ça\n{TYPESET}\n{TYPED}"])
def test_words_are_found_where_they_stand(text: str) -> None:
    assert {text[word.start : word.end].casefold() for word in words_of(text)} >= {"quay", "port", "master", "later"}


def test_a_signature_does_not_depend_on_typesetting() -> None:
    assert sign("", TYPESET) == sign("", TYPED)
