"""The stage of the demo: a virtual clock, an engine on a real database, and a book that notes what happens."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Any, Final, Literal

import attrs

from salesreg.adapters.memory import MemoryDirectory
from salesreg.cli.demo import firm
from salesreg.engine import ProcessEngine
from salesreg.errors import SalesregError, StepRefused
from salesreg.opening import open_engine
from salesreg.ports import Delivered, Delivery, Message, Store
from salesreg.processes import Case, Event, Obligation, ObligationStatus, Step

__all__ = ["Entry", "Play"]

MOSCOW: Final = zoneinfo.ZoneInfo("Europe/Moscow")
HOUR: Final = dt.timedelta(hours=1)


@attrs.frozen
class Entry:
    """One line of the timeline.

    Attributes:
        at: when, Moscow time.
        kind: ``"step"``, ``"refused"``, ``"remind"``, ``"overdue"``, ``"head"``, ``"ceo"`` or ``"timer"``.
        about: the client.
        what: the step or the rule.
        who: who acted, or who is told.
        notes: what follows, a line each.
    """

    at: dt.datetime
    kind: str
    about: str
    what: str
    who: str
    notes: tuple[str, ...] = ()


class _Clock:
    """A clock that the play sets."""

    def __init__(self, start: dt.datetime) -> None:
        self.time = start

    def now(self) -> dt.datetime:
        return self.time


class _Postbox:
    """A notifier that hands messages to the book."""

    def __init__(self) -> None:
        self.sent: list[Message] = []

    def send(self, message: Message) -> Delivery:
        self.sent.append(message)
        return Delivered()


class Play:
    """Moves the clock, lets people act, and writes down what came of it."""

    def __init__(self, store: Store, start: dt.datetime, lang: Literal["en", "ru"]) -> None:
        self.lang = lang
        self.book: list[Entry] = []
        self.clock = _Clock(start)
        self.post = _Postbox()
        self.people = {person.id: person for person in firm.people(lang)}
        self.engine: ProcessEngine = open_engine(
            store,
            regulation=firm.regulation(),
            directory=MemoryDirectory(self.people.values()),
            notifier=self.post,
            clock=self.clock,
            lang=lang,
        )
        self._names: dict[str, str] = {}

    def until(self, when: str) -> None:
        """Let time pass until a Moscow wall-clock time such as ``"2026-03-02 10:00"``, ticking every hour."""
        goal = dt.datetime.fromisoformat(when).replace(tzinfo=MOSCOW)
        while self.clock.time + HOUR < goal:
            self.clock.time = (self.clock.time + HOUR).replace(minute=1)
            self._tick()
        self.clock.time = goal
        self._tick()

    def start(self, process: str, name: str, by: str, **payload: Any) -> Case[Any]:
        """Begin a case and call it by a name for people."""
        case: Case[Any] = self.engine.start(process, by=by, **payload)
        self._names[case.id] = name
        self._note_step(self.engine.history(case.id)[-1])
        return case

    def do(self, case: Case[Any], step: str, by: str, **payload: Any) -> Case[Any]:
        """Take a step."""
        case = self.engine.perform(case.id, step, by=by, **payload)
        self._note_step(self.engine.history(case.id)[-1])
        return case

    def refused(self, case: Case[Any], step: str, by: str, **payload: Any) -> None:
        """Try a step that the regulation does not allow, and note every reason."""
        try:
            self.engine.perform(case.id, step, by=by, **payload)
        except StepRefused as refusal:
            notes = [reason.text(self.lang) for reason in refusal.refusals]
            steps = self.engine.processes.latest(case.process).steps
            if refusal.allowed:
                may = ", ".join(steps[one].text(self.lang) for one in refusal.allowed)
                notes.append({"en": f"may instead: {may}", "ru": f"можно вместо этого: {may}"}[self.lang])
            self._note("refused", case.id, steps[step].text(self.lang), self._who(by), notes)
        else:
            raise SalesregError(f"the demo expected {step!r} to be refused on {case.id!r}")

    # -- the book -------------------------------------------------------------------------------------------------

    def _note(self, kind: str, case_id: str, what: str, who: str, notes: list[str]) -> None:
        about = self._names.get(case_id, case_id)
        self.book.append(Entry(self.clock.time.astimezone(MOSCOW), kind, about, what, who, tuple(notes)))

    def _note_step(self, event: Event) -> None:
        process = self.engine.processes.of(event.process, event.process_version)
        step: Step = process.steps[event.step]
        notes = [self._closed(one) for one in event.closed if one.status is not ObligationStatus.CANCELLED]
        if event.source != event.target:
            notes.append("→ " + process.stages[event.target].text(self.lang))
        notes += [self._opened(one) for one in event.opened]
        self._note("step", event.case, step.text(self.lang), self._who(event.by), notes)

    def _opened(self, one: Obligation) -> str:
        if one.due is None:
            return {"en": "clock paused", "ru": "срок приостановлен"}[self.lang]
        who = self._owner(one)
        return {"en": f"due {self.day(one.due)}: {who}", "ru": f"срок {self.day(one.due)}: {who}"}[self.lang]

    def _closed(self, one: Obligation) -> str:
        late = one.status is ObligationStatus.MET_LATE
        due = "" if one.due is None else self.day(one.due)
        if self.lang == "ru":
            return f"срок был {due}: {'нарушен, выполнено позже' if late else 'соблюдён'}"
        return f"was due {due}: {'met late' if late else 'met in time'}"

    def _tick(self) -> None:
        report = self.engine.tick()
        told: dict[str, list[str]] = {}
        for message in self.post.sent:
            told.setdefault(message.payload.get("obligation", ""), []).append(self._who(message.to))
        open_now = {one.id: one for one in self.engine.obligations() if one.id in told}
        rungs = [("remind", one) for one in report.reminded] + [("overdue", one) for one in report.breached]
        for kind, obligation_id in (*rungs, *((rung, one) for one, rung in report.escalated)):
            one = open_now[obligation_id]
            due = "" if one.due is None else self.day(one.due)
            note = {"en": f"due {due} ({one.clause})", "ru": f"срок {due} ({one.clause})"}[self.lang]
            self._note(kind, one.case, self.norm(one.norm), ", ".join(dict.fromkeys(told[obligation_id])), [note])
        for case_id, timer in report.fired:
            self._note_step(self.engine.history(case_id)[-1])
            del timer
        self.post.sent.clear()

    def norm(self, norm_id: str) -> str:
        """A rule in words."""
        return next(norm.words(self.lang) for norm in self.engine.regulation.norms if norm.id == norm_id)

    def name(self, case_id: str) -> str:
        """What people call a case."""
        return self._names.get(case_id, case_id)

    def _who(self, person: str) -> str:
        known = self.people.get(person)
        if known is not None:
            return known.full_name
        return {"en": "the system", "ru": "система"}[self.lang] if person == "system" else person

    def _owner(self, one: Obligation) -> str:
        return self._who(one.person) if one.person else one.role.text(self.lang) if one.role else "—"

    def owner(self, one: Obligation) -> str:
        """Who owes it, for people."""
        return self._owner(one)

    def day(self, instant: dt.datetime) -> str:
        """An instant as people say it: day, month and time in Moscow."""
        local = instant.astimezone(MOSCOW)
        return f"{WEEKDAYS[self.lang][local.weekday()]} {local:%d.%m %H:%M}"


WEEKDAYS: Final = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "ru": ("Пн", "Вт", "Ср", "Чт", "Пт", "Сб", "Вс"),
}
