"""The assignment: what a meeting has decided is done by one person, by its own instant, and checked (R74)."""

from __future__ import annotations

from typing import Final

from salesreg.calendars import Term
from salesreg.domain import meetings
from salesreg.domain.people import STAFF, Role
from salesreg.processes import Process, Sla, Stage, Step, anywhere, assigned, start, stay
from salesreg.processes._assignment_effects import AssignmentEffects
from salesreg.regulation import Norm, Parameter

__all__ = ["Assignment"]

ON_TIME: Final = Norm(
    "assignment.on_time",
    "Whoever is responsible carries a decision out by the date and time that the decision names.",
    ru="Ответственный исполняет решение к дате и времени, названным в самом решении.",
    clause="R74",
    control="the recorded result",
    metric="K14",
)
VERIFIED: Final = Norm(
    "assignment.verified",
    "Whoever gave an assignment looks at its result in time.",
    ru="Давший поручение в срок проверяет результат.",
    clause="R74",
    term=Parameter(
        "assignment.verify",
        Term,
        clause="R74",
        doc="How long looking at the result of an assignment may take.",
        ru="Срок проверки результата поручения.",
    ),
    control="the verification",
    binds=STAFF,
    metric="K14",
)
ON_RECORD: Final = Norm(
    "assignment.on_record",
    "An assignment is done when its result is on record.",
    ru="Поручение выполнено, когда записан его результат.",
    clause="R46",
    control="the recorded result",
    metric="K14",
)

GIVERS: Final = (Role.HEAD_OF_SALES, Role.HEAD_OF_COMMERCIAL, Role.COMMERCIAL_DIRECTOR, Role.CEO, Role.FOUNDER)
RESPONSIBLE: Final = assigned(lambda task: task.responsible, "the one responsible", "ответственный")
FORMER: Final = assigned(lambda task: task.former, "the one responsible before", "прежний ответственный")
CHAIR: Final = assigned(lambda task: task.chair, "the one who gave it", "давший поручение")


class Assignment(AssignmentEffects, Process[meetings.Assignment]):
    """From a decision to its verified result."""

    id, version = "assignment", 1
    title, ru = "Assignment", "Поручение"

    assigned = Stage(
        "Assigned",
        ru="Поручено",
        owner=RESPONSIBLE,
        no_term="the decision names its own date and time",
        no_term_ru="дату и время называет само решение",
    )
    done = Stage("Done", ru="Выполнено", owner=CHAIR, term=VERIFIED)
    verified = Stage("Verified", ru="Проверено", final=True)
    cancelled = Stage("Cancelled", ru="Отменено", final=True)

    give_assignment = Step(
        start(assigned),
        "Give an assignment",
        ru="Дать поручение",
        by=[*GIVERS, Role.SYSTEM],
        notify=RESPONSIBLE,
        clause="R74",
    )
    report_done = Step(
        assigned.to(done),
        "Report it done",
        ru="Доложить об исполнении",
        by=RESPONSIBLE,
        notify=CHAIR,
        clause="R74",
        norms=[ON_RECORD],
    )
    verify_assignment = Step(
        done.to(verified),
        "Verify the result",
        ru="Принять результат",
        by=[CHAIR, Role.CEO],
        never=RESPONSIBLE,
        notify=RESPONSIBLE,
        clause="R74",
    )
    return_assignment = Step(
        done.to(assigned), "Give it back", ru="Вернуть на доработку", by=CHAIR, notify=RESPONSIBLE, clause="R74"
    )
    reassign_assignment = Step(
        stay(assigned),
        "Pass it to somebody else",
        ru="Перепоручить",
        by=CHAIR,
        notify=[RESPONSIBLE, FORMER],
        clause="R74",
    )
    extend_assignment = Step(
        stay(assigned), "Extend it", ru="Продлить срок", by=CHAIR, notify=RESPONSIBLE, clause="R74"
    )
    cancel_assignment = Step(
        anywhere(cancelled), "Cancel it", ru="Отменить поручение", by=CHAIR, notify=RESPONSIBLE, clause="R74"
    )

    on_time = Sla(
        ON_TIME,
        start=[give_assignment, return_assignment],
        stop=report_done,
        owner=RESPONSIBLE,
        occurred="done_at",
        due=lambda task: task.due,
    )
