"""What is news to a topic, and the message that tells it."""

from dataclasses import replace

from pipeline.model import Evidence, TopicScore
from pipeline.stages.alert import LISTED, Alert, message, new_alerts
from tests.support.stories import ON_TOPIC, story

TOPIC = "israel-hezbollah"
NAMES = {TOPIC: "Israel–Hezbollah war"}


def alerts(*titles: str) -> tuple[Alert, ...]:
    return new_alerts([story(f"s{number}", title=title) for number, title in enumerate(titles)], {})


def test_a_tagged_story_is_news_with_its_score_and_evidence() -> None:
    (alert,) = new_alerts([story()], {})
    assert (alert.topic, alert.story_id, alert.score, alert.evidence) == (TOPIC, "a", 0.91, ("Hezbollah",))
    assert (alert.title, alert.url, alert.sources) == (story().title, story().url, ("example-defence",))


def test_a_story_off_topic_is_no_news() -> None:
    assert new_alerts([story(topics=(replace(ON_TOPIC, tagged=False),))], {}) == ()


def test_a_copy_is_no_news() -> None:
    assert new_alerts([story(copy_of="b")], {}) == ()


def test_a_story_is_told_once_for_each_topic() -> None:
    both = story(topics=(ON_TOPIC, TopicScore("sahel", 0.7, True)))
    assert [alert.topic for alert in new_alerts([both], {})] == [TOPIC, "sahel"]
    assert [alert.topic for alert in new_alerts([both], {TOPIC: {"a"}})] == ["sahel"]
    assert new_alerts([both], {TOPIC: {"a"}, "sahel": {"a", "b"}}) == ()


def test_a_story_that_comes_to_its_topic_with_a_later_version_is_news() -> None:
    assert len(new_alerts([story(version=3, revision=5)], {TOPIC: {"other"}})) == 1


def test_the_most_certain_come_first() -> None:
    scored = [story(name, topics=(replace(ON_TOPIC, score=score),)) for name, score in (("a", 0.6), ("b", 0.9))]
    assert [alert.story_id for alert in new_alerts(scored, {})] == ["b", "a"]


def test_a_phrase_counts_once_and_only_so_many_are_told() -> None:
    found = tuple(Evidence(f"phrase {number // 2}", "text", number, number + 1) for number in range(60))
    (alert,) = new_alerts([story(topics=(replace(ON_TOPIC, evidence=found),))], {})
    assert alert.evidence == tuple(f"phrase {number}" for number in range(10))


def test_a_message_has_a_line_for_each_story_and_all_facts_beside() -> None:
    told = message("run-1", alerts("Rockets fall"), NAMES)
    assert told["text"] == "1 new story on Israel–Hezbollah war\n0.91 Rockets fall https://example.org/s0"
    assert told["run_id"] == "run-1"
    (row,) = told["stories"]
    assert (row["topic"], row["id"], row["score"], row["evidence"]) == (TOPIC, "s0", 0.91, ["Hezbollah"])
    assert row["published_at"].endswith("Z")


def test_a_topic_without_a_name_is_told_by_its_id() -> None:
    assert message("run-1", alerts("One", "Two"), {})["text"].startswith(f"2 new stories on {TOPIC}\n")


def test_of_many_stories_the_text_names_some_and_the_list_all() -> None:
    told = message("run-1", alerts(*(f"Story {number}" for number in range(50))), NAMES)
    assert len(told["text"].split("\n")) == LISTED + 2
    assert told["text"].endswith("and 30 more")
    assert len(told["stories"]) == 50


def test_a_headline_neither_calls_everybody_nor_makes_links_nor_lines() -> None:
    hostile = "<!channel> @here <https://evil.example|click>\nSecond line " + "x" * 400
    text = message("run-1", alerts(hostile), NAMES)["text"]
    assert "<" not in text
    assert ">" not in text
    assert "@here" not in text
    assert len(text.split("\n")) == 2
    assert len(text) < 450
