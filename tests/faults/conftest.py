"""What is broken here is broken on every store that keeps what it is told."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from forking import Programs, forking

NUMBERS = itertools.count(1)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty store."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'requests.db'}"
    server = request.getfixturevalue("postgres_url")
    return f"{server}{'&' if '?' in server else '?'}schema=faults_{next(NUMBERS)}_{os.getpid()}"


@pytest.fixture(scope="session")
def others(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Programs]:
    """What starts other programs."""
    with forking(tmp_path_factory.mktemp("reports")) as started:
        yield started
