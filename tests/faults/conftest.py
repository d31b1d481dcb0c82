"""What is broken here is broken on every store that keeps what it is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from forking import Programs, forking

from postgres_server import at


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty store."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'requests.db'}"
    return str(request.getfixturevalue("empty"))


@pytest.fixture
def empty(postgres_url: str) -> Iterator[str]:
    """The address of a schema that has no tables yet."""
    yield at(postgres_url, schema="faults")
    with psycopg.connect(postgres_url) as connection:
        connection.execute("DROP SCHEMA IF EXISTS faults CASCADE")


@pytest.fixture(scope="session")
def others(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Programs]:
    """What starts other programs."""
    with forking(tmp_path_factory.mktemp("reports")) as started:
        yield started
