"""``sitrep topic new|test|similar``: a topic from a story, figures from graded stories, stories like a given one."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.adapters.search_index.client import SearchIndex
from pipeline.config.topics import load_topics
from pipeline.stages.document import document
from pipeline.stages.identify import story_id
from tests.conftest import Request
from tests.support.command import sitrep
from tests.support.site import Reply, open_site, page
from tests.support.stories import story

TITLE = "Dockers of Portvale reject the harbour board's offer"
TEXT = """Dockers in Portvale voted on Monday against a pay offer of the harbour board, and their picket goes on.
The union leader Edda Quillam said that the crane drivers of Portvale would not go back before the board talks to them.
Cargo ships wait at anchor near Skerrow Head. In Portvale the grain silos are empty, said Edda Quillam of the union.
The board of the harbour called the strike unlawful, and asked a court in Hallowmere to end the picket.
"""
PARAGRAPHS = TEXT.splitlines()
INDEX = "test-topic-command"


@pytest.fixture
def written(tmp_path: Path) -> Path:
    file = tmp_path / "story.txt"
    file.write_text(f"{TITLE}\n{TEXT}")
    return file


@pytest.fixture
def topics(tmp_path: Path) -> Path:
    folder = tmp_path / "topics"
    folder.mkdir()
    return folder


def test_a_story_becomes_a_topic_that_tags_it(written: Path, topics: Path) -> None:
    ran = sitrep("topic", "new", "harbour", "--story", str(written), "--json", topics=str(topics))
    made = ran.json
    assert (ran.status, made["topic"], made["written"]) == (0, "harbour", True)
    assert made["score"] > 0.5
    assert "Portvale" in made["groups"]["places"]
    assert "Edda Quillam" in made["groups"]["actors"]
    assert {"picket", "harbour", "strikes"} <= set(made["groups"]["terms"])
    assert [topic.id for topic in load_topics(topics)] == ["harbour"]
    assert sitrep("check-config", topics=str(topics)).status == 0


def test_a_topic_made_anew_overwrites_none(written: Path, topics: Path) -> None:
    (topics / "harbour.yaml").write_text("mine")
    ran = sitrep("topic", "new", "harbour", "--story", str(written), topics=str(topics))
    assert (ran.status, (topics / "harbour.yaml").read_text()) == (2, "mine")
    assert "there is a topic harbour already" in ran.err


def test_a_dry_run_prints_the_file_and_writes_none(written: Path, topics: Path) -> None:
    ran = sitrep("topic", "new", "harbour", "--story", str(written), "--dry-run", topics=str(topics))
    assert (ran.status, list(topics.iterdir())) == (0, [])
    assert "- Portvale" in ran.out


def test_a_folder_of_topics_that_is_not_there_yet_is_made(written: Path, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "topics"
    ran = sitrep("topic", "new", "harbour", "--story", str(written), topics=str(folder))
    assert (ran.status, [topic.id for topic in load_topics(folder)]) == (0, ["harbour"])


def test_a_story_with_half_a_character_becomes_a_topic(tmp_path: Path, topics: Path) -> None:
    file = tmp_path / "story.json"
    file.write_text(json.dumps({"title": f"{TITLE} \ud800", "text": f"{TEXT} \udfff"}))
    ran = sitrep("topic", "new", "harbour", "--story", str(file), "--json", topics=str(topics))
    assert (ran.status, ran.json["written"]) == (0, True)
    assert [topic.id for topic in load_topics(topics)] == ["harbour"]


def test_a_page_is_fetched_as_in_a_round(topics: Path) -> None:
    with open_site() as site:
        site.replies["/story"] = page(TITLE, *PARAGRAPHS)
        site.replies["/secret"] = page(TITLE, *PARAGRAPHS)
        site.replies["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /secret\n", 200, {"Content-Type": "text/plain"})
        settings = {"topics": str(topics), "allow_hosts": "127.0.0.0/8", "host_delay": "0"}
        made = sitrep("topic", "new", "harbour", "--story", f"{site.url}/story", "--json", **settings)
        refused = sitrep("topic", "new", "other", "--story", f"{site.url}/secret", **settings)
        missing = sitrep("topic", "new", "other", "--story", f"{site.url}/nothing", **settings)
        assert "/secret" not in site.paths()
        blocked = sitrep("topic", "new", "other", "--story", f"{site.url}/story", topics=str(topics))
    assert (made.status, made.json["score"] > 0.5) == (0, True)
    assert (refused.status, missing.status) == (1, 1)
    assert "robots" in refused.err
    assert blocked.status == 2  # nobody to be reached by, and a private address besides
    assert [file.name for file in topics.iterdir()] == ["harbour.yaml"]


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (b"", 1, "no story found"),
        (b"Only a headline", 1, "no story found"),
        (b"a\nb", 1, "nothing in it stands out"),
        (b'{"title": "x"}', 2, "title and text"),
        (b"{not json", 2, "is no JSON"),
        (b"\x00\xff\xfe\n\x00\x01", 1, "stands out"),
        (b"<html><body><p></p></body></html>", 1, "no story found"),
        ("مرحبا\nقال الوزير إن الحكومة ستجتمع غدا".encode(), 1, "stands out"),
        (b"T\n" + b"word " * 500_000, 1, "stands out"),
    ],
)
def test_what_is_no_story_is_told_and_nothing_is_written(
    tmp_path: Path, topics: Path, content: bytes, status: int, words: str
) -> None:
    file = tmp_path / "given"
    file.write_bytes(content)
    ran = sitrep("topic", "new", "harbour", "--story", str(file), topics=str(topics))
    assert (ran.status, ran.out, list(topics.iterdir())) == (status, "", [])
    assert words in ran.err


@pytest.mark.parametrize("topic_id", ["Harbour", "../up", "a b", "x" * 65])
def test_an_id_that_is_no_slug_is_refused(written: Path, topics: Path, topic_id: str) -> None:
    assert sitrep("topic", "new", topic_id, "--story", str(written), topics=str(topics)).status == 2


GRADED = [
    {"id": "a", "title": TITLE, "text": TEXT, "grade": 2},
    {"id": "b", "title": "Portvale dockers on strike", "summary": "The union of Portvale and its picket.", "grade": 2},
    {"id": "c", "title": "Rain in Hallowmere", "text": "It rains.", "grade": 0},
    {"id": "d", "title": "Portvale: dockers' picket and strike", "text": "Union talks in Portvale.", "grade": 1},
    {"id": "e", "title": "A day like any other", "text": "Nothing was said.", "grade": 2},
]


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    file = tmp_path / "labels.jsonl"
    file.write_text("\n".join(map(json.dumps, GRADED)))
    return file


def test_graded_stories_give_figures_and_errors(written: Path, topics: Path, labels: Path) -> None:
    sitrep("topic", "new", "harbour", "--story", str(written), topics=str(topics))
    ran = sitrep("topic", "test", "harbour", "--labels", str(labels), "--json", topics=str(topics))
    told = ran.json
    assert (ran.status, told["topic"], told["trained"]) == (0, "harbour", False)
    assert (told["strict"]["stories"], told["wide"]["stories"], told["strict"]["positives"]) == (4, 5, 3)
    assert [one["id"] for one in told["missed"]] == ["e"]
    assert [one["id"] for one in told["false_alarms"]] == ["d"]
    assert told["strict"]["precision"] == 1.0
    assert told["wide"]["recall"] == pytest.approx(2 / 3)
    assert len(told["curve"]) == 19
    shown = sitrep("topic", "test", "harbour", "--labels", str(labels), topics=str(topics))
    assert shown.status == 0
    assert "A day like any other" in shown.out


def test_an_error_with_half_a_character_is_told_in_both_forms(tmp_path: Path) -> None:
    file = tmp_path / "labels.jsonl"
    file.write_text(json.dumps({"id": "\ud800", "title": "Rain \ud800\x1b[31m", "text": "\udfff", "grade": 2}))
    told = sitrep("topic", "test", "israel-hezbollah", "--labels", str(file), "--json")
    assert (told.status, [one["title"] for one in told.json["missed"]]) == (0, ["Rain \ud800\x1b[31m"])
    shown = sitrep("topic", "test", "israel-hezbollah", "--labels", str(file))
    assert (shown.status, "Rain   [31m" in shown.out) == (0, True)


def test_every_bad_line_of_labels_is_named_at_once(tmp_path: Path) -> None:
    file = tmp_path / "labels.jsonl"
    file.write_text('{"title": "a", "text": "b", "grade": 3}\nno\n[]\n{"title": 1, "text": "b", "grade": 2}\n')
    ran = sitrep("topic", "test", "israel-hezbollah", "--labels", str(file))
    assert ran.status == 2
    assert all(f"line {number}:" in ran.err for number in (1, 2, 3, 4))


def test_an_unknown_topic_and_labels_that_cannot_be_read_are_told(tmp_path: Path, labels: Path) -> None:
    assert sitrep("topic", "test", "nobodys", "--labels", str(labels)).status == 1
    assert sitrep("topic", "test", "israel-hezbollah", "--labels", str(tmp_path / "none")).status == 2


@pytest.fixture(scope="module")
def filled(elasticsearch_url: str, elasticsearch: Request) -> Iterator[dict[str, str]]:
    """Settings that lead to an index with three stories, one of them a copy."""
    stories: dict[str, dict[str, Any]] = {
        "near": {"title": "Portvale dockers keep their picket", "text": "Edda Quillam told the dockers to hold on."},
        "far": {"title": "Rain at the weekend", "text": "A board of the weather service said that rain would come."},
        "copy": {"title": TITLE, "text": TEXT, "copy_of": "near", "cluster_id": "near"},
    }
    itself = "http://127.0.0.1:1/story"
    with SearchIndex(elasticsearch_url, prefix=INDEX) as index:
        index.setup()
        documents = [document(story(name, **changes)) for name, changes in stories.items()]
        documents.append(document(story(story_id(itself), url=itself, title=TITLE, text=TEXT)))
        list(index.deliver(documents))
        index.refresh()
    yield {"elasticsearch_url": elasticsearch_url, "index": INDEX}
    elasticsearch("DELETE", f"/{INDEX}-v1,{INDEX}-runs,{INDEX}-feeds,{INDEX}-alerts")
    elasticsearch("DELETE", f"/_index_template/{INDEX}*")


def test_indexed_stories_are_ranked_by_likeness_with_the_words_they_share(
    written: Path, filled: dict[str, str]
) -> None:
    ran = sitrep("topic", "similar", str(written), "--json", **filled)
    hits = ran.json["hits"]
    assert (ran.status, ran.json["story"]["title"]) == (0, TITLE)
    assert hits[0]["score"] == pytest.approx(1.0)  # the story itself, which a file cannot be known for
    assert hits[1]["id"] == "near"
    assert {"portvale", "dockers"} <= {reason["word"] for reason in hits[1]["reasons"]}
    assert all(hit["id"] != "far" or hit["score"] < hits[1]["score"] for hit in hits)
    assert "copy" not in {hit["id"] for hit in hits}
    with_copies = sitrep("topic", "similar", str(written), "--copies", "--json", **filled).json["hits"]
    assert "copy" in {hit["id"] for hit in with_copies}
    people = sitrep("topic", "similar", str(written), "--size", "2", **filled)
    assert "Portvale dockers keep their picket" in people.out
    assert "shared: " in people.out


def test_a_server_that_does_not_answer_ends_with_4(written: Path) -> None:
    assert sitrep("topic", "similar", str(written), elasticsearch_url="http://127.0.0.1:9").status == 4


@pytest.mark.parametrize("command", ["new", "test", "similar"])
def test_help_shows_examples_and_exit_statuses(command: str) -> None:
    ran = sitrep("topic", command, "--help")
    assert ran.status == 0
    assert f"sitrep topic {command}" in ran.out
    assert "Exit status" in ran.out
