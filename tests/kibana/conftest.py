"""Boards with their names filled in, and the sample newsroom in a real index for their questions."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from pipeline.adapters.kibana.objects import KibanaObjects, kibana_objects
from pipeline.flows import round as flow
from pipeline.sample.newsroom import HOURS, START, open_newsroom
from pipeline.sample.origin import serve
from pipeline.settings import Settings

INDEX = "test-boards"
TOPICS = ("israel-hezbollah",)
SCHEMA = Path(__file__).parent / "dashboard.schema.json"
Request = Callable[..., Any]


@pytest.fixture(scope="session")
def validator() -> Draft202012Validator:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.fixture(scope="session")
def objects() -> KibanaObjects:
    return kibana_objects(INDEX, TOPICS)


@pytest.fixture(scope="session")
def newsroom_rounds(
    elasticsearch_url: str, elasticsearch: Request, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """Two rounds over the sample newsroom, in the indices of ``INDEX``."""
    home = tmp_path_factory.mktemp("boards")
    with serve(open_newsroom(), slow_seconds=0.2) as origin:
        origin.write_feed_list(home / "feeds.yaml")
        settings = Settings(
            home=home,
            feeds=home / "feeds.yaml",
            allow_hosts=origin.allow_hosts,
            host_delay=0,
            elasticsearch_url=elasticsearch_url,
            index=INDEX,
        )
        for hour in HOURS:
            origin.set_hour(hour)
            run_id = flow.plan(settings, START + timedelta(hours=hour))
            flow.collect(settings, run_id)
            flow.deliver(settings, run_id)
            flow.report(settings, run_id)
    elasticsearch("POST", f"/{INDEX}*/_refresh")
    yield settings
    elasticsearch("DELETE", f"/{INDEX}-v1,{INDEX}-runs,{INDEX}-feeds,{INDEX}-alerts")
    elasticsearch("DELETE", f"/_index_template/{INDEX}*")
