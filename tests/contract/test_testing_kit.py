"""The testing kit itself: a clock turned by hand, contracts that say what they need, and pytest only when asked for."""

import datetime as dt
import os
import subprocess
import sys

import pytest

import salesreg.testing
from salesreg.errors import MissingExtraError, NaiveDatetimeError
from salesreg.ports import Clock
from salesreg.testing import ManualClock

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)


def test_a_manual_clock_stands_still_until_it_is_turned():
    clock = ManualClock(NOON)
    assert isinstance(clock, Clock)
    assert clock.now() == clock.now() == NOON
    assert clock.advance(dt.timedelta(minutes=5)) == clock.now() == NOON + dt.timedelta(minutes=5)
    assert clock.move_to(NOON) == clock.advance(-dt.timedelta(0)) == NOON


def test_a_manual_clock_needs_a_zone():
    clock, naive = ManualClock(NOON), NOON.replace(tzinfo=None)
    with pytest.raises(NaiveDatetimeError):
        ManualClock(naive)
    with pytest.raises(NaiveDatetimeError):
        clock.move_to(naive)
    assert clock.now() == NOON


def test_the_kit_has_no_other_names():
    with pytest.raises(AttributeError, match="PostgresContract"):
        _ = salesreg.testing.PostgresContract


def test_a_contract_without_pytest_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "pytest", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'salesreg\[test\]'"):
        _ = salesreg.testing.StoreContract


def test_importing_the_kit_does_not_import_pytest():
    script = "import sys, salesreg.testing; salesreg.testing.ManualClock; sys.exit('pytest' in sys.modules)"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", script], env=env).returncode == 0


def test_a_contract_without_its_fixture_says_which_it_needs():
    with pytest.raises(NotImplementedError, match="a fixture named store"):
        salesreg.testing.StoreContract.store.__wrapped__(None)
    with pytest.raises(NotImplementedError, match="a fixture named notifier"):
        salesreg.testing.NotifierContract.notifier.__wrapped__(None)
