from collections.abc import Mapping

import pytest

from pipeline.sample.newsroom import Newsroom, open_newsroom


@pytest.fixture(scope="session")
def newsroom() -> Newsroom:
    return open_newsroom()


@pytest.fixture(scope="session")
def sites(newsroom: Newsroom) -> Mapping[str, str]:
    return {outlet.id: f"http://{outlet.id}.example" for outlet in newsroom.outlets}
