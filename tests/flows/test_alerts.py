"""After a round its new on-topic stories are told: in a file for each topic, and to the webhook at least once."""

import multiprocessing
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import structlog

from pipeline.adapters.ledger import runs, stories
from pipeline.adapters.ledger.database import Ledger
from pipeline.adapters.ledger.runs import Run
from pipeline.errors import ConfigError
from pipeline.flows import alerts as flow
from pipeline.flows.alerts import KEPT, MAX_UNSENT, publish_alerts
from pipeline.model import Story
from pipeline.settings import Settings, load_settings
from pipeline.stages.revise import Revision
from tests.support.hook import Hook, open_hook
from tests.support.rounds import NOON, collect_at, settings_of
from tests.support.site import item, open_site, page, rss
from tests.support.stories import ON_TOPIC, story, telling

TOPIC = "israel-hezbollah"
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def hook() -> Iterator[Hook]:
    with open_hook() as opened:
        yield opened


@pytest.fixture
def settings(tmp_path: Path, hook: Hook) -> Settings:
    return settings_of(tmp_path, ["https://feeds.example.org/1"], webhook_url=hook.url)


def finish(settings: Settings, run_id: str, *told: Story) -> flow.Published:
    """A round that brings these stories for the first time, and then tells them."""
    with Ledger(settings.ledger_url) as ledger:
        with ledger.write() as connection:
            for one in told:
                revision = Revision(one, "created", changed=True, new_version=True)
                stories.save(connection, revision, telling(), run_id, NOON, None)
        return publish_alerts(settings, ledger, run_id)


def revise(settings: Settings, run_id: str, *changed: Story) -> flow.Published:
    """A round that changes stories which are there already."""
    with Ledger(settings.ledger_url) as ledger:
        with ledger.write() as connection:
            for one in changed:
                revision = Revision(one, "updated", changed=True, new_version=False)
                stories.save(connection, revision, telling(), run_id, NOON, None)
        return publish_alerts(settings, ledger, run_id)


def titles(settings: Settings, topic: str = TOPIC) -> list[str | None]:
    feed = ET.parse(settings.home / "alerts" / f"{topic}.atom").getroot()
    return [entry.findtext(f"{ATOM}title") for entry in feed.findall(f"{ATOM}entry")]


def told_ids(hook: Hook) -> list[list[str]]:
    return [[row["id"] for row in body["stories"]] for body in hook.bodies()]


def test_a_round_tells_its_new_stories_on_topic_in_file_and_message(settings: Settings, hook: Hook) -> None:
    off_topic = story("b", title="Elsewhere", topics=(replace(ON_TOPIC, tagged=False),))
    published = finish(settings, "run-1", story("a"), off_topic, story("c", copy_of="a", cluster_id="a"))
    assert published == flow.Published(told={TOPIC: 1}, sent=1)
    assert titles(settings) == ["Hezbollah fires rockets"]
    assert told_ids(hook) == [["a"]]
    assert "Israel–Hezbollah war" in hook.bodies()[0]["text"]


def test_a_story_that_changes_later_is_not_told_again(settings: Settings, hook: Hook) -> None:
    finish(settings, "run-1", story("a"))
    assert revise(settings, "run-2", story("a", title="New headline", version=2, revision=2)).told == {}
    assert (titles(settings), told_ids(hook)) == (["Hezbollah fires rockets"], [["a"]])


def test_a_story_that_comes_to_the_topic_later_is_told_then(settings: Settings, hook: Hook) -> None:
    finish(settings, "run-1", story("a", topics=(replace(ON_TOPIC, tagged=False),)))
    assert hook.posts == []
    revise(settings, "run-2", story("a", version=2, revision=2))
    assert told_ids(hook) == [["a"]]


