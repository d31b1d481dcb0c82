"""What is broken here is broken on every store that keeps what it is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from forking import Programs, forking


@pytest.fixture(params=["sqlite"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty store."""
    return f"sqlite:///{tmp_path / 'requests.db'}"


@pytest.fixture(scope="session")
def others(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Programs]:
    """What starts other programs."""
    with forking(tmp_path_factory.mktemp("reports")) as started:
        yield started
