"""## One round of Sitrep

Polls the feeds that are due, fetches the articles behind new entries, cleans and tags them, and delivers the stories to
Elasticsearch. It is the same round as `sitrep ingest`; this file only says in which order and how often.

| task | what it does | when it fails |
| --- | --- | --- |
| `plan` | opens the run | wrong configuration: at once, every mistake in the log; skipped while another round works |
| `collect` | feeds, pages, text, topics, ledger; a task a shard | tried again with its run: goes on where it stopped |
| `deliver` | sends what waits to Elasticsearch | tried again; the stories are safe and go out with a later round |
| `report` | sums the round up and logs it | fails when `collect` or `deliver` failed, so the run shows it |

A feed or page in trouble is part of the report and never fails a task.
Tasks hand on the run's id and counts only; everything else lies in the ledger.

**Parameter `now`**: the moment the round takes for the present, ISO 8601 with a zone. Leave it empty for the clock.

**Environment**: `SITREP_SCHEDULE` (cron line, default every 10 minutes) and the settings of the `sitrep` command.
`SITREP_SHARDS` over 1 makes so many tasks of `collect`, each with its share of the feeds: set it alike on all machines.

**Alarms by Airflow's notifiers**: `SITREP_ALARM_NOTIFIERS`, a JSON list such as
`[{"notifier": "airflow.providers.smtp.notifications.smtp.SmtpNotifier", "to": "desk@example.org"}]`. Each is made with
the arguments beside its name, whose templates may use `alarms` and `alarms_text`, and called by `report` when alarms
are raised or over. Its connection is Airflow's (`smtp_default`, or the one that its arguments name).

**By hand**: `airflow dags test ingest --conf '{"now": "2024-10-21T12:00:00Z"}'`
"""

import importlib
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import Param, TriggerRule, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

# Read from the environment alone: parsing this file touches no disk, no network and no module of Sitrep.
SCHEDULE = os.environ.get("SITREP_SCHEDULE") or "*/10 * * * *"
SHARDS = int(os.environ.get("SITREP_SHARDS") or 1)
# A round starts no new request after its limit; what is under way then gets ten minutes to end.
COLLECT_TIMEOUT = timedelta(seconds=float(os.environ.get("SITREP_ROUND_LIMIT") or 480), minutes=10)
MOMENT = Param(
    None,
    title="Now",
    description="The moment the round takes for the present, such as 2024-10-21T12:00:00Z; empty for the clock.",
    type=["null", "string"],
    format="date-time",
    pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)$",
)


@task(execution_timeout=timedelta(minutes=2))
def plan(params: dict[str, Any] | None = None) -> str:
    """Open a run; its id is all that the other tasks need."""
    from pipeline.errors import ConfigError, LedgerTooNew, RoundRunning
    from pipeline.flows import round as flow
    from pipeline.settings import load_settings

    now = (params or {}).get("now")
    try:
        return flow.plan(load_settings(), datetime.fromisoformat(now) if now else None)
    except RoundRunning as error:
        raise AirflowSkipException(f"nothing to do: {error}") from None
    except (ConfigError, LedgerTooNew, ValueError) as error:
        raise AirflowFailException(str(error)) from None  # trying again would not help


@task(execution_timeout=COLLECT_TIMEOUT)
def collect(run: str) -> dict[str, int]:
    """Poll, fetch, clean, tag and record. A later try goes on with the same run."""
    from pipeline.flows import round as flow
    from pipeline.settings import load_settings

    return flow.collect(load_settings(), run)


@task(task_id="collect", execution_timeout=COLLECT_TIMEOUT)
def collect_shard(run: str, shard: int) -> int:
    """One shard of the feeds. Those that another collector works on are left to it."""
    from pipeline.errors import RoundRunning
    from pipeline.flows import round as flow
    from pipeline.flows.shards import Shard
    from pipeline.settings import load_settings

    try:
        flow.collect_shard(load_settings(), run, Shard(shard, SHARDS))
    except RoundRunning as error:
        print(f"nothing to do: {error}")
    return shard


