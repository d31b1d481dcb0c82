"""Moving one case to another page or regulation: what becomes of its stage, its data and what is owed."""

from __future__ import annotations

from typing import Any

import attrs
import msgspec
import pytest
from ask import (
    ANNA,
    ANSWER,
    ASKER,
    DECIDES,
    FINANCE,
    HEAD,
    HELEN,
    REGULATION,
    Ask,
    Request,
    case_after,
    moscow,
    taken,
)
from msgspec.structs import replace

from salesreg.calendars import Term
from salesreg.decide import replay
from salesreg.decide.migrate import migrate
from salesreg.errors import CaseMismatch, DomainError, MigrationRefused, UnknownStage
from salesreg.process import Assigned, Attempt, Event, Process, Sla, Stage, Step, Text, start, stay, step
from salesreg.rules import Norm, Parameter, Regulation

ASKED = ("ask", ANNA, "2026-03-02 10:00", {"text": "May I?", "number": "7"})
NOW = moscow("2026-03-02 12:30")
WAITS = Norm("question.waits", "Nobody waits for long.", "R9", term=Term.parse("3 business days"))


@attrs.frozen
class Question:
    """What a request became: it must be urgent or not, has no nudge, and its author is a person of its own."""

    author: str
    text: str
    urgent: bool
    answers: tuple[str, ...] = ()
    held: bool = False
    number: str | None = attrs.field(default=None)

    @number.validator
    def _check(self, _: object, value: str | None) -> None:
        if value is not None and not value.isdecimal():
            raise DomainError("odd_number", "{got} is no number", got=value)


author = Assigned[Question](lambda question: question.author, "the author")


class AskAnew(Process[Question]):
    """The second edition of a request."""

    id, version = "request", 2
    lines = Parameter("question.lines", int, default=3)
    new = Stage("New", author, DECIDES)
    waiting = Stage("Waiting", HEAD, WAITS)
    parked = Stage("Parked", FINANCE, no_term="until somebody asks")
    over = Stage("Over", ended=True)

    @step(start(new), "Ask", by=ASKER)
    def ask(self, attempt: Attempt, *, text: Text, urgent: bool) -> Question:
        return Question(attempt.by.id, text[: self.lines], urgent)

    wait = Step(new.to(waiting), "Wait", by=HEAD)
    park = Step((new | waiting).to(parked), "Park", by=HEAD)
    end = Step((parked | waiting).to(over), "End", by=HEAD)
    look = Step(stay(waiting), "Look", by=HEAD)
    looked = Sla(ANSWER, start=ask, stop=look, owner=author)

    @classmethod
    def on_hold(cls, data: Question) -> bool:
        return data.held


def stored(case: Any) -> Any:
    """The case as it lies in a store: its data as JSON."""
    return replace(case, data=msgspec.json.decode(Ask.encode(case.data)), rulebook="requests")


def moved(*commands: Any, page: Any = AskAnew, regulation: Regulation = REGULATION, **how: Any) -> tuple[Any, Event]:
    given = {"stages": {"asked": "new"}, "data": {"urgent": True}, "rulebook": "acme", **how}
    return migrate(stored(case_after(ASKED, *commands)), page, at=NOW, regulation=regulation, **given)


def refused(*commands: Any, **how: Any) -> list[str]:
    with pytest.raises(MigrationRefused) as no:
        moved(*commands, **how)
    ((case, problems),) = no.value.cases
    assert case == "r1"
    assert str(no.value) == f"case 'r1' cannot be moved: {'; '.join(problems)}"
    return list(problems)


# -- what is moved ----------------------------------------------------------------------------------------------------


