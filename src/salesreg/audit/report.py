"""An audit as people read it: the rates, what broke the rules, by whom, and what was not checked and why."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from salesreg.audit.audit import Audit
from salesreg.audit.findings import Finding
from salesreg.audit.rates import FEW, Rate
from salesreg.documents.page import ProcessPage, Sheet
from salesreg.documents.picture import picture
from salesreg.documents.sections import Block, Figure, Items, Section
from salesreg.documents.svg import svg
from salesreg.rules import Locale

MOST = 200
"""So many findings of a rule are listed on the page; the table has them all."""


class AuditReport:
    """An audit in one language.

    Args:
        audit: what was found.
        locale: the language.
        page: the process that the log was held to, in that language, if it was held to one.
    """

    def __init__(self, audit: Audit, locale: Locale, page: ProcessPage | None = None) -> None:
        self.audit: Audit = audit
        self.locale: Locale = locale
        self._page = page
        self._zone = ZoneInfo(audit.bound.calendar.timezone)

    @property
    def title(self) -> str:
        """What was audited."""
        log = self.audit.log
        of = self._page.title if self._page is not None else ", ".join(log.sources)
        return self.locale.say("audit.title", "Audit: {of}", of=of)

    @property
    def edition(self) -> str:
        """How much the log holds, and as of when."""
        log = self.audit.log
        text = "{events} events of {cases} cases by {people} people, as of {when}"
        when = self._when(dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=log.as_of))
        return self.locale.say(
            "audit.edition", text, events=len(log), cases=len(log.cases), people=len(log.people), when=when
        )

    def sections(self) -> tuple[Section, ...]:
        """Everything that the report says, in order."""
        parts = (self._rules(), self._found(), self._people(), self._open())
        return tuple(one for one in parts if one.blocks or one.parts)

    def rates(self) -> Sheet:
        """A row for each rule."""
        say = self.locale.say
        head = (
            say("page.norm", "Rule"), say("audit.kept", "Kept"), say("audit.late", "Late"),
            say("audit.broken", "Broken"), say("audit.open", "Still open"), say("audit.unknown", "Unknown"),
            say("audit.share", "Share kept, 95 % interval"),
            say("audit.bounds", "If what is unknown was broken, or kept"),
        )  # fmt: skip
        rows = tuple((self._norm(one.norm), *self._counts(one)) for one in self.audit.rates())
        return Sheet("", head, rows)

    # -- sections ------------------------------------------------------------------------------------------------------

    def _rules(self) -> Section:
        blocks: list[Block] = [self.rates()]
        if self._page is not None:
            blocks.append(Figure(svg(picture(self._page)), self._page.title))
        return Section("rules", self.locale.say("audit.rules", "How the rules are kept"), tuple(blocks))

    def _found(self) -> Section:
        by_rule: dict[str, list[Finding]] = {}
        counts: dict[str, int] = {}
        for one in self.audit.findings:
            counts[one.norm] = counts.get(one.norm, 0) + 1
            if counts[one.norm] <= MOST:
                by_rule.setdefault(one.norm, []).append(one)
        parts = tuple(self._of_rule(norm, found, counts[norm]) for norm, found in by_rule.items())
        return Section("findings", self.locale.say("audit.findings", "What broke the rules"), (), parts)

    def _of_rule(self, norm: str, found: list[Finding], count: int) -> Section:
        say, blocks = self.locale.say, list[Block]()
        if late := self.audit.delays(norm):
            delays = "Late by {middle} working minutes in the middle, nine tenths by at most {most}."
            blocks.append(say("audit.delays", delays, middle=f"{late[0]:.0f}", most=f"{late[1]:.0f}"))
        if count > len(found):
            blocks.append(say("audit.first", "The first {shown} of {count}.", shown=len(found), count=count))
        head = (
            say("audit.what", "What"), say("audit.case", "Case"), say("page.step", "Step"),
            say("doc.case.when", "When"), say("audit.who", "Who"), say("doc.case.due", "Due"),
            say("audit.charge", "Laid to their charge"),
        )  # fmt: skip
        rows = tuple(map(self.row, found))
        return Section(f"rule-{norm}", self._norm(norm), (*blocks, Sheet("", head, rows)))

    def row(self, one: Finding) -> tuple[str, ...]:
        """One finding: what, where, which step, when, who, by when, and whether it is laid to their charge."""
        say = self.locale.say
        kind = say(f"audit.kind.{one.kind}", one.kind.replace("_", " "))
        if one.facts:
            lacking = ", ".join(map(self._step, one.facts))
            kind = say("audit.lacking", "{kind}: {steps}", kind=kind, steps=lacking)
        why = ", ".join(say(f"audit.why.{why}", why.replace("_", " ")) for why in one.why_not)
        charge = say("audit.yes", "yes") if one.chargeable else say("audit.no", "no: {why}", why=why)
        where = f"{one.case} ({one.source}:{one.row})"
        due = "—" if one.due is None else self._when(one.due)
        return kind, where, self._step(one.step), self._when(one.at), one.person or "—", due, charge

    def _people(self) -> Section:
        """By rule, the share of each person beside that of all; nobody is ranked."""
        say = self.locale.say
        head = (
            say("audit.who", "Who"), say("audit.kept", "Kept"), say("audit.late", "Late"),
            say("audit.broken", "Broken"), say("audit.open", "Still open"), say("audit.unknown", "Unknown"),
            say("audit.share", "Share kept, 95 % interval"),
            say("audit.bounds", "If what is unknown was broken, or kept"),
        )  # fmt: skip
        rates: dict[str, list[Rate]] = {}
        for one in self.audit.rates(by_person=True):
            if one.person != "—":
                rates.setdefault(one.norm, []).append(one)
        parts = tuple(
            Section(
                f"people-{norm}",
                self._norm(norm),
                (Sheet("", head, tuple((one.person, *self._counts(one)) for one in some)),),
            )
            for norm, some in rates.items()
        )
        return Section("people", say("audit.people", "By person, in the order of names"), (), parts)

    def _open(self) -> Section:
        return Section("unchecked", self.locale.say("audit.unchecked", "What was not checked"), self._unchecked())

    def _unchecked(self) -> tuple[Block, ...]:
        say, found = self.locale.say, list[str]()
        for (norm, reason), number in self.audit.unknown().items():
            said = say(f"audit.reason.{reason}", reason)
            found.append(f"{self._norm(norm)} — {number}: {said}")
        for norm, why in self.audit.bound.unchecked:
            found.append(f"{self._named(norm)}: {say(f'audit.reason.{why}', why)}")
        return (Items(tuple(found)),) if found else ()

    # -- words ---------------------------------------------------------------------------------------------------------

    def _counts(self, one: Rate) -> tuple[str, ...]:
        counts = tuple(str(number) for number in (one.kept, one.late, one.broken, one.open, one.unknown))
        interval, bounds = one.interval, one.bounds
        if one.share is None or interval is None or bounds is None:
            return (*counts, "—", "—")
        if one.known < FEW:
            few = self.locale.say("audit.few", "{kept} of {known}", kept=one.kept, known=one.known)
            return (*counts, few, "—")
        low, high = interval
        return (
            *counts,
            f"{one.share:.1%} ({low:.1%} – {high:.1%})",
            f"{bounds[0]:.1%} – {bounds[1]:.1%}" if one.unknown else "—",
        )

    def _norm(self, norm: str) -> str:
        rule = self.audit.bound.rules[norm]
        said = rule.translations.get(self.locale.lang) or self.locale.say(f"audit.rule.{norm}", rule.text)
        return f"{said} ({rule.clause})" if rule.clause not in ("", "—") else said

    def _named(self, norm: str) -> str:
        key = f"norm.{norm}"
        if self.locale.knows(key):
            return self.locale.title(key)
        process, _, step = norm.partition(".")
        return self._step(step) if self._page is not None and process == self._page.process.id else norm

    def _step(self, step: str) -> str:
        if self._page is None or step not in self._page.process.steps:
            return step
        return self._page.step(self._page.process.steps[step])

    def _when(self, instant: dt.datetime) -> str:
        local = instant.astimezone(self._zone)
        return f"{local:%d.%m.%Y %H:%M:%S}" if self.locale.lang == "ru" else f"{local:%Y-%m-%d %H:%M:%S}"