# Also after a failed `collect`: what it had recorded by then need not wait.
@task(execution_timeout=timedelta(minutes=15), trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS)
def deliver(run: str) -> dict[str, int]:
    """Send what waits for the index. Fails while stories wait, so that it is tried again."""
    from pipeline.flows import round as flow
    from pipeline.settings import load_settings

    delivered = flow.deliver(load_settings(), run, print)
    if delivered.waiting:
        reason = delivered.problem or "the index did not take them"
        raise AirflowException(f"{delivered.waiting} stories wait for the index, safe in the ledger: {reason}")
    return {"indexed": delivered.indexed, "refused": delivered.refused}


@task(execution_timeout=timedelta(minutes=2), trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS)
def report(run: str, collected: Any, delivered: dict[str, int] | None) -> None:
    """Sum the round up. As the last task it decides how the run is shown: failed if a task before it failed."""
    from pipeline.flows import round as flow
    from pipeline.settings import load_settings

    summary = flow.report(load_settings(), run)
    for part in ("feeds", "entries", "retried", "stories"):
        print(f"{part}: " + ", ".join(f"{name} {count}" for name, count in getattr(summary, part).items()))
    for problem in summary.problems:
        print(f"{problem.kind}: {problem.feed or '-'} {problem.url or '-'} ({problem.detail})")
    done = {"collect": _all_collected(collected), "deliver": delivered is not None}
    _tell_alarms(dict(get_current_context()))
    failed = [name for name, is_done in done.items() if not is_done]
    if failed:
        raise AirflowFailException(f"{' and '.join(failed)} failed; the next round goes on from what is recorded")


# What a notifier says unless its arguments say otherwise; Airflow's own words are of failed tasks.
WORDS = {
    "subject": "Sitrep: {{ alarms | length }} alarm{{ '' if alarms | length == 1 else 's' }} raised or over",
    "html_content": "<pre>{{ alarms_text | e }}</pre>",
    "text": "{{ alarms_text }}",
    "title": "Sitrep",
    "body": "{{ alarms_text }}",
}


def _tell_alarms(context: dict[str, Any]) -> None:
    """Let each notifier tell what it has not told: alarms of this round, of an audit, or what it could not send."""
    from pipeline.flows.notices import tell_alarms
    from pipeline.settings import load_settings

    for options in _notifiers():

        def send(news: Mapping[str, Any], options: dict[str, Any] = options) -> None:
            module, _, name = options["notifier"].rpartition(".")
            kind = getattr(importlib.import_module(module), name)
            words = {field: WORDS[field] for field in kind.template_fields if field in WORDS}
            given = {field: value for field, value in options.items() if field != "notifier"}
            kind(**words | given)(context | {"alarms": news["alarms"], "alarms_text": news["text"]})

        tell_alarms(load_settings(), json.dumps(options, sort_keys=True), send)


def _notifiers() -> list[dict[str, Any]]:
    try:
        listed = json.loads(os.environ.get("SITREP_ALARM_NOTIFIERS") or "[]")
        if isinstance(listed, list) and all("." in one["notifier"] for one in listed):
            return listed
    except (ValueError, TypeError, KeyError):
        """Told below, as what is no list."""
    raise AirflowFailException('SITREP_ALARM_NOTIFIERS wants a JSON list of objects, each with a "notifier"')


def _all_collected(collected: Any) -> bool:
    """``collected`` is what the one task handed on, or one value for each shard that is done."""
    return collected is not None if SHARDS == 1 else len(collected or ()) == SHARDS


@dag(
    schedule=SCHEDULE,
    start_date=datetime(2024, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=COLLECT_TIMEOUT + timedelta(hours=1),
    default_args={"owner": "sitrep", "retries": 2, "retry_delay": timedelta(seconds=30)},
    params={"now": MOMENT},
    description="Poll feeds, keep the stories, deliver them to Elasticsearch",
    doc_md=__doc__,
    tags=["sitrep", "news"],
)
def ingest() -> None:
    """plan → collect → deliver → report."""
    run = plan()
    collected: Any = collect(run) if SHARDS == 1 else collect_shard.partial(run=run).expand(shard=list(range(SHARDS)))
    delivered = deliver(run)
    collected >> delivered
    report(run, collected, delivered)


ingest()
