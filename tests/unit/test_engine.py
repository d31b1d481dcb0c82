"""The engine: one command is one transaction, on memory and on SQLite alike."""

from __future__ import annotations

import datetime as dt
import pickle
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from ask import (
    ANNA,
    BORIS,
    FAINA,
    FINANCE,
    HEAD,
    HELEN,
    IVAN,
    OLGA,
    PEOPLE,
    REGULATION,
    ROLES,
    RULES,
    Ask,
    Errand,
    moscow,
    requests_engine,
)

from salesreg import SYSTEM, Delegation, Employee, ProcessEngine, Rulebook, StepRefused
from salesreg.adapters.memory import MemoryDirectory
from salesreg.decide import decide
from salesreg.errors import (
    CaseMismatch,
    CaseNotFound,
    CommandKeyReused,
    DomainError,
    NaiveDatetimeError,
    OutOfOrder,
    PayloadError,
    SalesregError,
    StoreUnavailable,
    UnknownEmployee,
    UnknownProcess,
    UnknownStep,
    VersionConflict,
)
from salesreg.ports import CaseQuery, ObligationQuery, Store
from salesreg.process import Case, Look
from salesreg.rules import SYSTEM_ACTOR, Actor
from salesreg.testing import ManualClock

MINUTE = dt.timedelta(minutes=1)


class Meddled:
    """A store in which somebody else gets in just before a commit, as often as asked."""

    def __init__(self, store: Store, meddle: Callable[[], object], times: int = 1) -> None:
        self._store, self._meddle, self._times = store, meddle, times
        self.commits = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def commit(self, batch: Any) -> Any:
        self.commits += 1
        if self._times:
            self._times -= 1
            self._meddle()
        return self._store.commit(batch)


