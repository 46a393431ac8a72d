"""The environment: read once, every mistake named at once, no secret ever shown."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.settings import CHECKOUT, Settings, check_settings, load_settings, setting_names

SECRET = "geheim-4711"
SetEnvironment = Callable[..., None]


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SetEnvironment:
    """Sets settings by their short names; nothing else is set, and the working directory is an empty one."""
    for name in setting_names():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)

    def set_environment(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"SITREP_{name.upper()}", value)

    return set_environment


def problems() -> list[str]:
    found = check_settings()[1]
    assert all(SECRET not in line and line.isprintable() for line in found)
    return found


def test_without_any_setting_there_are_defaults(given: SetEnvironment) -> None:
    settings = load_settings()
    assert settings.feeds == CHECKOUT / "config" / "feeds.yaml"
    assert settings.topics == CHECKOUT / "config" / "topics"
    assert settings.home.name == settings.cache.name == "sitrep"
    assert settings.home.is_absolute() and settings.cache.is_absolute()
    assert (settings.index, settings.host_delay, settings.request_timeout) == ("news", 5, 30)
    assert (settings.round_limit, settings.shards, settings.allow_hosts) == (480, 1, ())
    assert settings.contact is settings.elasticsearch_url is None
    assert settings.ledger_url == f"sqlite:///{settings.home}/ledger.sqlite"
    assert settings.raw_archive_url == f"{settings.home}/archive"


def test_all_settings_are_read(given: SetEnvironment) -> None:
    given(
        home="/var/sitrep",
        cache="/var/cache",
        feeds="/etc/feeds.yaml",
        topics="/etc/topics",
        elasticsearch_url=" https://search.example:9200/base ",
        elasticsearch_username="sitrep",
        elasticsearch_password=SECRET,
        database_url=f"postgresql+psycopg://u:{SECRET}@db/sitrep",
        archive_url=f"s3://{SECRET}@bucket/raw",
        index="defence-news",
        contact="ops@example.org",
        allow_hosts="LocalHost, 10.0.0.0/8,::1, 127.0.0.1",
        host_delay="0",
        request_timeout="2.5",
        round_limit="0",
        shards="3",
    )
    settings = load_settings()
    assert settings.home == Path("/var/sitrep")
    assert settings.elasticsearch_url == "https://search.example:9200/base"
    assert settings.elasticsearch_password is not None
    assert settings.elasticsearch_password.get_secret_value() == SECRET
    assert settings.ledger_url == f"postgresql+psycopg://u:{SECRET}@db/sitrep"
    assert settings.raw_archive_url == f"s3://{SECRET}@bucket/raw"
    assert settings.allow_hosts == ("localhost", "10.0.0.0/8", "::1", "127.0.0.1")
    assert (settings.host_delay, settings.request_timeout, settings.round_limit) == (0, 2.5, 0)
    assert SECRET not in repr(settings) + str(settings) + settings.model_dump_json()


@pytest.mark.parametrize("blank", ["", " ", "\t"])
def test_a_blank_setting_is_unset(given: SetEnvironment, blank: str) -> None:
    before = load_settings()
    given(**dict.fromkeys(Settings.model_fields, blank), database_url_file=blank)
    assert load_settings() == before


def test_relative_paths_count_from_the_working_directory(given: SetEnvironment, tmp_path: Path) -> None:
    given(home="state", feeds="../feeds.yaml", topics="./topics", archive_url="raw", database_url="sqlite:///a/b.db")
    settings = load_settings()
    assert settings.home == tmp_path / "state"
    assert settings.feeds == tmp_path / "../feeds.yaml"
    assert settings.topics == tmp_path / "topics"
    assert settings.raw_archive_url == str(tmp_path / "raw")
    assert settings.ledger_url == f"sqlite:///{tmp_path}/a/b.db"


@pytest.mark.parametrize("url", ["sqlite:////var/a.db", "sqlite:///:memory:", "sqlite://", "sqlite+pysqlite:////a.db"])
def test_other_sqlite_urls_stay_as_they_are(given: SetEnvironment, url: str) -> None:
    given(database_url=url)
    assert load_settings().ledger_url == url


def test_a_home_folder_is_expanded(given: SetEnvironment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/somewhere")
    given(home="~/news", archive_url="~/raw")
    assert load_settings().home == Path("/somewhere/news")
    assert load_settings().raw_archive_url == "/somewhere/raw"
    given(home="~nobody-of-this-name/news")
    assert problems() == ["SITREP_HOME: names a home folder that is not known"]


def test_every_mistake_is_named_at_once_and_the_rest_is_kept(given: SetEnvironment) -> None:
    given(
        elasticsearch_url=f"https://me:{SECRET}@search.example",
        elasticsearch_password=SECRET,
        database_url=f"mysql://u:{SECRET}@db/x",
        elasticsearch_api_key_file=SECRET,
        index="News",
        contact="a\nb",
        allow_hosts="10.0.0.0/99, http://x, ok.example",
        host_delay="-1",
        request_timeout="0",
        round_limit="nan",
        shards="two",
        feeds="/etc/feeds.yaml",
    )
    assert problems() == [
        "SITREP_ELASTICSEARCH_API_KEY_FILE: cannot read the file (No such file or directory)",
        "SITREP_ELASTICSEARCH_USERNAME and SITREP_ELASTICSEARCH_PASSWORD belong together; one is missing",
        "SITREP_ELASTICSEARCH_URL: must not hold a user name or password (for example https://search.example.org:9200)",
        "SITREP_DATABASE_URL: must be a SQLAlchemy URL that begins with sqlite:///, postgresql:// or postgresql+driver://",
        "SITREP_INDEX: must be 1 to 64 of a-z, 0-9, '-' and '_', the first a letter or digit",
        "SITREP_CONTACT: must be one line of at most 200 characters of printable ASCII",
        "SITREP_ALLOW_HOSTS: not a host name, address or CIDR range: '10.0.0.0/99', 'http://x'",
        "SITREP_HOST_DELAY: must be greater than or equal to 0",
        "SITREP_REQUEST_TIMEOUT: must be greater than 0",
        "SITREP_ROUND_LIMIT: must be less than or equal to 86400",
        "SITREP_SHARDS: must be a valid integer, unable to parse string as an integer",
    ]
    settings = check_settings()[0]
    assert settings.feeds == Path("/etc/feeds.yaml")
    assert (settings.index, settings.shards, settings.database_url) == ("news", 1, None)


def test_polls_are_spread_over_less_than_a_round(given: SetEnvironment) -> None:
    given(round_limit="60", poll_spread="60")
    assert problems() == ["SITREP_POLL_SPREAD: must be shorter than SITREP_ROUND_LIMIT"]
    given(round_limit="60", poll_spread="59")
    assert problems() == []


def test_loading_raises_the_mistakes_without_a_cause_that_shows_values(given: SetEnvironment) -> None:
    given(database_url=SECRET, shards="0")
    with pytest.raises(ConfigError) as raised:
        load_settings()
    assert len(raised.value.problems) == 2
    assert raised.value.__cause__ is raised.value.__context__ is None
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("index", ["a", "0", "news_v2-x", "x" * 64]),
        ("contact", ["ops@example.org", "https://example.org/bot", "x" * 200]),
        ("elasticsearch_url", ["http://127.0.0.1:9200", "https://[::1]:9200/", "HTTP://search.example"]),
        ("allow_hosts", ["", ",", "a.b-c.example", "xn--zrich-kva.example", "192.168.0.1", "fe80::/10", "under_score"]),
        ("host_delay", ["0", "3600", " 5 ", "1e1"]),
        ("request_timeout", ["0.1", "600"]),
        ("round_limit", ["0", "86400"]),
        ("poll_spread", ["0", "479.9", ""]),
        ("shards", ["1", "64"]),
        ("webhook_url", ["https://chat.example/hooks/4711", " http://127.0.0.1:8080/ "]),
        ("database_url", ["postgresql://db/x", "sqlite:////a", " sqlite:////a "]),
    ],
)
def test_right_values(given: SetEnvironment, name: str, right: list[str]) -> None:
    for value in right:
        given(**{name: value})
        assert problems() == [], value


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("index", ["News", "-a", "_a", "a.b", "a b", "x" * 65, "a\nb", "ä"]),
        ("contact", ["ä@example.org", "a\nb", "a\tb", "x" * 201]),
        ("elasticsearch_username", ["a\nb", "x" * 201]),
        (
            "elasticsearch_url",
            ["search.example", "ftp://x", "https://", "https://a b", "https://x:99999", "https://u@x"],
        ),
        ("allow_hosts", ["*", "*.example", "a/b", "example:80", "[::1]", "-a", "a..b", "ä.example", "x" * 254, "a b"]),
        ("host_delay", ["-0.1", "3601", "inf", "nan", "five", "1,5"]),
        ("request_timeout", ["0", "601", "-1"]),
        ("round_limit", ["-1", "86401"]),
        ("poll_spread", ["-1", "480", "inf", "nan", "x"]),
        ("shards", ["0", "65", "1.5", "x"]),
        ("webhook_url", ["chat.example", "ftp://x", f"https://u:{SECRET}@x", f"https://x/{SECRET} 1"]),
        ("database_url", ["x", "mysql://x", "postgres://x", "/a/b.db", "sqlite:/a", "oracle+x://y"]),
    ],
)
def test_wrong_values(given: SetEnvironment, name: str, wrong: list[str]) -> None:
    for value in wrong:
        given(**{name: value})
        assert any(line.startswith(f"SITREP_{name.upper()}: ") for line in problems()), value


@pytest.mark.parametrize("name", ["elasticsearch_api_key", "database_url", "archive_url"])
def test_a_secret_may_come_from_a_file(given: SetEnvironment, tmp_path: Path, name: str) -> None:
    (tmp_path / "secret").write_text("sqlite:////s3cret\n")
    given(**{f"{name}_file": "secret"})
    assert getattr(load_settings(), name).get_secret_value() == "sqlite:////s3cret"


def test_user_and_password_may_come_from_different_places(given: SetEnvironment, tmp_path: Path) -> None:
    (tmp_path / "password").write_text(SECRET)
    given(elasticsearch_username="me", elasticsearch_password_file=str(tmp_path / "password"))
    assert problems() == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b" \n", "the file is empty"),
        (b"\xff", "the file is not UTF-8 text"),
        (b"x" * 65_537, "the file is too long for a secret"),
    ],
)
def test_a_secret_file_that_holds_none_is_named(
    given: SetEnvironment, tmp_path: Path, content: bytes, reason: str
) -> None:
    (tmp_path / SECRET).write_bytes(content)
    given(elasticsearch_api_key_file=SECRET)
    assert problems() == [f"SITREP_ELASTICSEARCH_API_KEY_FILE: {reason}"]


def test_a_folder_and_an_endless_file_are_no_secret(given: SetEnvironment, tmp_path: Path) -> None:
    given(elasticsearch_api_key_file=str(tmp_path), archive_url_file="/dev/zero")
    assert problems() == [
        "SITREP_ELASTICSEARCH_API_KEY_FILE: cannot read the file (Is a directory)",
        "SITREP_ARCHIVE_URL_FILE: the file is too long for a secret",
    ]


def test_a_secret_given_twice_is_a_mistake(given: SetEnvironment, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("other")
    given(elasticsearch_api_key=SECRET, elasticsearch_api_key_file="key")
    assert problems() == ["SITREP_ELASTICSEARCH_API_KEY and SITREP_ELASTICSEARCH_API_KEY_FILE are both set; keep one"]


@pytest.mark.parametrize("alone", ["elasticsearch_username", "elasticsearch_password"])
def test_user_and_password_belong_together(given: SetEnvironment, alone: str) -> None:
    given(**{alone: SECRET})
    assert problems() == [
        "SITREP_ELASTICSEARCH_USERNAME and SITREP_ELASTICSEARCH_PASSWORD belong together; one is missing"
    ]


def test_an_api_key_stands_alone(given: SetEnvironment) -> None:
    given(elasticsearch_username="me", elasticsearch_password=SECRET, elasticsearch_api_key=SECRET)
    assert problems() == ["SITREP_ELASTICSEARCH_API_KEY and SITREP_ELASTICSEARCH_USERNAME are both set; keep one"]


def test_settings_cannot_be_changed(given: SetEnvironment) -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings().index = "other"  # type: ignore[misc]


def test_the_names_of_all_settings_are_known() -> None:
    names = setting_names()
    assert len(names) == len(set(names))
    assert {"SITREP_HOME", "SITREP_DATABASE_URL_FILE", "SITREP_ELASTICSEARCH_PASSWORD_FILE"} <= set(names)
    assert "SITREP_CONTACT_FILE" not in names
