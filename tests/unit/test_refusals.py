"""Refusals: everything that speaks against a step is gathered, and what follows from a refusal is no reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import pytest
from ask import ANNA, CHIEF, HEAD, HELEN, IVAN, OLGA, REGULATION, case_after, moscow, taken
from tiny import DAY, Count, page, stage

from salesreg.decide import available, decide
from salesreg.errors import CaseMismatch, DeclarationError, DomainError, PayloadError, Refusal, StepRefused
from salesreg.process import (
    Attempt,
    Checks,
    Must,
    NoneLeft,
    Outcome,
    Past,
    Process,
    Related,
    Sla,
    Step,
    Text,
    anywhere,
    built,
    need,
    not_before,
    start,
    stay,
    step,
)
from salesreg.rules import Employee, Parameter

ASKED = ("ask", ANNA, "2026-03-02 10:00", {"text": "May I?"})
NOW = moscow("2026-03-02 12:30")


@attrs.frozen
class Sum:
    n: int = 1
    note: str | None = None

    def __attrs_post_init__(self) -> None:
        if self.n < 0:
            raise DomainError("negative", "{got} is below {need}", got=self.n, need=0, why="debt")


small = Must[Sum](lambda data: data.n < 5, "large", "{got} is not below {need}", need=5, got=lambda data: data.n)


def stops(data: Sum, attempt: Attempt) -> Iterator[Refusal]:
    note = yield from need(data.note, Refusal("no_note", "nothing is noted", clause="R8"))
    yield Refusal("noted", note)


class Adding(Process[Sum]):
    """Numbers, and every way in which a step can end."""

    id = "adding"
    limit = Parameter("adding.limit", int, default=10)
    todo = stage()

    @step(start(todo), "Begin", by=CHIEF, clause="R1")
    def begin(self, *, n: int = 1, share: int = 1) -> Outcome[Sum]:
        if n == 0:
            yield Refusal("zero", "nothing to divide by")
        if 10 // n < share:
            yield Refusal("small", "too small")
        return Sum(n)

    def within(self, data: Sum) -> Checks:
        if data.n > self.limit:
            yield Refusal("too_much", "{got} is more than {need}", need=self.limit, got=data.n)

    @step(stay(todo), "Add", by=CHIEF, requires=[small], clause="R2")
    def add(self, data: Sum, *, text: Text, more: int = 0) -> Outcome[Sum]:
        yield from self.within(attrs.evolve(data, n=data.n + abs(more)))
        if more > 100:
            yield Refusal("odd", "not {got}", got=more, clause="R3")
        return attrs.evolve(data, n=data.n + more)

    @step(stay(todo), "Need", by=CHIEF)
    def needy(self, data: Sum, *, first: bool = False) -> Outcome[Sum]:
        if first:
            yield Refusal("first", "this first")
        note = yield from need(data.note, Refusal("no_note", "nothing is noted"))
        yield Refusal("never", note)
        return data

    @step(stay(todo), "Build", by=CHIEF, clause="R4")
    def build(self, data: Sum, *, n: int, other: bool = False, code: str = "") -> Outcome[Sum]:
        if other:
            yield Refusal("other", "another reason")
        made = yield from built(lambda: Sum(n), code, clause="R5" if code else None)
        yield from self.within(made)
        return made

    @step(stay(todo), "Set", by=CHIEF, clause="R4")
    def set(self, data: Sum, *, n: int) -> Sum:
        return Sum(n)

    @step(stay(todo), "Set and refuse", by=CHIEF, clause="R4")
    def set_and_refuse(self, data: Sum, *, n: int) -> Outcome[Sum]:
        yield Refusal("no", "no")
        return Sum(n)

    @step(stay(todo), "Bug", by=CHIEF)
    def bug(self, data: Sum) -> Sum:
        return data.nothing  # type: ignore[attr-defined,no-any-return]

    @step(stay(todo), "Late bug", by=CHIEF)
    def late_bug(self, data: Sum) -> Outcome[Sum]:
        yield from ()
        raise KeyError("lost")

    @step(stay(todo), "Stop", by=CHIEF)
    def stop(self, data: Sum) -> Outcome[Sum]:
        raise StopIteration
        yield

    @step(stay(todo), "Other", by=CHIEF)
    def other(self, data: Sum) -> Any:
        return "no"

    @step(stay(todo), "Say", by=CHIEF)
    def say(self, data: Sum) -> Any:
        yield "no"
        return data

    @step(stay(todo), "Pass on", by=CHIEF, clause="R6")
    def pass_on(self, data: Sum, *, n: int) -> Outcome[Sum]:
        return self.later(data, n)

    def later(self, data: Sum, n: int) -> Outcome[Sum]:
        if n > 1:
            yield Refusal("late", "not {got}", got=n)
        return attrs.evolve(data, n=n)

    guarded = Step(stay(todo), "Guarded", by=CHIEF, requires=[stops, small], clause="R7")


def case(n: int = 1) -> Any:
    return decide(Adding.begin(n=n), by=IVAN, at=NOW, regulation=REGULATION, case_id="s").case


def refused(command: Any, *, n: int = 1, by: Any = IVAN) -> StepRefused:
    with pytest.raises(StepRefused) as no:
        decide(command, case(n), by=by, at=NOW, regulation=REGULATION)
    return no.value


def codes(command: Any, **given: Any) -> list[str]:
    return [one.code for one in refused(command, **given).refusals]


def after(command: Any) -> Any:
    return decide(command, case(), by=IVAN, at=NOW, regulation=REGULATION).case.data


# -- everything is looked at ------------------------------------------------------------------------------------------


def test_who_guards_demands_and_function_refuse_together():
    no = refused(Adding.add(text=" ", more=200), n=7, by=ANNA)
    assert [(one.code, one.clause, one.process) for one in no.refusals] == [
        ("wrong_role", "R2", "adding"),
        ("large", "R2", "adding"),
        ("blank", "R2", "adding"),
        ("too_much", "R2", "adding"),
        ("odd", "R3", "adding"),
    ]
    assert (no.refusals[3].need, no.refusals[3].got) == (10, 207)
    assert no.stopped_by is None


def test_a_value_of_the_regulation_is_an_attribute_of_the_page():
    theirs = REGULATION.with_settings({"adding.limit": 3})
    with pytest.raises(StepRefused) as no:
        decide(Adding.add(text="x", more=3), case(), by=IVAN, at=NOW, regulation=theirs)
    assert [(one.code, one.need) for one in no.value.refusals] == [("too_much", 3)]


def test_a_wrong_payload_is_told_from_a_refusal():
    with pytest.raises(PayloadError, match="text: missing"):
        decide(Adding.command("add", {"more": 1}), case(), by=ANNA, at=NOW, regulation=REGULATION)


def test_all_reasons_of_a_guard_and_of_who_are_collected_with_what_would_be_right():
    both = Employee("anna", "Anna", ["asker"])
    with pytest.raises(StepRefused) as no:
        taken(case_after(ASKED), "decide", both, "2026-03-02 23:30")
    assert [(one.code, one.clause, one.need, one.got) for one in no.value.refusals] == [
        ("wrong_role", "R10", ("head",), ("asker",)),
        ("same_person", "R10", None, ("anna",)),
        ("no_answer", "R44", None, None),
        ("night", "R10", 20, 20),
    ]


def test_a_guard_that_stops_lets_the_others_speak():
    assert codes(Adding.guarded(), n=7) == ["no_note", "large"]
    assert refused(Adding.guarded(), n=7).refusals[0].clause == "R8"


# -- what follows from a refusal is its consequence -------------------------------------------------------------------


def test_what_a_step_runs_into_after_it_has_refused_is_kept_aside():
    with pytest.raises(StepRefused) as no:
        decide(Adding.begin(n=0), by=IVAN, at=NOW, regulation=REGULATION, case_id="s")
    assert [one.code for one in no.value.refusals] == ["zero"]
    assert isinstance(no.value.stopped_by, ZeroDivisionError)
    with pytest.raises(StepRefused) as no:
        decide(Adding.begin(n=10, share=2), by=IVAN, at=NOW, regulation=REGULATION, case_id="s")
    assert ([one.code for one in no.value.refusals], no.value.stopped_by) == (["small"], None)
    late = refused(Adding.bug(), by=ANNA)
    assert ([one.code for one in late.refusals], type(late.stopped_by)) == (["wrong_role"], AttributeError)
    assert isinstance(refused(Adding.late_bug(), by=ANNA).stopped_by, KeyError)


def test_what_an_entity_refuses_after_that_is_a_consequence_too():
    no = refused(Adding.set_and_refuse(n=-1))
    assert ([one.code for one in no.refusals], type(no.stopped_by)) == (["no"], DomainError)


def test_without_a_refusal_it_is_a_bug_and_goes_through():
    with pytest.raises(AttributeError, match="nothing"):
        after(Adding.bug())
    with pytest.raises(KeyError, match="lost"):
        after(Adding.late_bug())
    with pytest.raises(RuntimeError, match="StopIteration"):
        after(Adding.stop())


# -- need and built ---------------------------------------------------------------------------------------------------


def test_need_narrows_or_ends_the_step_there():
    assert codes(Adding.needy()) == ["no_note"]
    assert codes(Adding.needy(first=True)) == ["first", "no_note"]
    noted = decide(Adding.needy.page.command("set", {"n": 1}), case(), by=IVAN, at=NOW, regulation=REGULATION).case
    assert noted.data == Sum(1)
    assert list(need(0, Refusal("none", "none"))) == [], "nothing but None is missing"


def test_built_reports_what_an_entity_cannot_be_beside_the_others():
    assert codes(Adding.build(n=-1, other=True)) == ["other", "negative"]
    (why,) = refused(Adding.build(n=-1)).refusals
    assert (why.code, why.text, why.need, why.got, why.clause) == ("negative", "{got} is below {need}", 0, -1, "R4")
    assert why.values == {"got": -1, "need": 0, "why": "debt"}
    (why,) = refused(Adding.build(n=-1, code="bad_sum")).refusals
    assert (why.code, why.clause) == ("bad_sum", "R5")
    assert after(Adding.build(n=3)) == Sum(3)


def test_what_an_entity_cannot_be_is_a_refusal_with_the_steps_clause():
    no = refused(Adding.set(n=-1))
    (why,) = no.refusals
    assert (why.code, why.need, why.got, why.clause, why.process) == ("negative", 0, -1, "R4", "adding")
    assert no.stopped_by is None
    assert codes(Adding.add(text="x", more=-5)) == ["negative"]


# -- what a step returns ----------------------------------------------------------------------------------------------


def test_a_step_that_returns_something_else_or_refuses_with_something_else_is_named():
    with pytest.raises(DeclarationError, match=r"Adding\.other must return the new Sum, and returned str"):
        after(Adding.other())
    with pytest.raises(DeclarationError, match=r"adding\.say refuses with 'no': yield a Refusal"):
        after(Adding.say())

    def odd(data: Any, attempt: Attempt) -> Any:
        yield 5

    tiny = page(odd=Step(anywhere(), "Odd", by=CHIEF, requires=[odd]))
    begun = decide(tiny.begin(), by=IVAN, at=NOW, regulation=REGULATION, case_id="t").case
    with pytest.raises(DeclarationError, match=r"tiny\.odd refuses with 5"):
        decide(tiny.odd(), begun, by=IVAN, at=NOW, regulation=REGULATION)
    with pytest.raises(DeclarationError, match=r"tiny\.odd refuses with 5"):
        available(tiny, begun, by=IVAN, at=NOW, regulation=REGULATION)


def test_a_step_may_pass_on_what_another_function_refuses_and_returns():
    assert codes(Adding.pass_on(n=2)) == ["late"]
    assert after(Adding.pass_on(n=0)) == Sum(0)


# -- ready-made guards ------------------------------------------------------------------------------------------------


def test_a_fact_must_hold():
    assert list(small(Sum(4), _attempt())) == []
    (why,) = small(Sum(6), _attempt())
    assert (str(why), why.need, why.got) == ("6 is not below 5", 5, 6)
    (plain,) = Must[Sum](lambda data: False, "no", "no", clause="R9")(Sum(), _attempt())
    assert (plain.need, plain.got, plain.clause) == (None, None, "R9")


def test_no_child_is_left():
    guard = NoneLeft("errand", ("done", "forgotten"), "open", "{got} stand elsewhere than in {need}", clause="R9")
    assert guard.children == ("errand",)
    sent = [case_after(("send", HELEN, "2026-03-02 10:00", {"title": "go", "case_id": name})) for name in ("b", "a")]
    (why,) = guard(None, _attempt(related=sent))
    assert (why.got, why.need, why.clause) == (("a", "b"), ("done", "forgotten"), "R9")
    done = [case_after(("finish", HELEN, "2026-03-02 11:00"), case=one) for one in sent]
    assert list(guard(None, _attempt(related=done))) == []


def test_one_instant_follows_another():
    early, late = moscow("2026-03-02 10:00"), moscow("2026-03-02 10:01")
    for when, earliest in ((late, early), (early, early), (None, early), (late, None)):
        assert list(not_before(when, earliest, "done_at")) == []
    (why,) = not_before(early, late, "done_at")
    assert (why.code, why.facts) == ("too_early", {"field": "done_at"})
    assert (why.need, why.got) == (late.isoformat(), early.isoformat())


def test_a_fact_that_starts_or_stops_a_clock_is_not_recorded_before_it_happens():
    seen = case_after(
        ("send", HELEN, "2026-03-02 10:00", {"title": "go"}), ("see", OLGA, "2026-03-02 11:00")
    )  # fmt: skip
    with pytest.raises(StepRefused) as no:
        taken(seen, "tell", OLGA, "2026-03-02 12:30", told_at=moscow("2026-03-02 12:31"))
    (why,) = no.value.refusals
    assert (why.code, why.facts) == ("not_yet", {"field": "told_at"})
    assert taken(seen, "tell", OLGA, "2026-03-02 12:30", told_at=moscow("2026-03-02 12:30")).closed


def test_a_fact_of_the_future_is_said_once_though_its_type_and_its_clock_both_demand_it():
    @step(anywhere(), "Act", by=CHIEF)
    def act(self: Any, count: Count, *, done_at: Past) -> Count:
        return count

    tiny = page(act=act, rule=Sla(DAY, start=act, stop=act, owner=CHIEF, occurred="done_at"))
    begun = decide(tiny.begin(), by=IVAN, at=NOW, regulation=REGULATION, case_id="t").case
    with pytest.raises(StepRefused) as no:
        decide(tiny.act(done_at=moscow("2027-01-01 10:00")), begun, by=IVAN, at=NOW, regulation=REGULATION)
    assert [one.code for one in no.value.refusals] == ["not_yet"]


# -- what a refusal says ----------------------------------------------------------------------------------------------


def test_a_refusal_reads_and_says_what_may_be_done_instead():
    with pytest.raises(StepRefused) as no:
        taken(case_after(ASKED), "answer", ANNA, "2026-03-02 12:30", text="yes")
    assert no.value.allowed == ("renumber", "amend", "repeat")
    assert str(no.value) == (
        "answer refused: answer is for head, and Anna is asker (R44). Anna may: renumber, amend, repeat"
    )
    assert no.value.reasons() == no.value.reasons("ru") == ("answer is for head, and Anna is asker (R44)",)


def test_a_first_step_may_be_refused_and_offers_nothing_instead():
    with pytest.raises(StepRefused) as no:
        taken(None, "ask", HELEN, "2026-03-02 12:30", text="x")
    assert ([one.code for one in no.value.refusals], no.value.allowed) == (["wrong_role"], ())
    assert "may:" not in str(no.value)


def test_in_the_wrong_stage_only_that_is_said():
    with pytest.raises(StepRefused) as no:
        taken(case_after(ASKED), "confirm", ANNA, "2026-03-02 12:30", nonsense=1)
    (why,) = no.value.refusals
    assert (why.code, why.need, why.got, why.facts) == ("wrong_stage", ("checking",), "asked", {"step": "confirm"})
    assert no.value.allowed == ("renumber", "amend", "repeat")
    ended = case_after(ASKED, ("deny", HELEN, "2026-03-02 11:00"))
    with pytest.raises(StepRefused) as no:
        taken(ended, "deny", HELEN, "2026-03-02 12:30")
    assert no.value.allowed == ()


def test_a_related_case_that_is_missing_is_asked_for():
    with pytest.raises(CaseMismatch, match=r"'r1' is needed here: hand it over in related=; .* marked with Ref"):
        taken(None, "send", HELEN, "2026-03-02 12:30", title="t", request="r1")


def _attempt(related: Any = ()) -> Attempt:
    return Attempt("c", "step", HELEN, HEAD.id, None, NOW, REGULATION, Related(related))
