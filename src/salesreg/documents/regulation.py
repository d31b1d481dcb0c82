"""A regulation as the document that people sign: one model, written as Markdown and as HTML (R90, R96, R99)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import attrs

from salesreg.calendars import Shift, Term, WorkSchedule
from salesreg.documents.page import ProcessPage, Sheet, in_words
from salesreg.documents.picture import picture
from salesreg.documents.sections import Block, Figure, Items, Section, Year, written
from salesreg.documents.svg import svg
from salesreg.documents.values import amount, values_section
from salesreg.documents.working_day import day_picture
from salesreg.documents.zones import takers_of, zones_section
from salesreg.errors import ParameterNotSet
from salesreg.process import Rulebook
from salesreg.process.guards import Must
from salesreg.process.page import Process
from salesreg.process.steps import AnyStep
from salesreg.rules import Locale, NormText, Regulation
from salesreg.rules.conduct import LADDER
from salesreg.rules.norms import Strength


def _frozen(given: Iterable[str]) -> frozenset[str]:
    return frozenset(given)


@attrs.frozen
class Reader:
    """Somebody who has to acknowledge a regulation: what they are called, and the ids of their roles."""

    name: str
    roles: frozenset[str] = attrs.field(converter=_frozen)


class RegulationDocument:
    """A regulation in one language.

    Args:
        rulebook: whose processes and roles.
        regulation: what it says.
        locale: the language, from the rulebook's texts.
        on: the day as of which it is printed; the calendar shown is of its year. None leaves out day and calendar.
        readers: those whose names stand on the acknowledgement sheet; lines to fill in if there are none.
    """

    def __init__(
        self,
        rulebook: Rulebook,
        regulation: Regulation,
        locale: Locale,
        *,
        on: dt.date | None = None,
        readers: Sequence[Reader] = (),
    ) -> None:
        self.rulebook: Rulebook = rulebook
        self.regulation: Regulation = regulation
        self.locale: Locale = locale
        self.on: dt.date | None = on
        self.readers: Sequence[Reader] = readers

    # -- the whole -----------------------------------------------------------------------------------------------------

    @property
    def title(self) -> str:
        """The regulation's title in the language."""
        own = self.regulation
        return own.translations.get(self.locale.lang) or own.title or own.id

    @property
    def edition(self) -> str:
        """Which text it is: its version, its hash, and the day it is printed as of."""
        say, own = self.locale.say, self.regulation
        edition = say("doc.edition", "Version {version}, text {hash}", version=own.version, hash=own.content_hash[:12])
        return (
            edition if self.on is None else say("doc.as_of", "{edition}, as of {day}", edition=edition, day=self._day())
        )

    def sections(self) -> tuple[Section, ...]:
        """Everything that the document says, in order."""
        parts = (
            self._terms(),
            self._participants(),
            self._hours(),
            self._processes(),
            self._duties(),
            self._recommendations(),
            zones_section(self.rulebook, self.regulation, self.locale),
            self._ladder(),
            values_section(self.rulebook, self.regulation, self.locale),
            *self._chapters(),
            self._acknowledgement(),
        )
        return tuple(part for part in parts if part.blocks or part.parts)

    def for_reader(self, reader: Reader) -> tuple[Section, ...]:
        """What one person has to acknowledge: the rules that bind their roles, and a line to sign (R84, R99)."""
        say = self.locale.say
        rules = [one for one in self._texts(Strength.RULE) if one.concerns(reader.roles)]
        held = ", ".join(self._role(role) for role in self._in_order(reader.roles))
        mine = Section(
            "mine",
            say("doc.mine", "Rules that bind {name} ({roles})", name=reader.name, roles=held),
            (self._norm_sheet(rules),),
        )
        return mine, self._signatures([reader])

    def _in_order(self, roles: Iterable[str]) -> list[str]:
        wanted = frozenset(roles)
        return [role.id for role in self.rulebook.roles if role.id in wanted]

    def markdown(self, reader: Reader | None = None) -> str:
        """The document as Markdown, or what one reader has to acknowledge; pictures are left to the HTML."""
        return written(self.title, self.edition, self.sections() if reader is None else self.for_reader(reader))

    # -- sections ------------------------------------------------------------------------------------------------------

    def _terms(self) -> Section:
        said = tuple(self._said(one) for one in self._texts(Strength.DEFINITION))
        return Section("terms", self.locale.say("doc.terms", "Terms"), (Items(said),) if said else ())

    def _participants(self) -> Section:
        say = self.locale.say
        rows = tuple(
            (
                self._role(role.id),
                self.locale.title(f"department.{role.department.id}") if role.department else "—",
                self._role(role.superior.id) if role.superior else "—",
            )
            for role in self.rulebook.roles
        )
        head = (say("doc.role", "Role"), say("doc.department", "Department"), say("doc.superior", "Superior"))
        title = say("doc.participants", "Participants")
        return Section("participants", title, (Sheet("", head, rows),) if rows else ())

    def _hours(self) -> Section:
        say, schedule = self.locale.say, self.regulation.schedule
        title = say("doc.hours", "The working day")
        if schedule is None:
            return Section("hours", title, (say("doc.no_hours", "The working hours are left open."),))
        blocks: list[Block] = [Sheet("", *_week(schedule, self.locale))]
        blocks.append(Figure(day_picture(schedule, self.locale), say("doc.day", "A working day")))
        if self.on is not None:
            page = self.regulation.calendar.year(self.on.year)
            counted = say(
                "doc.year", "{year}: {days} working days, {short} of them an hour shorter",
                year=str(self.on.year), days=page.norm.working_days, short=page.norm.short_days,
            )  # fmt: skip
            blocks.append(Year(page.to_html(self._spoken()), counted))
        return Section("hours", title, tuple(blocks))

    def _processes(self) -> Section:
        parts = tuple(self._process(process) for process in self.rulebook.processes)
        return Section("processes", self.locale.say("doc.processes", "Processes"), (), parts)

    def _process(self, process: type[Process[Any]]) -> Section:
        page = self._page(process)
        stages, _, *others = page.sheets()
        caption = f"{self.locale.say('page.diagram', 'Diagram')}: {page.title}"
        blocks: list[Block] = [Figure(svg(picture(page)), caption), stages, self._step_sheet(page), *others]
        return Section(f"process-{process.id}", page.title, (*blocks, *page.guarantees()))

    def _step_sheet(self, page: ProcessPage) -> Sheet:
        say = self.locale.say
        head = (
            say("page.step", "Step"), say("page.by", "By"), say("doc.condition", "Refused because"),
            say("doc.needs", "Names"), say("doc.deadline", "Deadline"), say("page.told", "Told"),
            say("page.clause", "Clause"),
        )  # fmt: skip
        rows = tuple(self._step_row(page, one) for one in page.process.steps.values())
        return Sheet(say("page.steps", "Steps"), head, rows)

    def _step_row(self, page: ProcessPage, step: AnyStep) -> tuple[str, ...]:
        fields = page.process.table.specs[step.id].payload.fields
        named = ", ".join(self.locale.title(f"field.{one.name}") for one in fields) or "—"
        stops = [sla for sla in page.process.table.slas.values() if step.id in sla.stop]
        left = [way.source for way in page.ways(step) if way.source is not None and not (way.stays or way.general)]
        terms = [page.norm_term(sla.norm) for sla in stops if sla.norm.term is not None]
        by_stage = dict.fromkeys(page.norm_term(stage.term) for stage in left if stage.term is not None)
        terms += by_stage if len(by_stage) < 2 else [self.locale.say("doc.by_stage", "that of the stage")]
        told = page.people(step.notify) or "—"
        return (
            page.step(step), page.taken_by(step), "; ".join(self._conditions(page, step)) or "—", named,
            ", ".join(dict.fromkeys(terms)) or "—", told, ", ".join(step.clauses) or "—",
        )  # fmt: skip

    def _conditions(self, page: ProcessPage, step: AnyStep) -> Iterator[str]:
        """What keeps a step from being taken, in the words of its refusals."""
        for guard in step.requires:
            if isinstance(guard, Must):
                keys = (f"{page.process.id}.refusal.{guard.code}", f"refusal.{guard.code}")
                words = self.locale.say(keys, guard.text, page.process.id, need=guard.need or "…", got="…")
                yield words

    def _duties(self) -> Section:
        """What binds all and what all may do stands once, before what is one role's own."""
        common = [one for one in self._texts(Strength.RULE) if not one.binds or self._everybody <= {*one.binds}]
        parts = [self._duty("everybody", self.locale.say("doc.everybody", "Everybody"), common, self._steps(None))]
        for role in self.rulebook.roles:
            own = [one for one in self._texts(Strength.RULE) if role.id in one.binds and one not in common]
            parts.append(self._duty(role.id, self._role(role.id), own, self._steps(role.id)))
        told = tuple(part for part in parts if part.blocks)
        return Section("duties", self.locale.say("doc.duties", "Duties"), (), told)

    def _duty(self, who: str, title: str, rules: Sequence[NormText], steps: tuple[str, ...]) -> Section:
        blocks: list[Block] = [self._norm_sheet(rules)] if rules else []
        if steps:
            theirs = self.locale.say("doc.takes", "Steps that the role takes:")
            everybody_s = self.locale.say("doc.all_take", "Steps that anybody may take:")
            blocks += [theirs if who in self.rulebook.staff else everybody_s, Items(steps)]
        if not blocks and who in self.rulebook.staff:
            blocks.append(self.locale.say("doc.nothing_own", "Nothing beside what holds for every employee."))
        return Section(f"role-{who}", title, tuple(blocks))

    @property
    def _everybody(self) -> frozenset[str]:
        return self.rulebook.staff or frozenset({""})

    def _steps(self, role: str | None) -> tuple[str, ...]:
        """The steps that one role may take, or (None) that all may, by process."""
        found = []
        for page in map(self._page, self.rulebook.processes):
            takers = ((one, takers_of(one, self.regulation)) for one in page.process.steps.values())
            taken = [page.step(one) for one, by in takers if role in (by if not self._everybody <= by else {None})]
            found += [f"{page.title}: {'; '.join(taken)}"] if taken else []
        return tuple(found)

    def _recommendations(self) -> Section:
        said = tuple(self._said(one) for one in self._texts(Strength.RECOMMENDATION))
        text = "These are advice: nobody is held to them."
        blocks = (self.locale.say("doc.advice", text), Items(said)) if said else ()
        return Section("recommendations", self.locale.say("doc.recommendations", "Recommendations"), blocks)

    def _ladder(self) -> Section:
        say = self.locale.say
        try:
            remind, superior, second = (amount(self.regulation.value(one), self.locale) for one in LADDER)
        except ParameterNotSet:
            return Section("ladder", "")
        rungs = (
            say("doc.rung.remind", "Ahead of the due instant by {term}, whoever owes it is reminded.", term=remind),
            say("doc.rung.overdue", "Past it the breach is on record, with whoever owed it at that instant."),
            say("doc.rung.superior", "{term} later their superior is told.", term=superior),
            say("doc.rung.second", "{term} after the breach, the superior's own.", term=second),
        )  # fmt: skip
        text = (
            "A record of a breach never gets better by itself; a superior may correct it for a reason, and both stay."
        )
        return Section(
            "ladder", say("doc.ladder", "What happens when something is late"), (Items(rungs), say("doc.verdict", text))
        )

    def _chapters(self) -> Iterator[Section]:
        for chapter in self.rulebook.chapters:
            key = f"chapter.{chapter.id}"
            title = self.locale.title(f"{key}.title")
            items = tuple(self.locale.title(f"{key}.{number}") for number, _ in enumerate(chapter.items, 1))
            blocks: tuple[Block, ...] = (Items(items, boxes=chapter.boxes),)
            if chapter.text:
                blocks = (self.locale.title(f"{key}.text"), *blocks)
            clause = f" ({chapter.clause})" if chapter.clause else ""
            yield Section(f"chapter-{chapter.id}", f"{title}{clause}", blocks)

    def _acknowledgement(self) -> Section:
        return self._signatures(self.readers)

    def _signatures(self, readers: Sequence[Reader]) -> Section:
        say = self.locale.say
        head = (
            say("doc.name", "Name"), say("doc.role", "Role"), say("doc.date", "Date"),
            say("doc.signature", "Signature"),
        )  # fmt: skip
        rows = [(one.name, ", ".join(map(self._role, self._in_order(one.roles))), "", "") for one in readers]
        text = "I have read version {version} (text {hash}) and will keep to its rules."
        said = say("doc.read", text, version=self.regulation.version, hash=self.regulation.content_hash[:12])
        sheet = Sheet("", head, tuple(rows) or (("", "", "", ""),) * 8)
        return Section("acknowledgement", say("doc.acknowledgement", "Acknowledgement"), (said, sheet))

    # -- words ---------------------------------------------------------------------------------------------------------

    def _page(self, process: type[Process[Any]]) -> ProcessPage:
        book = self.rulebook
        return ProcessPage(process, self.locale, self.regulation, book.reactions, book.staff)

    def _texts(self, strength: Strength) -> Iterator[NormText]:
        return (one for one in self.regulation.texts() if one.strength == str(strength))

    def _said(self, norm: NormText) -> str:
        return norm.translations.get(self.locale.lang) or norm.text

    def _norm_sheet(self, norms: Iterable[NormText]) -> Sheet:
        say = self.locale.say
        head = (
            say("page.norm", "Rule"), say("page.term", "Term"), say("doc.control", "Control"),
            say("doc.metric", "Indicator"), say("page.clause", "Clause"),
        )  # fmt: skip
        return Sheet(
            "",
            head,
            tuple(
                (
                    self._said(one),
                    self._term(one),
                    self._beside("control", one),
                    self._beside("metric", one),
                    one.clause,
                )
                for one in norms
            ),
        )

    def _beside(self, kind: str, norm: NormText) -> str:
        """How a norm is controlled, or what it is measured by, in the language."""
        said = norm.control if kind == "control" else norm.metric
        key = f"{kind}.{norm.id}"
        known = self.rulebook.english.get(key) == said
        named = f"indicator.{said}"
        if kind == "metric" and named in self.rulebook.english:
            return f"{said}: {self.locale.title(named)}"
        return (self.locale.title(key) if known else said) or "—"

    def _term(self, norm: NormText) -> str:
        if norm.left_open:
            return self.locale.say("page.left_open", "left open ({name})", name=norm.left_open)
        return in_words(Term.parse(norm.term), self.locale) if norm.term else "—"

    def _role(self, role_id: str) -> str:
        return self.locale.title(f"role.{role_id}")

    def _spoken(self) -> str:
        return "ru" if self.locale.lang == "ru" else "en"

    def _day(self) -> str:
        assert self.on is not None  # noqa: S101 - asked for where there is a day
        return f"{self.on:%d.%m.%Y}" if self.locale.lang == "ru" else self.on.isoformat()


def _week(schedule: WorkSchedule, locale: Locale) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """The hours of each weekday as a table; one line where the production calendar says which days work."""
    say = locale.say
    head = (say("doc.weekday", "Day"), say("doc.open", "Hours"), say("doc.zone", "Time zone"))
    names = (
        say("doc.mon", "Monday"), say("doc.tue", "Tuesday"), say("doc.wed", "Wednesday"), say("doc.thu", "Thursday"),
        say("doc.fri", "Friday"), say("doc.sat", "Saturday"), say("doc.sun", "Sunday"),
    )  # fmt: skip
    if schedule.week is None:
        day = say("doc.working_day", "each working day of the production calendar")
        return head, ((day, _shifts(schedule.working(0)), locale.title(f"zone.{schedule.timezone}")),)
    rows = tuple(
        (f"{name}", _shifts(schedule.week[number]), locale.title(f"zone.{schedule.timezone}"))
        for number, name in enumerate(names * (len(schedule.week) // 7))
    )
    return head, rows


def _shifts(shifts: Iterable[Shift]) -> str:
    return ", ".join(str(one).replace("-", "–") for one in shifts) or "—"
