"""YAML from outside: whatever it holds, a value or one clear line for each mistake."""

import os
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.config.yaml_source import MAX_BYTES, MAX_DEPTH, read_yaml, shown
from tests.support.yaml_values import YAML_VALUES


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "some.yaml"


def problem(file: Path, content: bytes) -> str:
    file.write_bytes(content)
    document, problems = read_yaml(file)
    assert document is None
    (line,) = problems
    assert line.startswith(f"{file}: ")
    assert line.isprintable()
    return line.removeprefix(f"{file}: ")


def test_plain_yaml_is_read(file: Path) -> None:
    file.write_text("\ufeffa: [1, 2.5, true, null, 'no']\nb: {c: Zürich}\n", encoding="utf-8")
    assert read_yaml(file) == ({"a": [1, 2.5, True, None, "no"], "b": {"c": "Zürich"}}, [])


def test_an_empty_file_is_nothing(file: Path) -> None:
    file.write_bytes(b"")
    assert read_yaml(file) == (None, [])


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a: &x [1]\nb: *x\n", "line 2: aliases are not allowed here"),
        (b"a: &a [*a]\n", "line 1: aliases are not allowed here"),
        (b"a: 1\nb: 2\na: 3\n", "line 3: key 'a' stands twice"),
        (b"1: a\n0x1: b\n", "line 2: key '0x1' stands twice"),
        (b"b:\n  c: 1\n  'c': 2\n", "line 3: key 'c' stands twice"),
        (b"<<: {a: 1}\na: 2\n", "line 1: a key must be a word or text"),
        (b"? [a, b]\n: 1\n", "line 1: a key must be a word or text"),
        (b"a: !!bool maybe\n", "line 1: tags (!) are not allowed here"),
        (b"a: !!python/object/apply:os.system [ls]\n", "line 1: tags (!) are not allowed here"),
        (b"a: ! b\n", "line 1: tags (!) are not allowed here"),
        (b"a: 1\n---\nb: 2\n", "line 2: but found another document"),
        (b"a: [1, 2\n", "line 2: did not find expected ',' or ']'"),
        (b"\xff\xfe\x00", "not UTF-8 text"),
    ],
)
def test_what_is_refused_is_named_with_its_line(file: Path, content: bytes, expected: str) -> None:
    assert problem(file, content) == expected


@pytest.mark.parametrize("content", [b"a: b\x00c\n", b"\x00", b"a: \x1b[31m\n", b"a: 2024-13-45\n", b"a: 0b_\n"])
def test_nul_bytes_control_characters_and_impossible_values_are_refused(file: Path, content: bytes) -> None:
    assert problem(file, content).startswith("not YAML (")


@pytest.mark.parametrize("content", [b"[" * 200_000, b"{a: " * 100_000, b"- " * 100_000 + b"x", b"? " * 100_000])
def test_deep_nesting_is_refused_without_harm(file: Path, content: bytes) -> None:
    assert "nested too deeply" in problem(file, content)


def test_nesting_is_allowed_up_to_the_limit(file: Path) -> None:
    file.write_bytes(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    assert read_yaml(file)[1] == []
    assert "nested too deeply" in problem(file, b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1))


def test_many_neighbours_are_no_depth(file: Path) -> None:
    file.write_bytes(b"- [a]\n" * (MAX_DEPTH * 3))
    assert len(read_yaml(file)[0]) == MAX_DEPTH * 3


def test_a_file_over_the_limit_is_not_read_to_its_end(file: Path) -> None:
    assert problem(file, b"#" * (MAX_BYTES + 1)) == f"larger than {MAX_BYTES} bytes"
    file.write_bytes(b"#" * MAX_BYTES)
    assert read_yaml(file) == (None, [])
    assert read_yaml(Path("/dev/zero"))[1] == [f"/dev/zero: larger than {MAX_BYTES} bytes"]


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    assert read_yaml(tmp_path / "none.yaml") == (
        None,
        [f"{tmp_path / 'none.yaml'}: cannot read it ({os.strerror(2)})"],
    )
    assert read_yaml(tmp_path)[1] == [f"{tmp_path}: cannot read it ({os.strerror(21)})"]


def test_a_long_value_is_cut_in_messages() -> None:
    assert shown("a\nb") == r"'a\nb'"
    assert len(shown("x" * 10_000)) < 100


@settings(max_examples=60, deadline=None)
@given(value=YAML_VALUES)
def test_what_is_written_is_read_back(value: object, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("yaml") / "value.yaml"
    file.write_text(yaml.dump(value, Dumper=_NoAliases, allow_unicode=True), encoding="utf-8")
    document, problems = read_yaml(file)
    assert (document, problems) == (value, []) or any("tags (!)" in line for line in problems)


@settings(max_examples=100, deadline=None)
@given(content=st.binary(max_size=60) | st.text(alphabet="ab:-[]{}&*!|>'\"#%@`?,\n \t0", max_size=60).map(str.encode))
def test_no_bytes_raise(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("yaml") / "bytes.yaml"
    file.write_bytes(content)
    document, problems = read_yaml(file)
    assert document is None or not problems
    assert all("\n" not in line for line in problems)


class _NoAliases(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True
