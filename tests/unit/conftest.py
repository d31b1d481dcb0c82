"""What the tests of the engine share: a store of each kind, a clock in the test's hands, an engine on both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ask import moscow, requests_engine

from salesreg import ProcessEngine
from salesreg.adapters.memory import MemoryStore
from salesreg.adapters.sqlite import SqliteStore
from salesreg.ports import Store
from salesreg.testing import ManualClock


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened: Any = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "requests.db")
    yield opened
    opened.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(moscow("2026-03-02 10:00"))


@pytest.fixture
def engine(store: Store, clock: ManualClock) -> ProcessEngine:
    return requests_engine(store, clock)
