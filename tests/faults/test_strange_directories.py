"""A directory that raises, hangs or answers with what is no answer: one clear error, and nothing is changed."""

from __future__ import annotations

import datetime as dt
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from ask import ANNA, HELEN, IVAN, OLGA, PEOPLE, Ask, Errand, moscow, requests_engine

from salesreg.adapters.memory import MemoryDirectory
from salesreg.engine import ProcessEngine, open_store
from salesreg.errors import DirectoryError, UnknownEmployee
from salesreg.ports import Store
from salesreg.rules import Absence, Delegation, Employee
from salesreg.testing import ManualClock, RecordingNotifier

MONDAY = dt.date(2026, 3, 2)
ASKED = {
    "employee": "for the employee 'helen'",
    "holders": "who holds the role 'chief' on 2026-03-02",
    "delegations": "what is delegated to 'helen' on 2026-03-02",
    "absences": "who is away on 2026-03-02",
}


class Strange(MemoryDirectory):
    """A directory one of whose answers is replaced."""

    def __init__(self, question: str, answer: Any) -> None:
        super().__init__(PEOPLE)

        def answered(*asked: Any) -> Any:
            return answer(*asked) if callable(answer) else answer

        setattr(self, question, answered)


def fail(*_: Any) -> Any:
    raise TimeoutError("no connection to ldap.acme.example")


def leave(*_: Any) -> Any:
    sys.exit(3)


def cut_off(*_: Any) -> Any:
    yield IVAN
    raise ConnectionResetError("cut off")


