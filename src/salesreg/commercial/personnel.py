"""A person's pages as the department needs them: with what they acknowledged, disputed and are to mend (R84, R104)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from salesreg.commercial.domain.audits import AuditRun
from salesreg.commercial.domain.plans import BonusStatement
from salesreg.commercial.domain.versions import RegulationVersion
from salesreg.documents import Sheet
from salesreg.documents.person import PERSON_PAGES, PersonPage
from salesreg.documents.sections import Items, Section, local_time
from salesreg.engine.person_record import PersonRecord
from salesreg.errors import UnknownAttribute
from salesreg.process import Case, Rulebook
from salesreg.rules import Employee, Locale, NormText, Regulation

D = TypeVar("D")

_PROCESSES: Final = ("regulation_version", "bonus", "audit")
_LEAVING: Final = "leaving"
"""The chapter of the document that goes with a hand-over."""


def processes_beside(rulebook: Rulebook) -> tuple[str, ...]:
    """The processes whose cases `engine.person_record` is to read for these pages, as far as the rulebook has them."""
    known = {process.id for process in rulebook.processes}
    return tuple(one for one in _PROCESSES if one in known)


def person_page(
    kind: str,
    rulebook: Rulebook,
    regulation: Regulation,
    record: PersonRecord,
    locale: Locale,
    employee: Employee | None = None,
) -> PersonPage:
    """A page of one person.

    Args:
        kind: ``"control"``, ``"handover"`` or ``"file"``.
        rulebook, regulation, locale, employee: as in `PersonPage`.
        record: what ``engine.person_record(…, processes=processes_beside(rulebook))`` gives.

    Raises:
        UnknownAttribute: there is no such page.
    """
    if kind not in PERSON_PAGES:
        raise UnknownAttribute(f"no page {kind!r} of a person; there are {', '.join(PERSON_PAGES)}")
    known = _Known(record, locale, ZoneInfo(regulation.calendar.timezone))
    beside = {
        "control": (known.acknowledged(), known.found()),
        "handover": tuple(_leaving(rulebook, locale)),
        "file": (known.broken(), known.acknowledged(), known.found(), known.disputed()),
    }
    return PERSON_PAGES[kind](rulebook, regulation, record, locale, employee=employee, beside=beside[kind])


def _leaving(rulebook: Rulebook, locale: Locale) -> Iterator[Section]:
    for chapter in rulebook.chapters:
        if chapter.id == _LEAVING:
            key = f"chapter.{chapter.id}"
            items = tuple(locale.title(f"{key}.{number}") for number, _ in enumerate(chapter.items, 1))
            yield Section(chapter.id, locale.title(f"{key}.title"), (Items(items, boxes=chapter.boxes),))


class _Known:
    """What the record's cases say of the person."""

    def __init__(self, record: PersonRecord, locale: Locale, zone: ZoneInfo) -> None:
        self._record, self._locale, self._zone = record, locale, zone

    def acknowledged(self) -> Section:
        """Which texts they were asked to acknowledge, and when they did."""
        say = self._locale.say
        head = (
            say("doc.person.version", "Version"), say("doc.person.text", "Text"), say("doc.person.asked", "Asked"),
            say("doc.person.acknowledged", "Acknowledged"), say("doc.person.as_role", "In the roles"),
        )  # fmt: skip
        rows = tuple(
            (
                case.data.number,
                one.version_hash[:12],
                self._when(one.requested_at),
                self._when(one.acknowledged_at),
                ", ".join(self._locale.title(f"role.{role}") for role in one.roles),
            )
            for case in self._cases("regulation_version", RegulationVersion)
            for one in case.data.acknowledged_by(self._record.person)
        )
        title = say("doc.person.acknowledgements", "What they have acknowledged (R84)")
        nothing = say("doc.person.none_asked", "They were not asked to acknowledge anything.")
        return Section("acknowledged", title, (Sheet("", head, rows),) if rows else (nothing,))

    def broken(self) -> Section:
        """What the text in force then said that they answer for."""
        versions = tuple(case.data for case in self._cases("regulation_version", RegulationVersion))
        lines = dict[str, None]()
        for late in self._record.answered_for:
            at = late.due or late.closed_at
            for version in versions:
                if at is not None and version.in_force_at(at):
                    lines |= {self._said(version, norm): None for norm in version.norms if norm.id == late.norm}
        title = self._locale.say("doc.person.broken", "What the text in force said")
        return Section("broken", title, (Items(tuple(lines)),) if lines else ())

    def _said(self, version: RegulationVersion, norm: NormText) -> str:
        said = norm.translations.get(self._locale.lang) or norm.text
        text = "{clause}, version {version}: {said}"
        return self._locale.say("doc.person.said", text, clause=norm.clause, version=version.number, said=said)

    def found(self) -> Section:
        """What reported audits have found that they were to mend, with what they say against it."""
        say = self._locale.say
        head = (
            say("doc.person.audit", "Audit"), say("doc.person.what", "What"), say("page.clause", "Clause"),
            say("doc.case.due", "Due"), say("doc.person.verdict", "Came of it"),
            say("doc.person.objection", "Objection"),
        )  # fmt: skip
        rows = tuple(
            (
                case.id,
                one.what,
                one.clause,
                self._when(one.due),
                "—" if one.verdict is None else say(f"doc.verdict.{one.verdict}", one.verdict),
                one.objection or "—",
            )
            for case in self._cases("audit", AuditRun)
            for one in (case.data.findings if case.data.summary else ())
            if one.stands and one.responsible == self._record.person
        )
        text = "A finding says what is to be mended; by itself it is no breach that anybody answers for."
        blocks = (say("doc.person.no_breach", text), Sheet("", head, rows)) if rows else ()
        return Section("found", say("doc.person.findings", "Findings of audits"), blocks)

    def disputed(self) -> Section:
        """What they have disputed, and what was answered."""
        say = self._locale.say
        head = (
            say("doc.person.statement", "Statement"), say("doc.case.when", "When"),
            say("doc.person.disputed", "Disputed"), say("doc.person.answer", "Answer"), say("page.by", "By"),
        )  # fmt: skip
        rows = tuple(
            (case.id, self._when(one.at), one.reason, one.answer or "—", one.answered_by or "—")
            for case in self._cases("bonus", BonusStatement)
            if case.data.employee == self._record.person
            for one in case.data.disputes
        )
        return Section("disputed", say("doc.person.disputes", "Disputes"), (Sheet("", head, rows),) if rows else ())

    def _cases(self, process: str, kind: type[D]) -> Iterator[Case[D]]:
        """The cases whose data this program can read."""
        found: tuple[Case[Any], ...] = self._record.cases.get(process, ())
        return (case for case in found if isinstance(case.data, kind))

    def _when(self, instant: Any) -> str:
        return local_time(instant, self._zone, self._locale)
