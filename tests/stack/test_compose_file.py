"""The compose file against its schema, and against what an operator relies on."""

import re
import subprocess
import sys
from itertools import pairwise

import pytest

from pipeline.settings import CHECKOUT
from tests.stack.compose_file import AIRFLOW, FILE, NAMES, OURS, SCALE, compose, environment, filled_in, services

ONE_SHOT = {"kibana-password", "setup", "airflow-init"}
SITREP_MEMORY = 6144
"""MB; the README and docs/operations.md say so."""


def waits_for(name: str) -> dict[str, str]:
    return {other: how["condition"] for other, how in services()[name].get("depends_on", {}).items()}


def megabytes(name: str) -> int:
    match = re.fullmatch(r"(\d+)m", services()[name]["mem_limit"])
    assert match
    return int(match[1])


def test_the_file_fits_the_compose_schema() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(FILE)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("name", NAMES)
def test_every_image_is_pinned(name: str) -> None:
    image = services()[name]["image"]
    assert re.search(r":\d+\.\d+(\.\d+)?(-[a-z0-9.]+)?$", image), image


def test_elasticsearch_and_kibana_are_of_one_version_and_the_clients_major() -> None:
    images = {services()[name]["image"].rpartition(":")[2] for name in ("elasticsearch", "kibana", "kibana-password")}
    (version,) = images
    import elasticsearch

    assert version.split(".")[0] == str(elasticsearch.__version__[0])


def test_airflow_in_the_image_is_the_one_of_the_lock_file() -> None:
    dockerfile = (CHECKOUT / "Dockerfile").read_text(encoding="utf-8")
    locked = re.search(r"^apache-airflow==(\S+)", (CHECKOUT / "requirements.lock").read_text(), re.M)
    assert locked
    bases = re.findall(r"^FROM apache/airflow:(\S+?)-python3\.\d+", dockerfile, re.M)
    assert set(bases) == {locked[1]}
    assert len(bases) == len(re.findall(r"^FROM ", dockerfile, re.M))


@pytest.mark.parametrize("name", NAMES)
def test_every_port_is_published_on_loopback_unless_told_otherwise(name: str) -> None:
    for port in services()[name].get("ports", []):
        assert filled_in(port, {}).startswith("127.0.0.1:")
        assert filled_in(port, {"SITREP_BIND": "0.0.0.0"}).startswith("0.0.0.0:")


def test_no_service_shares_the_machines_network_or_more_of_it() -> None:
    for name in NAMES:
        assert not {"network_mode", "privileged", "pid", "ipc", "cap_add", "devices"} & services()[name].keys()
        assert "no-new-privileges:true" in services()[name]["security_opt"]


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_services_run_without_capabilities(name: str) -> None:
    assert services()[name]["cap_drop"] == ["ALL"]
    assert "user" not in services()[name]


def test_sitrep_and_airflow_are_one_image() -> None:
    assert {*AIRFLOW, "setup", "newsroom"} == OURS
    assert len({services()[name]["image"] for name in OURS}) == 1
    assert [name for name in NAMES if "build" in services()[name]] == ["setup"]


def test_memory_limits_sum_up_to_what_is_said() -> None:
    assert sum(megabytes(name) for name in NAMES if name not in SCALE) <= SITREP_MEMORY
    operations = (CHECKOUT / "docs" / "operations.md").read_text(encoding="utf-8")
    for text in ((CHECKOUT / "README.md").read_text(encoding="utf-8"), operations):
        assert f"{SITREP_MEMORY // 1024} GB" in text
    table = operations.partition("### Sizes")[2].partition("What was measured")[0]
    rows = [line.split("|")[1:3] for line in table.splitlines() if line.startswith("| `")]
    told = {name: int(limit.split()[0]) for names, limit in rows for name in re.findall(r"`([\w-]+)`", names)}
    assert told == {name: megabytes(name) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_logs_rotate(name: str) -> None:
    options = services()[name]["logging"]["options"]
    assert set(options) == {"max-size", "max-file"}


@pytest.mark.parametrize("name", NAMES)
def test_what_runs_on_is_restarted_and_watched_and_what_ends_is_not(name: str) -> None:
    service = services()[name]
    assert service["restart"] == ("no" if name in ONE_SHOT else "unless-stopped")
    assert ("healthcheck" in service) == (name not in ONE_SHOT)


@pytest.mark.parametrize("name", NAMES)
def test_every_condition_can_come_true(name: str) -> None:
    for other, condition in waits_for(name).items():
        assert other in services()
        assert condition == ("service_completed_successfully" if other in ONE_SHOT else "service_healthy")
        optional = services()[name]["depends_on"][other].get("required") is False
        # What has a profile is there for certain where that same profile brought the one that waits for it.
        own, others = (set(services()[each].get("profiles", ())) for each in (name, other))
        assert optional == (not own & others if others else False)


def test_everything_starts_in_its_order() -> None:
    order = ["elasticsearch", "kibana-password", "kibana", "setup", "airflow-init", "airflow-apiserver"]
    for before, after in pairwise([*order, "airflow-scheduler"]):
        assert before in waits_for(after)
    # "up --wait" takes a one-shot that nothing waits for as a failure.
    waited_for = {other for name in NAMES for other in waits_for(name)}
    assert waited_for >= ONE_SHOT


def test_every_volume_is_declared_and_used() -> None:
    mounts = [mount.split(":") for name in NAMES for mount in services()[name].get("volumes", [])]
    named = {source for source, *_ in mounts if not source.startswith(".")}
    assert named == set(compose()["volumes"])
    for source, _, *mode in mounts:
        if source.startswith("."):
            assert mode == ["ro"]
            assert (CHECKOUT / source).exists()


def test_data_that_must_last_lies_in_volumes() -> None:
    targets = {mount.split(":")[1] for name in NAMES for mount in services()[name].get("volumes", [])}
    assert targets >= {
        "/var/lib/postgresql/data",
        "/usr/share/elasticsearch/data",
        environment("elasticsearch")["path.repo"],
        "/var/lib/sitrep",
        "/var/lib/sitrep-keys",
    }


def test_only_setup_may_change_the_api_keys() -> None:
    mounts = {name: m for name in NAMES for m in services()[name].get("volumes", []) if m.startswith("keys:")}
    assert {name for name, mount in mounts.items() if not mount.endswith(":ro")} == {"setup"}
