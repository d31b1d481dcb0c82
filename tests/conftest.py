"""Deterministic by default: `HYPOTHESIS_PROFILE=deep` explores further by hand."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import postgres_server
from salesreg.engine import open_store
from salesreg.ports import Store

settings.register_profile(
    "ci", derandomize=True, deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("deep", deadline=None, max_examples=2000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of a PostgreSQL server."""
    with postgres_server.server() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_tables(postgres_url: str) -> Iterator[str]:
    """The address of a schema that has the tables."""
    with postgres_server.tables(postgres_url, "engine") as url:
        yield url


@pytest.fixture
def postgres_store(postgres_tables: str) -> Iterator[Store]:
    """An empty store there."""
    with closing(open_store(postgres_tables)) as store:
        yield store
    postgres_server.emptied(postgres_tables)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def each_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store of each kind that there is."""
    if request.param == "postgresql":
        yield request.getfixturevalue("postgres_store")
        return
    url = "memory:" if request.param == "memory" else f"sqlite:///{tmp_path / 'each.db'}"
    with closing(open_store(url)) as store:
        yield store
