import shutil
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.sample.newsroom import FOLDER, HOURS, START, Newsroom, open_newsroom

ARTICLE = """\
---
title: "A title"
subject: other
published: 2024-10-20T09:00:00Z
---

One sentence.
Another one.\\

## A crosshead

The end.
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A newsroom of the real outlets without any articles but one."""
    shutil.copy(FOLDER / "outlets.yaml", tmp_path)
    put(tmp_path, ARTICLE)
    return tmp_path


def put(folder: Path, text: str, name: str = "defence-ledger/a-story.md") -> Path:
    path = folder / "articles" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_the_newsroom_has_enough_of_every_subject(newsroom: Newsroom) -> None:
    own = [a for a in newsroom.articles if a.hour == 0 and a.has_page and not a.copy_of]
    subjects = Counter(article.subject for article in own)
    assert subjects["israel-hezbollah"] >= 12
    assert subjects["near-miss"] >= 14
    assert subjects["other"] >= 14


def test_at_least_eight_feeds_work_and_sixty_pages_are_there(newsroom: Newsroom) -> None:
    working = [o for o in newsroom.outlets if o.feed.status == 200 and o.feed.format != "html"]
    pages = {a.id for a in newsroom.articles if a.hour == 0 and a.has_page and a.page_status[0] == 200}
    assert len(working) >= 8
    assert {o.feed.format for o in working} == {"rss2", "rss1", "atom"}
    assert len(pages) >= 60


def test_nothing_is_published_after_its_hour(newsroom: Newsroom) -> None:
    late = [a.id for a in newsroom.articles if a.modified and a.modified >= START + timedelta(hours=a.hour)]
    assert late == []


def test_the_second_hour_has_new_stories_and_real_updates(newsroom: Newsroom) -> None:
    later = [a for a in newsroom.articles if a.hour == 1]
    known = {a.id for a in newsroom.articles if a.hour == 0}
    updates = [a for a in later if a.id in known]
    new = [a for a in later if a.id not in known]
    assert len(updates) >= 2
    assert len(new) >= 2
    for group in (updates, new):
        assert any(a.subject == "israel-hezbollah" for a in group)
    for update in updates:
        before = newsroom.article(update.id, hour=0)
        assert len(update.blocks) > len(before.blocks)
        assert len(set(before.blocks) & set(update.blocks)) < len(before.blocks)
        assert update.updated is not None


def test_reprints_carry_the_words_of_the_agency(newsroom: Newsroom) -> None:
    copies = [a for a in newsroom.articles if a.copy_of]
    assert len(copies) >= 6
    whole = 0
    for copy in copies:
        original = newsroom.article(copy.copy_of or "")
        assert copy.blocks == original.blocks[: len(copy.blocks)]
        assert copy.outlet != original.outlet
        whole += copy.blocks == original.blocks
    assert 0 < whole < len(copies)


def test_every_oddity_that_the_readme_promises_is_there(newsroom: Newsroom) -> None:
    first = [a for a in newsroom.articles if a.hour == 0]
    odd = [a.odd_link for a in first if a.odd_link is not None]
    assert any(link.startswith("javascript:") for link in odd)
    assert any(link.startswith("mailto:") for link in odd)
    assert {bool(a.text) for a in first if a.odd_link == ""} == {True, False}
    assert {a.page_status for a in first} >= {(403, 403), (503, 200), (404, 404)}
    assert sum(a.links_to is not None for a in first) >= 2
    assert [a.id for a in first if a.linked_as]
    assert [a.id for a in first if a.has_page and a.published is None]
    assert sum(block.text.endswith("\\") for a in first for block in a.blocks) >= 5
    assert [b for a in first if a.subject == "israel-hezbollah" for b in a.blocks if b.text.isupper()]
    assert max(Counter((a.outlet, a.guid) for a in first).values()) == 2


def test_gold_text_is_without_the_stray_backslash(folder: Path) -> None:
    article = open_newsroom(folder).article("defence-ledger/a-story")
    assert article.text == "One sentence. Another one.\nA crosshead\nThe end."
    assert [block.kind for block in article.blocks] == ["paragraph", "crosshead", "paragraph"]
    assert article.blocks[0].text.endswith("\\")


