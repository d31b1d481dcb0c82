"""Each fault that is planted into a copy of what we ship is caught by a contract, and nothing that is right is.

`caught.toml` says which test catches each: alone, or before others that do too. Here that one is tried. To try all
tests against all faults (some minutes) and write the file anew::

    SALESREG_EVERY_CATCHER=1 python -m pytest -n 0 tests/contract/test_planted_faults.py
"""

import itertools
import json
import os
import tomllib
from contextlib import closing
from pathlib import Path

import pytest
from planted_in_ports import CLOCKS, DIRECTORIES, NOTIFIERS, OfClocks, OfDirectories, OfNotifiers, Post
from planted_in_stores import FAULTS
from planting import caught_by, patched, trials

from salesreg.adapters.memory import MemoryDirectory, MemoryStore, SystemClock
from salesreg.testing import StoreContract

KEPT = Path(__file__).with_name("caught.toml")
EVERY = bool(os.environ.get("SALESREG_EVERY_CATCHER"))
CAUGHT = {} if EVERY else tomllib.loads(KEPT.read_text("utf-8"))
"""By port, and by whether a test catches it alone or together with others: the test that catches each fault."""


class OfStores(StoreContract):
    def another(self, store):
        return closing(type(store)())


def given(directory):
    return lambda: directory(OfDirectories.staff, OfDirectories.stand_ins, OfDirectories.away)


PLANTED = {
    **{("store", fault): (OfStores, changes) for fault, changes in FAULTS.items()},
    **{("notifier", fault): (OfNotifiers, made) for fault, made in NOTIFIERS.items()},
    **{("directory", fault): (OfDirectories, given(made)) for fault, made in DIRECTORIES.items()},
    **{("clock", fault): (OfClocks, made) for fault, made in CLOCKS.items()},
}
RIGHT = {
    "the memory store": (OfStores, MemoryStore),
    "its copy": (OfStores, patched()),
    "a notifier": (OfNotifiers, Post),
    "a directory": (OfDirectories, given(MemoryDirectory)),
    "a clock": (OfClocks, SystemClock),
}


@pytest.fixture(scope="module", autouse=True)
def _written_anew():
    yield
    if EVERY:
        lines = []
        for port, how in itertools.product(CAUGHT, ("alone", "together")):
            rows = [f"{json.dumps(fault)} = {json.dumps(test)}" for fault, test in CAUGHT[port][how].items()]
            lines += [f"[{port}.{how}]", *rows, ""]
        KEPT.write_text("\n".join(lines), "utf-8")


@pytest.mark.parametrize(("port", "fault"), PLANTED, ids=[": ".join(each) for each in PLANTED])
def test_a_planted_fault_is_caught(port, fault):
    contract, made = PLANTED[port, fault]
    made = patched(*made) if port == "store" else made
    if EVERY:
        caught = caught_by(contract, made)
        assert caught, "no test of the contract fails on it"
        found = CAUGHT.setdefault(port, {"alone": {}, "together": {}})
        found["alone" if len(caught) == 1 else "together"][fault] = caught[0]
    else:
        test = CAUGHT[port]["alone"].get(fault) or CAUGHT[port]["together"][fault]
        assert caught_by(contract, made, only=test) == [test]


@pytest.mark.parametrize("what", RIGHT)
def test_nothing_is_caught_in_what_is_right(what):
    assert caught_by(*RIGHT[what]) == []


def test_what_is_known_to_be_caught_is_what_is_planted():
    known = {(port, fault) for port, found in CAUGHT.items() for faults in found.values() for fault in faults}
    assert known == set(PLANTED)
    assert len(known) > 300


def test_there_are_tests_that_alone_catch_a_fault():
    """They cannot be left out; and those that are named are tests of the contracts."""
    alone = {test for found in CAUGHT.values() for test in found["alone"].values()}
    named = alone | {test for found in CAUGHT.values() for test in found["together"].values()}
    contracts = (OfStores, OfNotifiers, OfDirectories, OfClocks)
    assert named <= {name for contract in contracts for name, *_ in trials(contract)}
    assert len(alone) > 30
