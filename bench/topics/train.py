"""Learn the weights of a topic's model from graded stories, and show how well they do on months they have not seen.

    python -m bench.topics.train --data DIR --topic config/topics/israel-hezbollah.yaml

Needs scikit-learn, which Sitrep itself does not. Written beside the topic, as ``<topic>.model.json``.
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
from bench.topics.longer import lengthened
from pipeline.config.topics import load_topics
from pipeline.stages.tag import tag
from pipeline.stages.tag.score import signals_of
from pipeline.stages.tag.signals import SIGNAL_NAMES
from pipeline.topic import Model, Topic

SPLIT = "2023-11-10"
STRENGTH = 3.0
"""Inverse of the regularisation (C of scikit-learn)."""
LONG_WEIGHT = 0.3
"""What a joined long story counts beside a graded one."""
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
    """Main stories against all others, short and long."""
    long = [*lengthened(stories, seed), *negatives]
    weights = [1.0] * len(stories) + [LONG_WEIGHT] * len(long)
    learner = LogisticRegression(C=STRENGTH, max_iter=5000)
    every = [*stories, *long]
    kept = [(story, weight, numbers(story, topic)) for story, weight in zip(every, weights, strict=True)]
    kept = [row for row in kept if row[2] is not None]
    learner.fit([row[2] for row in kept], [row[0].grade == 2 for row in kept], [row[1] for row in kept])
    return Model(
        round(float(learner.intercept_[0]), 4),
        tuple((name, round(float(weight), 4)) for name, weight in zip(SIGNAL_NAMES, learner.coef_[0], strict=True)),
    )


def numbers(story: Story, topic: Topic) -> list[float] | None:
    """A story's signals in their order; None for one that does not mention the subject, which needs no model."""
    shown = signals_of(story.title, story.text, topic)
    return [getattr(shown, name) for name in SIGNAL_NAMES] if shown else None


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
        "bias": model.bias,
        "weights": dict(model.weights),
        "trained": {
            "data": str(LABELS),
            "stories": len(stories),
            "main": sum(story.grade == 2 for story in stories),
            "from": stories[0].day,
            "until": stories[-1].day,
            "seed": seed,
        },
    }
    file.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    print(f"written: {file}")


if __name__ == "__main__":
    main()
