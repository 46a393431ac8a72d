"""A peer of `sitrep tag`: TF-IDF of words and pairs with logistic regression, one text at a time.

Fitted to the first lines of its input, split in two halves: how well it tags is not asked here, only what it costs.
"""

import json
import sys

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

TAUGHT = 200


def main() -> None:
    rows = [json.loads(line) for line in sys.stdin]
    texts = [f"{row['title']}\n{row['text']}" for row in rows]
    taught = texts[:TAUGHT]
    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression())
    model.fit(taught, [number % 2 for number in range(len(taught))])
    for row, text in zip(rows, texts, strict=True):
        print(json.dumps({"id": row["id"], "score": float(model.predict_proba([text])[0][1])}))


if __name__ == "__main__":
    main()
