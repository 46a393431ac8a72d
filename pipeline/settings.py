"""The environment, read once into frozen ``Settings``. Every mistake is reported at once; secrets never show."""

import ipaddress
import math
import os
import re
from pathlib import Path
from typing import Annotated, Any

import platformdirs
from pydantic import AfterValidator, Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from pipeline.config.folders import TOPICS, user_cache
from pipeline.config.web_address import web_address_problem
from pipeline.errors import ConfigError

CHECKOUT = Path(__file__).resolve().parent.parent
PREFIX = "SITREP_"
SECRETS = ("elasticsearch_api_key", "elasticsearch_password", "database_url", "archive_url", "webhook_url")
LONGEST_SECRET = 65_536
INDEX = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
HOST_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*\.?")
DATABASE = re.compile(r"(?:sqlite|postgresql)(?:\+[a-z0-9_]+)?://.*")
# A file named without a leading stroke lies below the working directory, which is another one for Airflow's tasks.
RELATIVE_SQLITE = re.compile(r"(sqlite(?:\+[a-z0-9_]+)?:///)(?!/|:|file:)(.+)")


def _user_data() -> Path:
    return Path(platformdirs.user_data_path("sitrep", appauthor=False))


def _absolute(path: Path) -> Path:
    try:
        return path.expanduser().absolute()
    except RuntimeError:
        raise ValueError("names a home folder that is not known") from None


Folder = Annotated[Path, AfterValidator(_absolute)]


