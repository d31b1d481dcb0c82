"""What the steps of an assignment demand of their payload, and what they do to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import attrs

from salesreg.domain.instants import Instant
from salesreg.domain.meetings import Assignment, Extension, Meeting
from salesreg.domain.people import Employee, Role
from salesreg.domain.references import CaseId, Ref
from salesreg.errors import Refusal
from salesreg.processes._case import Attempt
from salesreg.processes._guards import employed, filled, future, reason_given

__all__ = ["AssignmentEffects"]

MeetingId = Annotated[CaseId, Ref(Meeting, process="meeting")]


class AssignmentEffects:
    """The handlers of `Assignment`, in the order of its steps."""

    def check_give_assignment(
        self, attempt: Attempt, *, what: str, due: Instant, responsible: Employee
    ) -> Iterator[Refusal]:
        """A meeting's decision was checked when it was made; it stands however long the summary took."""
        yield from filled(what, "no_task", "what is to be done", ru="что сделать", clause="R74")
        if attempt.role is Role.SYSTEM:
            return
        yield from future(due, attempt, "the time of an assignment", ru="срок поручения", clause="R74")
        yield from employed(responsible, attempt, clause="R74")

    def on_give_assignment(
        self,
        attempt: Attempt,
        *,
        what: str,
        due: Instant,
        responsible: Employee,
        chair: Employee | None = None,
        meeting: MeetingId | None = None,
        others: tuple[str, ...] = (),
    ) -> Assignment:
        giver = (attempt.on_behalf_of or attempt.by).id if chair is None else chair.id
        return Assignment(what, due, responsible.id, giver, meeting, others=others)

    def check_report_done(self, task: Assignment, *, result: str) -> Iterator[Refusal]:
        return filled(result, "no_result", "the result", ru="результат", clause="R46")

    def on_report_done(self, task: Assignment, *, result: str, done_at: Instant | None = None) -> Assignment:
        return attrs.evolve(task, result=result)

    def check_return_assignment(
        self, task: Assignment, attempt: Attempt, *, reason: str, due: Instant
    ) -> Iterator[Refusal]:
        yield from reason_given(reason, "R74")
        yield from future(due, attempt, "the time of an assignment", ru="срок поручения", clause="R74")

    def on_return_assignment(self, task: Assignment, *, reason: str, due: Instant) -> Assignment:
        return attrs.evolve(task, due=due, result=None, returns=(*task.returns, reason))

    def check_reassign_assignment(
        self, task: Assignment, attempt: Attempt, *, responsible: Employee, reason: str
    ) -> Iterator[Refusal]:
        yield from reason_given(reason, "R74")
        yield from employed(responsible, attempt, clause="R74")
        if responsible.id == task.responsible:
            yield Refusal(
                "same_person",
                f"{responsible.full_name} is responsible already",
                ru=f"{responsible.full_name} уже отвечает за поручение",
                clause="R74",
                need="another person",
                got=responsible.id,
            )

    def on_reassign_assignment(self, task: Assignment, *, responsible: Employee, reason: str) -> Assignment:
        return attrs.evolve(task, responsible=responsible.id, former=task.responsible)

    def check_extend_assignment(
        self, task: Assignment, attempt: Attempt, *, due: Instant, reason: str
    ) -> Iterator[Refusal]:
        yield from reason_given(reason, "R74")
        yield from future(due, attempt, "the time of an assignment", ru="срок поручения", clause="R74")
        if due <= task.due:
            yield Refusal(
                "not_later",
                "an extension ends later than the time it replaces",
                ru="продление позже прежнего срока",
                clause="R74",
                need=f"after {task.due.isoformat()}",
                got=due.isoformat(),
            )

    def on_extend_assignment(self, task: Assignment, attempt: Attempt, *, due: Instant, reason: str) -> Assignment:
        longer = Extension(task.due, due, reason, attempt.at)
        return attrs.evolve(task, due=due, extensions=(*task.extensions, longer))

    def check_cancel_assignment(self, task: Assignment, *, reason: str) -> Iterator[Refusal]:
        return reason_given(reason, "R74")

    def on_cancel_assignment(self, task: Assignment, *, reason: str) -> Assignment:
        return attrs.evolve(task, reason=reason)