def test_path_and_guid_follow_from_the_file_name(folder: Path) -> None:
    article = open_newsroom(folder).article("defence-ledger/a-story")
    assert (article.path, article.guid) == ("/a-story/", "urn:sample:defence-ledger:a-story")


def test_an_update_replaces_the_story_in_the_second_hour_only(folder: Path) -> None:
    put(folder, ARTICLE.replace("A title", "A new title"), "defence-ledger/a-story.hour1.md")
    newsroom = open_newsroom(folder)
    outlet = next(o for o in newsroom.outlets if o.id == "defence-ledger")
    shown = [[a.title for a in newsroom.published(outlet, hour)] for hour in HOURS]
    assert shown == [["A title"], ["A new title"]]


def test_what_is_unknown_at_an_hour_is_a_key_error(folder: Path) -> None:
    put(folder, ARTICLE, "defence-ledger/later.hour1.md")
    newsroom = open_newsroom(folder)
    with pytest.raises(KeyError):
        newsroom.article("defence-ledger/later", hour=0)
    assert newsroom.article("defence-ledger/later", hour=1).hour == 1


WRONG = {
    "unknown field": (ARTICLE.replace("subject:", "colour: red\nsubject:"), "colour"),
    "missing title": (ARTICLE.replace('title: "A title"\n', ""), "title"),
    "unknown subject": (ARTICLE.replace("other", "weather"), "subject"),
    "time without a zone": (ARTICLE.replace("09:00:00Z", "09:00:00"), "published"),
    "status that no outlet gives": (ARTICLE.replace("subject:", "page_status: [200, 418]\nsubject:"), "page_status"),
    "one status only": (ARTICLE.replace("subject:", "page_status: [404]\nsubject:"), "page_status"),
    "copy of nothing": (ARTICLE.replace("subject:", "copy_of: a/b\nsubject:"), "copy_of"),
    "link to nothing": (ARTICLE.replace("subject:", "links_to: a/b\nsubject:"), "links_to"),
    "no text": (ARTICLE.partition("\n\n")[0] + "\n", "text"),
    "no front matter": ("Just a text.\n", "front matter"),
    "front matter is a list": ("---\n- a\n---\ntext\n", "front matter"),
    "broken YAML": (ARTICLE.replace('"A title"', '"A title'), "front matter"),
}


@pytest.mark.parametrize("text, named", WRONG.values(), ids=WRONG)
def test_wrong_front_matter_is_a_value_error_that_names_file_and_field(folder: Path, text: str, named: str) -> None:
    path = put(folder, text)
    with pytest.raises(ValueError, match=named) as raised:
        open_newsroom(folder)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", ["defence-ledger/a-story.hour2.md", "no-such-outlet/a-story.md"])
def test_a_file_in_the_wrong_place_is_named(folder: Path, name: str) -> None:
    path = put(folder, ARTICLE, name)
    with pytest.raises(ValueError, match=path.name):
        open_newsroom(folder)


@pytest.mark.parametrize(
    "change", [("charset: windows-1252", "colour: red"), ("outlets:", "papers:"), ("outlets:", "[")]
)
def test_wrong_outlets_are_a_value_error_that_names_the_file(folder: Path, change: tuple[str, str]) -> None:
    path = folder / "outlets.yaml"
    path.write_text(path.read_text("utf-8").replace(*change), encoding="utf-8")
    with pytest.raises(ValueError, match=r"outlets\.yaml"):
        open_newsroom(folder)


def test_the_form_shown_in_the_readme_can_be_read(folder: Path) -> None:
    shown = (FOLDER / "README.md").read_text("utf-8").split("```markdown\n")[1].split("```")[0]
    put(folder, shown, "harbor-post/ferry.md")
    article = open_newsroom(folder).article("harbor-post/ferry")
    assert article.title == "Ferry to Naqoura sails again"
    assert [block.kind for block in article.blocks] == ["paragraph", "crosshead", "paragraph"]
    assert article.text.endswith("without it.")
