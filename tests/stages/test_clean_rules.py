"""What a rule sees of a line, and what the set of rules tells about itself."""

import pickle

import pytest
import re2

from pipeline.stages.clean import NO_RULES, Rule, Rules, clean
from pipeline.stages.clean.folded import fold
from pipeline.stages.clean.rules import LONGEST_LINE, Language, share

RULES = Rules(
    (Rule("ad", "anywhere", ("advertisement",)), Rule("any", "opening", (".*",)), Rule("s", "line-end", ("x",)))
)


@pytest.mark.parametrize(
    ("line", "folded"),
    [
        ("  two   blanks ", "two blanks"),
        ("• a bullet", "a bullet"),
        ("- a dash", "a dash"),
        ("Read more »", "Read more"),
        ("Read more →", "Read more"),
        ("“quoted” ‘so’", "\"quoted\" 'so'"),
        ("no\u00a0break\u200b", "no break"),
        ("* * *", ""),
        ("🎧 Podcast", "Podcast"),
        ("« Previous", "Previous"),
        ("Ports » Two boats", "Ports › Two boats"),
        ("Ports ➜ Two boats", "Ports › Two boats"),
        ("« Deux » bateaux", '" Deux " bateaux'),
    ],
)
def test_patterns_see_a_plain_line(line: str, folded: str) -> None:
    assert fold(line) == folded


def test_all_rules_that_know_a_line_are_named_in_their_order() -> None:
    assert [rule.id for rule in RULES.matching("Advertisement")] == ["ad", "any"]
    assert [rule.id for rule in RULES.matching("other")] == ["any"]


@pytest.mark.parametrize("line", ["", "   ", "• •", "a" * (LONGEST_LINE + 1)])
def test_no_rule_looks_at_nothing_or_at_a_whole_paragraph(line: str) -> None:
    assert RULES.matching(line) == ()


def test_the_longest_line_is_still_looked_at() -> None:
    assert RULES.matching("a" * LONGEST_LINE)


@pytest.mark.parametrize("line", ["[Advertisement]", "(Advertisement)", "[ Advertisement » ]"])
def test_brackets_around_a_line_hide_it_from_no_rule(line: str) -> None:
    ad = Rules(RULES.rules[:1])
    assert [rule.id for rule in ad.matching(line)] == ["ad"]


@pytest.mark.parametrize("line", ["[Advertisement", "(Advertisement) (2)", "[Advertisement)", "[]"])
def test_brackets_within_a_line_are_part_of_it(line: str) -> None:
    assert Rules(RULES.rules[:1]).matching(line) == ()


FRENCH, RUSSIAN = Language("fr", signs=("le", "dans", "est")), Language("ru", letters="[ыэъ]")
SPEAKING = Rules(
    (
        Rule("ad", "anywhere", ("advertisement",)),
        Rule("ad-fr", "anywhere", ("publicité",), language="fr"),
        Rule("ad-ru", "anywhere", ("реклама",), language="ru"),
    ),
    languages=(FRENCH, RUSSIAN),
)


@pytest.mark.parametrize(
    ("text", "languages"),
    [
        ("The boats left at noon. Nobody said why.", set()),
        ("Le bateau est dans le port.", {"fr"}),
        ("Корабли вышли в море, и рыбаки были рады, хоть был шторм.", {"ru"}),
        ("The menu has Русский, and a boat is called «Выстрел».", set()),
        ("Le Havre waits.", set()),
        (
            "The ferry le Corsaire left le Havre for le Croisic, and nobody on it knew why. "
            + "Nobody said why. " * 20,
            set(),
        ),
        ("The boats left at noon, said a man of Le Havre. " * 40, {"fr"}),
        ("The boats left at noon. " * 60 + "Le Havre.", set()),
        ("", set()),
    ],
)
def test_a_texts_languages_are_told_by_their_words_or_letters(text: str, languages: set[str]) -> None:
    assert SPEAKING.languages_in([text[:40], text[40:]] if text else []) == languages


def test_the_rules_of_a_language_are_asked_for_texts_that_use_it() -> None:
    assert [rule.id for rule in SPEAKING.matching("Publicité", {"fr"})] == ["ad-fr"]
    assert SPEAKING.matching("Publicité", {"ru"}) == ()
    assert [rule.id for rule in SPEAKING.matching("advertisement", {"ru"})] == ["ad"]


