"""A peer of `sitrep dedupe`: MinHash of word 4-grams in datasketch's LSH, one JSON line in, one out."""

import json
import re
import sys

from datasketch import MinHash, MinHashLSH

PERMUTATIONS = 128
THRESHOLD = 0.5


def main() -> None:
    index = MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
    clusters: dict[str, str] = {}
    for line in sys.stdin:
        row = json.loads(line)
        words = re.findall(r"\w+", f"{row['title']} {row['text']}".lower())
        sketch = MinHash(num_perm=PERMUTATIONS)
        sketch.update_batch([" ".join(words[at : at + 4]).encode() for at in range(max(1, len(words) - 3))])
        mates = index.query(sketch)
        clusters[row["id"]] = clusters[mates[0]] if mates else row["id"]
        index.insert(row["id"], sketch)
        print(json.dumps({"id": row["id"], "cluster": clusters[row["id"]]}))


if __name__ == "__main__":
    main()
