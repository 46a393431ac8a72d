"""The boilerplate file: what is read from it, and every mistake that is named."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.config.boilerplate import check_boilerplate, files_of, trusted_boilerplate
from pipeline.stages.clean import NOT_STORY, Rule
from pipeline.stages.clean.repeats import SITE_REPEAT
from pipeline.stages.clean.rules import Language

ADVERT = {"id": "advert", "where": "anywhere", "pattern": "advertisement", "match": ["Advertisement"]}


def written(tmp_path: Path, document: Any) -> Path:
    path = tmp_path / "boilerplate.yaml"
    path.write_text(document if isinstance(document, str) else json.dumps(document), "utf-8")
    return path


def problems(tmp_path: Path, *rules: Any, **rest: Any) -> str:
    path = written(tmp_path, {"rules": list(rules)} | rest)
    return "\n".join(check_boilerplate(path)[1]).replace(f"{path}: ", "")


def test_a_rule_is_read(tmp_path: Path) -> None:
    row = ADVERT | {"and_next": 2, "linked": True, "pattern": ["ad", "advertisement"], "not": ["The ad failed."]}
    rules, found = check_boilerplate(written(tmp_path, {"rules": [row]}))
    assert found == []
    assert rules is not None
    assert rules.rules == (Rule("advert", "anywhere", ("ad", "advertisement"), 2, True),)


def test_words_are_filled_in_and_may_build_on_each_other(tmp_path: Path) -> None:
    words = {"short": "ads?", "all": "{short}|advertisements?"}
    row = {"id": "advert", "where": "anywhere", "pattern": "{all} here", "match": ["Ads here", "Advertisement here"]}
    assert problems(tmp_path, row, words=words) == ""


def test_a_pattern_ignores_case_unless_it_asks_for_it(tmp_path: Path) -> None:
    row = ADVERT | {"pattern": r"(?-i:\p{Lu}+)", "match": ["NEWS"], "not": ["News"]}
    assert problems(tmp_path, row) == ""


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "Not A Slug"}, "id must be a slug"),
        ({"id": 7}, "id must be a slug"),
        ({"where": "above"}, "where must be one of anywhere, below, opening, ending, onward, line-end"),
        ({"and_next": -1}, "and_next must be a whole number from 0 to 10"),
        ({"and_next": 11}, "and_next must be a whole number"),
        ({"and_next": True}, "and_next must be a whole number"),
        ({"linked": "yes"}, "linked must be true or false"),
        ({"joins": 1}, "joins must be true or false"),
        ({"pattern": []}, "pattern must be an expression or a list"),
        ({"pattern": ["  "]}, "pattern must be an expression or a list"),
        ({"pattern": 5}, "pattern must be an expression or a list"),
        ({"pattern": "advertisement("}, "is not an RE2 expression (missing )"),
        ({"pattern": "(?=advert)advertisement"}, "is not an RE2 expression"),
        ({"pattern": "(?:advertisement)?"}, "matches an empty line"),
        ({"pattern": "{unknown}"}, "{unknown} is not among the words"),
        ({"match": []}, "match must hold at least one line"),
        ({"match": "Advertisement"}, "match must be a list of lines"),
        ({"not": [3]}, "not must be a list of lines"),
        ({"match": ["Advertising"]}, "does not match its example 'Advertising'"),
        ({"not": ["ADVERTISEMENT"]}, "matches 'ADVERTISEMENT', which it must not"),
        ({"wher": "anywhere"}, "unknown key 'wher'"),
    ],
)
def test_a_mistake_in_a_rule_is_named_with_the_rule(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    found = problems(tmp_path, ADVERT | change)
    assert message in found
    assert found.startswith("rule 1")


def test_the_end_of_a_line_is_tried_on_its_examples(tmp_path: Path) -> None:
    row = {"id": "slash", "where": "line-end", "pattern": "/+", "match": ["The end./"], "not": ["a/b"]}
    assert problems(tmp_path, row) == ""
    assert "does not match" in problems(tmp_path, row | {"match": ["a/b"]})


def test_two_rules_of_one_name_are_refused(tmp_path: Path) -> None:
    assert "rule 2 (advert): another rule has the same id" in problems(tmp_path, ADVERT, ADVERT)


@pytest.mark.parametrize("name", [SITE_REPEAT, NOT_STORY])
def test_the_names_of_removals_without_a_rule_are_reserved(tmp_path: Path, name: str) -> None:
    assert f"id {name} is the name of removals that no rule makes" in problems(tmp_path, ADVERT | {"id": name})


def test_a_rule_must_be_a_mapping(tmp_path: Path) -> None:
    assert "rule 1: wants a mapping" in problems(tmp_path, "advertisement")


@pytest.mark.parametrize("document", [[], {"rules": {}}, {"words": {}}, "", "just words"])
def test_a_file_without_rules_is_refused(tmp_path: Path, document: Any) -> None:
    rules, found = check_boilerplate(written(tmp_path, document))
    assert rules is None
    assert "holds a list" in found[0]


def test_a_broken_file_is_told_as_such(tmp_path: Path) -> None:
    rules, found = check_boilerplate(written(tmp_path, "rules: [\n"))
    assert rules is None
    assert "line 2" in found[0]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"Bad": "x"}, "'Bad' is not a name"),
        ({"good": 3}, "good must be text"),
        ({"good": "("}, "good: "),
        ({"good": "{later}", "later": "x"}, "{later} is not among the words"),
        ([], "words must be a mapping"),
    ],
)
def test_a_mistake_in_the_words_is_named(tmp_path: Path, words: Any, message: str) -> None:
    assert message in problems(tmp_path, ADVERT, words=words)


def test_an_unknown_key_of_the_file_is_named(tmp_path: Path) -> None:
    assert "unknown key 'rulez'" in problems(tmp_path, ADVERT, rulez=[])


def test_the_shipped_rules_have_no_mistake_and_say_what_they_mean() -> None:
    rules, found = check_boilerplate()
    assert found == []
    assert rules is not None
    assert len(rules.rules) > 20


def test_every_shipped_rule_says_what_it_must_leave_alone() -> None:
    rows = [row for file in files_of() for row in yaml.safe_load(file.read_text("utf-8"))["rules"]]
    assert len(rows) > 100
    assert [row["id"] for row in rows if not row.get("not")] == []


ADVERT_FR = ADVERT | {"id": "advert-fr", "pattern": "{short}", "match": ["Publicité"], "not": ["La publicité coûte."]}
FRENCH = {"rules": [ADVERT_FR], "words": {"short": "{kind}(?: -)?"}, "signs": ["Le", "dans"]}


def with_language(tmp_path: Path, document: Any, code: str = "fr") -> Path:
    """A file of rules, and one for a language beside it."""
    path = written(tmp_path, {"rules": [ADVERT], "words": {"kind": "publicité|advert"}})
    path.with_suffix("").mkdir()
    (path.with_suffix("") / f"{code}.yaml").write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")
    return path


def test_a_file_beside_the_first_holds_the_rules_of_its_language(tmp_path: Path) -> None:
    path = with_language(tmp_path, FRENCH)
    rules, found = check_boilerplate(path)
    assert found == []
    assert rules is not None
    assert [(rule.id, rule.language) for rule in rules.rules] == [(ADVERT["id"], None), ("advert-fr", "fr")]
    assert rules.languages == (Language("fr", signs=("le", "dans")),)
    assert trusted_boilerplate(path) == rules


def test_a_language_may_be_told_by_its_letters(tmp_path: Path) -> None:
    row = ADVERT_FR | {"id": "advert-ru", "pattern": "реклама", "match": ["Реклама"], "not": ["Реклама дорога."]}
    path = with_language(tmp_path, {"rules": [row], "letters": "[ыэъё]"}, "ru")
    rules, found = check_boilerplate(path)
    assert (found, rules and rules.languages) == ([], (Language("ru", letters="[ыэъё]"),))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"signs": None}, "wants either letters or signs"),
        ({"letters": "[é]"}, "wants either letters or signs"),
        ({"signs": None, "letters": "["}, "is not an RE2 expression"),
        ({"signs": None, "letters": 5}, "letters must be an expression"),
        ({"signs": "le"}, "signs must be a list of words"),
        ({"signs": []}, "signs must be a list of words"),
        ({"signs": [3]}, "signs must be a list of words"),
        ({"words": {"short": "{other}"}}, "{other} is not among the words"),
        ({"rules": [ADVERT_FR | {"id": ADVERT["id"]}]}, "another rule has the same id"),
        ({"more": 1}, "unknown key 'more'"),
    ],
)
def test_a_mistake_in_the_file_of_a_language_is_named(tmp_path: Path, change: Any, message: str) -> None:
    document = {key: value for key, value in (FRENCH | change).items() if value is not None}
    found = check_boilerplate(with_language(tmp_path, document))[1]
    assert [line for line in found if message in line and "fr.yaml: " in line], found


def test_the_name_of_a_languages_file_is_its_code(tmp_path: Path) -> None:
    assert "'french' is not the code of a language" in "\n".join(
        check_boilerplate(with_language(tmp_path, FRENCH, "french"))[1]
    )


def test_a_languages_file_that_cannot_be_read_leaves_no_rules(tmp_path: Path) -> None:
    rules, found = check_boilerplate(with_language(tmp_path, ["no mapping"]))
    assert rules is None
    assert "holds a list" in found[0]


def test_only_the_files_of_languages_tell_one(tmp_path: Path) -> None:
    assert "unknown key 'signs'" in problems(tmp_path, ADVERT, signs=["le"])


def test_rules_that_were_tried_once_are_the_same_when_read_again() -> None:
    tried, found = check_boilerplate()
    assert found == []
    assert trusted_boilerplate() == tried


def test_rules_with_all_that_a_rule_may_have_are_the_same_when_read_again(tmp_path: Path) -> None:
    words = {"short": "ads?", "all": "{short}|advertisements?"}
    row = ADVERT | {"and_next": 2, "linked": True, "pattern": ["{all}", " {short} here "]}
    path = written(tmp_path, {"rules": [row, ADVERT | {"id": "other"}], "words": words})
    assert trusted_boilerplate(path) == check_boilerplate(path)[0]
