"""Precision, recall, average precision and calibration from grades and scores."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.tag.measure import Judged, average_precision, calibration_error, measured, reliability

SOME = [Judged(2, 0.9), Judged(0, 0.8), Judged(2, 0.7), Judged(1, 0.6), Judged(2, 0.2), Judged(0, 0.1)]


def test_a_grade_that_is_left_out_counts_neither_way() -> None:
    strict, wide = measured(SOME, 0.5, (0,)), measured(SOME, 0.5, (0, 1))
    assert (strict.stories, wide.stories, strict.positives) == (5, 6, 3)
    assert (strict.precision, wide.precision) == (pytest.approx(2 / 3), pytest.approx(2 / 4))
    assert strict.recall == wide.recall == pytest.approx(2 / 3)
    assert wide.f1 == pytest.approx(4 / 7)


def test_average_precision_takes_ties_together() -> None:
    assert average_precision([Judged(2, 0.5), Judged(0, 0.5)]) == average_precision([Judged(0, 0.5), Judged(2, 0.5)])
    assert average_precision([Judged(2, 0.9), Judged(0, 0.1)]) == 1.0
    assert average_precision([Judged(0, 0.9)]) == 0.0


def test_a_score_that_means_what_it_says_has_no_calibration_error() -> None:
    honest = [Judged(2, 0.75)] * 3 + [Judged(0, 0.75)]
    assert calibration_error(reliability(honest)) == 0.0
    assert calibration_error(reliability([Judged(0, 1.0)])) == 1.0
    assert calibration_error(()) == 0.0


@given(st.lists(st.tuples(st.integers(0, 2), st.floats(0, 1)).map(lambda row: Judged(*row))), st.floats(0, 1))
def test_figures_stay_in_their_ranges_and_bins_hold_every_story(judged: list[Judged], threshold: float) -> None:
    figures = measured(judged, threshold, (0, 1))
    shares = (figures.precision, figures.recall, figures.f1, figures.average_precision, figures.calibration_error)
    assert all(0 <= share <= 1.0000001 for share in shares)
    assert sum(each.stories for each in reliability(judged)) == figures.stories == len(judged)
