"""## Today's rules over the archive

Runs today's cleaning and tagging again over the archived raw pages, without the network: the same as
`sitrep reprocess`. Started by hand; an interrupted run goes on where it stopped, unchanged rules cost nothing.

| parameter | meaning |
| --- | --- |
| `since` | only stories changed then or later, ISO 8601 with a zone; empty for all |
| `dry_run` | write nothing, log what would change |
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import Param, dag, task
from airflow.sdk.exceptions import AirflowException

MOMENT = Param(
    None,
    title="Since",
    description="Only stories changed then or later, such as 2024-10-01T00:00:00Z; empty for all.",
    type=["null", "string"],
    format="date-time",
    pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)$",
)


@task(execution_timeout=timedelta(hours=12))
def reprocess(params: dict[str, Any] | None = None) -> dict[str, int]:
    """Tell the stories again that were told under other rules, and deliver what changed."""
    from pipeline.flows import reprocess as flow
    from pipeline.settings import load_settings

    chosen = params or {}
    since = chosen.get("since")
    done = flow.reprocess(
        load_settings(),
        print,
        since=datetime.fromisoformat(since) if since else None,
        dry_run=bool(chosen.get("dry_run")),
    )
    for sample in done.samples:
        print(f"{sample.title} {sample.url}", *sample.lines, sep="\n  ")
    for where, reason in done.lost:
        print(f"lost: {where} ({reason})")
    if done.waiting:
        raise AirflowException(f"{done.waiting} stories wait for the index; they are safe in the ledger")
    return {"looked": done.looked, "changed": done.changed, "lost": len(done.lost)}


@dag(
    dag_id="reprocess",
    schedule=None,
    start_date=datetime(2024, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args={"owner": "sitrep", "retries": 2, "retry_delay": timedelta(minutes=1)},
    params={"since": MOMENT, "dry_run": Param(False, title="Dry run", type="boolean")},
    description="Today's rules over the archived pages",
    doc_md=__doc__,
    tags=["sitrep"],
)
def reprocess_archive() -> None:
    """One task: the flow has its own workers."""
    reprocess()


reprocess_archive()
