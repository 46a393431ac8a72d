"""What a library can do without stays away where we do not need it, and only there."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

import pytest

from pipeline.optional import without


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    name = "a_library_of_this_test"
    (tmp_path / f"{name}.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, name, raising=False)
    return name


def test_a_library_is_not_found_inside_and_found_after(library: str) -> None:
    with without(library), pytest.raises(ModuleNotFoundError):
        import_module(library)
    assert import_module(library)


def test_a_library_is_found_again_where_the_block_fails(library: str) -> None:
    with pytest.raises(ZeroDivisionError), without(library):
        _ = 1 / 0
    assert import_module(library)


def test_another_thread_finds_it_meanwhile(library: str) -> None:
    with without(library), ThreadPoolExecutor(1) as other:
        assert other.submit(import_module, library).result()


def test_what_is_loaded_already_stays(library: str) -> None:
    loaded = import_module(library)
    with without(library):
        assert import_module(library) is loaded


@pytest.mark.parametrize(
    ("program", "spared"),
    [
        ("import pipeline.logs as logs; logs.configure_logs()", ("rich",)),
        (
            "from pipeline.adapters.search_index.client import SearchIndex as I; I('http://127.0.0.1:9', prefix='x')",
            ("aiohttp", "httpx", "requests"),
        ),
        ("import pipeline.flows.search", ("yaml", "psutil", "numpy")),
    ],
)
def test_a_command_does_not_load(program: str, spared: tuple[str, ...]) -> None:
    tell = f"{program}; import sys; print([name for name in {spared} if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", tell], capture_output=True, text=True, check=True)
    assert answer.stdout == "[]\n"