class Leafed:
    """A store that hands everything out in pages of two."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def events(self, case_id: str | None = None, after: int = 0, limit: int = 2) -> Any:
        return self._store.events(case_id, after, limit)


def asked(engine: ProcessEngine, *, case_id: str | None = None, command_key: str | None = None, **given: Any) -> Any:
    return engine.start(Ask.ask(**{"text": "May I?", **given}), by=ANNA, case_id=case_id, command_key=command_key)


def answered(engine: ProcessEngine, text: str = "yes", **asked_with: Any) -> Any:
    return engine.perform("r1", Ask.answer(text=text), by=HELEN, **asked_with)


def sent(engine: ProcessEngine, *, case_id: str | None = None, **given: Any) -> Any:
    return engine.start(Errand.send(**{"title": "t", **given}), by=HELEN, case_id=case_id)


def snapshot(store: Store) -> Any:
    """Everything that a command could have left behind."""
    return (
        store.find(CaseQuery()),
        list(store.events()),
        store.obligations(ObligationQuery()),
        store.messages("waiting"),
    )


# -- starting and performing ------------------------------------------------------------------------------------------


def test_a_case_is_started_performed_on_and_found_as_it_was_left(engine: ProcessEngine, clock: ManualClock):
    case = asked(engine, case_id="r1")
    clock.advance(MINUTE)
    done = engine.perform("r1", Ask.answer(text="yes"), by="helen")
    assert (done.version, done.data.answers, done.last_at) == (2, ("yes",), clock.now())
    assert engine.case("r1") == done
    assert engine.perform(case, Ask.answer(text="and yes"), by=HELEN).version == 3, "what is stored counts"
    assert [(event.step, event.by) for event in engine.history(case)] == [
        ("ask", "anna"), ("answer", "helen"), ("answer", "helen"),
    ]  # fmt: skip
    assert engine.verify() == ()


def test_a_command_by_names_is_the_same_as_a_typed_one(engine: ProcessEngine):
    case = engine.start("request", "ask", {"text": "May I?"}, by="anna", case_id="r1")
    assert case.data == asked(engine, case_id="r2").data
    assert engine.start(Ask, "ask", {"text": "May I?"}, by="anna").data == case.data
    engine.perform("r1", "answer", {"text": "yes"}, by="helen")
    assert engine.perform(case, "amend", by="anna").data.answers == ("yes",)


def test_a_process_with_several_first_steps_wants_to_know_which(engine: ProcessEngine):
    with pytest.raises(UnknownStep, match="a 'request' case can begin in several ways: say which of ask, ask_twice"):
        engine.start(Ask, None, {"text": "x"}, by=ANNA)
    assert engine.start(Ask, "ask_twice", {"text": "x"}, by=ANNA).stage == "asked"


def test_an_id_is_drawn_chosen_or_follows_from_the_command_key(engine: ProcessEngine):
    drawn, again = asked(engine), asked(engine)
    assert drawn.id != again.id
    assert drawn.id.startswith("request-")
    assert asked(engine, case_id="mine").id == "mine"
    keyed = asked(engine, command_key="k1")
    other = engine.start(Ask.ask(text="x"), by=BORIS, command_key="k2")
    assert keyed.id != other.id


@pytest.mark.parametrize("case_id", ["a b/с.1'\"%_", "日本 🙂", "x" * 200, "-1", "r.1.2"])
def test_case_ids_may_hold_all_that_people_can_read(engine: ProcessEngine, case_id: str):
    asked(engine, case_id=case_id)
    engine.perform(case_id, Ask.answer(text="yes"), by=HELEN)
    assert [case.id for case in engine.cases()] == [case_id]
    assert engine.history(case_id)[1].id == f"{case_id}:2"
    assert len(engine.obligations(case=case_id)) == 2
    assert engine.verify() == ()


@pytest.mark.parametrize("taken", ["request:daily:boris:2026-03-02", "r1:2.1", ":", "request-0123456789abcdef"])
def test_an_id_that_the_engine_would_give_cannot_be_taken(engine: ProcessEngine, taken: str):
    with pytest.raises(PayloadError, match="is the engine's"):
        asked(engine, case_id=taken)
    asked(engine, case_id="request-0123456789abcdeg")
    assert engine.count() == 1


def test_the_command_key_of_a_timer_cannot_be_taken(engine: ProcessEngine):
    asked(engine, case_id="r1", command_key="web:timer:r1")
    with pytest.raises(PayloadError, match="does not begin with 'timer:'"):
        engine.perform("r1", Ask.answer(text="yes"), by=HELEN, command_key="timer:r1:reminder:2026")
    assert engine.case("r1").version == 1


@pytest.mark.parametrize("named", ["", " r1", "r1 ", "r\n1", "r\x001", "r\udc80", "x" * 201, 5, b"r1", ["r1"]])
def test_ids_and_keys_are_text_that_people_can_read(engine: ProcessEngine, store: Store, named: Any):
    asked(engine, case_id="r1")
    before = snapshot(store)
    for command in (
        lambda: asked(engine, case_id=named),
        lambda: asked(engine, command_key=named),
        lambda: answered(engine, command_key=named),
    ):
        with pytest.raises(PayloadError):
            command()
    assert snapshot(store) == before


def test_a_case_of_that_id_exists_already(engine: ProcessEngine, store: Store):
    asked(engine, case_id="r1")
    before = snapshot(store)
    with pytest.raises(VersionConflict, match="a case 'r1' exists already"):
        asked(engine, case_id="r1")
    assert snapshot(store) == before


ANSWER: dict[str, Any] = {"text": "x"}


@pytest.mark.parametrize(
    ("command", "error", "said"),
    [
        (
            lambda e: e.start("reqest", by=ANNA),
            UnknownProcess,
            "no process 'reqest'; this engine knows errand, request",
        ),
        (lambda e: e.start("request", "aks", by=ANNA), UnknownStep, "has no step 'aks'"),
        (lambda e: e.start("request", "ask", ANSWER, by="ana"), UnknownEmployee, "close to it: 'anna'"),
        (lambda e: e.start("request", "ask", by=ANNA), PayloadError, "text: missing"),
        (lambda e: e.start("request", "ask", "May I?", by=ANNA), PayloadError, "is one mapping"),
        (lambda e: e.start("request", "answer", ANSWER, by=HELEN), UnknownStep, "'answer' begins no 'request' case"),
        (lambda e: e.start(Ask.answer(text="x"), by=HELEN), UnknownStep, "'answer' begins no 'request' case"),
        (lambda e: e.start("request", "ask", ANSWER, by=HELEN), StepRefused, "is for asker"),
        (lambda e: e.perform("r9", "answer", ANSWER, by=HELEN), CaseNotFound, "no case 'r9' in the store"),
        (lambda e: e.perform("r1", "anser", ANSWER, by=HELEN), UnknownStep, "has no step 'anser'"),
        (lambda e: e.perform("r1", "ask", ANSWER, by=ANNA), CaseMismatch, "'r1' has begun already"),
        (lambda e: e.perform("r1", Ask.ask(text="x"), by=ANNA), CaseMismatch, "'r1' has begun already"),
        (lambda e: e.perform("r1", Errand.reopen(), by=HELEN), CaseMismatch, "'r1' is of process 'request'"),
        (lambda e: e.perform("r1", "answer", by=HELEN), PayloadError, "text: missing"),
        (lambda e: e.perform("r1", "answer", ["x"], by=HELEN), PayloadError, "is one mapping"),
        (lambda e: e.perform("r1", "answer", {**ANSWER, "with_help_of": [5]}, by=HELEN), PayloadError, "with_help_of"),
        (lambda e: e.perform("r1", "answer", {**ANSWER, "with_help_of": 5}, by=HELEN), PayloadError, "with_help_of"),
        (
            lambda e: e.perform("r1", "answer", {**ANSWER, "with_help_of": ["no"]}, by=HELEN),
            StepRefused,
            "nobody is called no",
        ),
        (lambda e: e.perform("r1", Ask.confirm(), by=FAINA), StepRefused, "is possible in “Checking”"),
        (
            lambda e: e.perform("r1", Ask.amend(), by=ANNA, expected_version=7),
            VersionConflict,
            "is at version 1, not 7",
        ),
        (lambda e: sent(e, request="r9"), CaseNotFound, "no case 'r9'"),
        (lambda e: sent(e, request="e1"), CaseMismatch, "names a 'request' case, and 'e1' is of 'errand'"),
        (lambda e: e.case("r9"), CaseNotFound, "no case 'r9'"),
        (lambda e: e.history("r9"), CaseNotFound, "no case 'r9'"),
        (lambda e: e.available("r9", by=HELEN), CaseNotFound, "no case 'r9'"),
    ],
)
def test_every_wrong_command_has_its_own_error_and_leaves_nothing(
    engine: ProcessEngine, store: Store, command: Callable[[ProcessEngine], Any], error: type[SalesregError], said: str
):
    asked(engine, case_id="r1")
    sent(engine, case_id="e1")
    before = snapshot(store)
    with pytest.raises(error) as wrong:
        command(engine)
    assert said in str(wrong.value)
    assert "\n" not in str(wrong.value)
    assert snapshot(store) == before


@pytest.mark.parametrize("name", ["case_id", "command_key", "by", "process", "expected_version"])
def test_a_payload_never_sets_what_the_engine_is_asked_for(engine: ProcessEngine, store: Store, name: str):
    asked(engine, case_id="r1")
    before = snapshot(store)
    for command in (
        lambda: engine.start("request", "ask", {"text": "x", name: "ivan"}, by=ANNA),
        lambda: engine.perform("r1", "answer", {"text": "x", name: "ivan"}, by=HELEN),
    ):
        with pytest.raises(PayloadError, match=f"{name}: unknown"):
            command()
    assert snapshot(store) == before


# -- who acts ---------------------------------------------------------------------------------------------------------


def test_nobody_acts_on_roles_that_the_caller_claims_for_them(engine: ProcessEngine):
    asked(engine, case_id="r1")
    with pytest.raises(StepRefused, match="Anna is asker"):
        engine.perform("r1", Ask.answer(text="yes"), by=attrs.evolve(ANNA, roles=[HEAD]))


@pytest.mark.parametrize(
    "somebody",
    ["system", SYSTEM, SYSTEM_ACTOR, SYSTEM_ACTOR.employee, Actor(IVAN), Actor(ANNA, (HELEN,)), None, 5],
    ids=[
        "its id",
        "its role",
        "its actor",
        "its employee",
        "an actor",
        "one with a deputy's rights",
        "nobody",
        "a number",
    ],
)
def test_only_the_engine_acts_as_the_system_and_only_it_makes_actors(
    engine: ProcessEngine, store: Store, somebody: Any
):
    asked(engine, case_id="r1")
    before = snapshot(store)
    for command in (
        lambda: engine.perform("r1", Ask.expire(), by=somebody),
        lambda: engine.perform("r1", Ask.answer(text="yes"), by=somebody),
        lambda: engine.start(Ask.ask_twice(text="x"), by=somebody),
        lambda: engine.available("r1", by=somebody),
        lambda: engine.tasks(somebody),
    ):
        with pytest.raises(UnknownEmployee):
            command()
    assert snapshot(store) == before


@pytest.mark.parametrize(("employee_id", "roles"), [("system", [HEAD]), ("eve", [SYSTEM]), ("eve", ["system"])])
def test_nobody_is_called_system_or_holds_its_role(employee_id: str, roles: list[Any]):
    with pytest.raises(DomainError) as wrong:
        Employee(employee_id, "Eve", roles)
    assert wrong.value.code == "reserved_id"


def test_the_systems_own_steps_are_for_nobody_else(engine: ProcessEngine):
    asked(engine, case_id="r1")
    with pytest.raises(StepRefused, match="is for the system, and Ivan is chief"):
        engine.perform("r1", Ask.expire(), by=IVAN)


def test_people_in_a_payload_are_looked_up_and_recorded_by_id(engine: ProcessEngine):
    asked(engine, case_id="r1")
    engine.perform("r1", Ask.answer(text="yes", with_help_of=("faina", "boris")), by=HELEN)
    assert engine.history("r1")[-1].payload["with_help_of"] == ["faina", "boris"]
    assert sent(engine, doer="olga").data.doer == "olga"
    assert sent(engine, doer=None).data.doer is None


@pytest.mark.parametrize("stranger", ["nobody", "system", "anna ", ""])
def test_somebody_whom_the_directory_does_not_know_is_a_refusal(engine: ProcessEngine, stranger: str):
    with pytest.raises(StepRefused) as refused:
        sent(engine, doer=stranger)
    (why,) = refused.value.refusals
    assert (why.code, why.got) == ("nobody", stranger)


def test_a_refusal_says_what_may_be_done_instead_by_all_that_it_rests_on(engine: ProcessEngine):
    asked(engine, case_id="r1")
    with pytest.raises(StepRefused) as free:
        engine.perform("r1", Ask.confirm(), by=HELEN)
    assert "wrap_up" in free.value.allowed
    sent(engine, request="r1", case_id="e1")
    with pytest.raises(StepRefused) as busy:
        engine.perform("r1", Ask.confirm(), by=HELEN)
    assert "wrap_up" not in busy.value.allowed
    assert [one.code for one in busy.value.refusals] == ["wrong_stage"]


def test_a_refusal_survives_a_journey_to_another_process(engine: ProcessEngine):
    with pytest.raises(StepRefused) as refused:
        engine.start(Ask.ask(text="x"), by=HELEN)
    again = pickle.loads(pickle.dumps(refused.value))
    assert (again.step, again.refusals, again.allowed) == ("ask", refused.value.refusals, ())
    assert [one.code for one in again.refusals] == ["wrong_role"]


# -- delegation -------------------------------------------------------------------------------------------------------


@pytest.fixture
def covered(store: Store, clock: ManualClock) -> ProcessEngine:
    first, last = dt.date(2026, 3, 2), dt.date(2026, 3, 3)
    away = [Delegation("helen", "boris", first, last), Delegation("ivan", "boris", first, last, roles=[FINANCE])]
    return requests_engine(store, clock, directory=MemoryDirectory(PEOPLE, away))


def test_a_deputy_acts_while_the_delegation_lasts_in_the_companys_days(covered: ProcessEngine, clock: ManualClock):
    asked(covered, case_id="r1")
    clock.move_to(moscow("2026-03-03 23:59"))
    covered.perform("r1", Ask.answer(text="yes"), by="boris")
    event = covered.history("r1")[-1]
    assert (event.by, event.on_behalf_of, event.role) == ("boris", "helen", "head")
    clock.move_to(moscow("2026-03-04 00:00"))
    with pytest.raises(StepRefused, match="Boris is asker"):
        covered.perform("r1", Ask.answer(text="yes"), by="boris")


def test_a_delegation_of_roles_that_the_absent_does_not_hold_is_worth_nothing(covered: ProcessEngine):
    asked(covered, case_id="r1")
    answered(covered)
    covered.perform("r1", Ask.decide(), by="helen")
    with pytest.raises(StepRefused, match="is for finance officer"):
        covered.perform("r1", Ask.confirm(), by="boris")


# -- whoever does not know the rules yet ------------------------------------------------------------------------------


def nobody_heads_before_an_errand_is_done(look: Look, employee_id: str, roles: frozenset[str]) -> frozenset[str]:
    """A gate: no head acts before somebody has made an errand's round to the end."""
    return roles & {"head"} if not list(look.cases(Errand, stage="done")) else frozenset()


