"""Learn which lines of a page are its story, from sets of pages with gold texts.

    python -m bench.quality.train_extract DATA [--out pipeline/stages/extract/story.npz] [--only-half 0] [--seed 1]

Needs, beside Sitrep's own environment, what ``bench/quality/requirements.txt`` names. Two steps: weights for the words
in names of elements (logistic regression; only words seen on five sites and more), then trees over all traits of a line
(gradient boosting, oblivious trees). While the trees are learnt, the names of a page are weighed by what was learnt on
other sites. The file written holds arrays only; the package never imports what learns.
"""

import argparse
import json
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.quality.labels import labels
from bench.quality.sets import GoldPage, half_of, read_sets
from pipeline.stages.extract.body import body_blocks
from pipeline.stages.extract.decode import in_utf_8
from pipeline.stages.extract.line_traits import Hints
from pipeline.stages.extract.names import words_of
from pipeline.stages.extract.page import hints_of, parse
from pipeline.stages.extract.prune import prune
from pipeline.stages.extract.traits import measure
from pipeline.stages.extract.walk import Surface, walk

LEAST_SITES = 5
FOLDS = 4
TREES, QUESTIONS, RATE = 300, 6, 0.1
Words = dict[str, tuple[float, float]]


@dataclass(slots=True)
class Example:
    """One page: its surface, and for each line whether it is story and how much that counts."""

    site: str
    partial: bool
    hints: Hints
    surface: Surface
    label: NDArray[np.float64]
    weight: NDArray[np.float64]

    def importance(self) -> NDArray[np.float64]:
        """Long lines count for more, pages of many lines for less a line, pages with pieces for gold for half."""
        length = np.array([len(text) for text in self.surface.lines.text])
        page = 40 / (40 + len(length)) * (1 if self.partial else 2)
        return self.weight * (1 + np.minimum(length, 400) / 100) * page


def examples(pages: Sequence[GoldPage]) -> Iterator[Example]:
    for page in pages:
        tree = parse(in_utf_8(page.html(), None))
        if tree is None:
            continue
        surface, hints = walk(tree), hints_of(tree, page.url)
        if surface.lines.text:
            other = "" if page.text is not None else _by_another(tree)
            yield Example(page.site(), page.text is None, hints, surface, *labels(surface.lines.text, page, other))


def _by_another(tree: Any) -> str:
    prune(tree)
    return "\n".join(block.text for block in body_blocks(tree))


def learn_words(taught: Sequence[Example]) -> Words:
    """For each word: what it speaks for in the names of a line's own element, and of elements around it."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    sites: dict[str, set[str]] = defaultdict(set)
    for example in taught:
        for names in set(example.surface.frames.names):
            for word in words_of(*names):
                sites[word].add(example.site)
    known = {word: number for number, word in enumerate(sorted(w for w in sites if len(sites[w]) >= LEAST_SITES))}
    columns, starts, label, weight = [], [0], [], []
    for example in taught:
        scale = 0.2 / len(example.label) ** 0.5
        for row, text in zip(_word_rows(example.surface, known), _length(example), strict=True):
            columns += row
            starts.append(len(columns))
            weight.append(scale * min(3.0, 1 + text / 100))
        weight[-len(example.label) :] = (np.array(weight[-len(example.label) :]) * example.weight).tolist()
        label += example.label.tolist()
    matrix = csr_matrix((np.ones(len(columns), dtype=np.float32), columns, starts), shape=(len(label), 2 * len(known)))
    learner = LogisticRegression(C=1.0, max_iter=60, solver="liblinear", random_state=0)
    found = learner.fit(matrix, label, sample_weight=weight).coef_[0]
    weights = {word: (round(float(found[n]), 2), round(float(found[len(known) + n]), 2)) for word, n in known.items()}
    return {word: (near, far) for word, (near, far) in weights.items() if abs(near) > 0.05 or abs(far) > 0.05}


def _length(example: Example) -> list[int]:
    return [len(text) for text in example.surface.lines.text]


def _word_rows(surface: Surface, known: dict[str, int]) -> Iterator[list[int]]:
    """Columns of a line: words of its own element, and (behind all of these) words of the elements around it."""
    frames = surface.frames
    own = [frozenset(known[word] for word in words_of(*names) if word in known) for names in frames.names]
    around: list[frozenset[int]] = [frozenset()]
    for parent in frames.parent[1:]:
        around.append(around[parent] | own[parent])
    for frame in surface.lines.frame:
        yield [*sorted(own[frame]), *sorted(len(known) + word for word in around[frame])]


def weigh(surface: Surface, words: Words) -> None:
    """Write into the surface what ``words`` say of its names."""
    frames = surface.frames
    for number, names in enumerate(frames.names):
        found = [words[word] for word in words_of(*names) if word in words]
        frames.near[number], frames.far[number] = sum(near for near, _ in found), sum(far for _, far in found)


def rows_of(taught: Sequence[Example], words: Words) -> list[NDArray[np.float32]]:
    rows = []
    for example in taught:
        weigh(example.surface, words)
        rows.append(measure(example.surface, example.hints)[0])
    return rows


def rows_by_others(taught: Sequence[Example]) -> list[NDArray[np.float32]]:
    """Traits of each page's lines, names weighed by what was learnt on other sites."""
    parts = [half_of(example.site, FOLDS, seed=1) for example in taught]
    rows: dict[int, NDArray[np.float32]] = {}
    for part in range(FOLDS):
        words = learn_words([example for example, own in zip(taught, parts, strict=True) if own != part])
        own_pages = [number for number, own in enumerate(parts) if own == part]
        rows |= zip(own_pages, rows_of([taught[number] for number in own_pages], words), strict=True)
    return [rows[number] for number in range(len(taught))]


