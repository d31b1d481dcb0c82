"""One person on a page: a control sheet, a hand-over, and the file of what they answer for (R80, R84, R88, R104)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final
from zoneinfo import ZoneInfo

from salesreg.documents.page import Sheet
from salesreg.documents.regulation import Reader, RegulationDocument
from salesreg.documents.sections import Items, Section, local_time, written
from salesreg.engine.evidence import LATE
from salesreg.engine.person_record import PersonRecord
from salesreg.process import Rulebook
from salesreg.process.case import Case, Obligation, ObligationStatus
from salesreg.rules import Employee, Locale, Regulation


class PersonPage:
    """What a store says of one person, in one language.

    Args:
        rulebook: whose processes and texts.
        regulation: whose rules bind them today.
        record: what `engine.person_record` gives.
        locale: the language, from the texts of the rulebook.
        employee: who they are, as the directory says; None where it does not know them.
        beside: further sections, such as what an app knows of them.
    """

    kind: str = ""

    def __init__(
        self,
        rulebook: Rulebook,
        regulation: Regulation,
        record: PersonRecord,
        locale: Locale,
        *,
        employee: Employee | None = None,
        beside: Sequence[Section] = (),
    ) -> None:
        self.rulebook: Rulebook = rulebook
        self.regulation: Regulation = regulation
        self.record: PersonRecord = record
        self.locale: Locale = locale
        self.employee: Employee | None = employee
        self.beside: tuple[Section, ...] = tuple(beside)
        self._zone = ZoneInfo(regulation.calendar.timezone)

    @property
    def title(self) -> str:
        """What page it is, and of whom."""
        return f"{self._called()}: {self._name()}"

    @property
    def edition(self) -> str:
        """As of when, and of which time."""
        record, say = self.record, self.locale.say
        as_of = say("doc.person.as_of", "As of {when}", when=self._when(record.at))
        if record.since is None and record.until is None:
            return as_of
        begins, ends = self._when(record.since), self._when(record.until)
        return say("doc.person.period", "{as_of}; from {begins} to {ends}", as_of=as_of, begins=begins, ends=ends)

    def sections(self) -> tuple[Section, ...]:
        """Everything that the page says, in order."""
        return tuple(one for one in (self._who(), *self._own()) if one.blocks or one.parts)

    def markdown(self) -> str:
        """The page as Markdown."""
        return written(self.title, self.edition, self.sections())

    def _called(self) -> str:
        raise NotImplementedError

    def _own(self) -> Iterable[Section]:
        raise NotImplementedError

    # -- what several pages say ----------------------------------------------------------------------------------------

    def _who(self) -> Section:
        say, one = self.locale.say, self.employee
        heading = say("doc.person.who", "Who")
        if one is None:
            text = "The directory does not know {id}: what follows is from the record alone."
            return Section("who", heading, (say("doc.person.unknown", text, id=self.record.person),))
        roles = ", ".join(self.locale.title(f"role.{role.id}") for role in self.rulebook.roles if role.id in one.roles)
        lines = [say("doc.person.roles", "Roles: {roles}", roles=roles or "—")]
        if one.position:
            lines.append(say("doc.person.position", "Position: {position}", position=one.position))
        lines.append(say("doc.person.controller", "Controlled by: {who}", who=self._controller(one)))
        if one.left_on is not None:
            text = "First day no longer here: {day}"
            lines.append(say("doc.person.left", text, day=self.locale.day(one.left_on)))
        return Section("who", heading, (Items(tuple(lines)),))

    def _controller(self, one: Employee) -> str:
        """Who looks at what they do: their manager, else the superior of each role."""
        if one.manager is not None:
            return one.manager
        above = (role.superior for role in self.rulebook.roles if role.id in one.roles)
        return ", ".join(dict.fromkeys(self.locale.title(f"role.{role.id}") for role in above if role)) or "—"

    def _results(self, owed: Iterable[Obligation]) -> Section:
        """Of each rule that something fell due by: how often it was kept, late, and broken."""
        say, counted = self.locale.say, dict[str, Counter[ObligationStatus]]()
        for one in owed:
            counted.setdefault(one.norm, Counter())[one.status] += 1
        head = (
            say("page.norm", "Rule"), say("page.clause", "Clause"), *(self._status(one) for one in _COUNTED)
        )  # fmt: skip
        clauses = {one.norm: one.clause for one in self.record.obligations}
        rows = tuple(
            (self._norm(norm), clauses[norm], *(str(counts[one]) for one in _COUNTED))
            for norm, counts in sorted(counted.items())
        )
        title = say("doc.person.results", "What fell due")
        nothing = say("doc.person.nothing_due", "Nothing fell due.")
        return Section("results", title, (Sheet("", head, rows),) if rows else (nothing,))

    def _owed(self, id: str, title: str, owed: Iterable[Obligation], *more: str) -> Section:
        """Obligations one by one; further columns are left to fill in."""
        say = self.locale.say
        head = (
            say("doc.case.due", "Due"), say("page.norm", "Rule"), say("page.clause", "Clause"),
            say("doc.person.case", "Case"), say("doc.case.status", "Verdict"), say("doc.case.closed", "Closed"), *more,
        )  # fmt: skip
        rows = tuple(
            (
                self._when(one.due),
                self._norm(one.norm),
                one.clause,
                one.case,
                self._status(one.status),
                self._when(one.closed_at),
                *("" for _ in more),
            )
            for one in owed
        )
        return Section(id, title, (Sheet("", head, rows),) if rows else ())

    # -- words ---------------------------------------------------------------------------------------------------------

    def _name(self) -> str:
        one = self.employee
        return self.record.person if one is None else f"{one.full_name} ({one.id})"

    def _norm(self, norm: str) -> str:
        return self.locale.title(f"norm.{norm}")

    def _status(self, status: ObligationStatus) -> str:
        return self.locale.say(f"doc.status.{status}", status.replace("_", " "))

    def _process(self, process: str) -> str:
        return self.locale.title(f"{process}.title")

    def _when(self, instant: dt.datetime | None) -> str:
        return local_time(instant, self._zone, self.locale)


_COUNTED = (
    ObligationStatus.MET, ObligationStatus.MET_LATE, ObligationStatus.BREACHED, ObligationStatus.OPEN,
    ObligationStatus.PAUSED, ObligationStatus.CANCELLED,
)  # fmt: skip


class ControlSheet(PersonPage):
    """Their duties by clause, how each is controlled, what was met, late and broken in a time, and what is open."""

    kind = "control"

    def _called(self) -> str:
        return self.locale.say("doc.person.control", "Control sheet")

    def _own(self) -> Iterator[Section]:
        say, record = self.locale.say, self.record
        if self.employee is not None:
            document = RegulationDocument(self.rulebook, self.regulation, self.locale)
            yield document.for_reader(Reader(self._name(), self.employee.roles))[0]
        yield self._results(record.obligations)
        late = (one for one in record.obligations if one.status in LATE)
        yield self._owed("late", say("doc.person.late", "What was late or broken"), late)
        yield self._owed("open", say("doc.person.open", "What is open"), record.open)
        yield from self.beside


class HandOverSheet(PersonPage):
    """What is in their hands, and to whom each thing passes; what has passed on already."""

    kind = "handover"

    def _called(self) -> str:
        return self.locale.say("doc.person.handover", "Hand-over")

    def _own(self) -> Iterator[Section]:
        say, record = self.locale.say, self.record
        passes = say("doc.person.passes_to", "Passes to")
        yield self._charges(passes)
        yield self._waiting(passes)
        yield self._owed("open", say("doc.person.open", "What is open"), record.open, passes)
        yield self._handed()
        yield from self.beside
        roles = ("leaver", "Hands over"), ("successor", "Takes over"), ("superior", "Superior")
        head = tuple(say(f"doc.person.{name}", english) for name, english in roles)
        heading = say("doc.person.signed", "Signatures")
        yield Section("signed", heading, (Sheet("", head, (("", "", ""),)),))

    def _charges(self, passes: str) -> Section:
        say = self.locale.say
        head = (
            say("doc.person.case", "Case"), say("doc.person.what", "What"), say("page.stage", "Stage"),
            say("doc.person.charge", "In charge as"), say("doc.person.last", "Last event"), passes,
        )  # fmt: skip
        rows = tuple(
            (case.id, self._process(case.process), self._stage(case), self._charge(case, held.charge),
             self._when(case.last_at), "")
            for held, case in self.record.charges
        )  # fmt: skip
        title = say("doc.person.charges", "What they are in charge of")
        nothing = say("doc.person.no_charges", "They are in charge of nothing.")
        return Section("charges", title, (Sheet("", head, rows),) if rows else (nothing,))

    def _waiting(self, passes: str) -> Section:
        say = self.locale.say
        head = (
            say("doc.person.case", "Case"), say("doc.person.what", "What"), say("page.stage", "Stage"),
            say("doc.person.last", "Last event"), passes,
        )  # fmt: skip
        rows = tuple(
            (case.id, self._process(case.process), self._stage(case), self._when(case.last_at), "")
            for case in self.record.waiting
        )
        title = say("doc.person.waiting", "What waits for them beside")
        return Section("waiting", title, (Sheet("", head, rows),) if rows else ())

    def _handed(self) -> Section:
        say = self.locale.say
        head = (
            say("doc.case.when", "When"), say("doc.person.case", "Case"), say("doc.person.what", "What"),
            say("doc.person.to", "To"), say("page.by", "By"),
        )  # fmt: skip
        rows = tuple(
            (self._when(one.at), one.case, self._process(one.process), one.to, one.by) for one in self.record.handed_on
        )
        return Section(
            "handed", say("doc.person.handed", "What has passed on"), (Sheet("", head, rows),) if rows else ()
        )

    def _stage(self, case: Case[object]) -> str:
        return self.locale.title(f"{case.process}.stage.{case.stage}")

    def _charge(self, case: Case[object], name: str) -> str:
        found = self.rulebook.pages.get((case.process, case.process_version, case.rulebook or self.rulebook.id))
        titles = (one.title for one in (found.charges if found is not None else ()) if one.name == name)
        return next((self.locale.title(f"who.{title}") for title in titles), name)


class PersonFile(PersonPage):
    """What they answer for by the record: rules in force, acknowledged before, broken, and not disputed (R84, R88)."""

    kind = "file"

    def _called(self) -> str:
        return self.locale.say("doc.person.file", "File")

    def _own(self) -> Iterator[Section]:
        say, record = self.locale.say, self.record
        text = (
            "Held against them is only the breach of a rule that was in force and that they had acknowledged before; "
            "advice, what is disputed and what the record itself excuses is not."
        )
        yield Section(
            "means", say("doc.person.means", "What this page may be used for"), (say("doc.person.only", text),)
        )
        yield self._results(one for one in record.obligations if not record.excuses.get(one.id))
        yield self._charged(record.answered_for)
        yield self._left_out()
        yield from self.beside

    def _charged(self, answers: Sequence[Obligation]) -> Section:
        say = self.locale.say
        title = say("doc.person.charged", "What they answer for")
        if not answers:
            return Section("charged", title, (say("doc.person.nothing", "Nothing."),))
        listed = self._owed("", "", answers).blocks
        proof = tuple(
            say("doc.person.head", "{case}: hash of the last event {head}", case=case, head=self.record.heads[case])
            for case in dict.fromkeys(one.case for one in answers)
        )
        return Section("charged", title, (*listed, Items(proof)))

    def _left_out(self) -> Section:
        """How many late obligations are not held against them, by why; never which."""
        say = self.locale.say
        said = (set(map(self.locale.refusal, why)) for why in self.record.excuses.values())
        reasons = Counter(reason for one in said for reason in one)
        lines = tuple(f"{times} × {reason}" for reason, times in sorted(reasons.items()))
        return Section(
            "left", say("doc.person.left_out", "What is not held against them"), (Items(lines),) if lines else ()
        )


PERSON_PAGES: Final[Mapping[str, type[PersonPage]]] = {
    one.kind: one for one in (ControlSheet, HandOverSheet, PersonFile)
}
"""The pages of a person, by what they are called on the command line."""
