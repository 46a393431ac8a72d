"""Precision, recall, F1, average precision and calibration, in the words of the evaluation."""

from collections.abc import Sequence

from bench.topics.labels import Story
from pipeline.stages.tag.measure import Judged, measured


def line(name: str, stories: Sequence[Story], scores: Sequence[float], threshold: float) -> str:
    """One row of a table in Markdown: main stories against 0, then against 0 and 1."""
    judged = [Judged(story.grade, score) for story, score in zip(stories, scores, strict=True)]
    strict, wide = measured(judged, threshold, (0,)), measured(judged, threshold, (0, 1))
    cells = [
        f"{value:.3f}"
        for each in (strict, wide)
        for value in (each.precision, each.recall, each.f1, each.average_precision)
    ]
    return f"| {name} | {len(stories)} | {strict.positives} | {' | '.join(cells)} | {wide.calibration_error:.3f} |"


HEAD = """| slice | stories | main | P 2v0 | R | F1 | AP | P 2v0+1 | R | F1 | AP | ECE |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"""