def test_a_case_stands_in_the_stage_that_is_said_with_the_data_that_are_given():
    case, event = moved()
    assert (case.id, case.process, case.process_version, case.rulebook) == ("r1", "request", 2, "acme")
    assert (case.stage, case.version, case.last_at) == ("new", 2, NOW)
    assert case.data == Question("anna", "May I?", True, number="7")
    assert case.regulation == REGULATION.content_hash
    assert (event.id, event.step, event.source, event.target) == ("r1:2", "migrated", "asked", "new")
    assert (event.by, event.role, event.at) == ("system", "system", NOW)
    assert event.payload == {"process_version": 1, "rulebook": "requests", "regulation": REGULATION.content_hash}
    assert event.changes == attrs.asdict(case.data, recurse=False), "the event holds the whole data"


def test_a_stage_of_the_same_name_needs_no_word():
    case, _ = moved(page=Ask, stages={}, data={})
    assert (case.stage, case.process_version, case.data) == ("asked", 1, Request("anna", "May I?", number="7"))


def test_a_value_that_is_given_takes_the_place_of_the_stored_one():
    case, _ = moved(data={"urgent": False, "text": "Could I?", "number": None})
    assert case.data == Question("anna", "Could I?", False)


# -- what cannot be mapped --------------------------------------------------------------------------------------------


def test_everything_that_is_in_the_way_is_named():
    strict = type("Strict", (AskAnew,), {"version": 3, "least": Parameter("question.least", int)})
    *others, unset = refused(page=strict, stages={}, data={"mood": "good"})
    assert others == [
        "the stage 'asked' is gone: say where it leads with stages={'asked': ...}",
        "Question has no attribute 'mood'",
        "urgent has no value: give one with data={'urgent': ...}",
    ]
    assert unset.startswith("the regulation leaves open 1 value that this needs: question.least (no clause; give")


def test_a_stage_that_is_nowhere_is_gone_too():
    assert "the stage 'limbo' is gone" in refused(stages={"asked": "limbo"})[0]


def test_what_would_be_lost_is_let_go_on_purpose():
    nudged = stored(case_after(ASKED))
    nudged = replace(nudged, data={**nudged.data, "nudge_at": "2026-03-04T07:00:00Z"})
    how: dict[str, Any] = {"at": NOW, "regulation": REGULATION, "rulebook": "acme", "stages": {"asked": "new"}}
    with pytest.raises(MigrationRefused) as no:
        migrate(nudged, AskAnew, data={"urgent": True}, **how)
    ((_, (problem,)),) = no.value.cases
    assert problem == "nudge_at has no place in Question any more: let it go with data={'nudge_at': None}"
    case, _ = migrate(nudged, AskAnew, data={"urgent": True, "nudge_at": None}, **how)
    assert case.data.urgent


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ({"urgent": "perhaps"}, "a stored event's 'urgent' cannot be read"),
        ({"urgent": True, "number": "seven"}, "seven is no number"),
    ],
)
def test_data_that_the_new_entity_cannot_take_are_named(data: dict[str, Any], why: str):
    (found,) = refused(data=data)
    assert why in found


# -- what is owed -----------------------------------------------------------------------------------------------------


def owed(case: Any) -> dict[str, tuple[Any, ...]]:
    return {one.norm: (one.id, one.role, one.person, one.due) for one in case.obligations}


def test_what_the_new_page_enforces_too_keeps_its_due_instant_and_passes_to_whom_it_names():
    case, event = moved()
    assert owed(case)["request.decide"] == ("r1:request.decide:1", None, "anna", moscow("2026-03-04 18:00"))
    assert [one.norm for one in event.opened] == ["request.decide"]
    assert event.closed == ()


def test_what_is_overdue_stays_with_whoever_let_it_become_so():
    case, _ = moved()
    assert owed(case)["request.answer"] == ("r1:request.answer:1", "head", None, moscow("2026-03-02 10:30"))


def test_a_stage_with_a_term_of_its_own_starts_it_and_what_was_owed_in_another_is_given_up():
    case, event = moved(stages={"asked": "waiting"})
    assert {norm: due for norm, (_, _, _, due) in owed(case).items()} == {
        "question.waits": moscow("2026-03-05 18:00"),
        "request.answer": moscow("2026-03-02 10:30"),
    }
    assert [(one.norm, str(one.status)) for one in event.closed] == [("request.decide", "cancelled")]
    assert owed(case)["question.waits"][:3] == ("r1:question.waits:2", "head", None)


