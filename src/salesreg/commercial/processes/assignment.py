"""The assignment: what a meeting has decided is done by one person, by its own instant, and checked (R74)."""

from __future__ import annotations

from typing import Final

from attrs import evolve

from salesreg.calendars import Term
from salesreg.commercial.domain.audits import AuditId
from salesreg.commercial.domain.meetings import Assignment, MeetingId
from salesreg.commercial.parameters import RECORD_LAG
from salesreg.commercial.roles import CEO, LEADERS, STAFF
from salesreg.process import (
    Assigned,
    Attempt,
    Charge,
    Each,
    Future,
    Known,
    Outcome,
    Past,
    Person,
    Process,
    Refusal,
    Sla,
    Stage,
    Step,
    Text,
    anywhere,
    away,
    built,
    not_available,
    not_before,
    start,
    stay,
    step,
)
from salesreg.rules import SYSTEM, Instant, Norm, Parameter

ON_TIME: Final = Norm(
    "assignment.on_time",
    "Whoever is responsible carries a decision out by the date and time that the decision names.",
    "R74",
    control="the recorded result",
    metric="K14",
)
VERIFIED: Final = Norm(
    "assignment.verified",
    "Whoever gave an assignment looks at its result in time.",
    "R74",
    STAFF,
    term=Parameter("assignment.verify", Term, "How long looking at a result may take.", clause="R74"),
    control="the verification",
    metric="K14",
)
ON_RECORD: Final = Norm(
    "assignment.on_record",
    "An assignment is done when its result is on record.",
    "R46",
    control="the recorded result",
    metric="K14",
)

owing = Charge[Assignment](
    "responsible",
    None,
    "the one responsible",
    put=lambda task, to, _: evolve(task, responsible=to, former=task.responsible),
)
formerly = Assigned[Assignment](lambda task: task.former, "the one responsible before")
workers = Each[Assignment](
    lambda task: (task.responsible, *task.done_by), "the one responsible, or whoever reported it done"
)
giver = Charge[Assignment]("chair", None, "the one who gave it")


class AssignmentProcess(Process[Assignment]):
    """From a decision to its verified result."""

    id, version, title = "assignment", 1, "Assignment"

    assigned = Stage("Assigned", owing, no_term="the decision names its own date and time")
    done = Stage("Done", giver, VERIFIED)
    verified = Stage("Verified", final=True)
    cancelled = Stage("Cancelled", final=True)

    charges = (owing, giver)
    searchable = {"owner": lambda task: task.responsible, "chair": lambda task: task.chair}
    facts = {"what": lambda task: task.what}

    @step(start(assigned), "Give an assignment", by=[*LEADERS, SYSTEM], notify=owing, clause="R74")
    def give_assignment(
        self,
        attempt: Attempt,
        *,
        what: Text,
        due: Instant,
        responsible: Known,
        chair: Known | None = None,
        meeting: MeetingId | None = None,
        audit: AuditId | None = None,
        finding: int | None = None,
        others: tuple[str, ...] = (),
    ) -> Outcome[Assignment]:
        """What a meeting has decided or an audit found stands, however long it took and whoever has left meanwhile."""
        if attempt.role != SYSTEM.id:
            if audit is not None or finding is not None:
                text = "a remedy follows from the report of the audit, and is given by nobody by hand"
                yield Refusal("of_an_audit", text, got=audit)
            people = [attempt.person(one) for one in (responsible, chair) if one is not None]
            yield from (not_available(one) for one in people if not one.works_on(attempt.today))
            yield from away(attempt.person(responsible), "responsible")
            if due <= attempt.at:
                now, facts = attempt.at.isoformat(), {"field": "due"}
                yield Refusal(
                    "in_the_past", "{field:field} lies in the future", need=now, got=due.isoformat(), facts=facts
                )
        return Assignment(
            what, due, responsible, chair or attempt.principal.id, meeting, audit=audit, finding=finding, others=others
        )

    @step(assigned.to(done), "Report it done", by=owing, notify=giver, clause="R74", norms=[ON_RECORD])
    def report_done(
        self, task: Assignment, attempt: Attempt, *, result: Text, done_at: Past | None = None
    ) -> Outcome[Assignment]:
        """Nothing is done before it was given, or given back."""
        given = min((one.started_at for one in attempt.obligations), default=None)
        yield from not_before(done_at, given, "done_at")
        return evolve(task, result=result, done_by=(attempt.principal.id, attempt.by.id))

    verify_assignment = Step(
        done.to(verified), "Verify the result", by=[giver, CEO], never=workers, notify=owing, clause="R74"
    )

    @step(done.to(assigned), "Give it back", by=giver, notify=owing, clause="R74")
    def return_assignment(self, task: Assignment, *, reason: Text, due: Future) -> Assignment:
        return evolve(task, due=due, result=None, returns=(*task.returns, reason))

    @step(stay(assigned), "Pass it to somebody else", by=giver, notify=[owing, formerly], clause="R74")
    def reassign_assignment(
        self, task: Assignment, attempt: Attempt, *, responsible: Person, reason: Text, due: Future | None = None
    ) -> Outcome[Assignment]:
        """What is overdue passes on with another date: the breach stays with whoever owed it."""
        if due is None and task.due <= attempt.at:
            yield Refusal("overdue", "it was due at {got}: say by when it is to be done now", got=task.due.isoformat())
        if responsible == task.responsible:
            facts = {"name": attempt.person(responsible).full_name}
            yield Refusal("same_person.responsible", "{name} is responsible already", got=responsible, facts=facts)
        return evolve(task, responsible=responsible, former=task.responsible, due=due or task.due)

    @step(stay(assigned), "Extend it", by=giver, notify=owing, clause="R74")
    def extend_assignment(
        self, task: Assignment, attempt: Attempt, *, due: Future, reason: Text
    ) -> Outcome[Assignment]:
        return (yield from built(lambda: task.extended(due, reason, attempt.at)))

    @step(anywhere(cancelled), "Cancel it", by=giver, notify=owing, clause="R74")
    def cancel_assignment(self, task: Assignment, *, reason: Text) -> Assignment:
        return evolve(task, reason=reason)

    on_time = Sla(
        ON_TIME,
        start=[give_assignment, return_assignment],
        stop=report_done,
        owner=owing,
        occurred="done_at",
        lag=RECORD_LAG,
        due=lambda task: task.due,
    )
