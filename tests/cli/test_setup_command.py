"""``sitrep setup`` on a real server."""

from tests.conftest import Request
from tests.support.command import sitrep


def test_setup_says_what_it_changed_and_the_second_time_nothing(elasticsearch_url: str, prefix: str) -> None:
    settings = {"elasticsearch_url": elasticsearch_url, "index": prefix}
    first = sitrep("setup", **settings)
    assert (first.status, first.err) == (0, "")
    assert f"created index {prefix}-v1" in first.out.splitlines()
    assert sitrep("setup", "--json", **settings).json == {"changed": []}
    assert "nothing changed" in sitrep("setup", **settings).out


def test_somebody_elses_index_is_exit_4(elasticsearch_url: str, prefix: str, elasticsearch: Request) -> None:
    elasticsearch("PUT", f"/{prefix}")
    ran = sitrep("setup", elasticsearch_url=elasticsearch_url, index=prefix)
    assert (ran.status, ran.out) == (4, "")
    assert "set SITREP_INDEX to another name" in ran.err


def test_a_server_that_does_not_answer_is_exit_4() -> None:
    ran = sitrep("setup", "--json", elasticsearch_url="http://127.0.0.1:9")
    assert (ran.status, ran.out) == (4, "")
    assert "does not answer" in ran.err


def test_without_a_server_in_the_settings_the_local_node_is_meant(elasticsearch_url: str, prefix: str) -> None:
    # A node cannot be started below a file, which shows that one was wanted.
    ran = sitrep("setup", home="/dev/null/home", index=prefix)
    assert ran.status == 4
    assert "Set SITREP_HOME" in ran.err
    assert "SITREP_ELASTICSEARCH_URL" in ran.err
