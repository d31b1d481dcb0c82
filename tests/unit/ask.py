"""Two small processes that use every word of the declaration layer; the tests of the kernel share them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import attrs
from attrs import evolve

from salesreg.adapters.memory import MemoryDirectory
from salesreg.calendars import Term, WorkSchedule
from salesreg.decide import decide
from salesreg.engine import ProcessEngine
from salesreg.process import (
    STAGE_OWNER,
    Assigned,
    Attempt,
    CaseId,
    Contact,
    Each,
    Known,
    NoneLeft,
    Person,
    Process,
    Recurring,
    Ref,
    Refusal,
    Rulebook,
    Sla,
    Stage,
    Step,
    Text,
    Timer,
    anywhere,
    start,
    stay,
    step,
)
from salesreg.rules import SYSTEM, Employee, Instant, Norm, Parameter, Regulation, Role, open_norm

CHIEF = Role("chief", "chief")
HEAD = Role("head", "head", CHIEF)
ASKER = Role("asker", "asker", HEAD)
DOER = Role("doer", "doer", HEAD)
FINANCE = Role("finance", "finance officer", CHIEF)
ROLES = (CHIEF, HEAD, ASKER, DOER, FINANCE)

DECIDES = open_norm("request.decide", "The head decides a request.", "R10", HEAD, pausable=True)
ANSWER = Norm(
    "request.answer", "Every request is answered in half an hour.", "R43", term=Term.parse("30 working minutes")
)
REOPENER = Parameter("request.reopener", Role, "Who reopens.", clause="R95", default=CHIEF)


@attrs.frozen
class Request:
    author: str
    text: str
    answers: tuple[str, ...] = ()
    held: bool = False
    expires_at: Instant | None = None
    nudge_at: Instant | None = None
    number: str | None = None


def has_answers(request: Request, attempt: Attempt) -> Iterator[Refusal]:
    if not request.answers:
        yield Refusal("no_answer", "nobody has answered", clause="R44")


def not_at_night(request: Request, attempt: Attempt) -> Iterator[Refusal]:
    if attempt.at.hour >= 20:
        yield Refusal("night", "not at {got} o'clock, but before {need}", need=20, got=attempt.at.hour)


no_open_errand = NoneLeft("errand", ("done",), "errand_open", "{got} is still open")
author = Assigned[Request](lambda request: request.author, "the author")


class Ask(Process[Request]):
    """A request that is answered and decided."""

    id, version, title = "request", 1, "Request"
    reopener = REOPENER
    searchable = {"author": lambda request: request.author, "number": lambda request: request.number}

    asked = Stage("Asked", HEAD, DECIDES)
    checking = Stage("Checking", FINANCE, no_term="takes what it takes")
    granted = Stage("Granted", ended=True)
    denied = Stage("Denied", final=True)

    @step(start(asked), "Ask", by=ASKER, notify=[STAGE_OWNER], clause="R9")
    def ask(
        self,
        attempt: Attempt,
        *,
        text: str,
        number: str | None = None,
        expires_at: Instant | None = None,
        nudge_at: Instant | None = None,
    ) -> Request:
        return Request(attempt.by.id, text, expires_at=expires_at, nudge_at=nudge_at, number=number)

    @step(start(asked), "Ask again", by=[ASKER, SYSTEM])
    def ask_twice(self, attempt: Attempt, *, text: str, number: str | None = None) -> Request:
        return Request(attempt.by.id, text, number=number)

    @step(stay(asked, checking), "Answer", by=HEAD, notify=[author], clause="R44")
    def answer(self, request: Request, *, text: Text, with_help_of: tuple[Person, ...] = ()) -> Request:
        return evolve(request, answers=(*request.answers, text))

    @step(stay(asked), "Renumber", by=[ASKER, SYSTEM])
    def renumber(self, request: Request, *, number: str | None) -> Request:
        return evolve(request, number=number)

    amend = Step(stay(asked), "Amend", by=ASKER, only=author)
    repeat = Step(asked.to(asked), "Repeat", by=author)
    decide = Step(
        asked.to(granted, when=lambda request: len(request.answers) > 1) | asked.to(checking),
        "Decide",
        by=STAGE_OWNER,
        never=author,
        requires=[has_answers, not_at_night],
        notify=[CHIEF],
        clause="R10",
    )
    send_back = Step(checking.to(asked), "Send back", by=STAGE_OWNER)
    confirm = Step(checking.to(granted), "Confirm", by=STAGE_OWNER)
    deny = Step(anywhere(denied), "Deny", by=[HEAD, CHIEF])

    @step(anywhere(), "Hold", by=HEAD)
    def pause(self, request: Request) -> Request:
        return evolve(request, held=True)

    @step(anywhere(), "Resume", by=HEAD)
    def resume(self, request: Request) -> Request:
        return evolve(request, held=False)

    expire = Step(anywhere(denied), "Expire", by=SYSTEM)
    reopen = Step(granted.to(asked), "Reopen", by=reopener)
    nudge = Step(stay(asked, checking), "Nudge", by=SYSTEM)
    wrap_up = Step(stay(asked, checking), "Wrap up", by=HEAD, requires=[no_open_errand])

    first_answer = Sla(ANSWER, start=[ask, ask_twice, reopen], stop=answer, owner=HEAD, pause_in=[checking])
    nudging = Timer(nudge, at=lambda request: request.nudge_at, during=[asked])
    expiry = Timer(expire, at=lambda request: request.expires_at)

    @classmethod
    def keys(cls, data: Request) -> tuple[str, ...]:
        return () if data.number is None else (f"request.number:{data.number}",)

    @classmethod
    def on_hold(cls, data: Request) -> bool:
        return data.held


# -- a child of requests, with deadlines of its own -------------------------------------------------------------------

FINISH = Norm("errand.finish", "An errand is done in a day.", "R50", term=Term.parse("1 business day"))
REPORT = Norm("errand.report", "What is seen is told in two hours.", "R51", term=Term.parse("2 working hours"))
VISIT = Norm("errand.visit", "A visit takes place when agreed.", "R52")
READ = Norm("errand.read", "Everybody reads it in a day.", "R53", term=Term.parse("1 business day"))
ROUND = Norm("errand.round", "Every asker makes a round each day.", "R54", term=Term.parse("each working day"))

RequestId = Annotated[CaseId, Ref(Request, process="request")]


@attrs.frozen
class Task:
    doer: str | None = None
    title: str = "a round"
    request: RequestId | None = None
    client: str | None = None
    visit_at: Instant | None = None
    readers: tuple[str, ...] = ()
    asking: tuple[str, ...] = ()


doer = Assigned[Task](lambda task: task.doer or DOER, "the doer")
readers = Each[Task](lambda task: task.readers, waiting=lambda task: task.asking)


class Errand(Process[Task]):
    """Something to be done for a request, or on a daily round."""

    id = "errand"
    searchable = {"client": lambda task: task.client, "reader": lambda task: task.readers}

    todo = Stage("To do", doer, FINISH)
    done = Stage("Done", ended=True)

    @step(start(todo), "Send", by=HEAD, notify=Contact[Task](lambda task: task.client))
    def send(
        self,
        *,
        title: str,
        doer: Person | None = None,
        request: RequestId | None = None,
        client: str | None = None,
        visit_at: Instant | None = None,
    ) -> Task:
        return Task(doer, title, request, client, visit_at)

    @step(start(todo), "Send for", by=SYSTEM)
    def send_for(self, *, request: RequestId) -> Task:
        return Task(request=request)

    @step(start(todo), "Go round", by=SYSTEM)
    def go_round(self, *, doer: Known, title: str) -> Task:
        return Task(doer, title)

    @step(stay(todo), "Pass on", by=[STAGE_OWNER, HEAD], notify=[doer])
    def pass_on(self, task: Task, *, doer: Person) -> Task:
        return evolve(task, doer=doer)

    @step(stay(todo), "See", by=STAGE_OWNER)
    def see(self, task: Task, *, seen_at: Instant | None = None) -> Task:
        return task

    @step(stay(todo), "Tell", by=STAGE_OWNER)
    def tell(self, task: Task, *, told_at: Instant | None = None) -> Task:
        return task

    @step(stay(todo), "Belong to", by=HEAD)
    def belong_to(self, task: Task, *, request: RequestId | None) -> Task:
        return evolve(task, request=request)

    forget = Step(stay(todo), "Forget", by=HEAD)

    @step(stay(todo), "Agree on a visit", by=HEAD)
    def agree_visit(self, task: Task, *, visit_at: Instant) -> Task:
        return evolve(task, visit_at=visit_at)

    @step(stay(todo), "Put off", by=HEAD)
    def put_off(self, task: Task, *, visit_at: Instant | None) -> Task:
        return evolve(task, visit_at=visit_at)

    @step(stay(todo), "Ask to read", by=HEAD)
    def ask_to_read(self, task: Task, *, readers: tuple[Person, ...]) -> Task:
        return evolve(task, readers=readers)

    @step(stay(todo), "Read", by=[ASKER, FINANCE])
    def confirm_read(self, task: Task, attempt: Attempt, *, asking: bool = False) -> Task:
        if asking:
            return evolve(task, asking=(*task.asking, attempt.by.id))
        return evolve(task, readers=tuple(one for one in task.readers if one != attempt.by.id))

    finish = Step(todo.to(done), "Finish", by=[STAGE_OWNER, HEAD])
    reopen = Step(done.to(todo), "Reopen", by=HEAD)

    report = Sla(
        REPORT,
        start=see,
        stop=tell,
        void=forget,
        owner=doer,
        occurred=["seen_at", "told_at"],
        lag=Term.parse("4 working hours"),
    )
    visit = Sla(VISIT, start=[send, agree_visit], stop=tell, owner=HEAD, due=lambda task: task.visit_at)
    reading = Sla(READ, start=ask_to_read, stop=confirm_read, owner=readers)
    rounds = Recurring(
        ROUND, step=go_round, per=ASKER, payload=lambda who, day, opens: {"doer": who, "title": f"{day}"}
    )


RULES = Rulebook("requests", roles=ROLES, processes=[Ask, Errand], locale=[Path(__file__).parent / "locale"])

ANNA = Employee("anna", "Anna", [ASKER], email="anna@example.com")
BORIS = Employee("boris", "Boris", [ASKER])
HELEN = Employee("helen", "Helen", [HEAD], email="helen@example.com")
FAINA = Employee("faina", "Faina", [FINANCE])
IVAN = Employee("ivan", "Ivan", [CHIEF])
OLGA = Employee("olga", "Olga", [DOER], email="olga@example.com")
PEOPLE = (ANNA, BORIS, HELEN, FAINA, IVAN, OLGA)

REGULATION = Regulation("test", schedule=WorkSchedule.standard()).with_settings(
    {
        "request.decide": "2 business days",
        "escalation.remind_before": "4 working hours",
        "escalation.superior_after": "1 business day",
        "escalation.second_superior_after": "5 business days",
    }
)


def moscow(text: str) -> dt.datetime:
    """An instant in Moscow, such as ``"2026-11-23 10:00"``."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.timezone(dt.timedelta(hours=3)))


def taken(
    case: Any,
    step: str,
    by: Any,
    at: str,
    *,
    regulation: Regulation = REGULATION,
    related: Any = (),
    case_id: str = "r1",
    **payload: Any,
) -> Any:
    """The decision on one step, of an errand or else of a request, at a Moscow time of day."""
    page: Any = Ask if step in Ask.steps and (case is None or case.process == "request") else Errand
    given: dict[str, Any] = {"by": by, "at": moscow(at), "regulation": regulation, "related": related, "people": PEOPLE}
    if case is None:
        return decide(page.command(step, payload), case_id=case_id, **given)
    return decide(page.command(step, payload), case, **given)


def case_after(*commands: tuple[Any, ...], case: Any = None) -> Any:
    """The case that some commands lead to, each (step, by, at, payload)."""
    for step_id, by, at, *payload in commands:
        case = taken(case, step_id, by, at, **(payload[0] if payload else {})).case
    return case


def requests_engine(store: Any, clock: Any, **others: Any) -> ProcessEngine:
    """An engine that runs both processes."""
    given = {"rulebook": RULES, "regulation": REGULATION, "directory": MemoryDirectory(PEOPLE)}
    return ProcessEngine(store, clock=clock, **{**given, **others})
