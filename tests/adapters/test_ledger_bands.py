"""Signatures, bands and clusters on a real SQLite file and a real PostgreSQL."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from pipeline.adapters.ledger import bands, clusters, outbox, stories
from pipeline.adapters.ledger.bands import EQUAL, NEWEST
from pipeline.adapters.ledger.database import Connection, Ledger
from pipeline.adapters.ledger.schema import stories as story_table
from pipeline.adapters.ledger.schema import story_bands, story_signatures
from pipeline.model import Story
from pipeline.stages.document import Copies
from pipeline.stages.fold import Peer, Signature, bands_of
from pipeline.stages.fold.cluster import MAX_COMPARED
from pipeline.stages.fold.sketch import sign
from pipeline.stages.revise import Revision
from tests.support.databases import database
from tests.support.exchanges import NOON
from tests.support.prose import cut, prose
from tests.support.stories import story, telling

TITLE = "Hezbollah fires rockets"


@pytest.fixture(params=["sqlite", "postgresql"])
def connection(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connection]:
    with database(request.param, tmp_path) as url, Ledger(url) as ledger, ledger.write() as opened:
        yield opened


def stored(connection: Connection, story_id: str, text: str, **changes: object) -> Story:
    """A story with this text in the ledger, its signature too."""
    told = story(story_id, text=text, **changes)
    signature = sign(TITLE, text)
    revision = Revision(told, "created", changed=True, new_version=True)
    stories.save(connection, revision, telling(text=text, signature=signature), "run", NOON, None)
    bands.keep(connection, story_id, told.first_seen_at, signature)
    return told


def found(connection: Connection, text: str, story_id: str = "asking") -> list[str]:
    return [peer.story_id for peer in bands.candidates(connection, story_id, sign(TITLE, text))]


def rows(connection: Connection) -> tuple[int, int]:
    """How many signatures and bands there are."""
    counts = [connection.execute(select(func.count()).select_from(table)) for table in (story_signatures, story_bands)]
    return counts[0].scalar_one(), counts[1].scalar_one()


def places(connection: Connection) -> dict[str, tuple[str, str | None, int]]:
    """Cluster, head and revision of every story."""
    columns = (story_table.c.id, story_table.c.cluster_id, story_table.c.copy_of, story_table.c.revision)
    return {row.id: (row.cluster_id, row.copy_of, row.revision) for row in connection.execute(select(*columns))}


def waiting(connection: Connection) -> dict[str, int]:
    return {told.id: told.revision for told in outbox.batch(connection, "", 100)}


def test_a_text_finds_the_stories_that_share_a_part_of_it(connection: Connection) -> None:
    stored(connection, "whole", prose(1, 40))
    stored(connection, "other", prose(2, 40))
    assert found(connection, cut(prose(1, 40), 0.4)) == ["whole"]
    assert found(connection, prose(3, 40)) == []


def test_a_candidate_comes_with_all_that_is_needed_to_compare_it(connection: Connection) -> None:
    stored(connection, "a", prose(1), cluster_id="head", copy_of="head", sources=("second-feed", "feed"))
    (peer,) = bands.candidates(connection, "b", sign(TITLE, prose(1)))
    assert (peer.story_id, peer.cluster_id) == ("a", "head")
    assert (peer.imprint.source, peer.imprint.at) == ("second-feed", NOON)
    assert peer.imprint.signature == sign(TITLE, prose(1))


def test_a_story_is_no_candidate_of_its_own(connection: Connection) -> None:
    stored(connection, "a", prose(1))
    assert found(connection, prose(1), "a") == []


def test_candidates_come_as_they_arrived(connection: Connection) -> None:
    stored(connection, "late", prose(1), first_seen_at=NOON + timedelta(hours=1))
    stored(connection, "second", prose(1), published_at=NOON)
    stored(connection, "unknown", prose(1), published_at=None)
    stored(connection, "first", prose(1), published_at=NOON - timedelta(hours=1))
    assert found(connection, prose(1)) == ["first", "second", "unknown", "late"]


def test_excerpts_are_found_by_their_headline(connection: Connection) -> None:
    headline = "Peacekeepers shelled for a second night"
    excerpt = story("a", title=headline, text="Four were hurt.")
    revision = Revision(excerpt, "created", changed=True, new_version=True)
    stories.save(connection, revision, telling(text=excerpt.text), "run", NOON, None)
    bands.keep(connection, "a", NOON, sign(headline, excerpt.text))
    (peer,) = bands.candidates(connection, "b", sign(headline.upper(), "Blue helmets came under fire."))
    assert peer.story_id == "a"
    assert bands.candidates(connection, "b", sign("Another headline of five words", "Blue helmets.")) == []


def test_a_text_leaves_the_bands_of_the_one_before(connection: Connection) -> None:
    stored(connection, "a", prose(1))
    bands.keep(connection, "a", NOON, sign(TITLE, prose(2)))
    connection.execute(story_table.update().values(text_digest=sign(TITLE, prose(2)).digest))
    assert found(connection, prose(1)) == []
    assert found(connection, prose(2)) == ["a"]
    assert rows(connection) == (1, len(bands_of(sign(TITLE, prose(2)))))


def test_a_text_without_words_has_no_bands_and_finds_nothing(connection: Connection) -> None:
    stored(connection, "a", "…")
    bands.keep(connection, "a", NOON, sign("", ""))
    assert rows(connection) == (1, 0)
    assert bands.candidates(connection, "b", sign("", "")) == []


def test_a_phrase_in_every_text_costs_a_bounded_number_of_rows(connection: Connection) -> None:
    count = NEWEST + MAX_COMPARED
    for number in range(count):
        stored(connection, f"{number:03d}", prose(1, 8) + f" Number {number} of many.")
    names = found(connection, prose(1, 8))
    assert len(names) <= MAX_COMPARED + EQUAL
    assert min(names) >= f"{count - NEWEST:03d}"  # the oldest were not even looked at


def test_an_equal_text_is_found_when_its_signature_has_been_forgotten(connection: Connection) -> None:
    stored(connection, "a", prose(1))
    stored(connection, "b", prose(2), first_seen_at=NOON + timedelta(days=2))
    assert bands.forget_before(connection, NOON + timedelta(days=1)) == 1
    assert found(connection, cut(prose(1), 0.5)) == []
    (peer,) = bands.candidates(connection, "c", sign(TITLE, prose(1)))
    assert (peer.story_id, peer.imprint.signature.words) == ("a", 0)
    assert peer.imprint.signature.digest == sign(TITLE, prose(1)).digest
    assert found(connection, cut(prose(2), 0.5)) == ["b"]


def test_the_oldest_signatures_are_forgotten_in_portions_and_their_bands_with_them(connection: Connection) -> None:
    for number in range(5):
        stored(connection, str(number), prose(number), first_seen_at=NOON + timedelta(hours=number))
    gone = [bands.forget_before(connection, NOON + timedelta(hours=3), most=2) for _ in range(3)]
    assert gone == [2, 1, 0]
    assert rows(connection) == (2, sum(len(bands_of(sign(TITLE, prose(number)))) for number in (3, 4)))


def test_a_signature_that_another_version_wrote_is_known_by_its_digest(connection: Connection) -> None:
    stored(connection, "a", prose(1))
    connection.execute(story_signatures.update().values(signature=b"\xffwhatever"))
    (peer,) = bands.candidates(connection, "b", sign(TITLE, prose(1)))
    assert peer.imprint.signature.words == 0
    bands.keep(connection, "a", NOON, sign(TITLE, prose(2)))
    assert found(connection, prose(2)) == ["a"]


def test_mates_are_the_others_of_a_cluster(connection: Connection) -> None:
    for name in "abc":
        stored(connection, name, prose(1), cluster_id="a", copy_of=None if name == "a" else "a")
    stored(connection, "d", prose(1))
    mates: list[Peer] = bands.mates(connection, "b", "a", 10)
    assert [mate.story_id for mate in mates] == ["a", "c"]
    assert [mate.story_id for mate in bands.mates(connection, "b", "a", 1)] == ["a"]


def cluster_of_three(connection: Connection) -> dict[str, Story]:
    """``a`` and its copies, of which ``c`` arrived before ``b``; all of them are in the index."""
    seen = {"a": 0, "c": 1, "b": 2}
    cluster = {
        name: stored(
            connection,
            name,
            prose(1),
            first_seen_at=NOON + timedelta(hours=hours),
            cluster_id="a",
            copy_of=None if name == "a" else "a",
        )
        for name, hours in seen.items()
    }
    outbox.accepted(connection, [(name, 1) for name in seen], NOON)
    return cluster


def test_where_a_head_leaves_the_next_to_arrive_takes_its_place_and_the_index_follows(connection: Connection) -> None:
    cluster = cluster_of_three(connection)
    clusters.leave(connection, cluster["a"], NOON)
    assert places(connection) == {"a": ("a", None, 1), "b": ("c", "c", 2), "c": ("c", None, 2)}
    assert waiting(connection) == {"b": 2, "c": 2}


def test_of_a_copy_that_leaves_only_the_head_has_to_tell(connection: Connection) -> None:
    cluster = cluster_of_three(connection)
    clusters.leave(connection, cluster["b"], NOON)
    assert waiting(connection) == {"a": 2}


@pytest.mark.parametrize("hours", [0.5, 3], ids=["second", "last"])
def test_one_that_arrived_after_the_head_becomes_its_copy(connection: Connection, hours: float) -> None:
    cluster_of_three(connection)
    late = story("d", first_seen_at=NOON + timedelta(hours=hours))
    joined = clusters.join(connection, late, "a", NOON)
    assert (joined.cluster_id, joined.copy_of) == ("a", "a")
    assert waiting(connection) == {"a": 2}


def test_one_that_arrived_before_the_head_takes_its_place(connection: Connection) -> None:
    cluster_of_three(connection)
    early = story("d", first_seen_at=NOON - timedelta(hours=1))
    joined = clusters.join(connection, early, "a", NOON)
    assert (joined.cluster_id, joined.copy_of) == ("d", None)
    assert places(connection) == dict.fromkeys("abc", ("d", "d", 2))
    assert waiting(connection) == dict.fromkeys("abc", 2)


def test_a_head_knows_how_many_copies_there_are_and_who_brought_them(connection: Connection) -> None:
    cluster = cluster_of_three(connection)
    stored(connection, "e", prose(2))
    for name, sources in (("c", ("harbour", "tribune")), ("b", ("tribune", "journal"))):
        told = Revision(replace(cluster[name], sources=sources), "updated", changed=True, new_version=False)
        stories.save(connection, told, None, "run", NOON, None)
    every = list(stories.page_after(connection, "", 10))
    assert clusters.copies_of(connection, every) == {"a": Copies(2, ("harbour", "tribune", "journal"))}
    alone = [told for told in every if told.id != "a"]
    assert clusters.copies_of(connection, alone) == {}


def test_clusters_that_turn_out_to_be_one_follow_the_head_that_arrived_first(connection: Connection) -> None:
    cluster_of_three(connection)
    for name, hours in (("x", 4), ("y", 5)):
        at = NOON + timedelta(hours=hours)
        copy_of = None if name == "x" else "x"
        stored(connection, name, prose(1), first_seen_at=at, cluster_id="x", copy_of=copy_of)
    outbox.accepted(connection, [("x", 1), ("y", 1)], NOON)
    bridge = story("z", first_seen_at=NOON + timedelta(hours=6), cluster_id="x", copy_of="x")
    merged = clusters.merge(connection, bridge, ["a"], NOON)
    assert (merged.cluster_id, merged.copy_of) == ("a", "a")
    held = places(connection)
    assert {name: held[name][:2] for name in "axy"} == {"a": ("a", None), "x": ("a", "a"), "y": ("a", "a")}
    assert waiting(connection) == {name: held[name][2] for name in "axy"} == {"a": 2, "x": 2, "y": 2}


def test_a_cluster_of_its_own_needs_nobody(connection: Connection) -> None:
    alone = clusters.join(connection, story("z", cluster_id="a", copy_of="a"), "z", NOON)
    assert (alone.cluster_id, alone.copy_of) == ("z", None)


def test_stories_of_a_ledger_without_signatures_are_found_by_their_digest(connection: Connection) -> None:
    signature: Signature = sign(TITLE, prose(1))
    revision = Revision(story("old", text=prose(1)), "created", changed=True, new_version=True)
    at: datetime = NOON
    stories.save(connection, revision, telling(text=prose(1), signature=signature), "run", at, None)
    assert found(connection, prose(1)) == ["old"]
