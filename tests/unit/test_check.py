"""What `check` finds in a process as it is written."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
import tiny
from ask import CHIEF, Ask, Errand, Task
from tiny import DAY, IDLE, Count, begin, codes, made, page, stage

from salesreg.commercial import COMMERCIAL
from salesreg.process import (
    STAGE_OWNER,
    Attempt,
    Checks,
    Must,
    Outcome,
    Process,
    Refusal,
    Sla,
    Stage,
    Step,
    anywhere,
    need,
    not_before,
    start,
    stay,
    step,
)
from salesreg.rules import Parameter, Role

rests = Must[Count](lambda count: count.n == 0, "rests", "it rests")


def test_the_small_processes_have_no_findings():
    assert Ask.check() == Errand.check() == ()


@pytest.mark.parametrize("process", COMMERCIAL.processes, ids=lambda process: process.id)
def test_the_shipped_processes_have_no_findings(process: type[Process[Any]]):
    assert process.check() == ()


# -- stages and routes ------------------------------------------------------------------------------------------------


def test_a_process_that_nothing_begins():
    assert codes(without=("begin",)) == [("no_start", "tiny"), ("unreachable", "todo"), ("unreachable", "done")]


def test_a_stage_that_no_step_leads_to():
    island, done = stage("Island"), Stage("Done", final=True)
    way = Step(island.to(done), "Leave", by=CHIEF)
    assert codes(done=done, island=island, leave=way) == [("unreachable", "island")]


def test_a_stage_that_nothing_leads_out_of():
    todo, trap = stage(), stage("Trap")
    assert codes(todo=todo, trap=trap, fall=Step(todo.to(trap), "Fall", by=CHIEF)) == [("dead_end", "trap")]


def test_an_open_stage_without_owner_or_term():
    assert codes(todo=Stage("To do")) == [("no_owner", "todo"), ("no_term", "todo")]


def test_a_term_that_is_none():
    assert codes(todo=Stage("To do", CHIEF, attrs.evolve(DAY, term=None))) == [("no_time", "todo")]
    todo = stage()
    go = Step(stay(todo), "Go", by=CHIEF)
    untimed = Sla(attrs.evolve(DAY, term=None), start=go, stop=go, owner=CHIEF)
    assert codes(todo=todo, go=go, rule=untimed) == [("no_time", "rule")]


def test_a_step_that_is_possible_nowhere():
    todo = stage()
    assert codes(todo=todo, never=Step(anywhere(but=[todo]), "Never", by=CHIEF)) == [("nowhere", "never")]
    assert codes(never=Step(stay(), "Never", by=CHIEF)) == [("nowhere", "never")]


def test_a_payload_that_nothing_can_be_read_as():
    def number(self: Any, count: Count, *, number: complex) -> Count:
        return count

    def either(self: Any, count: Count, *, either: Count | Task) -> Count:
        return count

    steps = {run.__name__: step(anywhere(), "Act", by=CHIEF)(run) for run in (number, either)}
    found = [one for one in page(**steps).check() if one.code == "no_schema"]
    assert [one.subject for one in found] == ["number", "either"]
    assert "its payload cannot be read: a complex has no JSON Schema" in str(found[0])
    assert "may not contain more than one" in str(found[1])


# -- who --------------------------------------------------------------------------------------------------------------


def test_a_step_that_nobody_may_take():
    todo = stage(owner=None)
    by_owner = Step(stay(todo), "Wait", by=STAGE_OWNER)
    found = page(todo=todo, wait=by_owner, rest=Step(stay(todo), "Rest", by=[])).check()
    assert [(one.code, str(one)) for one in found if one.code == "nobody"] == [
        ("nobody", "wait: nobody may take it in todo"),
        ("nobody", "rest: nobody may take it"),
    ]


def test_a_first_step_for_the_owner_of_a_stage_that_is_not_entered_yet():
    todo = stage()
    other = step(start(todo), "Begin otherwise", by=STAGE_OWNER)(begin)
    assert codes(todo=todo, otherwise=other) == [("nobody", "otherwise")]


# -- norms, parameters, fields ----------------------------------------------------------------------------------------


def test_a_norm_of_the_module_that_nothing_uses():
    used = page(todo=Stage("To do", CHIEF, DAY))
    assert [str(finding) for finding in used.check()] == ["tiny.idle: no stage, deadline or step uses it"]
    todo = Stage("To do", CHIEF, DAY)
    idle = Step(stay(todo), "Idle", by=CHIEF, norms=[IDLE], clause="R3")
    assert page(todo=todo, idle=idle).check() == ()
    assert idle.clauses == ("R3", "R2")


def test_a_page_without_a_module_has_nothing_beside_it():
    nowhere = made("Tiny", page(), __module__="a module that is not there")
    assert nowhere.check() == ()


def test_a_field_that_would_say_when_it_happened_and_is_not_there():
    todo = stage()
    go = Step(stay(todo), "Go", by=CHIEF)
    rule = Sla(DAY, start=go, stop=go, owner=CHIEF, occurred=["gone_at"])
    (found,) = page(todo=todo, go=go, rule=rule, rest=Step(stay(todo), "R", by=CHIEF, norms=[IDLE])).check()
    assert str(found) == "rule: no step that starts or stops it has a field 'gone_at'"


def test_a_parameter_that_nothing_reads():
    size, opener = Parameter("tiny.size", int), Parameter("tiny.opener", Role)
    assert codes(size=size) == [("unused_parameter", "size")]
    assert codes(opener=opener, open=Step(anywhere(), "Open", by=opener)) == []
    assert codes(opener=opener, todo=stage(owner=opener)) == []

    def in_an_inner_function(self: Any, count: Count) -> bool:
        return any(n > self.size for n in (count.n,))

    assert codes(size=size, big=in_an_inner_function) == []
    assert codes(size=size, big=classmethod(lambda cls, count: cls.size)) == []


def test_a_parameter_that_only_what_is_reached_by_super_reads():
    class Heir(Limited):
        @Limited.act.doing
        def act(self, count: Count, attempt: Attempt) -> Outcome[Count]:
            return (yield from super().act(count, attempt))

    assert Heir.check() == Limited.check() == ()


def test_a_parameter_of_a_step_that_was_dropped_is_dropped_with_it():
    size = Parameter("tiny.size", int)

    @step(anywhere(), "Act", by=CHIEF)
    def act(self: Any, count: Count) -> Count:
        return Count(self.size)

    full = page(size=size, act=act)
    assert codes(size=size, act=act) == []
    bare = made("Tiny", full, kw={"without": [full.act]})
    assert "size: nothing on the page reads tiny.size" in map(str, bare.check())
    assert "size" not in str(made("Tiny", full, kw={"without": [full.act, full.size]}).check())


# -- checks whose refusals are dropped --------------------------------------------------------------------------------


class Limited(Process[Count]):
    id = "limited"
    limit = Parameter("tiny.limit", int)
    todo = stage()
    done = Stage("Done", final=True)
    begin = step(start(todo), "Begin", by=CHIEF)(begin)
    finish = Step(todo.to(done), "Finish", by=CHIEF)

    def within(self, count: Count) -> Checks:
        if count.n > self.limit:
            yield Refusal("too_many", "more than {need}", need=self.limit)

    @step(stay(todo), "Act", by=CHIEF)
    def act(self, count: Count) -> Outcome[Count]:
        yield from self.within(count)
        return count


def test_a_check_that_is_called_and_not_asked():
    class Careless(Limited):
        def both(self, count: Count) -> Checks:
            self.within(count)
            yield from ()

        @step(stay(Limited.todo), "Drop", by=CHIEF)
        def drop(self, count: Count, attempt: Attempt) -> Outcome[Count]:
            self.both(count)
            need(None, Refusal("none", "none"))
            tiny.drops(count)
            rests(count, attempt)
            not_before(None, None, "at")
            yield from self.within(count)
            return count

        @Limited.act.doing
        def act(self, count: Count, attempt: Attempt) -> Count:
            super().act(count, attempt)
            return count

    said = "it calls {} and drops its refusals: write `yield from`"
    assert [str(one) for one in Careless.check() if one.code == "dropped_check"] == [
        f"act: {said.format('act')}",
        *(f"drop: {said.format(name)}" for name in ("both", "need", "drops", "rests", "not_before")),
        f"both: {said.format('within')}",
    ]


def test_what_refuses_nothing_may_be_called():
    class Busy(Limited):
        def note(self, count: Count) -> None: ...

        @step(stay(Limited.todo), "Note", by=CHIEF)
        def note_down(self, count: Count) -> Count:
            seen: list[int] = []
            self.note(count)
            print()
            seen.append(count.n)
            sorted(seen)
            [].append(1)
            return count

    assert Busy.check() == ()


def test_a_step_whose_source_is_gone_is_not_read():
    space: dict[str, Any] = {"Count": Count, "Any": Any}
    exec("def act(self: Any, count: Count) -> Count:\n    self.within(count)\n    return count", space)
    assert made("Heir", Limited, act=Limited.act.doing(space["act"])).check() == ()