def test_rules_of_several_languages_are_named_in_their_order() -> None:
    codes = ("bb", "aa", "cc")
    rules = tuple(Rule(f"ad-{code}", "anywhere", ("ad",), language=code) for code in codes)
    many = Rules(rules, languages=tuple(Language(code, signs=("le",)) for code in codes))
    for languages in (["aa", "cc", "bb"], ["cc", "bb", "aa"]):
        assert many.matching("ad", languages) == rules


def test_where_no_languages_are_given_all_are_asked() -> None:
    assert [rule.id for rule in SPEAKING.matching("РЕКЛАМА")] == ["ad-ru"]


def test_a_text_is_cleaned_by_the_rules_of_its_languages() -> None:
    story = "Le bateau est dans le port depuis lundi, selon le capitaine qui attend dans la rade."
    assert clean(f"{story}\nPublicité", SPEAKING).text == story
    english = "The boat has been in the port since Monday, says the captain who waits there for the pilot."
    assert clean(f"{english}\nPublicité", SPEAKING).text == f"{english}\nPublicité"


def test_languages_are_part_of_what_rules_mean_and_travel_with_them() -> None:
    assert Rules(SPEAKING.rules).digest != SPEAKING.digest
    copy = pickle.loads(pickle.dumps(SPEAKING))
    assert copy == SPEAKING
    assert copy.languages_in(["Le bateau est dans le port."]) == {"fr"}


def test_no_rules_know_no_line() -> None:
    assert NO_RULES.matching("Advertisement") == ()


def test_ends_of_lines_are_kept_apart() -> None:
    assert [rule.id for rule in RULES.line_ends] == ["s"]
    assert "s" not in [rule.id for rule in RULES.matching("x")]


def test_the_digest_tells_what_the_rules_mean() -> None:
    assert Rules(RULES.rules).digest == RULES.digest
    assert Rules(RULES.rules[:1]).digest != RULES.digest
    assert len(RULES.digest) == 64


def test_rules_travel_to_a_worker() -> None:
    RULES.matching("Advertisement")
    copy = pickle.loads(pickle.dumps(RULES))
    assert copy == RULES
    assert copy.matching("Advertisement") == RULES.matching("Advertisement")


def test_rules_that_are_shared_do_not_become_others_on_their_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.stages.clean.rules._shared", {})
    sent, other = pickle.dumps(Rules(SPEAKING.rules, languages=SPEAKING.languages)), pickle.dumps(RULES)
    share(SPEAKING)
    assert pickle.loads(sent) is SPEAKING
    assert pickle.loads(other) == RULES


def test_patterns_too_large_for_one_automaton_are_divided_and_all_still_match() -> None:
    patterns = tuple(rf"\d{{1,{most}}}[a-z]{{3,200}}x?" for most in range(20, 120))
    rules = Rules(tuple(Rule(f"n{number}", "anywhere", (pattern,)) for number, pattern in enumerate(patterns)))
    assert len(rules.matching("7abcx")) == len(patterns)
    assert len(rules.matching("1" * 100 + "abc")) == 20


def test_patterns_that_begin_with_anything_match_beside_those_that_do_not() -> None:
    rules = Rules(
        (
            Rule("loose", "anywhere", (r".{2,9}\[\d+\]",)),
            Rule("not", "anywhere", (r"[^.]{2,9}\[\d+\]",)),
            Rule("strict", "anywhere", (r"\w+ \[\d+\]",)),
        )
    )
    assert [rule.id for rule in rules.matching("abc [1]")] == ["loose", "not", "strict"]
    assert [rule.id for rule in rules.matching("a.c [1]")] == ["loose"]
    assert rules.matching("abc [x]") == ()


def test_an_expression_that_needs_more_memory_gets_it() -> None:
    rules = Rules((Rule("large", "anywhere", (r"see also [a-z ]{1,900}end",)),))
    assert [found.id for found in rules.matching("See also " + "Harbour " * 2 + "end")] == ["large"]
    assert not rules.matching("See also the harbour, end")


def test_an_expression_larger_than_any_is_refused() -> None:
    with pytest.raises(re2.error):
        Rules((Rule("huge", "anywhere", (r"see also \p{L}{900}\p{L}{900}",)),)).matching("See also")