def test_a_report_that_is_made_twice_tells_nothing_twice(settings: Settings, hook: Hook) -> None:
    finish(settings, "run-1", story("a"))
    before = (settings.home / "alerts" / f"{TOPIC}.atom").stat()
    with Ledger(settings.ledger_url) as ledger:
        assert publish_alerts(settings, ledger, "run-1") == flow.Published()
    assert len(hook.posts) == 1
    assert (settings.home / "alerts" / f"{TOPIC}.atom").stat().st_ino == before.st_ino


def test_a_round_without_news_posts_nothing_and_leaves_a_feed_to_subscribe_to(settings: Settings, hook: Hook) -> None:
    assert finish(settings, "run-1") == flow.Published()
    assert (titles(settings), hook.posts) == ([], [])


def test_the_file_keeps_the_last_hundred_newest_round_first(settings: Settings) -> None:
    finish(settings, "run-1", *(story(f"old-{n:03}", title=f"Old {n}") for n in range(KEPT)))
    finish(settings, "run-2", *(story(f"new-{n}", title=f"New {n}") for n in range(3)))
    shown = titles(settings)
    assert len(shown) == KEPT
    assert set(shown[:3]) == {"New 0", "New 1", "New 2"}


def test_a_story_that_has_left_the_file_is_not_told_again(settings: Settings, hook: Hook) -> None:
    finish(settings, "run-1", story("a"))
    finish(settings, "run-2", *(story(f"b-{n}", title="Other") for n in range(KEPT)))
    assert revise(settings, "run-3", story("a", revision=2)).told == {}
    assert "a" not in told_ids(hook)[1]


def test_what_the_webhook_refuses_goes_out_after_the_next_round_in_order(settings: Settings, hook: Hook) -> None:
    hook.status = 503
    with structlog.testing.capture_logs() as logs:
        failed = finish(settings, "run-1", story("a"))
    assert (failed.sent, failed.unsent, failed.told) == (0, 1, {TOPIC: 1})
    assert [(entry["log_level"], entry["rounds_waiting"]) for entry in logs] == [("warning", 1)]
    assert "S3CRET" not in str(logs)
    assert "503" in str(logs)
    assert titles(settings) == ["Hezbollah fires rockets"]
    hook.status = 200
    hook.posts.clear()
    assert finish(settings, "run-2", story("b")).sent == 2
    assert told_ids(hook) == [["a"], ["b"]]
    assert [body["run_id"] for body in hook.bodies()] == ["run-1", "run-2"]
    assert finish(settings, "run-3").sent == 0


def test_a_round_without_news_still_sends_what_waits(settings: Settings, hook: Hook) -> None:
    hook.status = 500
    finish(settings, "run-1", story("a"))
    hook.status = 200
    assert finish(settings, "run-2").sent == 1


def test_of_too_many_waiting_rounds_the_oldest_are_given_up(settings: Settings, hook: Hook) -> None:
    hook.status = 500
    state = flow._State(unsent=tuple(flow._Round(f"run-{n}", ()) for n in range(MAX_UNSENT)))
    (settings.home / "alerts").mkdir()
    flow._write(settings.home / "alerts", state)
    assert finish(settings, "run-new", story("a")).unsent == MAX_UNSENT
    assert flow._read(settings.home / "alerts").unsent[0].run_id == "run-1"


def _die_while_posting(settings: Settings) -> None:
    finish(settings, "run-1", story("a"))


def test_a_round_killed_while_it_posts_tells_its_story_after_the_next(settings: Settings, hook: Hook) -> None:
    hook.silent = True
    child = multiprocessing.get_context("fork").Process(target=_die_while_posting, args=(settings,))
    child.start()
    while not hook.posts:
        assert child.is_alive()
        child.join(0.02)
    child.kill()
    child.join()
    with Ledger(settings.ledger_url) as ledger:
        waiting = flow._read(settings.home / "alerts").unsent
        assert [found.run_id for found in waiting] == ["run-1"]
        settings = settings.model_copy(update={"webhook_url": None})
        assert publish_alerts(settings, ledger, "run-1").told == {}
    assert titles(settings) == ["Hezbollah fires rockets"]


