"""What one sighting of an entry means: every remembered state, with and without change and rejection."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model import EntryState, Outcome
from pipeline.stages.sight import Remembered, Sighting, sight
from tests.support.exchanges import NOON

LATER = NOON + timedelta(hours=1)
EARLIER = NOON - timedelta(hours=1)
REASON = "neither link nor text"

STATES: tuple[EntryState, ...] = ("stored", "pending", "rejected", "failed")


def known(state: EntryState, retry_at: datetime | None = None) -> Remembered:
    return Remembered(7, state, "same", retry_at)


# remembered, digest now, rejection now → settled outcome, state from now on, is the statement renewed
CASES: list[tuple[Remembered | None, str, str | None, Outcome | None, EntryState, bool]] = [
    (None, "same", None, None, "pending", True),
    (None, "same", REASON, "rejected", "rejected", True),
    (known("stored"), "same", None, "unchanged", "stored", False),
    (known("stored"), "other", None, None, "pending", True),
    (known("stored"), "same", REASON, "unchanged", "stored", False),
    (known("stored"), "other", REASON, "unchanged", "stored", False),
    (known("pending"), "same", None, None, "pending", False),
    (known("pending", EARLIER), "same", None, None, "pending", False),
    (known("pending", NOON), "same", None, None, "pending", False),
    (known("pending", LATER), "same", None, "pending", "pending", False),
    (known("pending", EARLIER), "other", None, None, "pending", True),
    (known("pending", LATER), "other", None, "pending", "pending", True),
    (known("pending", LATER), "same", REASON, "rejected", "rejected", True),
    (known("rejected"), "same", None, None, "pending", True),
    (known("rejected"), "same", REASON, "rejected", "rejected", False),
    (known("rejected"), "other", REASON, "rejected", "rejected", True),
    (known("failed"), "same", None, "failed", "failed", False),
    (known("failed"), "other", None, None, "pending", True),
    (known("failed"), "same", REASON, "rejected", "rejected", True),
]


@pytest.mark.parametrize(("before", "digest", "rejection", "settled", "state", "renewed"), CASES)
def test_a_sighting_has_one_outcome(
    before: Remembered | None,
    digest: str,
    rejection: str | None,
    settled: Outcome | None,
    state: EntryState,
    renewed: bool,
) -> None:
    assert sight(before, digest, rejection, NOON) == Sighting(settled, state, renewed)


@given(
    state=st.sampled_from(STATES),
    digest=st.sampled_from(["same", "other"]),
    rejection=st.sampled_from([None, REASON]),
    retry_at=st.sampled_from([None, EARLIER, LATER]),
)
def test_the_state_only_changes_where_the_ledger_is_written(
    state: EntryState, digest: str, rejection: str | None, retry_at: datetime | None
) -> None:
    seen = sight(known(state, retry_at), digest, rejection, NOON)
    is_written = seen.settled is None or seen.renewed
    assert is_written or seen.state == state
    assert (seen.settled is None) <= (seen.state == "pending")