class Welcoming(Errand):
    """A page on which newcomers may act all the same."""

    open_to_newcomers = True


@pytest.fixture
def gated(store: Store, clock: ManualClock) -> ProcessEngine:
    day = dt.date(2026, 3, 2)
    rules = Rulebook(
        "gated",
        roles=ROLES,
        processes=[Ask, Welcoming],
        gate=nobody_heads_before_an_errand_is_done,
        locale=RULES.locale,
    ).extended("more")
    people = MemoryDirectory(PEOPLE, [Delegation("helen", "boris", day, day)])
    return requests_engine(store, clock, rulebook=rules, directory=people)


@pytest.mark.parametrize("who", ["helen", "boris"])
def test_nobody_acts_in_a_role_whose_rules_they_do_not_know_yet_nor_in_anothers(gated: ProcessEngine, who: str):
    asked(gated, case_id="r1")
    with pytest.raises(StepRefused) as refused:
        gated.perform("r1", Ask.answer(text="yes"), by=who)
    (why,) = refused.value.refusals
    assert (why.code, why.need) == ("not_acknowledged", "head")
    assert "answer" not in refused.value.allowed
    reasons = {one.step.id: [why.code for why in one.refusals] for one in gated.available("r1", by=who)}
    assert reasons["pause"] == ["not_acknowledged"]
    assert "не ознакомлен" in refused.value.reasons("ru")[0]


