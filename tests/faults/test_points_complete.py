"""Every place in the program that writes or sends has its crash points, or is none of a round's or its upkeep's."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.faults.life import Life

PROGRAM = Path(__file__).resolve().parents[2] / "pipeline"

# Names of calls by which Python's own modules and our libraries write a file, take a lock, or send something.
CALLS = {
    "ClientSession", "Popen", "begin", "chmod", "chown", "copyfile", "copymode", "copytree", "flock", "ftruncate",
    "mkdir", "perform_request", "pipe_file", "pwrite", "rename", "rm_file", "rmdir", "rmtree", "sendall", "touch",
    "truncate", "unlink", "urlopen", "write_bytes", "write_text",
}  # fmt: skip
WRITING = {"O_WRONLY", "O_RDWR", "O_APPEND"}

# Place → a point that is crossed there. A round crosses each of them.
IN_A_ROUND = {
    "adapters/archive Archive._put": "before archive folder",
    "adapters/archive _write_through": "after archive file",
    "adapters/file_swap replace_file": "after alerts file",
    "adapters/file_swap _take_over": "after replacing a file",
    "adapters/http/client HttpClient.__aenter__": "after request of page",
    "adapters/http/webhook _post": "after webhook",
    "adapters/ledger/database Ledger.write": "after commit recorder._commit",
    "adapters/search_index/server Server.ask": "after index POST _bulk of stories",
    "flows/alerts _alone": "before alerts file",
    "flows/lock round_lock": "after round lock",
}
OTHERWISE = {
    "adapters/archive Archive.remove_before": "prune crosses its points",
    "adapters/array_file _keep": "a copy of what a package holds; where it is not whole, it is made again",
    "adapters/ledger/database Ledger.brief": "rounds on PostgreSQL cross its points",
    "adapters/ledger/database _create": "a ledger's first round crosses those of its statements",
    "adapters/ledger/database _upgrade": "the first round after an update crosses those of its statements",
    "adapters/ledger/database _prepare_folder": "an empty folder is as good as none",
    "flows/checked_rules _note": "says that the rules were tried; where it is lost they are tried again",
    "adapters/worker_process _no_tracker": "opens the device that keeps nothing",
    "flows/alerts _read": "sets aside what nothing can read any more",
    "flows/settle _tell": "no transaction begins there, but a story",
    "stages/extract/walk walk": "no transaction begins there, but a block",
}
# Nothing of these runs between the plan of a round and its report.
STARTING_AND_STOPPING = (
    "adapters/airflow", "adapters/keeper", "adapters/kept", "adapters/local_node/", "adapters/processes",
    "adapters/search_index/security", "cli/main", "flows/demo", "flows/up/",
)  # fmt: skip
FILES_OF_THE_OPERATOR = ("adapters/old_files", "flows/add_feed", "flows/topic_new")


def places() -> Iterator[str]:
    for path in sorted(PROGRAM.rglob("*.py")):
        name = str(path.relative_to(PROGRAM).with_suffix(""))
        if not name.startswith(("sample/", "adapters/ledger/migrations/")):
            yield from (f"{name} {within}" for within in _places(ast.parse(path.read_text(encoding="utf-8")), ()))


def _places(node: ast.AST, within: tuple[str, ...]) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        named = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        deeper = (*within, child.name) if named else within
        if isinstance(child, ast.Call) and writes(child):
            yield ".".join(within)
        yield from _places(child, deeper)


def writes(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name == "replace":  # of a path: a text's takes two arguments, a time's has names for them
        return isinstance(call.func, ast.Attribute) and len(call.args) == 1 and not call.keywords
    if name == "open":
        words = [node.value for node in call.args if isinstance(node, ast.Constant) and isinstance(node.value, str)]
        flags = {node.attr for given in call.args for node in ast.walk(given) if isinstance(node, ast.Attribute)}
        return any(set(word) & set("wax+") for word in words) or bool(flags & WRITING)
    return name in CALLS


def test_every_place_that_writes_or_sends_is_accounted_for() -> None:
    elsewhere = STARTING_AND_STOPPING + FILES_OF_THE_OPERATOR
    found = {place for place in places() if not place.startswith(elsewhere)}
    assert found == IN_A_ROUND.keys() | OTHERWISE.keys()
    assert all(any(place.startswith(part) for place in places()) for part in elsewhere)


def test_a_round_crosses_the_points_of_all_its_places(life: Life) -> None:
    life.news()
    crossed = life.round("round_with_points")
    assert crossed.how == "done", crossed.value
    assert set(IN_A_ROUND.values()) <= set(crossed.value)


def test_writing_is_told_from_reading() -> None:
    def found(source: str) -> bool:
        return any(writes(node) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))

    assert all(map(found, ("p.open('ab')", "open(p, 'x')", "os.open(p, os.O_RDWR | os.O_CREAT)", "a.replace(b)")))
    assert not any(map(found, ("p.open('rb')", "p.open()", "t.replace('a', 'b')", "d.replace(hour=1)")))
