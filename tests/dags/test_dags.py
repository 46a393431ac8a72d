"""The DAGs as Airflow sees them: they parse fast and alone, their structure holds and is the same at each parse."""

import runpy
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.exceptions import ParamValidationError
from airflow.serialization.serialized_objects import DagSerialization

DAGS = Path(__file__).resolve().parents[2] / "dags"


ALL = ("ingest", "maintenance", "reprocess")


def parsed(dag_id: str = "ingest") -> Any:
    bag = DagBag(str(DAGS))
    assert bag.import_errors == {}
    assert sorted(bag.dags) == list(ALL)
    return bag.dags[dag_id]


def test_the_dags_import_without_an_error() -> None:
    assert parsed().dag_id == "ingest"


def test_parsing_costs_less_than_a_second_of_cpu() -> None:
    begun = time.process_time()
    parsed()
    assert time.process_time() - begun < 1


@pytest.mark.parametrize("name", ALL)
def test_parsing_imports_nothing_of_sitrep_and_opens_no_connection(name: str) -> None:
    program = (
        "import sys, runpy\n"
        "import airflow.sdk, airflow.sdk.exceptions\n"
        "opened = []\n"
        "sys.addaudithook(lambda name, args: name == 'socket.connect' and opened.append(args))\n"
        f"runpy.run_path({str(DAGS / f'{name}.py')!r})\n"
        "loaded = [name for name in sys.modules if name.split('.')[0] == 'pipeline']\n"
        "sys.exit(f'{loaded} {opened}' if loaded or opened else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


def test_a_round_is_four_tasks_in_a_row() -> None:
    dag = parsed()
    assert [task.task_id for task in dag.topological_sort()] == ["plan", "collect", "deliver", "report"]
    assert "collect" in dag.get_task("plan").downstream_task_ids
    assert "deliver" in dag.get_task("collect").downstream_task_ids
    assert dag.get_task("deliver").downstream_task_ids == {"report"}


def test_collect_is_dealt_out_over_shards_only_when_scaled_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not parsed().get_task("collect").is_mapped
    monkeypatch.setenv("SITREP_SHARDS", "3")
    dag = parsed()
    assert [task.task_id for task in dag.topological_sort()] == ["plan", "collect", "deliver", "report"]
    assert dag.get_task("collect").is_mapped
    assert dag.get_task("collect").op_kwargs_expand_input.value == {"shard": [0, 1, 2]}


@pytest.mark.parametrize(
    ("shards", "handed_on", "is_done"),
    [
        ("1", {"changed": 1}, True),
        ("1", {}, True),
        ("1", None, False),
        ("2", [1, 0], True),
        ("2", [1], False),
        ("2", None, False),
    ],
)
def test_collecting_is_done_when_every_shard_is(
    monkeypatch: pytest.MonkeyPatch, shards: str, handed_on: object, is_done: bool
) -> None:
    monkeypatch.setenv("SITREP_SHARDS", shards)
    assert runpy.run_path(str(DAGS / "ingest.py"))["_all_collected"](handed_on) is is_done


@pytest.mark.parametrize("dag_id", ALL)
def test_one_run_at_a_time_without_catching_up(dag_id: str) -> None:
    dag = parsed(dag_id)
    assert (dag.max_active_runs, dag.catchup) == (1, False)


@pytest.mark.parametrize("dag_id", ALL)
def test_every_task_has_a_time_limit_and_is_tried_again(dag_id: str) -> None:
    for task in parsed(dag_id).tasks:
        assert task.execution_timeout is not None
        assert task.retries >= 1


def test_what_collect_has_stored_is_delivered_even_after_it_failed() -> None:
    assert parsed().get_task("deliver").trigger_rule == "all_done_min_one_success"


@pytest.mark.parametrize("dag_id", ["ingest", "maintenance"])
def test_the_page_of_documentation_tells_of_every_task(dag_id: str) -> None:
    dag = parsed(dag_id)
    assert all(f"`{task.task_id}`" in dag.doc_md for task in dag.tasks)


def test_the_schedule_is_every_ten_minutes() -> None:
    assert parsed().timetable.expression == "*/10 * * * *"


@pytest.mark.parametrize("moment", ["yesterday", "2024-10-21T12:00:00", "2024-10-21", 5])
def test_a_moment_without_a_zone_is_refused_before_the_round(moment: object) -> None:
    param = parsed().params.get_param("now")
    with pytest.raises(ParamValidationError):
        param.resolve(moment)


@pytest.mark.parametrize("moment", [None, "2024-10-21T12:00:00Z", "2024-10-21T15:00:00+03:00"])
def test_a_moment_with_a_zone_or_none_is_taken(moment: object) -> None:
    assert parsed().params.get_param("now").resolve(moment) == moment


@pytest.mark.parametrize("dag_id", ALL)
def test_two_parses_give_the_same_serialized_dag(dag_id: str) -> None:
    assert DagSerialization.to_dict(parsed(dag_id)) == DagSerialization.to_dict(parsed(dag_id))


def test_upkeep_is_daily_and_reprocessing_by_hand() -> None:
    assert parsed("maintenance").timetable.expression == "30 3 * * *"
    assert DagSerialization.to_dict(parsed("reprocess"))["dag"]["timetable"]["__type"].endswith("NullTimetable")
