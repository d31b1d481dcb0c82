"""The pytest plugin: an engine on memory, with a clock, people and an outbox in a test's own hands.

Installing salesreg is enough: pytest finds it by its entry point. Nothing else of salesreg is imported before a test
asks for one of the fixtures. Override `people`, `rulebook` and `regulation` in a ``conftest.py``::

    @pytest.fixture
    def rulebook():
        return RULES

    @pytest.fixture
    def people():
        return [Employee("anna", "Anna Orlova", [MANAGER])]

    def test_a_refund_is_owed_by_finance(engine, clock, outbox):
        ...
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from salesreg.engine import ProcessEngine
    from salesreg.process import Rulebook
    from salesreg.rules import Employee, Regulation
    from salesreg.testing import ManualClock, RecordingNotifier


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands at nine in the morning in Moscow, on Monday 2 March 2026, until it is turned."""
    import datetime as dt

    from salesreg.testing import ManualClock

    return ManualClock(dt.datetime(2026, 3, 2, 6, tzinfo=dt.UTC))


@pytest.fixture
def outbox() -> RecordingNotifier:
    """What people are told, once ``engine.tick()`` has sent it."""
    from salesreg.testing import RecordingNotifier

    return RecordingNotifier()


@pytest.fixture
def rulebook() -> Rulebook:
    """The rulebook; by default the commercial service's."""
    import salesreg

    return salesreg.COMMERCIAL


@pytest.fixture
def regulation(rulebook: Rulebook) -> Regulation:
    """The regulation; by default the example that comes with the rulebook, or `plain_regulation`."""
    from salesreg.testing import plain_regulation

    for book in rulebook.lineage():
        if "example" in book.regulations:
            return book.regulations["example"]()
    return plain_regulation()


@pytest.fixture
def people(rulebook: Rulebook) -> list[Employee]:
    """Who works here: by default two people for every role of the rulebook, ``"head.1"`` and ``"head.2"``."""
    from salesreg.rules import Employee

    return [
        Employee(f"{role.id}.{number}", f"{role.title} {number}", [role], email=f"{role.id}.{number}@firm.example")
        for book in rulebook.lineage()
        for role in book.roles
        for number in (1, 2)
    ]


@pytest.fixture
def engine(
    rulebook: Rulebook,
    regulation: Regulation,
    people: list[Employee],
    clock: ManualClock,
    outbox: RecordingNotifier,
) -> Iterator[ProcessEngine]:
    """An engine on memory; at the end the log must replay to what is stored."""
    from salesreg.adapters.memory import MemoryDirectory, MemoryStore
    from salesreg.engine import ProcessEngine

    directory = MemoryDirectory(people)
    made = ProcessEngine(
        MemoryStore(), rulebook=rulebook, regulation=regulation, directory=directory, clock=clock, notifier=outbox
    )
    yield made
    assert made.verify() == (), "replaying the events does not give what is stored"
    made.close()
