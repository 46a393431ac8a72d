"""Logs that may not grow for ever."""

import os
from pathlib import Path

from pipeline.adapters.old_files import cut, remove_older

NOW = 1_700_000_000.0
DAY = 86_400


def log(path: Path, age_days: float, content: str = "line\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    os.utime(path, (NOW - age_days * DAY, NOW - age_days * DAY))
    return path


def test_old_files_go_and_so_do_the_folders_they_leave_empty(tmp_path: Path) -> None:
    log(tmp_path / "dag" / "run-1" / "task" / "attempt=1.log", 20)
    kept = log(tmp_path / "dag" / "run-2" / "task" / "attempt=2.log", 3)
    log(tmp_path / "dag" / "run-2" / "task" / "attempt=1.log", 15)
    assert remove_older(tmp_path, NOW - 14 * DAY) == 2
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [kept]
    assert not (tmp_path / "dag" / "run-1").exists()


def test_a_folder_that_somebody_has_just_made_is_left_to_him(tmp_path: Path) -> None:
    (tmp_path / "dag" / "run-3").mkdir(parents=True)
    assert remove_older(tmp_path, NOW) == 0
    assert (tmp_path / "dag" / "run-3").is_dir()


def test_the_folder_itself_stays_and_a_missing_one_is_no_trouble(tmp_path: Path) -> None:
    log(tmp_path / "logs" / "old.log", 20)
    assert remove_older(tmp_path / "logs", NOW) == 1
    assert (tmp_path / "logs").is_dir()
    assert remove_older(tmp_path / "none", NOW) == 0


def test_what_a_link_points_at_is_not_touched(tmp_path: Path) -> None:
    target = log(tmp_path / "elsewhere" / "precious.log", 99)
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "latest").symlink_to(tmp_path / "elsewhere")
    assert remove_older(tmp_path / "logs", NOW) == 0
    assert target.exists()


def test_a_long_log_is_cut_while_its_writer_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "airflow.log"
    with path.open("ab", buffering=0) as writer:
        writer.write(b"x" * 1000)
        assert cut(path, 999)
        writer.write(b"more\n")
    assert path.read_bytes() == b"more\n"
    assert (tmp_path / "airflow.log.1").stat().st_size == 1000


def test_a_short_log_or_none_is_left_alone(tmp_path: Path) -> None:
    path = log(tmp_path / "airflow.log", 0, "x" * 10)
    assert not cut(path, 10)
    assert not cut(tmp_path / "none.log", 10)
    assert [found.name for found in tmp_path.iterdir()] == ["airflow.log"]
