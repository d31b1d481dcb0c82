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
    with pytest.raises(MissingExtraError, match=r"pip install 'salesreg\[testing\]'"):
        _ = salesreg.testing.StoreContract


def python(program):
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("name", ["process_machine", "strategies"])
def test_a_machine_without_hypothesis_names_the_extra(name):
    done = python(f"import sys; sys.modules['hypothesis'] = None\nimport salesreg.testing\nsalesreg.testing.{name}")
    assert done.returncode == 1
    assert f"MissingExtraError: {name} needs hypothesis: pip install 'salesreg[testing]'" in done.stderr


def test_importing_the_kit_imports_neither_pytest_nor_hypothesis():
    heavy = "{'pytest', 'hypothesis'} & sys.modules.keys()"
    done = python(f"import sys, salesreg.testing; salesreg.testing.ManualClock; print({heavy})")
    assert (done.returncode, done.stdout) == (0, "set()\n"), done.stderr


@pytest.mark.parametrize("name", salesreg.testing.__all__)
def test_everything_that_the_kit_promises_is_there(name):
    assert getattr(salesreg.testing, name).__doc__


def test_a_contract_without_its_fixture_says_which_it_needs():
    with pytest.raises(NotImplementedError, match="a fixture named store"):
        salesreg.testing.StoreContract.store.__wrapped__(None)
    for contract in ("Notifier", "Directory", "Clock"):
        fixture = vars(getattr(salesreg.testing, f"{contract}Contract"))[contract.lower()]
        with pytest.raises(NotImplementedError, match=f"a fixture named {contract.lower()}"):
            fixture.__wrapped__(None)
    with pytest.raises(NotImplementedError, match="a method reopen"):
        salesreg.testing.DurableStoreContract().reopen(None)
