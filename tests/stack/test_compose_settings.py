"""What the compose file hands on: settings that exist, secrets that come from .env, rights no wider than needed."""

import re
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.settings import CHECKOUT, Settings, setting_names
from tests.stack.compose_file import AIRFLOW, NAMES, OURS, environment, filled_in, services, variables

BESIDE_SETTINGS = {"SITREP_SCHEDULE", "SITREP_MAINTENANCE_SCHEDULE", "SITREP_LOG_FORMAT", "SITREP_ALARM_NOTIFIERS"}
"""Read from the environment, but not by ``Settings`` (docs/settings.md)."""
REFUSED_WHEN_EMPTY = {"REDIS_PASSWORD": "${REDIS_PASSWORD:-}"}
"""Secrets of a profile: an older ``.env`` that lacks them must still start the others (test_scale_profile.py)."""
SECRET = re.compile(r"PASSWORD|SECRET|(?<!API)_KEY|TOKEN|SQL_ALCHEMY_CONN|DATABASE_URL|ENCRYPTIONKEY")


def written_env(folder: Path) -> dict[str, str]:
    """What ``make env`` writes."""
    file = folder / ".env"
    script = CHECKOUT / "config" / "stack" / "make-env.sh"
    subprocess.run(["sh", str(script), str(file)], check=True, capture_output=True)
    lines = [line for line in file.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


@pytest.mark.parametrize("name", NAMES)
def test_no_secret_is_written_down_and_none_has_a_default(name: str) -> None:
    for setting, value in environment(name).items():
        if not SECRET.search(setting) or setting.endswith(("_FILE", "_ENABLED")):
            continue
        if REFUSED_WHEN_EMPTY.get(setting) == value:
            continue
        assert re.search(r"\$\{[A-Z0-9_]+:\?", value), f"{setting} of {name} is not a required variable"
        assert ":-" not in value


def test_make_env_writes_every_required_variable_and_nothing_else_is_secret(tmp_path: Path) -> None:
    written = written_env(tmp_path)
    required = {name for name, kinds in variables().items() if ":?" in kinds}
    assert {name for name, value in written.items() if value} == required | REFUSED_WHEN_EMPTY.keys()
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
    assert {name.removesuffix("_FILE") for name in setting_names()} | BESIDE_SETTINGS <= handed_on | fixed


def test_what_is_read_beside_the_settings_is_told_where_they_are() -> None:
    told = (CHECKOUT / "docs" / "settings.md").read_text(encoding="utf-8")
    sources = [file.read_text(encoding="utf-8") for file in (CHECKOUT / "dags").glob("*.py")]
    read = {name for text in sources for name in re.findall(r'os\.environ\.get\("(SITREP_\w+)"\)', text)}
    assert read <= {*setting_names(), *BESIDE_SETTINGS}
    assert [name for name in BESIDE_SETTINGS if f"`{name}`" not in told] == []


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
        if section.startswith("CELERY"):
            continue  # its provider is no part of this environment: rehearse_scale.py asks it
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


def test_a_cold_start_fails_no_task() -> None:
    """The first call of a task after a start took 40 s on a busy machine."""
    for name in AIRFLOW:
        assert filled_in(environment(name)["AIRFLOW__CORE__EXECUTOR"], {}) == "LocalExecutor"
        assert int(environment(name)["AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT"]) >= 60


def test_elasticsearch_asks_everybody_for_a_login() -> None:
    assert environment("elasticsearch")["xpack.security.enabled"] == "true"


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