def test_what_a_round_that_broke_off_has_not_told_is_told_by_the_next(settings: Settings, hook: Hook) -> None:
    with Ledger(settings.ledger_url) as ledger, ledger.write() as connection:
        for name in ("broken-off", "ended"):
            runs.open_run(connection, Run(name, NOON, True, NOON, 1, 1, 0.0, 0))
            told = story(name, title=f"Hezbollah, {name}", cluster_id=name)
            revision = Revision(told, "created", changed=True, new_version=True)
            stories.save(connection, revision, telling(), name, NOON, None)
        runs.close_run(connection, "ended", NOON, {})
    finish(settings, "run-3", story("a"))
    finish(settings, "run-4")
    assert [sorted(ids) for ids in told_ids(hook)] == [["a", "broken-off"]]


def test_without_a_webhook_nothing_waits_for_one(settings: Settings, hook: Hook) -> None:
    silent = settings.model_copy(update={"webhook_url": None})
    assert finish(silent, "run-1", story("a")) == flow.Published(told={TOPIC: 1})
    assert titles(silent) == ["Hezbollah fires rockets"]
    finish(settings, "run-2")
    assert hook.posts == []


def test_a_state_that_cannot_be_read_is_set_aside(settings: Settings, hook: Hook) -> None:
    folder = settings.home / "alerts"
    folder.mkdir()
    (folder / "state.json").write_text("{half")
    assert finish(settings, "run-1", story("a")).told == {TOPIC: 1}
    assert (folder / "state.broken").read_text() == "{half"


def test_a_folder_that_cannot_be_written_is_a_warning_and_ends_no_round(settings: Settings) -> None:
    (settings.home / "alerts").write_text("a file where the folder should be")
    with structlog.testing.capture_logs() as logs:
        assert finish(settings, "run-1", story("a")).problem
    assert [entry["log_level"] for entry in logs] == ["warning"]


def test_topics_whose_files_are_wrong_are_told_by_their_ids(settings: Settings, hook: Hook, tmp_path: Path) -> None:
    lost = settings.model_copy(update={"topics": tmp_path / "nowhere"})
    finish(lost, "run-1", story("a"))
    assert hook.bodies()[0]["text"].startswith(f"1 new story on {TOPIC}\n")


def test_the_webhook_may_come_from_a_file_and_a_wrong_one_is_named_but_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "hook"
    file.write_text("https://chat.example.org/S3CRET\n")
    monkeypatch.setenv("SITREP_WEBHOOK_URL_FILE", str(file))
    url = load_settings().webhook_url
    assert url is not None
    assert url.get_secret_value() == "https://chat.example.org/S3CRET"
    file.write_text("chat.example.org/S3CRET")
    with pytest.raises(ConfigError, match="SITREP_WEBHOOK_URL: must be an absolute http or https URL") as raised:
        load_settings()
    assert "S3CRET" not in str(raised.value)


def test_the_round_itself_tells_what_it_found(tmp_path: Path, hook: Hook) -> None:
    paragraphs = (
        "Hezbollah fired rockets at northern Israel and the Israeli army struck southern Lebanon on Monday.",
        "Amos Hochstein is to press for a ceasefire between Israel and Hezbollah in Beirut under resolution 1701.",
    )
    with open_site() as site:
        site.replies["/story"] = page("Hezbollah rockets hit Israel as envoy seeks Lebanon truce", *paragraphs)
        site.replies["/feed"] = rss(site, item(f"{site.url}/story", "Hezbollah rockets hit Israel", summary="Rockets."))
        settings = settings_of(tmp_path, [f"{site.url}/feed"], webhook_url=hook.url)
        assert collect_at(settings).stories["on_topic"] == 1
    assert titles(settings) == ["Hezbollah rockets hit Israel as envoy seeks Lebanon truce"]
    assert len(told_ids(hook)) == 1
