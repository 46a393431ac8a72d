"""``sitrep dedupe`` over real signatures and real workers."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from pipeline.flows.dedupe import NEWEST, Clusters, dedupe
from pipeline.stages.fold import Imprint
from pipeline.stages.fold.sketch import sign
from tests.support.prose import cut, prose, sentences, without_words


def item(
    identity: Any, text: str, source: str = "wire", title: str = "Convoy crosses the river at dawn"
) -> dict[str, Any]:
    return {"id": identity, "title": title, "text": text, "published_at": "2024-10-21T12:00:00Z", "source": source}


def run(*lines: bytes | Mapping[str, Any], jobs: int = 1) -> list[dict[str, Any]]:
    stream = b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    pieces = iter((stream,))
    answers = b"".join(answer for some in dedupe(lambda _: next(pieces, b""), jobs) for answer in some)
    return [json.loads(line) for line in answers.splitlines()]


def brief(answers: list[dict[str, Any]]) -> list[tuple[Any, str]]:
    return [(answer["cluster"], answer["relation"]) for answer in answers]


def test_copies_and_updates_name_the_first_item_of_their_cluster() -> None:
    text = prose(1, 40)
    answers = run(
        item("a", text),
        item("b", prose(2, 40)),
        item("c", cut(text, 0.5), "tribune"),
        item("d", without_words(text, 15), "journal"),
        item("e", " ".join(sentences(3, 4)) + "\n" + text, "post"),
        item("f", prose(2, 40), "post"),
    )
    assert brief(answers) == [("a", "new"), ("b", "new"), ("a", "copy"), ("a", "copy"), ("a", "update"), ("b", "copy")]
    assert list(answers[0]) == ["id", "cluster", "relation", "similarity"]
    assert (answers[0]["similarity"], answers[5]["similarity"]) == (0.0, 1.0)
    assert 0.6 < answers[3]["similarity"] < 0.9


def test_a_copy_of_a_copy_is_in_the_cluster_of_the_first() -> None:
    first, rest = prose(1), prose(2)
    answers = run(item(1, first), item(2, f"{first}\n{rest}", "b"), item(3, rest, "c"), item(4, prose(3), "d"))
    assert [answer["cluster"] for answer in answers] == [1, 1, 1, 4]


def test_answers_come_in_order_whatever_the_number_of_workers() -> None:
    given = [item(number, prose(number % 20, 30), f"source-{number // 20}") for number in range(100)]
    answers = run(*given, jobs=2)
    assert [answer["id"] for answer in answers] == list(range(100))
    assert [answer["cluster"] for answer in answers] == [number % 20 for number in range(100)]


def test_bad_lines_are_errors_and_no_part_of_a_cluster() -> None:
    text = prose(1)
    answers = run(
        b"nonsense",
        {"id": "a"},
        item("b", text) | {"text": 5},
        item("c", text) | {"published_at": "yesterday"},
        item("d", text) | {"published_at": "9999-12-31T23:59:59-23:00"},
        item("e", text) | {"source": ["x"]},
        {"text": text},
        item("f", text),
    )
    assert [answer.get("error", "") for answer in answers] == [
        "not JSON: Expecting value: line 1 column 1 (char 0)",
        "text is missing",
        "text must be a string",
        "published_at is no ISO 8601 time",
        "published_at is no ISO 8601 time",
        "source must be a string",
        "id is missing",
        "",
    ]
    assert brief(answers[-1:]) == [("f", "new")]


@pytest.mark.parametrize("missing", [{}, {"title": None, "published_at": None, "source": None}])
def test_what_is_unknown_of_a_text_does_not_keep_it_from_being_found(missing: dict[str, None]) -> None:
    first, second = run({"id": 1, "text": prose(1), **missing}, {"id": 2, "text": prose(1), **missing})
    assert (first["relation"], second["cluster"], second["relation"]) == ("new", 1, "copy")


def test_a_time_without_a_zone_is_taken_for_utc() -> None:
    late = {"published_at": "2024-11-04T13:00:00"}
    answers = run(item(1, prose(1, 40)), item(2, cut(prose(1, 40), 0.5), "b") | late)
    assert [answer["relation"] for answer in answers] == ["new", "new"]


def test_a_phrase_in_every_text_leads_to_a_bounded_number_of_texts() -> None:
    clusters = Clusters()
    signature = sign("", prose(1, 6))
    for number in range(3 * NEWEST):
        clusters.add(number, Imprint("wire", None, signature))
    assert {len(numbers) for numbers in clusters._bands.values()} == {NEWEST}
