"""Entries that wait with their words in memory: few, short, and each until it is taken."""

from pipeline.adapters.ledger.entries import OpenEntry
from pipeline.flows.at_hand import AtHand
from pipeline.model import Entry


def waiting(number: int, summary: str = "", content: str = "") -> OpenEntry:
    return OpenEntry(number, "feed", Entry(str(number), None, "A story", summary, content), 0, None)


def test_what_is_kept_is_taken_once() -> None:
    at_hand = AtHand()
    at_hand.keep(waiting(1))
    assert at_hand.take([1, 2]) == {1: waiting(1)}
    assert at_hand.take([1]) == {}


def test_no_more_than_so_many_are_kept_until_some_are_taken() -> None:
    at_hand = AtHand(most=2)
    for number in (1, 2, 3):
        at_hand.keep(waiting(number))
    assert set(at_hand.take([1, 3])) == {1}
    at_hand.keep(waiting(4))
    assert set(at_hand.take([2, 4])) == {2, 4}


def test_long_ones_are_not_kept() -> None:
    at_hand = AtHand(short=10)
    at_hand.keep(waiting(1, "12345", "12345"))
    at_hand.keep(waiting(2, "12345", "123456"))
    assert set(at_hand.take([1, 2])) == {1}
