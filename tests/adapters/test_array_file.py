"""What a process has worked out is there for the next one, whole or not at all."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.adapters.array_file import kept_arrays


class Desk:
    """Counts how often it had to work."""

    def __init__(self) -> None:
        self.worked = 0

    def work_out(self) -> dict[str, Any]:
        self.worked += 1
        return {"numbers": np.arange(1000)}


def total(arrays: Mapping[str, Any]) -> int:
    return int(arrays["numbers"].sum())


def test_it_is_worked_out_once(tmp_path: Path) -> None:
    desk, file = Desk(), tmp_path / "below" / "numbers.npz"
    assert [kept_arrays(file, total, desk.work_out) for _ in range(3)] == [499_500] * 3
    assert desk.worked == 1


def test_a_file_that_was_cut_or_damaged_or_holds_something_else_is_replaced(tmp_path: Path) -> None:
    desk, file = Desk(), tmp_path / "numbers.npz"
    kept_arrays(file, total, desk.work_out)
    whole = file.read_bytes()
    middle = len(whole) // 2
    np.savez(other := tmp_path / "other.npz", letters=np.arange(3))
    broken = (
        b"",
        whole[:middle],
        whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :],
        other.read_bytes(),
    )
    for count, data in enumerate(broken, start=2):
        file.write_bytes(data)
        assert [kept_arrays(file, total, desk.work_out) for _ in range(2)] == [499_500] * 2
        assert desk.worked == count
    assert sorted(file.name for file in tmp_path.iterdir()) == ["numbers.npz", "other.npz"]


def test_without_a_place_for_it_each_call_works_it_out(tmp_path: Path) -> None:
    desk, taken = Desk(), tmp_path / "a-file"
    taken.touch()
    assert [kept_arrays(taken / "numbers.npz", total, desk.work_out) for _ in range(2)] == [499_500] * 2
    assert desk.worked == 2
