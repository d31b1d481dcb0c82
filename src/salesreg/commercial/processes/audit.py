"""The audit: others look at the department's work, what they find is mended by a day, and they look again (R104)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Annotated, Final, TypeAlias

from attrs import evolve

from salesreg.calendars import Term
from salesreg.commercial.domain.audits import AuditRun, Finding, Verdict
from salesreg.commercial.domain.indicators import Period
from salesreg.commercial.domain.questionnaires import Questionnaire
from salesreg.commercial.roles import CEO, COMMERCIAL_DIRECTOR, FOUNDER, HEAD, STAFF, works_under
from salesreg.process import (
    Attempt,
    Charge,
    Checks,
    Each,
    Future,
    Held,
    Known,
    Must,
    NoneLeft,
    Outcome,
    Positive,
    Process,
    Recurring,
    Refusal,
    Sla,
    Stage,
    Step,
    Text,
    built,
    need,
    start,
    stay,
    step,
)
from salesreg.rules import SYSTEM, Instant, Norm, Parameter, open_norm

CHIEFS: Final = (CEO, FOUNDER)
ORDERERS: Final = (*CHIEFS, COMMERCIAL_DIRECTOR, HEAD)

CADENCE: Final = open_norm(
    "audit.cadence",
    "The general director has the sales department audited again and again.",
    "R104",
    CEO,
    title="How often the sales department is audited.",
    control="the audits on record",
    metric="share of audits held",
)
APPOINT: Final = open_norm(
    "audit.appoint",
    "Whoever orders an audit says in time who audits what, whose work it is, and by when it begins.",
    "R104",
    CEO,
    title="How long naming the auditor may take.",
    control="the plan of the audit",
    metric="share of audits held",
)
BEGIN: Final = Norm(
    "audit.begin",
    "An audit begins by the day that its plan names.",
    "R104",
    control="the recorded beginning",
    metric="share of audits begun in time",
)
REPORT: Final = open_norm(
    "audit.report",
    "The auditor reports what was found in time after the beginning.",
    "R104",
    STAFF,
    title="How long an audit may take from its beginning to its report.",
    control="the report",
    metric="share of audits reported in time",
)
FOLLOW_UP: Final = Norm(
    "audit.follow_up",
    "Once the last finding is due, the auditor says in time what came of each.",
    "R104",
    control="the verdict on each finding",
    metric="share of findings remedied",
)
CLOSE: Final = open_norm(
    "audit.close",
    "Whoever ordered an audit looks in time at what came of it, and closes it.",
    "R104",
    ORDERERS,
    title="How long closing an audit may take once it is followed up.",
    control="the recorded end",
    metric="share of findings remedied",
)
INDEPENDENT: Final = Norm(
    "audit.independent",
    "Nobody audits their own work or that of their superior, nor accepts the remedy of what was found about them.",
    "R104",
    control="auditor, audited and responsible in the record",
    metric="share of findings remedied",
)
ON_EVIDENCE: Final = Norm(
    "audit.on_evidence",
    "A finding names the clause, what shows it, one person who mends it, and by when.",
    "R104",
    control="the findings of the report",
    metric="share of findings remedied",
)

Somebody: TypeAlias = Annotated[str, Held(away=True)]
"""Somebody who works here; they may be away today."""

auditor = Charge[AuditRun]("auditor", None, "the auditor")
orderer = Charge[AuditRun]("ordered_by", None, "whoever ordered the audit")
audited = Each[AuditRun](
    lambda run: (*run.audited, *run.responsible), "those audited, or who are to mend what was found"
)
others = Each[AuditRun](
    lambda run: tuple(one for one in (run.auditor, *run.audited, *run.responsible) if one is not None),
    "the auditor, those audited, or who are to mend what was found",
)


def dates_lie_ahead(run: AuditRun, attempt: Attempt) -> Checks:
    """Nobody is late with what they hear of today."""
    for number, one in enumerate(run.findings, 1):
        if one.stands and one.due <= attempt.at:
            text, facts = (
                "finding {number} was due at {got}, before it is reported: withdraw it and record it anew",
                {"number": number},
            )
            yield Refusal("due_before_report", text, need=attempt.at.isoformat(), got=one.due.isoformat(), facts=facts)


MENDED: Final = frozenset({"verified", "cancelled"})
NOT_MENDED: Final = "the remedies {got} are neither verified nor cancelled"
all_mended = NoneLeft("assignment", MENDED, "not_mended", NOT_MENDED)
nothing_found = Must[AuditRun](
    lambda run: not run.responsible,
    "something_found",
    "what was found is reported, not cancelled: findings {got} stand",
    got=lambda run: run.open_findings,
)
all_judged = Must[AuditRun](
    lambda run: not run.open_findings,
    "no_verdict",
    "findings {got} have no verdict",
    got=lambda run: run.open_findings,
)


class AuditProcess(Process[AuditRun]):
    """From the order of an audit to its end."""

    id, version, title = "audit", 1, "Audit of the department"

    follow_up_term = Parameter(
        "audit.follow_up_term", Term, "How long after its last finding is due an audit is followed up.", clause="R104"
    )

    called = Stage("Called for", orderer, APPOINT)
    planned = Stage("Planned", auditor, no_term="its beginning has its own clock")
    running = Stage("Running", auditor, REPORT)
    follow_up = Stage(
        "Findings are followed up", auditor, no_term="each finding has its own date, and the audit an end"
    )
    followed_up = Stage("Followed up, to be closed", orderer, CLOSE)
    closed = Stage("Closed", final=True)
    cancelled = Stage("Cancelled", final=True)

    charges = (auditor, orderer)
    searchable = {
        "auditor": lambda run: run.auditor,
        "audited": lambda run: run.audited,
        "responsible": lambda run: run.responsible,
    }
    facts = {"what": lambda run: run.scope}

    # -- it is planned ------------------------------------------------------------------------------------------------

    def plan(
        self,
        attempt: Attempt,
        ordered_by: str,
        *,
        scope: str,
        auditor: str,
        audited: tuple[str, ...],
        period: tuple[dt.date, dt.date],
        begin_by: dt.datetime,
    ) -> Outcome[AuditRun]:
        """Who looks at whose work; nobody at their own, nor at that of somebody they work under."""
        looks = attempt.person(auditor)
        if not audited:
            yield Refusal("nobody_audited", "an audit looks at somebody's work: say whose", got=audited)
        me = attempt.by.id
        if me in audited and me != ordered_by:
            text = "{got} does not order the audit of their own work: their superior does"
            yield Refusal("own_audit", text, got=me)
        if above := tuple(one for one in audited if works_under(looks, attempt.person(one))):
            text, facts = "{name} works under {got}: name an auditor who does not", {"name": looks.full_name}
            yield Refusal("works_under", text, got=above, facts=facts)
        time = yield from built(lambda: Period(*period))
        if time.first > attempt.today:
            yield Refusal("nothing_yet", "{got} lies ahead: an audit looks at what was done", got=str(time))
        run = yield from built(
            lambda: AuditRun(ordered_by, scope, auditor=auditor, audited=audited, period=time, begin_by=begin_by)
        )
        return run

    @step(start(called), "Have the department audited", by=SYSTEM, notify=orderer, clause="R104")
    def call_for_audit(self, *, ordered_by: Known) -> AuditRun:
        return AuditRun(ordered_by)

    @step(
        start(planned),
        "Plan an audit",
        by=ORDERERS,
        notify=[auditor, audited],
        clause="R104",
        norms=[INDEPENDENT],
    )
    def plan_audit(
        self,
        attempt: Attempt,
        *,
        scope: Text,
        auditor: Somebody,
        audited: tuple[Known, ...],
        period_start: dt.date,
        period_end: dt.date,
        begin_by: Future,
    ) -> Outcome[AuditRun]:
        period, mine = (period_start, period_end), attempt.principal.id
        return (
            yield from self.plan(
                attempt, mine, scope=scope, auditor=auditor, audited=audited, period=period, begin_by=begin_by
            )
        )

    @step(called.to(planned), "Name the auditor", by=[orderer, *CHIEFS], notify=[auditor, audited], clause="R104")
    def appoint_auditor(
        self,
        run: AuditRun,
        attempt: Attempt,
        *,
        scope: Text,
        auditor: Somebody,
        audited: tuple[Known, ...],
        period_start: dt.date,
        period_end: dt.date,
        begin_by: Future,
    ) -> Outcome[AuditRun]:
        period, whose = (period_start, period_end), run.ordered_by
        return (
            yield from self.plan(
                attempt, whose, scope=scope, auditor=auditor, audited=audited, period=period, begin_by=begin_by
            )
        )

    @step(stay(planned), "Move the beginning", by=[orderer, *CHIEFS], never=audited, notify=auditor, clause="R104")
    def postpone_audit(self, run: AuditRun, *, begin_by: Future, reason: Text) -> AuditRun:
        return evolve(run, begin_by=begin_by)

    # -- it is held ---------------------------------------------------------------------------------------------------

    begin_audit = Step(
        planned.to(running), "Begin the audit", by=auditor, never=audited, notify=[orderer, audited], clause="R104"
    )

    @step(stay(running), "Record the self-diagnosis", by=auditor, never=audited, clause="R104")
    def record_answers(
        self, run: AuditRun, *, questionnaire: Questionnaire, answers: Mapping[str, int | None]
    ) -> Outcome[AuditRun]:
        """Answers recorded again take the place of those before; the record keeps both."""
        return (yield from built(lambda: evolve(run, questionnaire=questionnaire, answers=answers)))

    @step(stay(running), "Record a finding", by=auditor, never=audited, clause="R104", norms=[ON_EVIDENCE])
    def record_finding(
        self, run: AuditRun, *, what: Text, clause: Text, evidence: Text, responsible: Somebody, due: Future
    ) -> Outcome[AuditRun]:
        """What is found twice is found once."""
        found = Finding(what, clause, evidence, responsible, due)
        same = [
            number
            for number, one in enumerate(run.findings, 1)
            if one.stands and (one.what, one.responsible) == (what, responsible)
        ]
        if same:
            yield Refusal("found_already", "this is finding {got} already", got=same[0])
        return evolve(run, findings=(*run.findings, found))

    @step(stay(running), "Withdraw a finding", by=auditor, never=audited, clause="R104")
    def withdraw_finding(self, run: AuditRun, *, finding: Positive, reason: Text) -> Outcome[AuditRun]:
        found = yield from self.standing(run, finding)
        return run.with_finding(finding, evolve(found, withdrawn=reason))

    @step(stay(running, follow_up), "Object to a finding", by=STAFF, notify=[auditor, orderer], clause="R89")
    def object_to_finding(
        self, run: AuditRun, attempt: Attempt, *, finding: Positive, reason: Text
    ) -> Outcome[AuditRun]:
        """Whoever is to mend it, or whose work it is, is heard, and what they say stays beside it."""
        found = yield from self.standing(run, finding)
        concerned, me = (found.responsible, *run.audited), attempt.principal
        if me.id not in concerned:
            facts = {"name": me.full_name}
            yield Refusal("not_concerned", "the finding is not about {name}", need=concerned, got=me.id, facts=facts)
        return run.with_finding(finding, evolve(found, objection=reason))

    @step(
        running.to(followed_up, when=lambda run: not run.responsible) | running.to(follow_up),
        "Report what was found",
        by=auditor,
        never=audited,
        requires=[dates_lie_ahead],
        notify=[orderer, audited],
        clause="R104",
        norms=[ON_EVIDENCE],
    )
    def report_audit(self, run: AuditRun, attempt: Attempt, *, summary: Text) -> AuditRun:
        """From here on each finding is somebody's assignment."""
        dues = [one.due for one in run.findings if one.stands]
        return self.until(evolve(run, summary=summary), max(dues), attempt) if dues else evolve(run, summary=summary)

    # -- it is followed up --------------------------------------------------------------------------------------------

    @step(stay(follow_up), "Wait for a remedy that was put off", by=SYSTEM, notify=auditor, clause="R104")
    def await_remedy(self, run: AuditRun, attempt: Attempt, *, due: Instant) -> AuditRun:
        return self.until(run, due, attempt)

    @step(
        stay(follow_up),
        "Say what came of a finding",
        by=auditor,
        never=audited,
        children=["assignment"],
        notify=[orderer, audited],
        clause="R104",
        norms=[INDEPENDENT],
    )
    def record_verdict(
        self, run: AuditRun, attempt: Attempt, *, finding: Positive, verdict: Verdict, note: Text
    ) -> Outcome[AuditRun]:
        """What nobody has verified is not judged; what was cancelled is waived, and nothing else is."""
        found = yield from self.standing(run, finding)
        tasks = [one for one in attempt.related.children("assignment") if one.data.finding == finding]
        stages = {one.stage for one in tasks}
        if open_ones := tuple(one.id for one in tasks if one.stage not in MENDED):
            yield Refusal("not_mended", NOT_MENDED, need=tuple(sorted(MENDED)), got=open_ones)
        elif (verdict is Verdict.WAIVED) is ("verified" in stages):
            text = "a remedy that was verified is judged, and one that was cancelled is waived: this one is {need}"
            yield Refusal("other_verdict", text, need=tuple(sorted(stages)), got=verdict)
        return run.with_finding(finding, evolve(found, verdict=verdict, note=note))

    end_follow_up = Step(
        follow_up.to(followed_up),
        "End the follow-up",
        by=auditor,
        never=audited,
        requires=[all_mended, all_judged],
        notify=orderer,
        clause="R104",
    )

    @step(
        followed_up.to(follow_up),
        "Have a finding looked at again",
        by=[orderer, *CHIEFS],
        never=others,
        notify=auditor,
        clause="R104",
    )
    def reopen_finding(self, run: AuditRun, attempt: Attempt, *, finding: Positive, reason: Text) -> Outcome[AuditRun]:
        found = yield from self.standing(run, finding)
        return self.until(run.with_finding(finding, evolve(found, verdict=None)), attempt.at, attempt)

    close_audit = Step(
        followed_up.to(closed),
        "Close the audit",
        by=[orderer, *CHIEFS],
        never=others,
        requires=[all_mended, all_judged],
        notify=[auditor, audited],
        clause="R104",
        norms=[INDEPENDENT],
    )

    @step(
        (called | planned | running).to(cancelled),
        "Cancel the audit",
        by=[orderer, *CHIEFS],
        never=others,
        requires=[nothing_found],
        notify=[auditor, audited],
        clause="R104",
    )
    def cancel_audit(self, run: AuditRun, *, reason: Text) -> AuditRun:
        return evolve(run, reason=reason)

    # -- clocks -------------------------------------------------------------------------------------------------------

    begins = Sla(
        BEGIN,
        start=[plan_audit, appoint_auditor],
        stop=begin_audit,
        void=cancel_audit,
        owner=auditor,
        due=lambda run: run.begin_by,
    )
    is_followed_up = Sla(
        FOLLOW_UP,
        start=[report_audit, reopen_finding],
        stop=end_follow_up,
        owner=auditor,
        due=lambda run: run.close_by,
    )
    comes_round = Recurring(CADENCE, step=call_for_audit, per=CEO, payload=lambda person, _, __: {"ordered_by": person})

    @classmethod
    def keys(cls, data: AuditRun) -> Iterable[str]:
        """What is looked at and for which time, until it is cancelled."""
        if data.period is not None and not data.reason:
            yield f"audit:{' '.join(data.scope.casefold().split())}:{data.period}"

    @classmethod
    def key_refusal(cls, key: str, holder: str) -> Refusal:
        """One audit of a subject and a time."""
        period, facts = key.rpartition(":")[2], {"holder": holder}
        return Refusal(
            "audited_already", "{holder} audits this for {got} already", got=period, facts=facts, clause="R104"
        )

    # -- what several steps ask and do --------------------------------------------------------------------------------

    def standing(self, run: AuditRun, number: int) -> Outcome[Finding]:
        """The finding of a number that the auditor holds to; findings are counted from 1."""
        found = {n: one for n, one in enumerate(run.findings, 1) if one.stands}
        text = "the audit has no finding {got} that stands"
        return (yield from need(found.get(number), Refusal("no_such_finding", text, need=tuple(found), got=number)))

    def until(self, run: AuditRun, due: dt.datetime, attempt: Attempt) -> AuditRun:
        """The audit with its end no earlier than a term after an instant."""
        ends = attempt.regulation.calendar.due_at(self.follow_up_term, due)
        return evolve(run, close_by=ends if run.close_by is None else max(ends, run.close_by))
