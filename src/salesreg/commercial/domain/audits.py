"""Audits of the department: who looks at whose work, what was found, and what came of it (R104)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, TypeAlias

import attrs

from salesreg.commercial.domain.indicators import Period
from salesreg.commercial.domain.questionnaires import Questionnaire, Score
from salesreg.commercial.domain.records import Record, said
from salesreg.errors import DomainError
from salesreg.process.references import CaseId, Ref
from salesreg.rules.instants import Instant


class Verdict(StrEnum):
    """What came of a finding: it is remedied, it still stands, or its remedy was waived."""

    REMEDIED = "remedied"
    REMAINS = "remains"
    WAIVED = "waived"


@attrs.frozen
class Finding(Record):
    """What an audit has found: what is wrong, by which clause, on which evidence, and who mends it by when.

    Attributes:
        responsible: the id of who mends it.
        evidence: what shows it, such as the ids of cases.
        objection: what the one responsible says against it.
        withdrawn: why the auditor no longer holds to it, if they do not.
        note: what the follow-up saw.
    """

    what: str
    clause: str
    evidence: str
    responsible: str
    due: Instant
    objection: str = attrs.field(default="", kw_only=True)
    withdrawn: str = attrs.field(default="", kw_only=True)
    verdict: Verdict | None = attrs.field(default=None, kw_only=True)
    note: str = attrs.field(default="", kw_only=True)

    def _check(self) -> None:
        said(self.what, "finding_without_words", "a finding says what is wrong")
        said(self.clause, "finding_without_clause", "a finding names the clause that is not kept")
        said(self.evidence, "finding_without_evidence", "a finding names what shows it")

    @property
    def stands(self) -> bool:
        """Whether the auditor holds to it."""
        return not self.withdrawn


@attrs.frozen
class AuditRun(Record):
    """One audit, from the order to its end.

    Attributes:
        ordered_by: the id of who wants it and closes it.
        scope: what is looked at.
        auditor: the id of who looks; None until one is named.
        audited: the ids of those whose work it is.
        period: the time that is looked at.
        begin_by: by when it begins, UTC.
        close_by: by when its findings are followed up, UTC; None while there are none to.
        questionnaire, answers: the self-diagnosis, if one was made.
        reason: why it was cancelled.
    """

    ordered_by: str
    scope: str = ""
    auditor: str | None = attrs.field(default=None, kw_only=True)
    audited: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    period: Period | None = attrs.field(default=None, kw_only=True)
    begin_by: Instant | None = attrs.field(default=None, kw_only=True)
    close_by: Instant | None = attrs.field(default=None, kw_only=True)
    findings: tuple[Finding, ...] = attrs.field(default=(), kw_only=True)
    questionnaire: Questionnaire | None = attrs.field(default=None, kw_only=True)
    answers: Mapping[str, int | None] = attrs.field(factory=dict, kw_only=True)
    summary: str = attrs.field(default="", kw_only=True)
    reason: str = attrs.field(default="", kw_only=True)

    def _check(self) -> None:
        self._set("audited", tuple(dict.fromkeys(self.audited)))
        if self.auditor is not None and self.auditor in self.audited:
            raise DomainError("own_work", "{got} does not audit their own work: name another auditor", got=self.auditor)
        if self.ordered_by in self.audited:
            text = "{got} does not order the audit of their own work: their superior does"
            raise DomainError("own_audit", text, got=self.ordered_by)
        if self.auditor is not None and self.auditor in self.responsible:
            text = "{got} does not follow up what they are to mend themselves: name another auditor"
            raise DomainError("own_finding", text, got=self.auditor)
        if self.questionnaire is not None:
            self.questionnaire.score(self.answers)

    @property
    def responsible(self) -> tuple[str, ...]:
        """The ids of those who mend what stands."""
        return tuple(dict.fromkeys(one.responsible for one in self.findings if one.stands))

    @property
    def open_findings(self) -> tuple[int, ...]:
        """The numbers of the findings that stand and have no verdict; counted from 1."""
        return tuple(n for n, one in enumerate(self.findings, 1) if one.stands and one.verdict is None)

    @property
    def score(self) -> Score | None:
        """What the self-diagnosis scores; None without one."""
        return None if self.questionnaire is None else self.questionnaire.score(self.answers)

    def with_finding(self, number: int, finding: Finding) -> AuditRun:
        """The audit with one finding as it stands now; findings are counted from 1."""
        return attrs.evolve(self, findings=(*self.findings[: number - 1], finding, *self.findings[number:]))


AuditId: TypeAlias = Annotated[CaseId, Ref(AuditRun, process="audit")]
"""The id of an audit's case."""