STRANGE = [
    *((question, fail, "failed: TimeoutError: no connection to ldap.acme.example") for question in ASKED),
    *((question, None, "answered with None, which") for question in ASKED),
    *((question, 404, "answered with 404, which") for question in ASKED),
    *((question, "helen", "answered with 'helen', which") for question in ASKED),
    *((question, leave, "failed: SystemExit: 3") for question in ASKED),
    ("employee", {"id": "helen"}, "answered with {'id': 'helen'}, which is no Employee"),
    ("employee", lambda _: Employee("helen", "Helen \0", ["head"]), "failed: employee helen has a full_name of"),
    ("employee", Employee, "failed: "),
    ("employee", lambda _: IVAN, "answered with 'ivan'"),
    ("employee", lambda _: Employee("helen", "Helen", []), "failed: employee helen holds no role"),
    ("employee", lambda _: Employee("helen", "Helen", ["head"], left_on="2026-03-01"), "failed: employee helen has"),
    ("holders", [IVAN, "olga"], "answered with 'olga' among them, which is no Employee"),
    ("holders", {"ivan": IVAN}, "answered with 'ivan' among them, which is no Employee"),
    ("holders", [IVAN, OLGA], "answered with 'olga', who does not hold it"),
    ("holders", cut_off, "failed: ConnectionResetError: cut off"),
    ("delegations", [Delegation("ivan", "olga", MONDAY, MONDAY)], "answered with what was delegated to 'olga'"),
    ("delegations", [Absence("ivan", MONDAY, MONDAY)], "answered with Absence(employee='ivan'"),
    ("absences", [("ivan", MONDAY)], "answered with ('ivan', datetime.date(2026, 3, 2)) among them, which"),
]


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A store in a file, with a request that Helen may decide."""
    return begun(f"sqlite:///{tmp_path / 'requests.db'}")


@pytest.fixture
def either(url: str) -> str:
    """The same on every store."""
    return begun(url)


def begun(url: str) -> str:
    with opened(url) as engine:
        engine.start(Ask.ask(text="x"), by=ANNA, case_id="r0")
        engine.perform("r0", Ask.answer(text="yes"), by=HELEN)
    return url


def opened(url: str, directory: Any = None) -> ProcessEngine:
    clock = ManualClock(moscow("2026-03-02 10:00"))
    return requests_engine(
        open_store(url), clock, directory=MemoryDirectory(PEOPLE) if directory is None else directory
    )


def written(store: Store) -> tuple[Any, ...]:
    """Everything that a command could change."""
    return list(store.events()), store.messages("waiting"), store.load(["r0"]).cases, store.marks("")


@pytest.mark.parametrize(("question", "answer", "said"), STRANGE)
def test_what_a_directory_does_instead_of_answering_is_named_and_changes_nothing(
    path: str, question: str, answer: Any, said: str
):
    with open_store(path) as store, opened(path, Strange(question, answer)) as engine:
        before = written(store)
        with pytest.raises(DirectoryError) as wrong:
            engine.perform("r0", Ask.decide(), by=HELEN, command_key="once")
        assert str(wrong.value).startswith(f"the directory Strange was asked {ASKED[question]} and {said}")
        assert written(store) == before
        with opened(path) as sound:
            assert sound.perform("r0", Ask.decide(), by=HELEN, command_key="once").stage == "checking"
            assert sound.verify() == ()


def test_somebody_whom_a_directory_does_not_know_is_an_error_of_their_own(path: str):
    with opened(path) as engine, pytest.raises(UnknownEmployee, match="there is no employee 'zoe'"):
        engine.perform("r0", Ask.decide(), by="zoe")


def test_holders_may_come_as_any_several_and_are_asked_for_once(path: str):
    asked: list[str] = []

    def holders(role: str, on: dt.date) -> Any:
        asked.append(role)
        yield from MemoryDirectory(PEOPLE).holders(role, on)

    with opened(path, Strange("holders", holders)) as engine:
        assert engine.perform("r0", Ask.decide(), by=HELEN).stage == "checking"
        assert asked.count("chief") == 1


@pytest.mark.parametrize("question", list(ASKED))
def test_while_a_directory_hangs_for_one_everybody_else_goes_on(either: str, question: str):
    """On the same case too: whoever was waiting decides anew."""
    asked, answer = threading.Event(), threading.Event()
    sound = MemoryDirectory(PEOPLE)

    def hang(*question_asked: Any) -> Any:
        asked.set()
        assert answer.wait(20)
        return getattr(sound, question)(*question_asked)

    done: list[Any] = []

    def decide() -> None:
        with opened(either, Strange(question, hang)) as engine:
            done.append(engine.perform("r0", Ask.decide(), by=HELEN))

    waiting = threading.Thread(target=decide)
    waiting.start()
    try:
        assert asked.wait(20)
        begun = time.monotonic()
        with opened(either) as engine:
            for _ in range(5):
                engine.perform("r0", Ask.amend(), by=ANNA)
                engine.start(Ask.ask(text="x"), by=ANNA)
            engine.tick()
        assert time.monotonic() - begun < 10
    finally:
        answer.set()
        waiting.join()
    assert [case.stage for case in done] == ["checking"]
    with opened(either) as engine:
        assert [event.step for event in engine.history("r0")] == ["ask", "answer", *["amend"] * 5, "decide"]
        assert engine.verify() == ()


def test_a_tick_with_a_strange_directory_says_so_of_each_thing_and_ends_its_work_when_it_is_well(url: str):
    clock = ManualClock(moscow("2026-03-02 10:00"))
    store = open_store(url)
    with requests_engine(store, clock) as engine:
        engine.tick()
        engine.start(Errand.send(title="t", doer="olga"), by=HELEN, case_id="e1")
        clock.advance(dt.timedelta(days=7))
        notifier = RecordingNotifier()
        strange = requests_engine(store, clock, directory=Strange("holders", None), notifier=notifier)
        report = strange.tick()
        assert {what for _, what, _ in report.failed} >= {"rounds"}
        assert all("the directory Strange was asked who holds the role" in reason for _, _, reason in report.failed)
        clock.advance(dt.timedelta(minutes=3))
        report = requests_engine(store, clock, notifier=notifier).tick()
        assert report.failed == []
        assert len(report.begun) == 2 * 4, "Monday the 9th is a holiday"
        assert len({message.id for message in notifier.attempts}) == len(notifier.attempts)
        assert engine.verify() == ()