def test_what_was_breached_stays_breached():
    late = stored(case_after(ASKED))
    how: dict[str, Any] = {"data": {"urgent": True}, "regulation": REGULATION, "rulebook": "acme"}
    _, event = migrate(late, AskAnew, at=moscow("2026-03-05 10:00"), stages={"asked": "parked"}, **how)
    assert [(one.norm, str(one.status)) for one in event.closed] == [("request.decide", "breached")]


def test_nothing_is_owed_in_an_end():
    case, event = moved(stages={"asked": "over"})
    assert (case.obligations, {one.norm for one in event.closed}) == ((), {"request.decide", "request.answer"})


def test_a_rule_that_is_no_more_is_given_up():
    bare = type("Bare", (AskAnew,), {"version": 3}, without=[AskAnew.looked])
    case, event = moved(page=bare)
    assert [*owed(case)] == ["request.decide"]
    assert [(one.norm, str(one.status)) for one in event.closed] == [("request.answer", "breached")]


def test_a_clock_that_stands_still_goes_on_standing_still():
    case, _ = moved(("pause", HELEN, "2026-03-02 11:00"), stages={"asked": "new"})
    (held,) = [one for one in case.obligations if one.norm == "request.decide"]
    assert (str(held.status), held.due, held.pauses) == ("paused", None, ((moscow("2026-03-02 11:00"), None),))


def test_a_clock_that_starts_on_a_hold_stands_still_if_it_may():
    may_rest = attrs.evolve(WAITS, pausable=True)
    calm = type("Calm", (AskAnew,), {"version": 3, "waiting": Stage("Waiting", HEAD, may_rest)})
    hold = ("pause", HELEN, "2026-03-02 11:00")
    case, _ = moved(hold, page=calm, stages={"asked": "waiting"})
    (held,) = [one for one in case.obligations if one.norm == "question.waits"]
    assert (str(held.status), held.due) == ("paused", None)
    running, _ = moved(hold, stages={"asked": "waiting"})
    assert owed(running)["question.waits"][3] == moscow("2026-03-05 18:00")


def test_another_regulation_gives_its_terms_to_what_starts_from_then_on():
    longer = attrs.evolve(REGULATION, norms=[attrs.evolve(WAITS, term=Term.parse("5 business days"))])
    case, _ = moved(stages={"asked": "waiting"}, regulation=longer)
    assert case.regulation == longer.content_hash
    assert owed(case)["question.waits"][3] == moscow("2026-03-10 18:00"), "the ninth of March is a day off"


# -- replay over a move -----------------------------------------------------------------------------------------------


def history() -> tuple[Any, list[Event]]:
    first = taken(None, "ask", ANNA, "2026-03-02 10:00", text="May I?", number="7")
    second = taken(first.case, "answer", HELEN, "2026-03-02 11:00", text="yes")
    case, event = migrate(
        stored(second.case), AskAnew, at=NOW, regulation=REGULATION, rulebook="acme", stages={"asked": "waiting"},
        data={"urgent": False},
    )  # fmt: skip
    return case, [first.event, second.event, event]


def test_replay_goes_over_a_move():
    case, events = history()
    pages = {1: Ask, 2: AskAnew}
    assert replay(lambda event: pages[event.process_version], events) == case
    assert replay(lambda event: pages[event.process_version], events[:2]).data.answers == ("yes",)


def test_what_stood_before_a_move_needs_the_old_page_no_more():
    case, events = history()

    def only_new(event: Event) -> Any:
        if event.process_version != 2:
            raise UnknownStage("that page is gone")
        return AskAnew

    assert replay(only_new, events) == case
    assert replay(AskAnew, events) == case
    with pytest.raises(UnknownStage):
        replay(only_new, events[:2])
    with pytest.raises(CaseMismatch, match="expected version 2, got 3"):
        replay(only_new, [events[0], events[2]])
