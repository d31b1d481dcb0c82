"""The pytest plugin: its fixtures, in a suite of somebody else's, and what it costs those who ask for none."""

import datetime as dt
import os
import subprocess
import sys

import pytest

from salesreg.commercial import Sale
from salesreg.commercial.domain.clients import ClientDraft
from salesreg.testing.plugin import clock, engine, outbox, people, regulation, rulebook  # noqa: F401 - as pytest does

THEIRS = """
import pytest
import attrs
from salesreg import Process, Rulebook, Role
from salesreg.process import Stage, start, step, STAGE_OWNER

CLERK = Role("clerk", "clerk")


@attrs.frozen
class Letter:
    text: str


class Letters(Process[Letter]):
    "Letters."

    id, version, title = "letter", 1, "Letter"
    came = Stage("Came", CLERK, no_term="when there is time")
    done = Stage("Answered", final=True)

    @step(start(came), "Receive", by=CLERK, notify=[STAGE_OWNER], clause="L1")
    def receive(self, *, text: str) -> Letter:
        return Letter(text)

    @step(came.to(done), "Answer", by=CLERK, clause="L2")
    def answer(self, letter: Letter) -> Letter:
        return letter


@pytest.fixture
def rulebook():
    return Rulebook("letters", roles=[CLERK], processes=[Letters])


def test_a_letter_is_answered(engine, clock, people, outbox):
    letter = engine.start(Letters.receive(text="hello"), by="clerk.1")
    engine.tick()
    assert [one.to for one in outbox.delivered] == ["clerk.2"]
    assert engine.perform(letter, Letters.answer(), by=people[1]).stage == "done"
    assert engine.now() == clock.now()
"""


def test_an_engine_is_at_hand_with_people_of_every_role(engine, clock, people, outbox):  # noqa: F811
    manager = next(one for one in people if "sales_manager" in one.roles)
    deal = engine.start(Sale.register_prospect(source="call", client=ClientDraft("Vega")), by=manager)
    assert deal.last_at == clock.now() == dt.datetime(2026, 3, 2, 6, tzinfo=dt.UTC)
    clock.advance(dt.timedelta(days=9))
    engine.tick(trust_clock=True)
    assert outbox.attempts, "after nine days somebody is reminded"


ALONE = ("-p", "no:salesreg", "-p", "salesreg.testing.plugin")
"""The plugin once, whether or not it is installed as an entry point."""


def run(*arguments, cwd=None):
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(one for one in sys.path if one), "PYTEST_ADDOPTS": ""}
    return subprocess.run([sys.executable, *arguments], env=env, cwd=cwd, capture_output=True, text=True, timeout=120)


def test_a_suite_of_somebody_elses_overrides_what_it_wants(tmp_path):
    (tmp_path / "test_theirs.py").write_text(THEIRS, "utf-8")
    done = run("-m", "pytest", "-q", *ALONE, "-p", "no:cacheprovider", ".", cwd=tmp_path)
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_where_pytest_rewrites_what_it_loads_everything_still_loads(tmp_path):
    """As it does with all modules of a package that was installed and brings a plugin: one loader loads them all."""
    (tmp_path / "conftest.py").write_text(f"import pytest\npytest.register_assert_rewrite({LOADED})\n", "utf-8")
    (tmp_path / "test_theirs.py").write_text("import hypothesis\n" + THEIRS, "utf-8")
    done = run("-m", "pytest", "-q", *ALONE, "-p", "no:cacheprovider", ".", cwd=tmp_path)
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_a_suite_that_asks_for_nothing_imports_nothing():
    """Beside the plugin itself and the two packages around it, which import nothing either."""
    program = "import sys, pytest; before = set(sys.modules); import salesreg.testing.plugin"
    done = run("-c", f"{program}; print(*set(sys.modules) - before)")
    ours = {"salesreg", "salesreg.testing", "salesreg.testing.plugin"}
    assert set(done.stdout.split()) - ours <= set(sys.stdlib_module_names), done.stdout


LOADED = "'salesreg.rules', 'salesreg.calendars', 'salesreg.process', 'salesreg.errors'"
KINDS = "from salesreg import BusinessCalendar, Employee, Term, WorkSchedule"
ALL_DRAWN = "print(all(not st.from_type(one).is_empty for one in (BusinessCalendar, Employee, Term, WorkSchedule)))"


@pytest.mark.parametrize("first", [KINDS, "import hypothesis", "import salesreg.testing.strategies"])
def test_whoever_imports_hypothesis_imports_nothing_of_ours_and_has_our_types_whichever_comes_first(first):
    done = run("-W", "error", "-c", f"{first}; from hypothesis import strategies as st; {KINDS}; {ALL_DRAWN}")
    assert done.stdout == "True\n", done.stderr
    done = run("-c", "import sys, hypothesis; print(*(one for one in sys.modules if one.startswith('salesreg')))")
    assert set(done.stdout.split()) == {"salesreg", "salesreg.testing", "salesreg.testing.annotations"}


@pytest.mark.parametrize("package", ["hypothesis", "pendulum", "attrs", "msgspec", "salesreg.errors"])
def test_pytest_with_the_plugin_starts_without(package):
    arguments = ["--version", *ALONE, "-p", "no:hypothesispytest"]
    program = f"import sys, pytest; pytest.main({arguments}); print({package!r} in sys.modules)"
    assert run("-c", program).stdout.strip().endswith("False")
