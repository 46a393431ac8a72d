"""## Daily upkeep

Looks whether everything is where it should be, then forgets what need not be kept.

| task | what it does | when it fails |
| --- | --- | --- |
| `audit` | compares ledger and index, repairs the index | something is still wrong after the repair; the log names it |
| `prune` | removes raw pages, fetch log and run history older than the retention settings | disk or database trouble |

Entries and stories are never removed: a story that was forgotten would come back as new.
Airflow's own history is for Airflow to clean: `sitrep up` has that done daily, elsewhere see `docs/operations.md`.

**Environment**: `SITREP_MAINTENANCE_SCHEDULE` (cron line, default 03:30 UTC) and the settings of the `sitrep` command.
"""

import os
from datetime import UTC, datetime, timedelta

from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowFailException

# Read from the environment alone: parsing this file touches no disk, no network and no module of Sitrep.
SCHEDULE = os.environ.get("SITREP_MAINTENANCE_SCHEDULE") or "30 3 * * *"


@task(execution_timeout=timedelta(hours=1))
def audit() -> dict[str, int]:
    """Compare ledger and index; send what is missing, drop what is extra."""
    from pipeline.flows import audit as flow
    from pipeline.settings import load_settings

    found = flow.audit(load_settings(), print, repair=True)
    if not found.clean:
        for row in (*found.contradictions, *found.missing, *found.extra, *found.stale):
            print(row)
        raise AirflowFailException("ledger and index differ after the repair; the log names every story")
    return {"entries": found.entries["total"], "stories": found.stories, "documents": found.documents}


@task(execution_timeout=timedelta(hours=1))
def prune() -> dict[str, int]:
    """Forget what is older than the retention settings say."""
    from dataclasses import asdict

    from pipeline.flows import prune as flow
    from pipeline.settings import load_settings

    return asdict(flow.prune(load_settings(), datetime.now(UTC)))


@dag(
    schedule=SCHEDULE,
    start_date=datetime(2024, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args={"owner": "sitrep", "retries": 1, "retry_delay": timedelta(minutes=5)},
    description="Compare ledger and index, forget what need not be kept",
    doc_md=__doc__,
    tags=["sitrep"],
)
def maintenance() -> None:
    """Audit and prune, independent of each other."""
    audit()
    prune()


maintenance()
