"""An audit as people read it: the rates, what broke the rules, by whom, and what was not checked and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from salesreg.audit.audit import Audit
from salesreg.audit.findings import Finding
from salesreg.audit.rates import FEW, Rate
from salesreg.audit.what_if import Change
from salesreg.documents.page import ProcessPage, Sheet
from salesreg.documents.picture import picture
from salesreg.documents.sections import Block, Figure, Items, Section
from salesreg.documents.svg import svg
from salesreg.rules import Locale

MOST, MOST_OF_ONE = 200, 50
"""So many findings of a rule and of a person are listed on the page; the table has them all."""
USUAL = 0.05
"""What is against the order in so many of the cases is a habit."""
RARELY, ALWAYS = 0.5, 0.995
"""A rule that is kept less often, or more often, is asked about."""


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
        parts = (self._rules(), self._found(), self._people(), self._practice(), self._open())
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
            stages, steps = self._at_stages(), self._at_steps()
            blocks.append(Figure(svg(picture(self._page, at_stages=stages, at_steps=steps)), self._page.title))
        return Section("rules", self.locale.say("audit.rules", "How the rules are kept"), tuple(blocks))

    def _at_stages(self) -> dict[str, str]:
        """How often the term of each stage is kept."""
        of = {one.norm: one.stage for one in self.audit.bound.stages}
        return {of[one.norm]: said for one in self.audit.rates() if one.norm in of and (said := self._said(one))}

    def _at_steps(self) -> dict[str, str]:
        """How often each step came in time, and how often out of order."""
        found: dict[str, list[str]] = {}
        stops = {one.norm: one.stop for one in self.audit.bound.clocks}
        for one in self.audit.rates():
            for step in stops.get(one.norm, ()) if (said := self._said(one)) else ():
                found.setdefault(step, []).append(said)
        for step, number in self.audit.out_of_order().items():
            found.setdefault(step, []).append(
                self.locale.say("audit.out_of_order", "out of order: {count}", count=number)
            )
        return {step: "; ".join(some) for step, some in found.items()}

    def _said(self, one: Rate) -> str:
        """In time how often, as a share, or as a count where there are few."""
        if one.share is None:
            return ""
        if one.known < FEW:
            return self.locale.say("audit.few_in_time", "{kept} of {known} in time", kept=one.kept, known=one.known)
        return self.locale.say("audit.in_time", "{share} in time", share=f"{one.share:.0%}")

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
        return Section(f"rule-{norm}", self._norm(norm), (*blocks, *self._listed(found, count)))

    def _listed(self, found: Sequence[Finding], count: int) -> list[Block]:
        """Some findings as a table, and how many there are where these are not all."""
        say, blocks = self.locale.say, list[Block]()
        if count > len(found):
            blocks.append(say("audit.first", "The first {shown} of {count}.", shown=len(found), count=count))
        head = (
            say("audit.what", "What"), say("audit.case", "Case"), say("page.step", "Step"),
            say("doc.case.when", "When"), say("audit.who", "Who"), say("doc.case.due", "Due"),
            say("audit.charge", "Laid to their charge"),
        )  # fmt: skip
        return [*blocks, Sheet("", head, tuple(map(self.row, found)))]

    def row(self, one: Finding) -> tuple[str, ...]:
        """One finding: what, where, which step, when, who, by when, and whether it is laid to their charge."""
        say = self.locale.say
        kind = say(f"audit.kind.{one.kind}", one.kind.replace("_", " "))
        if one.facts:
            lacking = ", ".join(map(self._step, one.facts))
            kind = say("audit.lacking", "{kind}: {steps}", kind=kind, steps=lacking)
        why = ", ".join(say(f"audit.why.{why}", why.replace("_", " ")) for why in one.why_not)
        charge = say("audit.yes", "yes") if one.chargeable else say("audit.no", "no: {why}", why=why)
        where = f"{one.case} ({one.source}:{one.row})" if one.case else "—"
        due = "—" if one.due is None else self._when(one.due)
        return kind, where, self._step(one.step), self._when(one.at), one.person or "—", due, charge

    def _people(self) -> Section:
        """A page for each person: their share beside that of all, and what was found; nobody is ranked."""
        say = self.locale.say
        head = (*self.rates().head[:-1], say("audit.share_of_all", "Share of all"))
        everybody = {one.norm: self._share(one) for one in self.audit.rates()}
        rates: dict[str, list[Rate]] = {}
        for one in self.audit.rates(by_person=True):
            if one.person != "—":
                rates.setdefault(one.person, []).append(one)
        found: dict[str, list[Finding]] = {}
        for finding in self.audit.findings:
            if finding.person is not None:
                found.setdefault(finding.person, []).append(finding)
        parts = []
        for number, (person, some) in enumerate(sorted(rates.items())):
            rows = tuple((self._norm(one.norm), *self._counts(one)[:-1], everybody[one.norm]) for one in some)
            blocks: list[Block] = [Sheet("", head, rows)]
            if mine := found.get(person, []):
                blocks += self._listed(mine[:MOST_OF_ONE], len(mine))
            parts.append(Section(f"person-{number}", person, tuple(blocks)))
        return Section("people", say("audit.people", "By person, in the order of names"), (), tuple(parts))

    # -- practice beside rule ------------------------------------------------------------------------------------------

    def _practice(self) -> Section:
        return Section(
            "practice", self.locale.say("audit.practice", "What is done beside what is laid down"), self.practice()
        )

    def practice(self) -> tuple[Sheet, ...]:
        """What speaks of the rule and not of people: dead steps, other habits, terms that nobody keeps (R97)."""
        if self._page is None:
            return ()
        say, cases = self.locale.say, max(len(self.audit.log.cases), 1)
        never = [(self._step(one),) for one in self._page.process.steps if one in self.audit.unseen()]
        orders = [
            (
                say(f"audit.kind.{kind}", kind.replace("_", " ")),
                "—" if before is None else self._step(before), self._step(step), f"{count} ({count / cases:.0%})",
            )
            for (kind, before, step), count in self.audit.other_orders().items() if count >= USUAL * cases
        ]  # fmt: skip
        terms = [
            (self._norm(one.norm), self._share(one), self._habit(one.share))
            for one in self.audit.rates()
            if one.share is not None and one.known >= FEW and not RARELY <= one.share <= ALWAYS
        ]
        step, in_cases = say("page.step", "Step"), say("audit.in_cases", "In cases")
        sheets = (
            Sheet(say("audit.never", "Steps that nobody recorded"), (step,), tuple(never)),
            Sheet(
                say("audit.usual", "Usual, and against the order"),
                (say("audit.what", "What"), say("audit.before", "After"), step, in_cases), tuple(orders),
            ),
            Sheet(
                say("audit.habits", "Rules that hardly anybody keeps, or everybody"),
                (say("page.norm", "Rule"), say("audit.kept", "Kept"), say("audit.ask", "A question to the rule")),
                tuple(terms),
            ),
        )  # fmt: skip
        return tuple(one for one in sheets if one.rows)

    def _habit(self, share: float) -> str:
        if share < RARELY:
            return self.locale.say("audit.rarely", "Can it be kept at all?")
        return self.locale.say("audit.always", "Is it still needed, or could it be stricter?")

    def changes(self, changes: Sequence[Change]) -> Sheet:
        """How each rule fares under another regulation."""
        say = self.locale.say
        head = (
            say("page.norm", "Rule"), say("audit.both", "Kept under both"), say("audit.only_now", "Only now"),
            say("audit.only_then", "Only then"), say("audit.neither", "Under none"), say("audit.unknown", "Unknown"),
            say("audit.change", "Change of the share kept, 95 % interval"),
        )  # fmt: skip
        rows = []
        for one in changes:
            counts = (one.both, one.only_now, one.only_then, one.neither, one.unsure)
            change = "—"
            if one.difference is not None and one.interval is not None and one.known >= FEW:
                low, high = one.interval
                change = f"{one.difference:+.1%} ({low:+.1%} – {high:+.1%})"
            rows.append((self._norm(one.norm), *map(str, counts), change))
        return Sheet("", head, tuple(rows))

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
        bounds = one.bounds if one.unknown and one.known >= FEW else None
        return (*counts, self._share(one), "—" if bounds is None else f"{bounds[0]:.1%} – {bounds[1]:.1%}")

    def _share(self, one: Rate) -> str:
        """The share kept with its interval; of few, a count."""
        if one.share is None or one.interval is None:
            return "—"
        if one.known < FEW:
            return self.locale.say("audit.few", "{kept} of {known}", kept=one.kept, known=one.known)
        low, high = one.interval
        return f"{one.share:.1%} ({low:.1%} – {high:.1%})"

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
