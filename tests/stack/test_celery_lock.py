"""What a worker of Celery needs: pinned beside the lock file, never against it."""

import re

from pipeline.settings import CHECKOUT

PINNED = re.compile(r"^([a-z0-9._-]+)==(\S+)", re.M)


def pinned(name: str) -> dict[str, str]:
    return dict(PINNED.findall((CHECKOUT / name).read_text(encoding="utf-8")))


def test_celery_is_one_that_airflows_provider_can_import() -> None:
    extra = pinned("config/stack/celery.lock")
    assert extra["celery"].split(".")[:2] == ["5", "5"]
    assert {"apache-airflow-providers-celery", "redis", "kombu"} <= extra.keys()


def test_nothing_in_it_is_pinned_twice() -> None:
    assert not pinned("config/stack/celery.lock").keys() & pinned("requirements.lock").keys()


def test_every_package_in_it_has_its_hashes() -> None:
    text = (CHECKOUT / "config" / "stack" / "celery.lock").read_text(encoding="utf-8")
    for block in re.split(r"\n(?=[a-z])", text)[1:]:
        assert "--hash=sha256:" in block, block
