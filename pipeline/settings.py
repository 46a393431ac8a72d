"""The environment, read once into frozen ``Settings``. Every mistake is reported at once; secrets never show."""

import ipaddress
import os
import re
from pathlib import Path
from typing import Annotated, Any

import platformdirs
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from pipeline.errors import ConfigError

CHECKOUT = Path(__file__).resolve().parent.parent
SECRETS = ("SITREP_ELASTICSEARCH_API_KEY", "SITREP_ELASTICSEARCH_PASSWORD", "SITREP_DATABASE_URL", "SITREP_ARCHIVE_URL")
HOST_NAME = re.compile(r"^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?$", re.I)


def _user_data() -> Path:
    return Path(platformdirs.user_data_path("sitrep", appauthor=False))


def _user_cache() -> Path:
    return Path(platformdirs.user_cache_path("sitrep", appauthor=False))


class Settings(BaseSettings):
    """What the environment says (``SITREP_…``). Paths are absolute, times are seconds."""

    model_config = SettingsConfigDict(env_prefix="SITREP_", frozen=True, extra="ignore")

    home: Path = Field(default_factory=_user_data)
    cache: Path = Field(default_factory=_user_cache)
    feeds: Path = CHECKOUT / "config" / "feeds.yaml"
    topics: Path = CHECKOUT / "config" / "topics"
    elasticsearch_url: str | None = None
    elasticsearch_api_key: SecretStr | None = None
    elasticsearch_username: str | None = None
    elasticsearch_password: SecretStr | None = None
    database_url: SecretStr | None = None
    archive_url: SecretStr | None = None
    index: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")] = "news"
    contact: str | None = None
    allow_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    host_delay: float = Field(default=5.0, ge=0, le=3600)
    request_timeout: float = Field(default=30.0, gt=0, le=600)
    round_limit: float = Field(default=480.0, ge=0, le=86400)
    shards: int = Field(default=1, ge=1, le=64)

    @field_validator("home", "cache", "feeds", "topics")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        return path.expanduser().absolute()

    @field_validator("contact", "elasticsearch_url", "elasticsearch_username", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: Any) -> Any:
        return value.strip() or None if isinstance(value, str) else value

    @field_validator("contact")
    @classmethod
    def _one_line(cls, value: str | None) -> str | None:
        if value is not None and (not value.isprintable() or not value.isascii() or len(value) > 200):
            raise ValueError("must be one line of printable ASCII, such as an e-mail address or a URL")
        return value

    @field_validator("elasticsearch_url")
    @classmethod
    def _http_url(cls, value: str | None) -> str | None:
        if value is not None and not re.match(r"^https?://[^/\s@]+(/[^\s]*)?$", value):
            raise ValueError(
                "must be an http or https URL without credentials, such as https://search.example.org:9200"
            )
        return value

    @field_validator("allow_hosts", mode="before")
    @classmethod
    def _comma_list(cls, value: Any) -> Any:
        return (
            tuple(part.strip().lower() for part in value.split(",") if part.strip())
            if isinstance(value, str)
            else value
        )

    @field_validator("allow_hosts")
    @classmethod
    def _hosts_or_ranges(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [part for part in value if not (_is_network(part) or HOST_NAME.match(part))]
        if wrong:
            raise ValueError(f"not a host name, address or CIDR range: {', '.join(wrong)}")
        return value

    @model_validator(mode="after")
    def _password_with_user(self) -> "Settings":
        if (self.elasticsearch_username is None) != (self.elasticsearch_password is None):
            raise ValueError("SITREP_ELASTICSEARCH_USERNAME and SITREP_ELASTICSEARCH_PASSWORD belong together")
        return self

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
    secrets, problems = _secrets_from_files()
    try:
        settings = Settings(**secrets)
    except ValidationError as error:
        problems += [_describe(mistake) for mistake in error.errors(include_url=False, include_input=False)]
    if problems:
        raise ConfigError(problems)
    return settings


def _secrets_from_files() -> tuple[dict[str, Any], list[str]]:
    values: dict[str, Any] = {}
    problems: list[str] = []
    for name in SECRETS:
        path = os.environ.get(f"{name}_FILE")
        if not path:
            continue
        if os.environ.get(name):
            problems.append(f"{name} and {name}_FILE are both set; keep one")
            continue
        try:
            values[name.removeprefix("SITREP_").lower()] = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            problems.append(f"{name}_FILE: cannot read {path} ({getattr(error, 'strerror', None) or 'not text'})")
    return values, problems


def _describe(mistake: Any) -> str:
    name = "SITREP_" + "_".join(str(part) for part in mistake["loc"]).upper() if mistake["loc"] else "settings"
    return f"{name}: {mistake['msg'].removeprefix('Value error, ')}"


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True
