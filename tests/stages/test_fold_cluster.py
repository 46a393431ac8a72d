"""Which cluster a story belongs to, and who heads it."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.fold import Imprint, Peer, arrival, cluster_for, headed_by, known_by_digest, likeliest, nearest
from pipeline.stages.fold.cluster import MAX_COMPARED
from pipeline.stages.fold.sketch import sign
from tests.support.exchanges import NOON
from tests.support.prose import cut, prose
from tests.support.stories import story

TITLE = "Convoy crosses the river at dawn"


def imprint(text: str, source: str = "wire") -> Imprint:
    return Imprint(source, NOON, sign(TITLE, text))


def peer(story_id: str, text: str, cluster_id: str | None = None) -> Peer:
    return Peer(story_id, cluster_id or story_id, imprint(text, f"source-of-{story_id}"))


def test_texts_that_share_most_bands_are_compared_first_and_older_ones_before_younger() -> None:
    assert likeliest([9, 5, 7, 5, 2, 7, 5]) == [5, 7, 2, 9]


@given(st.lists(st.integers(0, 200)))
def test_never_more_than_a_few_are_compared(shared: list[int]) -> None:
    chosen = likeliest(shared)
    assert len(chosen) == min(MAX_COMPARED, len(set(shared)))
    assert set(chosen) <= set(shared)


def test_the_most_similar_text_is_the_nearest_and_of_equals_the_first() -> None:
    text = prose(1, 40)
    others = [
        imprint(prose(2, 40), "a"),
        imprint(cut(text, 0.5) + "\n" + prose(3, 8), "b"),
        imprint(text, "c"),
        imprint(text, "d"),
    ]
    place, likeness = nearest(imprint(text), others)
    assert (place, likeness.relation, likeness.similarity) == (2, "copy", 1.0)


def test_where_none_is_near_the_similarity_is_that_of_the_most_similar() -> None:
    text = prose(1, 40)
    some = prose(2, 30) + "\n" + cut(text, 0.3)
    place, likeness = nearest(imprint(text), [imprint(prose(3, 40)), imprint(some)])
    assert (place, likeness.relation) == (None, "new")
    assert 0.1 < likeness.similarity < 0.6
    assert nearest(imprint(text), [])[1].similarity == 0.0


def test_a_story_like_no_other_is_a_cluster_of_its_own() -> None:
    assert cluster_for(story("b"), imprint(prose(1)), [], [peer("a", prose(2))]) == "b"
    assert cluster_for(story("b"), imprint(prose(1)), [], []) == "b"


def test_a_copy_joins_the_cluster_of_the_nearest_even_if_that_is_a_copy_itself() -> None:
    text = prose(1, 40)
    candidates = [peer("a", prose(2, 40)), peer("c", text, "head")]
    assert cluster_for(story("b"), imprint(cut(text, 0.5)), [], candidates) == "head"


def test_a_story_stays_with_its_mates_as_long_as_it_is_like_one_of_them() -> None:
    text = prose(1, 40)
    at_home = story("b", cluster_id="a", copy_of="a")
    mates = [peer("a", prose(2, 40), "a"), peer("c", cut(text, 0.5), "a")]
    assert cluster_for(at_home, imprint(text), mates, [peer("z", text)]) is None


def test_a_story_that_has_become_another_leaves_its_mates() -> None:
    at_home = story("b", cluster_id="a", copy_of="a")
    mates = [peer("a", prose(2, 40), "a")]
    assert cluster_for(at_home, imprint(prose(1, 40)), mates, []) == "b"
    assert cluster_for(at_home, imprint(prose(1, 40)), mates, [peer("z", prose(1, 40))]) == "z"


def test_a_head_that_has_become_another_story_is_a_cluster_of_its_own() -> None:
    mates = [peer("a", prose(2, 40), "b")]
    assert cluster_for(story("b"), imprint(prose(1, 40)), mates, []) == "b"


def test_a_story_like_one_of_more_mates_than_were_looked_at_stays() -> None:
    at_home = story("b", cluster_id="a", copy_of="a")
    candidates = [peer("q", prose(1, 40), "a")]
    assert cluster_for(at_home, imprint(prose(1, 40)), [peer("a", prose(2, 40), "a")], candidates) is None


def test_a_story_whose_mates_are_forgotten_stays_where_it_is() -> None:
    at_home = story("b", cluster_id="a", copy_of="a")
    forgotten = Peer("a", "a", Imprint("wire", NOON, known_by_digest("ab" * 32)))
    assert cluster_for(at_home, imprint(prose(1)), [forgotten], []) is None


def test_the_first_to_arrive_comes_first_then_the_first_to_be_published() -> None:
    early = story("z", first_seen_at=NOON - timedelta(hours=1), published_at=None)
    first = story("y", published_at=NOON - timedelta(hours=3))
    second = story("x", published_at=NOON - timedelta(hours=2))
    unknown = story("a", published_at=None)
    assert sorted([unknown, second, first, early], key=arrival) == [early, first, second, unknown]


def test_the_head_names_nobody_and_the_others_name_it() -> None:
    before = story("b", cluster_id="old", copy_of="old")
    assert headed_by(before, "b") == story("b", cluster_id="b", copy_of=None)
    assert headed_by(before, "a") == story("b", cluster_id="a", copy_of="a")
