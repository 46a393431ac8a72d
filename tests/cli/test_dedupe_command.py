"""``sitrep dedupe`` as a shell runs it."""

import json
import subprocess
from typing import Any

from tests.support.program import PROGRAM, environment
from tests.support.prose import cut, prose


def test_each_text_is_answered_before_the_next_one_comes() -> None:
    def ask(identity: str, text: str, source: str) -> Any:
        line = json.dumps({"id": identity, "title": "Talks", "text": text, "source": source})
        process.stdin.write(line.encode() + b"\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    with subprocess.Popen(
        [PROGRAM, "dedupe", "--jobs", "2"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment({})
    ) as process:
        assert process.stdin
        assert process.stdout
        first = ask("a", prose(1, 40), "agency")
        second = ask("b", cut(prose(1, 40), 0.5), "tribune")
        process.stdin.close()
    assert (process.returncode, first["cluster"], first["relation"]) == (0, "a", "new")
    assert (second["id"], second["cluster"], second["relation"]) == ("b", "a", "copy")


def test_help_shows_an_example_and_the_fields() -> None:
    done = subprocess.run(
        [PROGRAM, "dedupe", "--help"], capture_output=True, text=True, env=environment({}), check=True
    )
    assert "sitrep dedupe" in done.stdout
    assert "In: id, " in done.stdout
    assert "Out: id, " in done.stdout
