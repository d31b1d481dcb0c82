"""The engine killed in the middle of its work: what it acknowledged is there once, and the record is whole.

Run as a script this file is the program that is killed: it takes a database and a first number, asks requests and
performs steps under command keys, and prints each key as soon as the engine has returned.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from ask import ANNA, HELEN, OLGA, RULES, Ask, Errand, moscow, requests_engine

from salesreg import ProcessEngine
from salesreg.adapters.sqlite import SqliteStore
from salesreg.ports import ObligationQuery
from salesreg.process import ObligationStatus, reaction
from salesreg.testing import ManualClock, RecordingNotifier


@reaction(after=Ask.answer)
def send_errand(case: Any, event: Any, look: Any) -> Any:
    yield Errand.send_for(request=case.id)


REACTING = RULES.extended("reacting", reactions=[send_errand])
OWED = (ObligationStatus.OPEN, ObligationStatus.PAUSED)


def opened(path: Path) -> ProcessEngine:
    clock = ManualClock(moscow("2026-03-02 10:00"))
    return requests_engine(SqliteStore(path), clock, rulebook=REACTING, notifier=RecordingNotifier())


def work(engine: ProcessEngine, number: int) -> list[Any]:
    """The commands of one request, each with its key: a start, a step with a reaction, and the end of a child."""
    case_id = f"r{number}"
    return [
        lambda key: engine.start(Ask.ask(text="x", number=case_id), by=ANNA, case_id=case_id, command_key=key),
        lambda key: engine.perform(case_id, Ask.answer(text="yes"), by=HELEN, command_key=key),
        lambda key: engine.perform(f"{case_id}:2.1", Errand.finish(), by=OLGA, command_key=key),
        lambda key: engine.perform(case_id, Ask.deny(), by=HELEN, command_key=key),
    ]


def run(path: Path, first: int) -> None:
    with opened(path) as engine:
        for number in range(first, first + 100_000):
            for command, do in enumerate(work(engine, number)):
                do(f"{number}/{command}")
                print(f"{number}/{command}", flush=True)
            engine.tick()


def killed(path: Path, first: int, after: int) -> list[str]:
    """The commands that a program acknowledged before it was killed."""
    program = started(path, first)
    return [*reported(program, after), *ended(program)]


def started(path: Path, first: int) -> subprocess.Popen[str]:
    command = [sys.executable, __file__, str(path), str(first)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": os.pathsep.join(sys.path)})


def reported(program: subprocess.Popen[str], count: int) -> list[str]:
    """So many keys, as soon as they have been acknowledged."""
    assert program.stdout is not None
    keys = [program.stdout.readline().strip() for _ in range(count)]
    assert all(keys), "the program ended by itself"
    return keys


def ended(program: subprocess.Popen[str]) -> list[str]:
    """Kill a program; the keys that it acknowledged in the meantime, without one that is cut off."""
    program.kill()
    out, _ = program.communicate()
    return [line.strip() for line in out.splitlines(keepends=True) if line.endswith("\n")]


def check(path: Path, acknowledged: list[str]) -> None:
    """Every acknowledged command is there once, whole, and nothing else is but what was under way."""
    with opened(path) as engine, SqliteStore(path) as store:
        assert engine.verify() == ()
        assert store.faults() == ()
        keys = Counter(
            event.command_key
            for case in engine.cases(limit=10_000)
            for event in engine.history(case)
            if event.command_key
        )
        assert max(keys.values()) == 1
        assert set(acknowledged) <= set(keys)
        for case in engine.cases(Ask, limit=10_000):
            assert store.holder(f"request.number:{case.id}") == case.id
            answered = any(event.step == "answer" for event in engine.history(case))
            assert len(engine.cases(parent=case.id)) == answered, "a reaction happens with its step or not at all"
            owed = store.obligations(ObligationQuery(case=case.id, statuses=OWED))
            assert bool(owed) is (case.stage == "asked")
        told = Counter(message.id for state in ("waiting", "delivered") for message, _ in store.messages(state, 10_000))
        assert not told or max(told.values()) == 1


def test_an_engine_killed_at_any_moment_loses_and_doubles_nothing(tmp_path: Path):
    chance = random.Random(20260302)
    path = tmp_path / "requests.db"
    acknowledged: list[str] = []
    for number in range(4):
        acknowledged += killed(path, number * 1000, chance.randint(1, 40))
    check(path, acknowledged)


def test_a_command_that_was_cut_off_is_repeated_under_its_key_without_harm(tmp_path: Path):
    path = tmp_path / "requests.db"
    acknowledged = killed(path, 0, 6)
    number, command = map(int, acknowledged[-1].split("/"))
    with opened(path) as engine:
        for one in range(number + 2):
            for which, do in enumerate(work(engine, one)):
                do(f"{one}/{which}")
        assert {case.stage for case in engine.cases(Ask)} == {"denied"}
        assert {case.stage for case in engine.cases(Errand) if case.data.request} == {"done"}
    check(path, [*acknowledged, f"{number}/{command}"])


def test_two_engines_killed_while_they_work_on_one_file_leave_it_whole(tmp_path: Path):
    path = tmp_path / "requests.db"
    opened(path).close()
    programs = [started(path, first) for first in (0, 1000)]
    acknowledged = [key for program in programs for key in reported(program, 12)]
    check(path, acknowledged + [key for program in programs for key in ended(program)])


if __name__ == "__main__":
    run(Path(sys.argv[1]), int(sys.argv[2]))