class Settings(BaseSettings):
    """What the environment says (``SITREP_…``). Paths are absolute, times are seconds."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    home: Folder = Field(default_factory=_user_data)
    cache: Folder = Field(default_factory=user_cache)
    feeds: Folder = CHECKOUT / "config" / "feeds.yaml"
    topics: Folder = TOPICS
    elasticsearch_url: str | None = None
    elasticsearch_api_key: SecretStr | None = None
    elasticsearch_username: str | None = None
    elasticsearch_password: SecretStr | None = None
    kibana_url: str | None = None
    database_url: SecretStr | None = None
    archive_url: SecretStr | None = None
    webhook_url: SecretStr | None = None
    index: str = "news"
    contact: str | None = None
    allow_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    host_delay: float = Field(default=5.0, ge=0, le=3600)
    request_timeout: float = Field(default=30.0, gt=0, le=600)
    round_limit: float = Field(default=480.0, ge=0, le=86400)
    poll_spread: float = Field(default=0.0, ge=0)
    feed_robots: bool = False
    shards: int = Field(default=1, ge=1, le=64)
    copy_window_days: int = Field(default=14, ge=1, le=365)
    alarm_no_story_hours: float = Field(default=72.0, gt=0)
    alarm_no_topic_hours: float = Field(default=72.0, gt=0)
    retain_raw_days: int = Field(default=180, ge=1)
    retain_fetches_days: int = Field(default=30, ge=1)
    retain_runs_days: int = Field(default=90, ge=1)

    @model_validator(mode="before")
    @classmethod
    def _blank_is_unset(cls, values: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in values.items() if not isinstance(value, str) or value.strip()}

    @field_validator("index")
    @classmethod
    def _index_name(cls, value: str) -> str:
        if not INDEX.fullmatch(value):
            raise ValueError("must be 1 to 64 of a-z, 0-9, '-' and '_', the first a letter or digit")
        return value

    @field_validator("contact", "elasticsearch_username", "elasticsearch_url", "kibana_url", mode="before")
    @classmethod
    def _stripped(cls, value: Any) -> Any:
        return value.strip() if isinstance(value, str) else value

    @field_validator("contact", "elasticsearch_username")
    @classmethod
    def _one_line(cls, value: str | None) -> str | None:
        if value is not None and not (value.isprintable() and value.isascii() and len(value) <= 200):
            raise ValueError("must be one line of at most 200 characters of printable ASCII")
        return value

    @field_validator("elasticsearch_url", "kibana_url")
    @classmethod
    def _server(cls, value: str | None) -> str | None:
        if value is not None and (problem := web_address_problem(value)):
            raise ValueError(f"{problem} (for example https://search.example.org:9200)")
        return value

    @field_validator("poll_spread")
    @classmethod
    def _inside_the_round(cls, value: float, info: ValidationInfo) -> float:
        if value and value >= info.data.get("round_limit", math.inf):
            raise ValueError("must be shorter than SITREP_ROUND_LIMIT")
        return value

    @field_validator("database_url")
    @classmethod
    def _ledger(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        url = value.get_secret_value().strip()
        if not DATABASE.fullmatch(url):
            raise ValueError(
                "must be a SQLAlchemy URL that begins with sqlite:///, postgresql:// or postgresql+driver://"
            )
        return SecretStr(RELATIVE_SQLITE.sub(lambda match: f"{match[1]}{Path(match[2]).absolute()}", url))

    @field_validator("archive_url")
    @classmethod
    def _archive(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        url = value.get_secret_value().strip()
        return SecretStr(url if "://" in url else str(_absolute(Path(url))))

    @field_validator("webhook_url")
    @classmethod
    def _webhook(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        url = value.get_secret_value().strip()
        if problem := web_address_problem(url):
            raise ValueError(problem)
        return SecretStr(url)

    @field_validator("allow_hosts", mode="before")
    @classmethod
    def _comma_list(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return tuple(part.strip().lower() for part in value.split(",") if part.strip())

    @field_validator("allow_hosts")
    @classmethod
    def _hosts_or_ranges(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [part for part in value if not (_is_network(part) or HOST_NAME.fullmatch(part))]
        if wrong:
            raise ValueError(f"not a host name, address or CIDR range: {', '.join(map(repr, wrong))}")
        return value

    @property
    def ledger_url(self) -> str:
        """SQLAlchemy URL of the ledger; may hold a password, so it is never printed."""
        return self.database_url.get_secret_value() if self.database_url else f"sqlite:///{self.home / 'ledger.sqlite'}"

    @property
    def raw_archive_url(self) -> str:
        """fsspec URL of the raw archive; may hold credentials, so it is never printed."""
        return self.archive_url.get_secret_value() if self.archive_url else str(self.home / "archive")


def load_settings() -> Settings:
    """Read the environment; ``NAME_FILE`` supplies a secret from a file.

    Raises ``ConfigError`` naming every mistake. No message shows a secret's value.
    """
    settings, problems = check_settings()
    if problems:
        raise ConfigError(problems)
    return settings


def check_settings() -> tuple[Settings, list[str]]:
    """The settings, with the default in place of each that is wrong, and one line for each mistake."""
    secrets, problems = _secrets_from_files()
    problems += _credential_mistakes(secrets)
    try:
        return Settings(**secrets), problems
    except ValidationError as error:
        mistakes = error.errors(include_url=False, include_input=False, include_context=False)
    wrong = {str(mistake["loc"][0]) for mistake in mistakes}
    defaults = {name: Settings.model_fields[name].get_default(call_default_factory=True) for name in wrong}
    return Settings(**{**secrets, **defaults}), problems + [_described(mistake) for mistake in mistakes]


def setting_names() -> tuple[str, ...]:
    """The names of all environment variables that are read."""
    names = [f"{PREFIX}{name.upper()}" for name in Settings.model_fields]
    return (*names, *(f"{PREFIX}{name.upper()}_FILE" for name in SECRETS))


def _secrets_from_files() -> tuple[dict[str, Any], list[str]]:
    """What is wrong never names the file: somebody may have put the secret itself where its file belongs."""
    values: dict[str, Any] = {}
    problems: list[str] = []
    for secret in SECRETS:
        name = f"{PREFIX}{secret.upper()}"
        path = os.environ.get(f"{name}_FILE", "").strip()
        if not path:
            continue
        if os.environ.get(name, "").strip():
            problems.append(f"{name} and {name}_FILE are both set; keep one")
            continue
        try:
            values[secret] = _secret(Path(path))
        except (OSError, ValueError) as error:
            problems.append(f"{name}_FILE: {_reason(error)}")
    return values, problems


def _secret(path: Path) -> str:
    with path.open("rb") as file:
        data = file.read(LONGEST_SECRET + 1)
    value = data.decode("utf-8").strip()
    if not value or len(data) > LONGEST_SECRET:
        raise ValueError("the file is empty" if not value else "the file is too long for a secret")
    return value


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "the file is not UTF-8 text"
    return f"cannot read the file ({error.strerror})" if isinstance(error, OSError) else str(error)


def _credential_mistakes(secrets: dict[str, Any]) -> list[str]:
    """User and password belong together, and an API key stands alone."""
    key, user, password = (f"{PREFIX}ELASTICSEARCH_{name}" for name in ("API_KEY", "USERNAME", "PASSWORD"))
    given = {name for name in (key, user, password) if os.environ.get(name, "").strip()}
    given |= {f"{PREFIX}{secret.upper()}" for secret in secrets}
    problems = (
        [f"{user} and {password} belong together; one is missing"] if (user in given) != (password in given) else []
    )
    return problems + ([f"{key} and {user} are both set; keep one"] if {key, user} <= given else [])


def _described(mistake: Any) -> str:
    wish = mistake["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
    return f"{PREFIX}{str(mistake['loc'][0]).upper()}: {wish}"


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True