def test_a_page_may_be_open_to_newcomers_and_the_gate_opens_by_what_is_in_the_store(gated: ProcessEngine):
    asked(gated, case_id="r1")
    sent(gated, case_id="e1")
    gated.perform("e1", "finish", by="helen")
    assert answered(gated).data.answers == ("yes",)


def test_what_a_gate_looks_at_is_seen_at_once_whoever_wrote_it(store: Store, clock: ManualClock):
    seen: list[Case[Any]] = []

    def nobody_heads_while_request_7_is_unanswered(look: Look, _: str, roles: frozenset[str]) -> frozenset[str]:
        found = list(look.cases(Ask, key="request.number:7"))
        seen.extend(found)
        return roles & {"head"} if any(not one.data.answers for one in found) else frozenset()

    rules = attrs.evolve(
        RULES, gate=nobody_heads_while_request_7_is_unanswered, gate_keys=["request.number:7", "request.number:8"]
    )
    engine, other = requests_engine(store, clock, rulebook=rules), requests_engine(store, clock)
    asked(engine, case_id="r1")
    answered(engine)
    asked(other, case_id="r2", number="7")
    for _ in range(2):
        with pytest.raises(StepRefused, match="has not acknowledged"):
            engine.perform("r1", Ask.answer(text="again"), by="helen")
    assert seen[-1] is seen[-2], "read once, as long as it is as it was"
    other.perform("r2", Ask.answer(text="yes"), by="helen")
    assert answered(engine).version == 3
    other.perform("r2", Ask.renumber(number="8"), by="anna")
    asked(other, case_id="r3", number="7")
    with pytest.raises(StepRefused, match="has not acknowledged"):
        answered(engine)