def learn_trees(taught: Sequence[Example], rows: Sequence[NDArray[np.float32]], seed: int) -> dict[str, Any]:
    """Arrays of the trees, as ``StoryModel`` has them."""
    from catboost import CatBoostClassifier

    learner = CatBoostClassifier(
        iterations=TREES, depth=QUESTIONS, learning_rate=RATE, l2_leaf_reg=6, rsm=0.3, bootstrap_type="Bernoulli",
        subsample=0.6, border_count=64, boosting_type="Plain", random_seed=seed, thread_count=2, verbose=False,
        allow_writing_files=False,
    )  # fmt: skip
    weight = np.concatenate([example.importance() for example in taught])
    label = np.concatenate([example.label for example in taught])
    learner.fit(np.concatenate(rows)[weight > 0], label[weight > 0], sample_weight=weight[weight > 0])
    with tempfile.TemporaryDirectory() as folder:
        learner.save_model(f"{folder}/trees.json", format="json")
        return _arrays(json.loads(Path(folder, "trees.json").read_text(encoding="utf-8")))


def _arrays(saved: dict[str, Any]) -> dict[str, Any]:
    trees = saved["oblivious_trees"]
    trait = np.zeros((len(trees), QUESTIONS), dtype=np.int16)
    border = np.full((len(trees), QUESTIONS), np.inf, dtype=np.float32)
    leaf = np.zeros((len(trees), 2**QUESTIONS), dtype=np.float32)
    for number, tree in enumerate(trees):
        for question, split in enumerate(tree["splits"] or ()):
            trait[number, question], border[number, question] = split["float_feature_index"], split["border"]
        leaf[number, : len(tree["leaf_values"])] = tree["leaf_values"]
    scale, bias = saved["scale_and_bias"]
    return {"trait": trait, "border": border, "leaf": leaf * scale, "bias": np.array(bias[0])}


def train(taught: Sequence[Example], seed: int) -> dict[str, Any]:
    """All arrays of the model file."""
    rows = rows_by_others(taught)
    traits = measure(taught[0].surface, taught[0].hints)[1]
    words = learn_words(taught)
    return learn_trees(taught, rows, seed) | {
        "words": np.array("\n".join(words)),
        "near": np.array([near for near, _ in words.values()], dtype=np.float32),
        "far": np.array([far for _, far in words.values()], dtype=np.float32),
        "traits": np.array("\n".join(traits)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=Path("pipeline/stages/extract/story.npz"))
    parser.add_argument("--only-half", type=int, choices=(0, 1), help="learn on the sites of this half alone")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    pages = [page for page in read_sets(chosen.data) if chosen.only_half in (None, half_of(page.site()))]
    taught = list(examples(pages))
    np.savez_compressed(chosen.out, **train(taught, chosen.seed))
    print(f"{len(taught)} pages, {sum(len(one.label) for one in taught)} lines, {chosen.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
