"""Everything a round reads from configuration files, checked as a whole before the first request."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from pipeline.adapters.http.addresses import AllowedHosts
from pipeline.config.boilerplate import BOILERPLATE, files_of
from pipeline.config.feeds import check_feeds
from pipeline.config.topics import check_topics
from pipeline.config.yaml_source import stamps
from pipeline.errors import ConfigError
from pipeline.flows.checked_rules import checked_rules
from pipeline.model import FeedSource
from pipeline.settings import Settings
from pipeline.stages.clean import Rules
from pipeline.topic import Topic


@dataclass(frozen=True, slots=True)
class Configuration:
    """The feed list, the topics and the boilerplate rules."""

    feeds: tuple[FeedSource, ...]
    topics: tuple[Topic, ...]
    rules: Rules


def load_configuration(settings: Settings) -> Configuration:
    """Read all files, once as long as they stay the same. Raises ``ConfigError`` naming every mistake in every one."""
    return _read(settings.feeds, settings.topics, stamps(settings.feeds, settings.topics, *files_of(BOILERPLATE)))


@lru_cache(maxsize=1)
def _read(feed_list: Path, topic_files: Path, _: object) -> Configuration:
    feeds, feed_problems = check_feeds(feed_list)
    topics, topic_problems = check_topics(topic_files)
    rules, rule_problems = checked_rules(BOILERPLATE)
    problems = [*feed_problems, *topic_problems, *rule_problems]
    if problems or rules is None:
        raise ConfigError(problems)
    return Configuration(feeds, topics, rules)


def require_contact(settings: Settings, due: Sequence[FeedSource]) -> None:
    """Sites that are asked over the open network have a right to know by whom. Raises ``ConfigError``."""
    if settings.contact is not None:
        return
    allowed = AllowedHosts(settings.allow_hosts)
    strangers = [feed.id for feed in due if not allowed.names(urlsplit(feed.url).hostname or "")]
    if strangers:
        some = ", ".join(strangers[:3]) + (f" and {len(strangers) - 3} more" if len(strangers) > 3 else "")
        raise ConfigError(
            [
                f"SITREP_CONTACT is not set: give an e-mail address or URL at which the sites of {some} can reach you, "
                "such as SITREP_CONTACT=ops@example.org; it goes out with every request"
            ]
        )
