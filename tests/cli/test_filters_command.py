"""The filter commands as a shell runs them."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

PATIENCE = 60.0
CALLS = Path(__file__).parents[1] / "support" / "in_workers"

# "sitrep tag", with the items of filter_calls in place of texts.
ODD = """
import sys
import filter_calls
from pipeline.flows import filters
from pipeline.cli.main import run
filters.TAG = filters.Filter(filter_calls.answer, lambda: "tools", limit=1.0, batch=4)
sys.argv[1] = "tag"
run()
"""


def command(*arguments: str) -> list[str]:
    sitrep = [str(Path(sys.executable).with_name("sitrep"))]
    return [*([sys.executable, "-c", ODD] if arguments[0] == "odd" else sitrep), *arguments]


def environment(**more: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("SITREP_")} | {
        "PYTHONPATH": str(CALLS),
        "COLUMNS": "100",
        **more,
    }


def lines(*items: Any) -> bytes:
    return b"".join(json.dumps(item).encode() + b"\n" for item in items)


def run(*arguments: str, given: bytes = b"", **more: str) -> tuple[int, list[Any], str]:
    """Exit status, the answers, standard error."""
    done = subprocess.run(
        command(*arguments), input=given, capture_output=True, timeout=PATIENCE, env=environment(**more), check=False
    )
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr.decode()


@contextmanager
def begun(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        command(*arguments),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def ask(process: subprocess.Popen[bytes], item: Any) -> Any:
    """Send a line and wait for its answer."""
    assert process.stdin and process.stdout
    process.stdin.write(lines(item))
    process.stdin.flush()
    return json.loads(process.stdout.readline())


def family(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def all_gone(members: list[psutil.Process]) -> bool:
    return not psutil.wait_procs(members, timeout=PATIENCE)[1]


def test_a_thousand_lines_come_back_in_their_order() -> None:
    given = lines(*({"id": number, "text": f"Line {number}."} for number in range(1000)))
    status, answers, errors = run("clean", "--jobs", "2", given=given)
    assert (status, errors) == (0, "")
    assert [(answer["id"], answer["text"]) for answer in answers] == [(n, f"Line {n}.") for n in range(1000)]


def test_bad_lines_and_deadly_items_are_error_lines_and_the_exit_status_is_0() -> None:
    given = lines({"id": 1}, {"id": 2, "do": "hang"}, {"id": 3}) + b"\nnonsense\n" + lines({"id": 4, "do": "die"})
    status, answers, errors = run("odd", "--jobs", "1", given=given + b'{"id": 5}')
    assert (status, errors) == (0, "")
    assert [(answer["id"], "error" in answer) for answer in answers] == [
        (1, False),
        (2, True),
        (3, False),
        (None, True),
        (None, True),
        (4, True),
        (5, False),
    ]


def test_a_slow_producer_gets_each_answer_before_it_sends_the_next_line() -> None:
    with begun("odd", "--jobs", "2") as process:
        assert [ask(process, {"id": number})["id"] for number in range(3)] == [0, 1, 2]


def test_killing_every_worker_between_two_lines_costs_no_answer() -> None:
    with begun("odd", "--jobs", "1") as process:
        assert ask(process, {"id": 1, "say": "a"})["said"] == "a"
        servers = psutil.Process(process.pid).children()
        workers = [member for member in family(process) if member not in servers]
        assert workers
        for worker in workers:
            worker.kill()
        assert ask(process, {"id": 2, "say": "b"})["said"] == "b"


def test_a_reader_that_has_seen_enough_ends_it_quietly() -> None:
    with begun("odd", "--jobs", "1") as process:
        ask(process, {"id": 1})
        members = family(process)
        assert process.stdin and process.stdout and process.stderr
        process.stdout.close()
        process.stdin.write(lines({"id": 2}))
        process.stdin.flush()
        assert process.stderr.read() == b""
        assert process.wait(PATIENCE) == 0
        assert all_gone(members)


@pytest.mark.parametrize("busy", [False, True], ids=["waiting", "working"])
def test_ctrl_c_ends_it_with_130_and_one_line(busy: bool) -> None:
    with begun("odd", "--jobs", "2") as process:
        ask(process, {"id": 1})
        members = family(process)
        assert process.stdin and process.stderr
        if busy:
            process.stdin.write(lines({"id": 2, "do": "wait", "seconds": 30}))
            process.stdin.flush()
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(PATIENCE) == 130
        assert process.stderr.read().count(b"\n") == 1
        assert all_gone(members)


def test_workers_of_a_killed_command_end_by_themselves() -> None:
    with begun("odd", "--jobs", "1") as process:
        ask(process, {"id": 1})
        members = family(process)
        process.kill()
        process.wait()
        assert all_gone(members)


def test_wrong_topics_end_it_with_2_and_every_mistake(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text("name: [unclosed")
    status, answers, errors = run("tag", given=lines({"id": 1}), SITREP_TOPICS=str(tmp_path))
    assert (status, answers) == (2, [])
    assert "one.yaml" in errors
    assert "two.yaml" in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize(("streams", "words"), [("<&-", "standard input"), ("> /dev/full", "standard output")])
def test_a_stream_that_cannot_be_used_ends_it_with_4(streams: str, words: str) -> None:
    if "full" in streams and not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    done = subprocess.run(
        ["sh", "-c", f'"$@" {streams}', "sh", *command("clean", "--jobs", "1")],
        input=lines({"id": 1, "text": ""}),
        capture_output=True,
        timeout=PATIENCE,
        env=environment(),
        check=False,
    )
    assert done.returncode == 4
    assert done.stderr.startswith(b"sitrep: cannot" if "full" in streams else b"sitrep: standard input is closed")
    assert words.encode() in done.stderr
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("name", ["extract", "clean", "tag", "parse-feed"])
def test_help_shows_an_example_and_the_fields(name: str) -> None:
    done = subprocess.run(command(name, "--help"), capture_output=True, text=True, env=environment(), check=True)
    assert f"sitrep {name}" in done.stdout
    assert "In: id, " in done.stdout
    assert "Out: id, " in done.stdout


def test_an_empty_stream_has_no_answers() -> None:
    assert run("clean", "--jobs", "1") == (0, [], "")