def test_reactions_and_timers_pass_the_gate(gated: ProcessEngine, clock: ManualClock):
    asked(gated, case_id="r1", expires_at=clock.now() + MINUTE)
    clock.advance(MINUTE)
    assert gated.tick().fired == [("r1", "expiry")]


# -- long and many ----------------------------------------------------------------------------------------------------


def test_long_histories_and_many_children_are_read_page_by_page(
    store: Store, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("salesreg.engine.log.PAGE", 2)
    leafed = requests_engine(Leafed(store), clock)
    asked(leafed, case_id="r1")
    for number in range(5):
        answered(leafed, f"{number}")
        sent(leafed, request="r1", case_id=f"e{number}")
    assert [event.version for event in leafed.history("r1")] == list(range(1, 12))
    assert leafed.verify() == ()
    with pytest.raises(StepRefused, match="e0, e1, e2, e3, e4 is still open"):
        leafed.perform("r1", Ask.wrap_up(), by=HELEN)
    for number in range(5):
        leafed.perform(f"e{number}", Errand.finish(), by=OLGA)
    assert leafed.perform("r1", Ask.wrap_up(), by=HELEN).version == 17


def test_the_engine_shows_what_it_runs(engine: ProcessEngine, store: Store):
    assert repr(engine).startswith(
        f"ProcessEngine({type(store).__name__}, Rulebook('requests', 2 processes, 5 roles), Regulation('test', "
    )


def test_a_closed_engine_does_nothing(store: Store, clock: ManualClock):
    with requests_engine(store, clock) as engine:
        asked(engine, case_id="r1")
    engine.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        engine.case("r1")


# -- somebody else was first ------------------------------------------------------------------------------------------


def test_a_command_that_lost_a_race_looks_again_and_succeeds(store: Store, clock: ManualClock, engine: ProcessEngine):
    asked(engine, case_id="r1")
    meddled = Meddled(store, lambda: answered(engine, "mine"), times=3)
    case = answered(requests_engine(meddled, clock), "yours")
    assert case.data.answers == ("mine", "mine", "mine", "yours")
    assert meddled.commits == 4
    assert engine.verify() == ()


def test_a_command_that_lost_a_race_is_refused_if_the_case_has_moved_on(
    store: Store, clock: ManualClock, engine: ProcessEngine
):
    asked(engine, case_id="r1")
    racing = requests_engine(Meddled(store, lambda: engine.perform("r1", Ask.deny(), by=IVAN)), clock)
    with pytest.raises(StepRefused, match="the case stands in “Denied”"):
        answered(racing, "late")


def test_losing_again_and_again_ends_in_a_conflict(store: Store, clock: ManualClock, engine: ProcessEngine):
    asked(engine, case_id="r1")
    meddled = Meddled(store, lambda: engine.perform("r1", Ask.amend(), by=ANNA), times=100)
    with pytest.raises(VersionConflict, match="somebody else wrote it first"):
        answered(requests_engine(meddled, clock), "never")
    assert meddled.commits == 6
    assert engine.case("r1").data.answers == ()


def test_an_expected_version_is_not_retried(store: Store, clock: ManualClock, engine: ProcessEngine):
    asked(engine, case_id="r1")
    meddled = Meddled(store, lambda: engine.perform("r1", Ask.amend(), by=ANNA))
    with pytest.raises(VersionConflict) as moved:
        answered(requests_engine(meddled, clock), expected_version=1)
    assert (moved.value.case_id, meddled.commits) == ("r1", 1)
    assert answered(engine, expected_version=2).version == 3


def test_a_case_with_a_chosen_id_waits_for_a_busy_parent(store: Store, clock: ManualClock, engine: ProcessEngine):
    asked(engine, case_id="r1")
    meddled = Meddled(store, lambda: engine.perform("r1", Ask.amend(), by=ANNA), times=2)
    errand = sent(requests_engine(meddled, clock), request="r1", case_id="e1")
    assert (errand.id, meddled.commits) == ("e1", 3)
    see = Meddled(store, lambda: engine.perform("r1", Ask.amend(), by=ANNA))
    assert requests_engine(see, clock).perform("e1", Errand.finish(), by=OLGA, expected_version=1).stage == "done"


def test_a_guard_over_children_misses_none_that_begins_meanwhile(
    store: Store, clock: ManualClock, engine: ProcessEngine
):
    asked(engine, case_id="r1")
    send = Meddled(store, lambda: sent(engine, request="r1", case_id="e1"))
    with pytest.raises(StepRefused, match="e1 is still open"):
        requests_engine(send, clock).perform("r1", Ask.wrap_up(), by=HELEN)
    engine.perform("e1", Errand.finish(), by=OLGA)
    again = Meddled(store, lambda: engine.perform("e1", Errand.reopen(), by=HELEN))
    with pytest.raises(StepRefused, match="e1 is still open"):
        requests_engine(again, clock).perform("r1", Ask.wrap_up(), by=HELEN)


def test_children_bump_their_parent_when_they_begin_and_end(engine: ProcessEngine, clock: ManualClock):
    asked(engine, case_id="r1")
    clock.advance(MINUTE)
    errand = sent(engine, request="r1")
    assert (engine.case("r1").version, engine.case("r1").last_at) == (2, clock.now())
    engine.perform(errand, Errand.see(), by=OLGA)
    assert engine.case("r1").version == 2
    engine.perform(errand, Errand.finish(), by=OLGA)
    assert [(event.step, event.cause) for event in engine.history("r1")] == [
        ("ask", None), ("child_started", f"{errand.id}:1"), ("child_ended", f"{errand.id}:3"),
    ]  # fmt: skip
    assert engine.verify() == ()


def test_a_child_that_moves_to_another_parent_tells_both(engine: ProcessEngine):
    asked(engine, case_id="r1")
    asked(engine, case_id="r2")
    errand = sent(engine, request="r1")
    engine.perform(errand, Errand.belong_to(request="r2"), by=HELEN)
    assert [event.step for event in engine.history("r1")] == ["ask", "child_started", "child_ended"]
    assert [event.step for event in engine.history("r2")] == ["ask", "child_started"]
    assert [case.id for case in engine.cases(parent="r2")] == [errand.id]
    engine.perform(errand, Errand.belong_to(request=None), by=HELEN)
    assert engine.cases(parent="r2") == ()
    assert engine.verify() == ()


# -- command keys -----------------------------------------------------------------------------------------------------


def test_a_repeated_command_returns_the_first_result_and_does_nothing(
    engine: ProcessEngine, store: Store, clock: ManualClock
):
    first = asked(engine, command_key="k1", case_id="r1")
    done = answered(engine, command_key="k2")
    engine.perform("r1", Ask.pause(), by=HELEN)
    before = snapshot(store)
    clock.advance(MINUTE)
    assert asked(engine, command_key="k1", case_id="r1") == first
    assert engine.perform("r1", "answer", {"text": "yes"}, by="helen", command_key="k2") == done
    assert answered(engine, command_key="k2", expected_version=1) == done
    assert snapshot(store) == before


def test_a_repeat_is_recognised_whatever_shape_its_payload_has(engine: ProcessEngine):
    first = asked(engine, case_id="r1", command_key="k1", expires_at=moscow("2026-04-01 10:00"))
    assert asked(engine, case_id="r1", command_key="k1", expires_at="2026-04-01T07:00:00Z", number=None) == first


@pytest.mark.parametrize(
    "other",
    [
        lambda e: answered(e, "no", command_key="k"),
        lambda e: e.perform("r2", Ask.answer(text="yes"), by=HELEN, command_key="k"),
        lambda e: e.perform("r1", Ask.pause(), by=HELEN, command_key="k"),
        lambda e: e.perform("r1", Ask.answer(text="yes"), by=IVAN, command_key="k"),
        lambda e: asked(e, command_key="k"),
    ],
)
def test_a_key_cannot_stand_for_another_command(
    engine: ProcessEngine, store: Store, other: Callable[[ProcessEngine], Any]
):
    asked(engine, case_id="r1")
    asked(engine, case_id="r2")
    answered(engine, command_key="k")
    before = snapshot(store)
    with pytest.raises(CommandKeyReused, match=r"'k' stood for another command before \(case 'r1', version 2\)"):
        other(engine)
    assert snapshot(store) == before


def test_of_two_equal_commands_at_once_one_is_carried_out(store: Store, clock: ManualClock, engine: ProcessEngine):
    asked(engine, case_id="r1")
    results: list[Any] = []
    racing = requests_engine(Meddled(store, lambda: results.append(answered(engine, command_key="k"))), clock)
    assert answered(racing, command_key="k") == results[0]
    assert engine.case("r1").data.answers == ("yes",)


def test_of_two_starts_under_one_key_one_is_carried_out(store: Store, clock: ManualClock, engine: ProcessEngine):
    results: list[Any] = []
    racing = requests_engine(Meddled(store, lambda: results.append(asked(engine, command_key="k"))), clock)
    assert asked(racing, command_key="k") == results[0]
    assert engine.count() == 1
    also = requests_engine(Meddled(store, lambda: asked(engine, command_key="q")), clock)
    with pytest.raises(CommandKeyReused):
        asked(also, command_key="q", text="something else")


def test_a_refused_command_does_not_use_its_key_up(engine: ProcessEngine):
    asked(engine, case_id="r1")
    with pytest.raises(StepRefused):
        engine.perform("r1", Ask.decide(), by=HELEN, command_key="k")
    answered(engine)
    assert engine.perform("r1", Ask.decide(), by=HELEN, command_key="k").stage == "checking"


def test_a_repeat_returns_the_first_result_also_after_its_author_has_left(store: Store, clock: ManualClock):
    first = asked(requests_engine(store, clock), case_id="r1", command_key="k")
    gone = attrs.evolve(ANNA, left_on=dt.date(2026, 3, 2))
    assert (
        asked(requests_engine(store, clock, directory=MemoryDirectory([gone])), case_id="r1", command_key="k") == first
    )


# -- unique keys ------------------------------------------------------------------------------------------------------


def test_a_key_that_another_case_holds_is_a_refusal(engine: ProcessEngine, store: Store):
    asked(engine, case_id="r1", number="7")
    before = snapshot(store)
    with pytest.raises(StepRefused) as taken:
        asked(engine, case_id="r2", number="7")
    (why,) = taken.value.refusals
    assert (why.code, why.got, why.facts) == ("key_taken", "request.number:7", {"holder": "r1"})
    assert str(taken.value) == "ask refused: request.number:7 belongs to case r1 already"
    assert snapshot(store) == before


# -- time -------------------------------------------------------------------------------------------------------------


def test_a_clock_that_goes_backwards_is_refused_until_it_catches_up(engine: ProcessEngine, clock: ManualClock):
    asked(engine, case_id="r1")
    clock.advance(-MINUTE)
    with pytest.raises(OutOfOrder, match="is earlier than the last event of case 'r1'"):
        answered(engine)
    errand = sent(engine, request="r1")
    assert errand.last_at == clock.now()
    assert engine.case("r1").last_at == clock.now() + MINUTE
    clock.advance(MINUTE)
    assert answered(engine).version == 3
    assert engine.verify() == ()


def test_a_clock_without_a_zone_is_refused(store: Store):
    class Naive:
        def now(self) -> dt.datetime:
            return moscow("2026-03-02 10:00").replace(tzinfo=None)

    with pytest.raises(NaiveDatetimeError):
        asked(requests_engine(store, Naive()))


# -- in another language ----------------------------------------------------------------------------------------------


def test_a_refusal_reads_in_every_language_of_the_rulebook(engine: ProcessEngine):
    asked(engine, case_id="r1")
    with pytest.raises(StepRefused) as refused:
        engine.perform("r1", Ask.decide(), by=ANNA)
    assert refused.value.reasons() == (
        "“Decide” is for head, and Anna is asker (R10)",
        "“Decide” is not for the author (anna): duties are separated (R10)",
        "nobody has answered (R44)",
    )
    assert refused.value.reasons("ru") == (
        "«Решить» выполняет начальник, а Anna — проситель (R10)",
        "шаг «Решить» не для этих лиц: автор (anna); обязанности разделены (R10)",
        "никто не ответил (R44)",
    )
    assert str(refused.value).startswith("decide refused: “Decide” is for head")


# -- the same without an engine ---------------------------------------------------------------------------------------


def test_what_the_engine_stores_is_what_decide_says(engine: ProcessEngine, clock: ManualClock):
    case: Case[Any] = asked(engine, case_id="r1")
    same = decide(Ask.ask(text="May I?"), by=ANNA, at=clock.now(), regulation=REGULATION, case_id="r1")
    assert attrs.asdict(case.data) == attrs.asdict(same.case.data)
    assert (case.obligations, case.rulebook) == (same.case.obligations, RULES.id)
    clock.advance(MINUTE)
    following = decide(Ask.answer(text="yes"), case, by=HELEN, at=clock.now(), regulation=REGULATION)
    assert answered(engine) == following.case


@pytest.mark.parametrize("name", ["", " ", "a\nb", " r1", "x" * 201, 7], ids=repr)
def test_a_case_and_a_command_are_named_by_a_line_of_text(engine: ProcessEngine, name: Any):
    with pytest.raises(PayloadError, match="a case's id is 1 to 200 printable characters"):
        engine.start(Ask.ask(text="May I?"), by=ANNA, case_id=name)
    with pytest.raises(PayloadError, match="a command key is 1 to 200 printable characters"):
        engine.start(Ask.ask(text="May I?"), by=ANNA, command_key=name)
    assert engine.cases() == ()
