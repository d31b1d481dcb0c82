"""Two small processes that use every word of the declaration layer; the tests of the layer share them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Annotated, Any

import attrs

from salesreg import (
    STAGE_OWNER,
    Employee,
    Norm,
    Parameter,
    Process,
    ProcessEngine,
    Refusal,
    Regulation,
    Role,
    Sla,
    Stage,
    Step,
    Term,
    Timer,
    anywhere,
    assigned,
    start,
    stay,
)
from salesreg.adapters.memory import MemoryDirectory
from salesreg.calendars import WorkSchedule
from salesreg.decide import decide
from salesreg.domain.instants import Instant
from salesreg.processes import Attempt, CaseId, Each, Recurring, Ref, contact, each

DECIDES = Norm(
    "request.decide",
    "The head decides a request.",
    ru="Руководитель решает по запросу.",
    clause="R10",
    term=Parameter("request.decide", Term, clause="R10"),
    pausable=True,
)
ANSWER = Norm(
    "request.answer",
    "Every request is answered in half an hour.",
    ru="На запрос отвечают за полчаса.",
    clause="R43",
    term=Term.parse("30 working minutes"),
)
REOPENER = Parameter("request.reopener", Role, clause="R95", default=Role.CEO)


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
        yield Refusal("no_answer", "nobody has answered", ru="никто не ответил", clause="R44", need="an answer")


def no_open_errand(request: Request, attempt: Attempt) -> Iterator[Refusal]:
    running = [one.id for one in attempt.related.children("errand") if one.stage != "done"]
    if running:
        yield Refusal(
            "errand_open", "an errand is still open", ru="поручение не выполнено", need="none", got=running[0]
        )


def not_at_night(request: Request, attempt: Attempt) -> Iterator[Refusal]:
    if attempt.at.hour >= 20:
        yield Refusal("night", "not at night", ru="не ночью", need="before 20:00 UTC", got=attempt.at.hour)


author = assigned(lambda request: request.author, "the author", "автор")


class Ask(Process[Request]):
    """A request that is answered and decided."""

    id, version = "request", 1
    title, ru = "Request", "Запрос"

    asked = Stage("Asked", ru="Задан", owner=Role.HEAD_OF_COMMERCIAL, term=DECIDES)
    checking = Stage("Checking", ru="Проверка", owner=Role.FINANCE, no_term="takes what it takes")
    granted = Stage("Granted", ru="Удовлетворён", ended=True)
    denied = Stage("Denied", ru="Отклонён", final=True)

    ask = Step(start(asked), "Ask", ru="Задать", by=Role.SALES_MANAGER, notify=[STAGE_OWNER], clause="R9")
    ask_twice = Step(start(asked), "Ask again", ru="Задать снова", by=[Role.SALES_MANAGER, Role.SYSTEM])
    answer = Step(
        stay(asked, checking), "Answer", ru="Ответить", by=Role.HEAD_OF_COMMERCIAL, notify=[author], clause="R44"
    )
    renumber = Step(stay(asked), "Renumber", ru="Перенумеровать", by=[Role.SALES_MANAGER, Role.SYSTEM])
    amend = Step(stay(asked), "Amend", ru="Дополнить", by=Role.SALES_MANAGER, only=author)
    repeat = Step(asked.to(asked), "Repeat", ru="Повторить", by=author)
    decide = Step(
        asked.to(granted, when=lambda request: len(request.answers) > 1) | asked.to(checking),
        "Decide",
        ru="Решить",
        by=STAGE_OWNER,
        never=author,
        requires=[has_answers, not_at_night],
        notify=[Role.CEO],
        clause="R10",
    )
    send_back = Step(checking.to(asked), "Send back", ru="Вернуть", by=STAGE_OWNER)
    confirm = Step(checking.to(granted), "Confirm", ru="Подтвердить", by=STAGE_OWNER)
    deny = Step(anywhere(denied), "Deny", ru="Отклонить", by=[Role.HEAD_OF_COMMERCIAL, Role.CEO])
    pause = Step(anywhere(), "Hold", ru="Приостановить", by=Role.HEAD_OF_COMMERCIAL)
    resume = Step(anywhere(), "Resume", ru="Возобновить", by=Role.HEAD_OF_COMMERCIAL)
    expire = Step(anywhere(denied), "Expire", ru="Истечь", by=Role.SYSTEM)
    reopen = Step(granted.to(asked), "Reopen", ru="Открыть снова", by=REOPENER)

    first_answer = Sla(
        ANSWER, start=[ask, ask_twice, reopen], stop=answer, owner=Role.HEAD_OF_COMMERCIAL, pause_in=[checking]
    )
    nudge = Step(stay(asked, checking), "Nudge", ru="Поторопить", by=Role.SYSTEM)
    wrap_up = Step(
        stay(asked, checking),
        "Wrap up",
        ru="Закруглить",
        by=Role.HEAD_OF_COMMERCIAL,
        requires=[no_open_errand],
        children=["errand"],
    )

    nudging = Timer(nudge, at=lambda request: request.nudge_at, during=[asked])
    expiry = Timer(expire, at=lambda request: request.expires_at)

    @classmethod
    def keys(cls, request: Request) -> tuple[str, ...]:
        return () if request.number is None else (f"request.number:{request.number}",)

    @classmethod
    def on_hold(cls, request: Request) -> bool:
        return request.held

    def on_ask(
        self,
        attempt: Attempt,
        *,
        text: str,
        number: str | None = None,
        expires_at: dt.datetime | None = None,
        nudge_at: dt.datetime | None = None,
    ) -> Request:
        return Request(attempt.by.id, text, expires_at=expires_at, nudge_at=nudge_at, number=number)

    def on_ask_twice(self, attempt: Attempt, *, text: str, number: str | None = None) -> Request:
        return Request(attempt.by.id, text, number=number)

    def on_renumber(self, request: Request, *, number: str | None) -> Request:
        return attrs.evolve(request, number=number)

    def on_answer(self, request: Request, *, text: str, with_help_of: tuple[Employee, ...] = ()) -> Request:
        return attrs.evolve(request, answers=(*request.answers, text))

    def check_answer(self, request: Request, attempt: Attempt, *, text: str) -> Iterator[Refusal]:
        if not text.strip():
            yield Refusal("blank", "an answer says something", ru="ответ не бывает пустым", clause="R44")

    def on_pause(self, request: Request) -> Request:
        return attrs.evolve(request, held=True)

    def on_resume(self, request: Request) -> Request:
        return attrs.evolve(request, held=False)


# -- a child of requests, with deadlines of its own ------------------------------------------------------------------

FINISH = Norm(
    "errand.finish",
    "An errand is done in a day.",
    ru="День на поручение.",
    clause="R50",
    term=Term.parse("1 business day"),
)
REPORT = Norm(
    "errand.report",
    "What is seen is told within two working hours.",
    ru="Об увиденном докладывают за два часа.",
    clause="R51",
    term=Term.parse("2 working hours"),
)
VISIT = Norm("errand.visit", "A visit takes place when agreed.", ru="Визит в срок.", clause="R52")
READ = Norm(
    "errand.read",
    "Everybody reads it in a day.",
    ru="Все читают за день.",
    clause="R53",
    term=Term.parse("1 business day"),
)
ROUND = Norm(
    "errand.round",
    "Every sales manager makes a round each working day.",
    ru="Каждый менеджер каждый день делает обход.",
    clause="R54",
    term=Term.parse("each working day"),
)


@attrs.frozen
class Task:
    doer: str | None = None
    title: str = "a round"
    request: Annotated[CaseId, Ref(Request, process="request")] | None = None
    client: str | None = None
    visit_at: Instant | None = None
    readers: tuple[str, ...] = ()
    asking: tuple[str, ...] = ()


def doer_or_queue(task: Task) -> str | None:
    return task.doer or Role.COMMERCIAL_SPECIALIST


doer = assigned(doer_or_queue, "the doer", "исполнитель")
readers: Each = each(lambda task: task.readers, waiting=lambda task: task.asking)


class Errand(Process[Task]):
    """Something to be done for a request, or on a daily round."""

    id = "errand"

    todo = Stage("To do", ru="Делать", owner=doer, term=FINISH)
    done = Stage("Done", ru="Сделано", ended=True)

    send = Step(start(todo), "Send", ru="Послать", by=Role.HEAD_OF_COMMERCIAL, notify=contact(lambda task: task.client))
    go_round = Step(start(todo), "Go round", ru="Обойти", by=Role.SYSTEM)
    pass_on = Step(stay(todo), "Pass on", ru="Передать", by=[STAGE_OWNER, Role.HEAD_OF_COMMERCIAL], notify=[doer])
    see = Step(stay(todo), "See", ru="Увидеть", by=STAGE_OWNER)
    tell = Step(stay(todo), "Tell", ru="Доложить", by=STAGE_OWNER)
    belong_to = Step(stay(todo), "Belong to", ru="Отнести к", by=Role.HEAD_OF_COMMERCIAL)
    forget = Step(stay(todo), "Forget", ru="Забыть", by=Role.HEAD_OF_COMMERCIAL)
    agree_visit = Step(stay(todo), "Agree on a visit", ru="Назначить визит", by=Role.HEAD_OF_COMMERCIAL)
    put_off = Step(stay(todo), "Put off", ru="Отложить визит", by=Role.HEAD_OF_COMMERCIAL)
    ask_to_read = Step(stay(todo), "Ask to read", ru="Дать прочесть", by=Role.HEAD_OF_COMMERCIAL)
    confirm_read = Step(stay(todo), "Read", ru="Прочесть", by=[Role.SALES_MANAGER, Role.FINANCE])
    finish = Step(todo.to(done), "Finish", ru="Закончить", by=[STAGE_OWNER, Role.HEAD_OF_COMMERCIAL])
    send_for = Step(start(todo), "Send for", ru="Послать за", by=Role.SYSTEM)
    reopen = Step(done.to(todo), "Reopen", ru="Вернуть", by=Role.HEAD_OF_COMMERCIAL)

    report = Sla(REPORT, start=see, stop=tell, void=forget, owner=doer, occurred=["seen_at", "told_at"])
    visit = Sla(
        VISIT, start=[send, agree_visit], stop=tell, owner=Role.HEAD_OF_COMMERCIAL, due=lambda task: task.visit_at
    )
    reading = Sla(READ, start=ask_to_read, stop=confirm_read, owner=readers)
    rounds: Recurring[Task] = Recurring(
        ROUND, step=go_round, per=Role.SALES_MANAGER, payload=lambda who, day, opens: {"doer": who, "title": f"{day}"}
    )

    def on_send(
        self,
        *,
        title: str,
        doer: Employee | None = None,
        request: Annotated[CaseId, Ref(Request, process="request")] | None = None,
        client: str | None = None,
        visit_at: dt.datetime | None = None,
    ) -> Task:
        return Task(None if doer is None else doer.id, title, request, client, visit_at)

    def on_send_for(self, *, request: Annotated[CaseId, Ref(Request, process="request")]) -> Task:
        return Task(request=request)

    def on_go_round(self, *, doer: Employee, title: str) -> Task:
        return Task(doer.id, title)

    def on_pass_on(self, task: Task, *, doer: Employee) -> Task:
        return attrs.evolve(task, doer=doer.id)

    def on_belong_to(self, task: Task, *, request: Annotated[CaseId, Ref(Request, process="request")] | None) -> Task:
        return attrs.evolve(task, request=request)

    def on_see(self, task: Task, *, seen_at: dt.datetime | None = None) -> Task:
        return task

    def on_tell(self, task: Task, *, told_at: dt.datetime | None = None) -> Task:
        return task

    def on_agree_visit(self, task: Task, *, visit_at: dt.datetime) -> Task:
        return attrs.evolve(task, visit_at=visit_at)

    def on_put_off(self, task: Task, *, visit_at: dt.datetime | None) -> Task:
        return attrs.evolve(task, visit_at=visit_at)

    def on_ask_to_read(self, task: Task, *, readers: tuple[Employee, ...]) -> Task:
        return attrs.evolve(task, readers=tuple(one.id for one in readers))

    def on_confirm_read(self, task: Task, attempt: Attempt, *, asking: bool = False) -> Task:
        if asking:
            return attrs.evolve(task, asking=(*task.asking, attempt.by.id))
        return attrs.evolve(task, readers=tuple(one for one in task.readers if one != attempt.by.id))


ANNA = Employee("anna", "Anna", [Role.SALES_MANAGER], email="anna@example.com")
BORIS = Employee("boris", "Boris", [Role.SALES_MANAGER])
HELEN = Employee("helen", "Helen", [Role.HEAD_OF_COMMERCIAL], email="helen@example.com")
FAINA = Employee("faina", "Faina", [Role.FINANCE])
IVAN = Employee("ivan", "Ivan", [Role.CEO])
OLGA = Employee("olga", "Olga", [Role.COMMERCIAL_SPECIALIST], email="olga@example.com")
PEOPLE = (ANNA, BORIS, HELEN, FAINA, IVAN, OLGA)

REGULATION = Regulation("test", schedule=WorkSchedule.standard()).with_settings(
    {
        "request.decide": "2 business days",
        "escalation.remind_before": "4 working hours",
        "escalation.head_after": "1 business day",
        "escalation.ceo_after": "5 business days",
    }
)


def moscow(text: str) -> dt.datetime:
    """An instant in Moscow, such as ``"2026-11-23 10:00"``."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.timezone(dt.timedelta(hours=3)))


def taken(case: Any, step: Any, by: Any, at: str, **given: Any) -> Any:
    """The decision on one step, of an errand or else of a request, at a Moscow time of day."""
    process = Ask if step in Ask.steps and (case is None or case.process == "request") else Errand
    payload = {name: value for name, value in given.items() if name not in {"case_id", "related", "regulation"}}
    return decide(
        process,
        case,
        step,
        by=by,
        at=moscow(at),
        regulation=given.get("regulation", REGULATION),
        related=given.get("related", ()),
        case_id=given.get("case_id", "r1") if case is None else None,
        **payload,
    )


def case_after(*commands: tuple[Any, ...], case: Any = None) -> Any:
    """The case that some commands lead to, each (step, by, at, payload)."""
    for step, by, at, *payload in commands:
        case = taken(case, step, by, at, **(payload[0] if payload else {})).case
    return case


def requests_engine(store: Any, clock: Any, **others: Any) -> ProcessEngine:
    """An engine that runs both processes."""
    given = {
        "processes": [Ask, Errand],
        "reactions": (),
        "regulation": REGULATION,
        "directory": MemoryDirectory(PEOPLE),
    }
    return ProcessEngine(store, clock=clock, **{**given, **others})
