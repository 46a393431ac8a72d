"""Count in how many news items each word stands, for ``sitrep topic new`` and ``similar``: words and numbers, no text.

    python -m bench.topics.counts --data DIR [--out config/background.tsv]

``DIR`` holds ``rss-news-stream/*.jsonl.gz``: JSON lines with title and summary_html; of equal titles one counts.
"""

import argparse
import gzip
import json
import re
from collections import Counter
from pathlib import Path

from pipeline.stages.tag.words import Words

STREAM = "rss-news-stream"
RARE, MOST_WORDS, LONGEST = 12, 25_000, 30
TAG = re.compile(r"<[^>]*>|&\w+;")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("config/background.tsv"))
    asked = parser.parse_args()
    documents, counts = count(asked.data / STREAM)
    kept = [(word, number) for word, number in counts.most_common(MOST_WORDS) if number >= RARE]
    lines = [f"\t{documents}", *(f"{word}\t{number}" for word, number in sorted(kept))]
    asked.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{documents} items, {len(kept)} words: {asked.out}")


def count(folder: Path) -> tuple[int, Counter[str]]:
    counts: Counter[str] = Counter()
    titles: set[str] = set()
    for file in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                if row["title"] in titles:
                    continue
                titles.add(row["title"])
                words = Words(f"{row['title']}\n{TAG.sub(' ', row['summary_html'] or '')}").distinct
                counts.update(word for word in words if word.isalpha() and len(word) <= LONGEST)
    return len(titles), counts


if __name__ == "__main__":
    main()
