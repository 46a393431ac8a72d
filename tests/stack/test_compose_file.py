"""The compose file against its schema, and against what an operator relies on."""

import re
import subprocess
import sys
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.settings import CHECKOUT, Settings, setting_names
from tests.stack.compose_file import FILE, compose, environment, filled_in, services, variables

NAMES = sorted(services())
ONE_SHOT = {"kibana-password", "setup", "airflow-init"}
OURS = {name for name in NAMES if services()[name]["image"].startswith("sitrep:")}
AIRFLOW = {name for name in NAMES if name.startswith("airflow-")}
SITREP_MEMORY = 6144
"""MB; the README and docs/operations.md say so."""
BESIDE_SETTINGS = {"SITREP_SCHEDULE", "SITREP_LOG_FORMAT"}
"""Read from the environment, but not by ``Settings`` (docs/settings.md)."""
SECRET = re.compile(r"PASSWORD|SECRET|(?<!API)_KEY|TOKEN|SQL_ALCHEMY_CONN|DATABASE_URL|ENCRYPTIONKEY")


def written_env(folder: Path) -> dict[str, str]:
    """What ``make env`` writes."""
    file = folder / ".env"
    script = CHECKOUT / "config" / "stack" / "make-env.sh"
    subprocess.run(["sh", str(script), str(file)], check=True, capture_output=True)
    lines = [line for line in file.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


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


def test_memory_limits_sum_up_to_what_is_said() -> None:
    assert sum(megabytes(name) for name in NAMES) <= SITREP_MEMORY


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
        assert optional == bool(services()[other].get("profiles"))


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


@pytest.mark.parametrize("name", NAMES)
def test_no_secret_is_written_down_and_none_has_a_default(name: str) -> None:
    for setting, value in environment(name).items():
        if not SECRET.search(setting) or setting.endswith(("_FILE", "_ENABLED")):
            continue
        assert re.search(r"\$\{[A-Z0-9_]+:\?", value), f"{setting} of {name} is not a required variable"
        assert ":-" not in value


def test_make_env_writes_every_required_variable_and_nothing_else_is_secret(tmp_path: Path) -> None:
    written = written_env(tmp_path)
    required = {name for name, kinds in variables().items() if ":?" in kinds}
    assert {name for name, value in written.items() if value} == required
    assert written.keys() <= variables().keys()
    for kinds in variables().values():
        assert kinds in ({":?"}, {":-"})


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_setting_of_sitrep_exists_and_its_defaults_are_accepted(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = written_env(tmp_path)
    given = {k: filled_in(v, values) for k, v in environment(name).items() if k.startswith("SITREP_")}
    assert given.keys() <= {*setting_names(), *BESIDE_SETTINGS}
    for setting, value in given.items():
        if not setting.endswith("_FILE"):
            monkeypatch.setenv(setting, value)
    made = Settings()
    if given:
        assert made.elasticsearch_url == "http://elasticsearch:9200"
        assert made.feeds.is_file()


def test_every_setting_that_an_operator_may_choose_is_handed_on() -> None:
    handed_on = {setting.removesuffix("_FILE") for name in OURS for setting in environment(name)}
    dockerfile = (CHECKOUT / "Dockerfile").read_text(encoding="utf-8")
    fixed = set(re.findall(r"\bSITREP_[A-Z_]+(?==)", dockerfile))
    assert {name.removesuffix("_FILE") for name in setting_names()} <= handed_on | fixed


def test_settings_of_the_dockerfile_exist() -> None:
    dockerfile = (CHECKOUT / "Dockerfile").read_text(encoding="utf-8")
    named = set(re.findall(r"\bSITREP_[A-Z_]+(?==)", dockerfile))
    assert named
    assert named <= {*setting_names(), *BESIDE_SETTINGS}


@pytest.mark.parametrize("name", sorted(AIRFLOW))
def test_every_setting_of_airflow_exists(name: str) -> None:
    known = airflow_options()
    given = [setting.split("__")[1:] for setting in environment(name) if setting.startswith("AIRFLOW__")]
    assert given
    for section, option in given:
        assert option.lower() in known.get(section.lower(), ()), f"Airflow has no option {section}.{option}"


def airflow_options() -> dict[str, set[str]]:
    package = find_spec("airflow")
    assert package is not None
    assert package.submodule_search_locations
    file = Path(package.submodule_search_locations[0]) / "config_templates" / "config.yml"
    sections: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {name: {option.lower() for option in section["options"]} for name, section in sections.items()}


def test_all_of_airflow_shares_its_secrets() -> None:
    shared = ("AIRFLOW__API_AUTH__JWT_SECRET", "AIRFLOW__CORE__FERNET_KEY", "AIRFLOW__API__SECRET_KEY")
    for setting in shared:
        assert len({environment(name)[setting] for name in AIRFLOW}) == 1


def test_rounds_use_the_writers_key_and_only_setup_the_superuser() -> None:
    assert environment("airflow-scheduler")["SITREP_ELASTICSEARCH_API_KEY_FILE"].endswith("/writer")
    superusers = {name for name in NAMES if "ELASTIC_PASSWORD" in str(environment(name).values())}
    assert superusers == {"elasticsearch", "kibana-password", "setup"}


def test_the_sample_profile_finds_what_the_newsroom_writes() -> None:
    sample = dict(
        line.split("=", 1)
        for line in (CHECKOUT / "config" / "stack" / "sample.env").read_text().splitlines()
        if line and not line.startswith("#")
    )
    command = services()["newsroom"]["command"]
    assert sample["COMPOSE_PROFILES"] in services()["newsroom"]["profiles"]
    assert sample["SITREP_FEEDS"] == command[command.index("--feeds") + 1]
    assert sample["SITREP_ALLOW_HOSTS"] == command[command.index("--name") + 1] == "newsroom"
    assert sample.keys() - {"COMPOSE_PROFILES"} <= variables().keys()
    mounted = {mount.split(":")[1] for mount in services()["airflow-scheduler"]["volumes"]}
    assert str(Path(sample["SITREP_FEEDS"]).parent) in mounted
