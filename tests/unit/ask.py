"""A small process that uses every word of the declaration layer; the tests of the layer share it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import attrs

from salesreg import (
    STAGE_OWNER,
    Employee,
    Norm,
    Parameter,
    Process,
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
from salesreg.calendars import WorkSchedule
from salesreg.processes import Attempt

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
    expires_at: dt.datetime | None = None
    number: str | None = None


def has_answers(request: Request, attempt: Attempt) -> Iterator[Refusal]:
    if not request.answers:
        yield Refusal("no_answer", "nobody has answered", ru="никто не ответил", clause="R44", need="an answer")


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
    ask_twice = Step(start(asked), "Ask again", ru="Задать снова", by=Role.SALES_MANAGER)
    answer = Step(stay(asked, checking), "Answer", ru="Ответить", by=Role.HEAD_OF_COMMERCIAL, notify=[author], clause="R44")
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
    confirm = Step(checking.to(granted), "Confirm", ru="Подтвердить", by=STAGE_OWNER)
    deny = Step(anywhere(denied), "Deny", ru="Отклонить", by=[Role.HEAD_OF_COMMERCIAL, Role.CEO])
    pause = Step(anywhere(), "Hold", ru="Приостановить", by=Role.HEAD_OF_COMMERCIAL)
    resume = Step(anywhere(), "Resume", ru="Возобновить", by=Role.HEAD_OF_COMMERCIAL)
    expire = Step(anywhere(denied), "Expire", ru="Истечь", by=Role.SYSTEM)
    reopen = Step(granted.to(asked), "Reopen", ru="Открыть снова", by=REOPENER)

    first_answer = Sla(ANSWER, start=[ask, ask_twice], stop=answer, owner=Role.HEAD_OF_COMMERCIAL, pause_in=[checking])
    expiry = Timer(expire, at=lambda request: request.expires_at)

    @classmethod
    def keys(cls, request: Request) -> tuple[str, ...]:
        return () if request.number is None else (f"request.number:{request.number}",)

    @classmethod
    def on_hold(cls, request: Request) -> bool:
        return request.held

    def on_ask(
        self, attempt: Attempt, *, text: str, number: str | None = None, expires_at: dt.datetime | None = None
    ) -> Request:
        return Request(attempt.by.id, text, expires_at=expires_at, number=number)

    def on_ask_twice(self, attempt: Attempt, *, text: str) -> Request:
        return Request(attempt.by.id, text)

    def on_answer(self, request: Request, *, text: str, with_help_of: tuple[Employee, ...] = ()) -> Request:
        return attrs.evolve(request, answers=(*request.answers, text))

    def check_answer(self, request: Request, attempt: Attempt, *, text: str) -> Iterator[Refusal]:
        if not text.strip():
            yield Refusal("blank", "an answer says something", ru="ответ не бывает пустым", clause="R44")

    def on_pause(self, request: Request) -> Request:
        return attrs.evolve(request, held=True)

    def on_resume(self, request: Request) -> Request:
        return attrs.evolve(request, held=False)


ANNA = Employee("anna", "Anna", [Role.SALES_MANAGER], email="anna@example.com")
BORIS = Employee("boris", "Boris", [Role.SALES_MANAGER])
HELEN = Employee("helen", "Helen", [Role.HEAD_OF_COMMERCIAL], email="helen@example.com")
FAINA = Employee("faina", "Faina", [Role.FINANCE])
IVAN = Employee("ivan", "Ivan", [Role.CEO])
PEOPLE = (ANNA, BORIS, HELEN, FAINA, IVAN)

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


def case_after(*commands: tuple[Any, ...]) -> Any:
    """The case that some commands lead to, each (step, by, at, payload)."""
    from salesreg.decide import decide

    case = None
    for step, by, at, *payload in commands:
        given = payload[0] if payload else {}
        case = decide(
            Ask, case, step, by=by, at=moscow(at), regulation=REGULATION, case_id="r1" if case is None else None, **given
        ).case
    return case
