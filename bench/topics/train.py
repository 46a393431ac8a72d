"""Learn the weights of a topic's model from graded stories, and show how well they do on months they have not seen.

    python -m bench.topics.train --data DIR --topic config/topics/israel-hezbollah.yaml

Short texts are weighed as graded headlines and summaries teach, long ones as the tuned half of the texts written for
this and long stories joined from summaries do. Needs scikit-learn, which Sitrep itself does not. Written beside the
topic, as ``<topic>.model.json``.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from bench.topics.figures import HEAD, line
from bench.topics.labels import LABELS, Story, graded, long_negatives
from bench.topics.long import TUNED, long_texts
from bench.topics.longer import lengthened
from pipeline.config.topics import load_topics
from pipeline.stages.tag import tag
from pipeline.stages.tag.score import signals_of
from pipeline.stages.tag.signals import SIGNAL_NAMES
from pipeline.topic import Model, Topic, Weighing

SPLIT = "2023-11-10"
STRENGTH = 3.0
"""Inverse of the regularisation (C of scikit-learn)."""
SHORT_SIGNALS = tuple(name for name in SIGNAL_NAMES if name != "stretches_clear")
"""In a single paragraph whatever speaks against the topic stands beside all else."""
MOST_NEGATIVES = 200
"""Long texts in which the topic is a side theme at most."""


def main() -> None:
    asked = arguments()
    (topic,) = load_topics(asked.topic)
    topic = replace(topic, model=None)
    stories = graded(asked.data)
    negatives = list(long_negatives(asked.data))[:MOST_NEGATIVES]
    earlier, later = ([s for s in stories if (s.day < SPLIT) == first] for first in (True, False))
    print(HEAD)
    show("untrained, all", stories, topic)
    for name, known, unseen in (("earlier → later", earlier, later), ("later → earlier", later, earlier)):
        fitted = replace(topic, model=fit(known, topic, asked.seed, negatives if known is earlier else []))
        show(f"untrained, {name}", unseen, topic)
        show(f"trained, {name}", unseen, fitted)
        show(f"trained, {name}, long", lengthened(unseen, asked.seed), fitted)
        show(f"untrained, {name}, long", lengthened(unseen, asked.seed), topic)
    crossed = cross_validated(stories, topic, asked.seed)
    print(line("trained, five-fold", stories, crossed, topic.threshold))
    model = fit(stories, topic, asked.seed, negatives)
    show("trained, on itself", stories, replace(topic, model=model))
    write(asked.topic.with_suffix(".model.json"), model, stories, asked.seed)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--topic", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def fit(stories: Sequence[Story], topic: Topic, seed: int, negatives: Sequence[Story] = ()) -> Model:
    """Main stories against all others, short and long.

    Both weighings are learnt at once, since a text between short and long teaches each a part: its numbers stand in two
    columns, times how short and times how long it is.
    """
    every = [*stories, *long_texts(TUNED), *lengthened(stories, seed), *negatives]
    rows = [(row, story.grade == 2) for story in every if (row := numbers(story, topic))]
    learner = LogisticRegression(C=STRENGTH, max_iter=5000)
    learner.fit([row for row, _ in rows], [main for _, main in rows])
    bias, (*weights, longer) = float(learner.intercept_[0]), map(float, learner.coef_[0])
    shorts = len(SHORT_SIGNALS)
    return Model(
        weighing(bias, SHORT_SIGNALS, weights[:shorts]), weighing(bias + longer, SIGNAL_NAMES, weights[shorts:])
    )


def weighing(bias: float, names: Sequence[str], weights: Sequence[float]) -> Weighing:
    return Weighing(
        round(bias, 4), tuple((name, round(weight, 4)) for name, weight in zip(names, weights, strict=True))
    )


def numbers(story: Story, topic: Topic) -> list[float] | None:
    """The signals, once for short texts and once for long ones, and how long the text is.

    None for a story that does not mention the subject, which needs no model.
    """
    shown = signals_of(story.title, story.text, topic)
    if shown is None:
        return None
    return [
        *(getattr(shown, name) * (1 - shown.long) for name in SHORT_SIGNALS),
        *(getattr(shown, name) * shown.long for name in SIGNAL_NAMES),
        shown.long,
    ]


def cross_validated(stories: Sequence[Story], topic: Topic, seed: int) -> list[float]:
    scores = [0.0] * len(stories)
    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    for known, unseen in folds.split(stories, [story.grade for story in stories]):
        fitted = replace(topic, model=fit([stories[i] for i in known], topic, seed))
        for i in unseen:
            scores[i] = tag(stories[i].title, stories[i].text, (fitted,))[0].score
    return scores


def show(name: str, stories: Sequence[Story], topic: Topic) -> None:
    scores = [tag(story.title, story.text, (topic,))[0].score for story in stories]
    print(line(name, stories, scores, topic.threshold))


def write(file: Path, model: Model, stories: Sequence[Story], seed: int) -> None:
    document = {
        **{
            length: {"bias": each.bias, "weights": dict(each.weights)}
            for length, each in (("short", model.short), ("long", model.long))
        },
        "trained": {
            "data": [str(LABELS), TUNED.name],
            "stories": len(stories),
            "main": sum(story.grade == 2 for story in stories),
            "from": stories[0].day,
            "until": stories[-1].day,
            "written": len(long_texts(TUNED)),
            "seed": seed,
        },
    }
    file.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    print(f"written: {file}")


if __name__ == "__main__":
    main()
