"""A case as evidence, on one page: what happened, what was owed and how it was counted, who answers for it (R80)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from salesreg.documents.page import ProcessPage, Sheet
from salesreg.documents.picture import picture
from salesreg.documents.sections import Block, Figure, Items, Section, local_time, written
from salesreg.documents.svg import svg
from salesreg.engine.evidence import Evidence
from salesreg.process import Rulebook
from salesreg.process.case import Event, Obligation
from salesreg.rules import Locale, Regulation

LONGEST = 300
"""Characters of a recorded value that are shown; the record itself has the whole."""
OF_THE_ENGINE = {
    "child_started": "a related case began",
    "child_ended": "a related case ended",
    "migrated": "moved to another page or regulation",
    "record_corrected": "a record was corrected",
    "personal_data_erased": "personal data were erased",
}


class CaseFile:
    """What the store says of one case, in one language.

    Args:
        rulebook: whose pages the case ran under.
        evidence: what `engine.evidence` gives.
        locale: the language, from the texts of the rulebook.
    """

    def __init__(self, rulebook: Rulebook, evidence: Evidence, locale: Locale) -> None:
        self.evidence: Evidence = evidence
        self.locale: Locale = locale
        case = evidence.case
        self._page = ProcessPage(
            rulebook.pages[case.process, case.process_version, case.rulebook or rulebook.id],
            locale,
            self._text,
            staff=rulebook.staff,
        )
        self._zone = ZoneInfo(self._text.calendar.timezone)

    @property
    def title(self) -> str:
        """Which case it is."""
        return f"{self._page.title}: {self.evidence.case.id}"

    @property
    def edition(self) -> str:
        """As of when, and the hash of its last event, by which its record can be checked."""
        when, head = self._when(self.evidence.at), self.evidence.head
        return self.locale.say("doc.case.edition", "As of {when}; hash of the last event {head}", when=when, head=head)

    def sections(self) -> tuple[Section, ...]:
        """Everything that the page says, in order."""
        parts = (self._state(), self._events(), self._owed(), self._late(), self._texts())
        return tuple(one for one in parts if one.blocks or one.parts)

    def markdown(self) -> str:
        """The page as Markdown; the picture is left to the HTML."""
        return written(self.title, self.edition, self.sections())

    # -- sections ------------------------------------------------------------------------------------------------------

    def _state(self) -> Section:
        say, case = self.locale.say, self.evidence.case
        stage, at = self._page.stage(self._page.process.stages[case.stage]), self._when(case.last_at)
        stands = say("doc.case.stands", "Stands in “{stage}” since its last event, {when}.", stage=stage, when=at)
        ways = [(one.source, one.target) for one in self.evidence.events]
        drawn = svg(picture(self._page, current=case.stage, taken=ways))
        shown = say("doc.case.way", "The way that the case went")
        return Section("state", say("doc.case.state", "Where it stands"), (stands, Figure(drawn, shown)))

    def _events(self) -> Section:
        say = self.locale.say
        head = (
            say("doc.case.when", "When"), say("page.step", "Step"), say("page.by", "By"), say("page.to", "To"),
            say("doc.case.recorded", "Recorded"), say("page.clause", "Clause"),
        )  # fmt: skip
        rows = tuple(self._event_row(one) for one in self.evidence.events)
        return Section("events", say("doc.case.events", "What happened"), (Sheet("", head, rows),))

    def _event_row(self, event: Event) -> tuple[str, ...]:
        say, process = self.locale.say, event.process
        if event.step in OF_THE_ENGINE:
            step = say(f"doc.event.{event.step}", OF_THE_ENGINE[event.step])
        else:
            step = self.locale.title(f"{process}.step.{event.step}")
        who = f"{event.by} ({self._page.role(event.role)})" if event.role else event.by
        if event.on_behalf_of is not None:
            who = say("doc.case.behalf", "{who} for {absent}", who=who, absent=event.on_behalf_of)
        target = "—" if event.source == event.target else self.locale.title(f"{process}.stage.{event.target}")
        said = _shown({self.locale.title(f"field.{key}"): value for key, value in event.payload.items()}, "; ")
        return self._when(event.at), step, who, target, said or "—", ", ".join(event.clauses) or "—"

    def _owed(self) -> Section:
        say = self.locale.say
        head = (
            say("page.norm", "Rule"), say("page.owner", "Responsible"), say("doc.case.began", "Began"),
            say("doc.case.due", "Due"), say("doc.case.closed", "Closed"), say("doc.case.status", "Verdict"),
        )  # fmt: skip
        rows = tuple(
            (
                self.locale.title(f"norm.{one.norm}"),
                self._owner(one),
                self._when(one.started_at),
                self._when(one.due),
                self._when(one.closed_at),
                say(f"doc.status.{one.status}", one.status.replace("_", " ")),
            )
            for one in self.evidence.obligations
        )
        return Section("owed", say("doc.case.owed", "What was owed"), (Sheet("", head, rows),) if rows else ())

    def _late(self) -> Section:
        parts = tuple(self._answer(one) for one in self.evidence.obligations if one.id in self.evidence.excuses)
        return Section("late", self.locale.say("doc.case.late", "What was late, and who answers for it"), (), parts)

    def _answer(self, late: Obligation) -> Section:
        say, excuses = self.locale.say, self.evidence.excuses[late.id]
        blocks: list[Block] = [Items(tuple(self._counted(late)))]
        if excuses:
            blocks.append(say("doc.case.nobody", "Nobody answers for it:"))
            blocks.append(Items(tuple(map(self.locale.refusal, excuses))))
        else:
            answers = "{name} answers for it: a rule, in force then, which they had acknowledged before."
            blocks.append(say("doc.case.answers", answers, name=late.person))
        title = f"{self.locale.title(f'norm.{late.norm}')} ({late.clause}): {self._owner(late)}"
        return Section(f"late-{late.id}", title, tuple(blocks))

    def _counted(self, late: Obligation) -> Iterator[str]:
        """How its due instant came about, a line a step; nothing but the instant where it was agreed."""
        spoken = "ru" if self.locale.lang == "ru" else "en"
        began = next(e.regulation for e in self.evidence.events if any(one.id == late.id for one in e.opened))
        calendar, when = self.evidence.regulations[began].calendar, self._when(late.due)
        deadline = calendar.due(late.term, late.started_at, late.pauses) if late.term else None
        if deadline is not None and deadline.at == late.due:
            yield from deadline.explain(spoken).splitlines()
        elif late.moved:
            put_off = "due {when}, put off {times} {times:plural|time|times} before it came"
            yield self.locale.say("doc.case.put_off", put_off, when=when, times=late.moved)
        else:
            yield self.locale.say("doc.case.agreed", "due {when}: the instant named in the case", when=when)

    def _texts(self) -> Section:
        """Which texts it ran under, and what they say of what was late."""
        say, late = self.locale.say, {one.norm for one in self.evidence.obligations if one.id in self.evidence.excuses}
        lines = []
        for content_hash, text in self.evidence.regulations.items():
            which = "{title}, version {version}, text {hash}"
            title = text.translations.get(self.locale.lang) or text.title or text.id
            lines.append(say("doc.case.text", which, title=title, version=text.version, hash=content_hash))
            for norm in text.texts():
                if norm.id in late:
                    said = norm.translations.get(self.locale.lang) or norm.text
                    lines.append(f"{norm.clause}: {said}")
        return Section("texts", say("doc.case.texts", "The text behind it"), (Items(tuple(lines)),))

    # -- words ---------------------------------------------------------------------------------------------------------

    @property
    def _text(self) -> Regulation:
        return self.evidence.regulations[self.evidence.case.regulation]

    def _owner(self, one: Obligation) -> str:
        role = self._page.role(one.role) if one.role else ""
        return f"{one.person} ({role})" if one.person and role else one.person or role or "—"

    def _when(self, instant: dt.datetime | None) -> str:
        return local_time(instant, self._zone, self.locale)


def _shown(value: Any, between: str = ", ") -> str:
    """A recorded value in one line, cut where it is long; what was left out is not said."""
    if isinstance(value, Mapping):
        text = between.join(f"{key}: {_shown(one)}" for key, one in value.items() if one not in (None, "", [], {}))
    elif isinstance(value, list | tuple):
        text = ", ".join(map(_shown, value))
    else:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
