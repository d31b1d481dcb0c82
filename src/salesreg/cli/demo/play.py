"""The stage of the demo: a virtual clock, an engine on a real database, and a book of everything that happens.

A chapter is a story told in order: it yields the instant of each scene and then acts. The play moves the clock from
scene to scene of all chapters, lets time pass in between, and reads from the event log what came of it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import heapq
import zoneinfo
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import attrs

from salesreg.adapters.memory import MemoryDirectory
from salesreg.cli.demo import firm
from salesreg.codec import decode_event
from salesreg.domain.people import Employee
from salesreg.domain.prices import BasePriceList, QuoteLine
from salesreg.engine import ProcessEngine
from salesreg.errors import SalesregError, StepRefused
from salesreg.opening import open_engine
from salesreg.ports import Delivered, Delivery, Message, Permanent, Store
from salesreg.processes import Case, Event, Obligation, ObligationStatus

__all__ = ["MOSCOW", "Entry", "Play", "Story", "local"]

MOSCOW: Final = zoneinfo.ZoneInfo("Europe/Moscow")
FIRST_TICK: Final = dt.datetime(2026, 3, 2, 0, 1, tzinfo=MOSCOW)
TICKS: Final = (0, *range(8, 21))
"""The hours of a day at which time is let pass: through the day, and once at midnight."""

Story = Iterator[str]
"""A chapter: it yields the wall-clock time of each scene, such as ``"03-02 10:00"``, and acts when it is resumed."""


def local(when: str) -> dt.datetime:
    """A wall-clock time of 2026 in Moscow, such as ``"03-02 10:00"``."""
    return dt.datetime.fromisoformat(f"2026-{when}").replace(tzinfo=MOSCOW)


@attrs.frozen
class Entry:
    """Something that happened.

    Attributes:
        at: when, Moscow time.
        kind: ``"step"``, ``"refused"``, ``"remind"``, ``"overdue"``, ``"head"`` or ``"ceo"``.
        case: the id of the case; of a refused first step, the process.
        process: the id of its process.
        subject: the id of the step or of the norm.
        who: the ids of who acted, or who was told.
        notable: whether the short version tells of it.
        event: the event, of a step taken.
        fact: what came of it, in words.
        reasons: why it was refused.
        instead: what may be done instead.
        obligation: what somebody is late with or reminded of.
    """

    at: dt.datetime
    kind: str
    case: str
    process: str
    subject: str
    who: tuple[str, ...]
    notable: bool = attrs.field(default=True, kw_only=True)
    event: Event | None = attrs.field(default=None, kw_only=True)
    fact: str = attrs.field(default="", kw_only=True)
    reasons: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    instead: str = attrs.field(default="", kw_only=True)
    obligation: Obligation | None = attrs.field(default=None, kw_only=True)

    @property
    def kept(self) -> frozenset[ObligationStatus]:
        """How the duties that the event ends were kept."""
        ended = () if self.event is None else self.event.closed
        return frozenset(one.status for one in ended if one.status in {ObligationStatus.MET, ObligationStatus.MET_LATE})


class _Clock:
    """A clock that the play sets."""

    def __init__(self) -> None:
        self.time = FIRST_TICK

    def now(self) -> dt.datetime:
        return self.time


class _Postbox:
    """A notifier that keeps what it is given for the book; who has no address cannot be reached."""

    def __init__(self, no_address: str) -> None:
        self.sent: list[Message] = []
        self._no_address = no_address

    def send(self, message: Message) -> Delivery:
        self.sent.append(message)
        return Permanent(self._no_address) if message.address is None else Delivered()


class Play:
    """Moves the clock, lets people act, and writes down what came of it.

    Args:
        store: where everything is kept.
        lang: the language of the story.
        tell: what an event has brought about, in words; empty where the step says it all.
    """

    def __init__(self, store: Store, lang: firm.Lang, tell: Callable[[Play, Event], str]) -> None:
        self.lang = lang
        self.book: list[Entry] = []
        self.clock: _Clock = _Clock()
        self.people: dict[str, Employee] = {person.id: person for person in firm.people(lang)}
        self.begun: defaultdict[str, list[str]] = defaultdict(list)
        self.store = store
        self._tell = tell
        self._post = _Postbox(self.say("no address", "нет адреса"))
        self._seen: int | None = None
        self._quiet = False
        self.engine: ProcessEngine = open_engine(
            store,
            regulation=firm.regulation(),
            directory=MemoryDirectory(self.people.values()),
            notifier=self._post,
            clock=self.clock,
            lang=lang,
        )

    def say(self, en: str, ru: str) -> str:
        """A text in the language of the play."""
        return ru if self.lang == "ru" else en

    # -- time -----------------------------------------------------------------------------------------------------

    def run(self, stories: Sequence[Story], routines: Sequence[Story], end: str) -> None:
        """Play every story to its end; what the routines do is told in the full version only."""
        scenes: list[tuple[dt.datetime, int, Story]] = []
        for number, story in enumerate((*stories, *routines)):
            self._resume(story, number, scenes)
        while scenes:
            at, number, story = heapq.heappop(scenes)
            self._pass(at)
            self._quiet = number >= len(stories)
            self._resume(story, number, scenes)
            self._quiet = False
        self._pass(local(end))

    def _resume(self, story: Story, number: int, scenes: list[tuple[dt.datetime, int, Story]]) -> None:
        when = next(story, None)
        if when is not None:
            heapq.heappush(scenes, (local(when), number, story))

    def _pass(self, goal: dt.datetime) -> None:
        """Let time pass until an instant, ticking on the way and on arrival."""
        if goal < FIRST_TICK:
            self.clock.time = goal
            return
        now = max(self.clock.time, FIRST_TICK - dt.timedelta(hours=1))
        while (now := _next_tick(now)) < goal:
            self.clock.time = now
            self._tick()
        self.clock.time = goal
        self._tick()

    def _tick(self) -> None:
        report = self.engine.tick()
        if report.failed:
            raise SalesregError(f"the demo expected every timer and duty to go through: {report.failed}")
        self._read()
        rungs = {(one, "remind") for one in report.reminded} | {(one, "overdue") for one in report.breached}
        told: dict[tuple[str, str], list[Message]] = {}
        for message in self._post.sent:
            key = (message.payload.get("obligation", ""), message.payload.get("rung", ""))
            told.setdefault(key, []).append(message)
        self._post.sent.clear()
        for key, messages in told.items():
            if key in rungs | set(report.escalated):
                self._note_rung(key[1], messages)

    def _note_rung(self, rung: str, messages: Sequence[Message]) -> None:
        case, wanted = messages[0].case, messages[0].payload["obligation"]
        one = next(one for one in self.engine.obligations(case=case) if one.id == wanted)
        process = self.engine.case(case).process
        routine = rung == "remind" and case.startswith(f"{process}:")
        who = tuple(dict.fromkeys(message.to for message in messages))
        self.book.append(
            Entry(self.clock.time, rung, case, process, one.norm, who, notable=not routine, obligation=one)
        )

    # -- what people do -------------------------------------------------------------------------------------------

    def start(self, process: str, by: str, step: str | None = None, **payload: Any) -> str:
        """Begin a case; gives its id."""
        case: Case[Any] = self.engine.start(process, by=by, step=step, case_id=self._fresh(process), **payload)
        self._read()
        return case.id

    def do(self, case: str, step: str, by: str, **payload: Any) -> None:
        """Take a step."""
        self.engine.perform(case, step, by=by, **payload)
        self._read()

    def offstage(self) -> contextlib.AbstractContextManager[None]:
        """What happens meanwhile is told in the full version only."""
        return self._telling(quiet=True)

    def onstage(self) -> contextlib.AbstractContextManager[None]:
        """What happens meanwhile is told, even in a routine."""
        return self._telling(quiet=False)

    @contextlib.contextmanager
    def _telling(self, *, quiet: bool) -> Iterator[None]:
        before, self._quiet = self._quiet, quiet
        yield
        self._quiet = before

    def refused(self, case: str, step: str, by: str, **payload: Any) -> None:
        """Try a step that the regulation does not allow, and note every reason."""
        process = self.engine.case(case).process
        try:
            self.engine.perform(case, step, by=by, **payload)
        except StepRefused as refusal:
            reasons = tuple(reason.text(self.lang) for reason in refusal.refusals)
            steps = self.engine.processes.latest(process).steps
            may = ", ".join(steps[one].text(self.lang) for one in refusal.allowed)
            may = self.say(f"may instead: {may}", f"можно вместо этого: {may}") if may else ""
            entry = Entry(self.clock.time, "refused", case, process, step, (by,), reasons=reasons, instead=may)
            self.book.append(entry)
        else:
            raise SalesregError(f"the demo expected {step!r} to be refused on {case!r}")

    def _fresh(self, process: str) -> str:
        """The next number of a process's cases, so that two runs of the demo are one and the same."""
        return f"{process}-{len(self.begun[process]) + 1}"

    def _read(self) -> None:
        """Note every event since the last look, those included that followed from others."""
        while page := list(self.store.events(after=self._seen)):
            for stored in page:
                self._seen = stored.position
                event = decode_event(self.engine.processes, stored)
                if event.source is None:
                    self.begun[event.process].append(event.case)
                if event.step not in {"child_started", "child_ended"}:
                    self._note(event)

    def _note(self, event: Event) -> None:
        duty = event.source is None and event.case.startswith(f"{event.process}:")
        self.book.append(
            Entry(
                event.at.astimezone(MOSCOW),
                "step",
                event.case,
                event.process,
                event.step,
                (event.by,),
                notable=not (duty or self._quiet),
                event=event,
                fact=self._tell(self, event),
            )
        )

    # -- what the chapters ask ------------------------------------------------------------------------------------

    def case(self, case: str) -> Case[Any]:
        """A case as it stands."""
        return self.engine.case(case)

    def price_list(self) -> Case[Any]:
        """The case of the base price list in force."""
        (found,) = self.engine.cases(process="price_change", stage="in_force")
        return found

    def quote(self, discount: int = 0) -> dict[str, Any]:
        """A certificate and its test report at the base prices in force, with a discount in per cent."""
        prices: BasePriceList = self.price_list().data.price_list
        lines: tuple[QuoteLine, ...] = tuple(prices.line(code, discount=discount) for code in ("CERT", "TEST"))
        return {"base_version": prices.version, "lines": lines}


def _next_tick(now: dt.datetime) -> dt.datetime:
    tick = now.replace(minute=1, second=0)
    while tick <= now or tick.hour not in TICKS:
        tick += dt.timedelta(hours=1)
    return tick
