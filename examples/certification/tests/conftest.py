"""The engine, its clock and its outbox come from salesreg's own pytest plugin; here stand whose rules and people."""

import pytest
from body import Body
from certification.people import PEOPLE
from certification.rules import RULES


@pytest.fixture
def rulebook():
    return RULES


@pytest.fixture
def people():
    return PEOPLE


@pytest.fixture
def body(engine):
    return Body(engine)
