"""The stage of the demo: a virtual clock, an engine on a real database, and a book of everything that happens.

A chapter is a story told in order: it yields the time of each scene, with what is done first in it, and goes on from
there. The play moves the clock from scene to scene of all chapters, lets time pass in between, and reads from the event
log what came of it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import heapq
import zoneinfo
from collections import defaultdict
from collections.abc import Generator, Iterator, Sequence
from typing import Any, Final, TypeAlias

import attrs

from salesreg.adapters.memory import MemoryDirectory
from salesreg.cli.demo import firm
from salesreg.commercial import PriceChangeProcess, open_engine
from salesreg.commercial.domain.prices import BasePriceList, QuoteLine
from salesreg.commercial.motivation.explain import text
from salesreg.commercial.motivation.gather import explained, reckon
from salesreg.engine import ProcessEngine
from salesreg.engine.codec import Pages
from salesreg.engine.events import Reader
from salesreg.errors import SalesregError, StepRefused
from salesreg.ports import Delivered, Delivery, Message, Permanent, Store
from salesreg.process import Case, Command, Event, Obligation, ObligationStatus, Opening
from salesreg.rules import Employee, Locale

MOSCOW: Final = zoneinfo.ZoneInfo("Europe/Moscow")
FIRST_TICK: Final = dt.datetime(2026, 3, 2, 0, 1, tzinfo=MOSCOW)
MONTH: Final = tuple(dt.date(2026, 3, day) for day in range(1, 32))
TICKS: Final = (0, *range(8, 21))
"""The hours of a day at which time is let pass: through the day, and once at midnight."""

Story: TypeAlias = Generator[str | tuple[Any, ...], str, None]
"""A chapter: it yields the time of each scene, ``"03-02 10:00"``, alone or with a method of the play and its arguments.

What the method gives, the id of a case that is begun, is what the ``yield`` gives.
"""


def local(when: str) -> dt.datetime:
    """A wall-clock time of 2026 in Moscow, such as ``"03-02 10:00"``."""
    return dt.datetime.fromisoformat(f"2026-{when}").replace(tzinfo=MOSCOW)


@attrs.frozen
class Entry:
    """Something that happened, at a time of Moscow, to a case; the short version tells only of what is notable.

    Its kind is ``"step"``, ``"refused"``, or the rung of the ladder, such as ``"overdue"``. It is about a step, which
    somebody took or tried to take, or about a norm, of which somebody was told.
    """

    at: dt.datetime
    kind: str
    case: str
    process: str
    subject: str
    who: tuple[str, ...]
    notable: bool = True
    event: Event | None = None
    refused: StepRefused | None = None
    obligation: Obligation | None = None

    @property
    def kept(self) -> frozenset[ObligationStatus]:
        """How the duties that the event ends were kept."""
        ended = () if self.event is None else self.event.closed
        return frozenset(one.status for one in ended if one.status in {ObligationStatus.MET, ObligationStatus.MET_LATE})


@attrs.define
class _Clock:
    """A clock that the play sets."""

    time: dt.datetime = FIRST_TICK

    def now(self) -> dt.datetime:
        return self.time


@attrs.define
class _Postbox:
    """A notifier that keeps what it is given for the book; who has no address cannot be reached."""

    no_address: str
    sent: list[Message] = attrs.field(factory=list)

    def send(self, message: Message) -> Delivery:
        self.sent.append(message)
        return Permanent(self.no_address) if message.address is None else Delivered()


class Play:
    """Moves the clock, lets people act, and writes down what came of it."""

    def __init__(self, store: Store, locale: Locale) -> None:
        self.locale: Locale = locale
        self.book: list[Entry] = []
        self.clock: _Clock = _Clock()
        self.people: dict[str, Employee] = {person.id: person for person in firm.people(locale)}
        self.begun: defaultdict[str, list[str]] = defaultdict(list)
        self.store = store
        self.explained: tuple[dt.datetime, str] = (FIRST_TICK, "")
        self._post = _Postbox(self.say("no_address"))
        self._seen = 0
        self._readers: dict[str, Reader] = {}
        self._quiet = False
        self._scenes: list[tuple[dt.datetime, int, Story, list[Any]]] = []
        self.engine: ProcessEngine = open_engine(
            store,
            regulation=firm.regulation(),
            directory=MemoryDirectory(self.people.values()),
            notifier=self._post,
            clock=self.clock,
            lang=locale.lang,
        )
        self._pages = Pages(self.engine.rulebook)

    def say(self, key: str, **facts: Any) -> str:
        """What the demo says, in the language of the play."""
        return firm.say(self.locale, key, **facts)

    # -- time -----------------------------------------------------------------------------------------------------

    def run(self, stories: Sequence[Story], routines: Sequence[Story], end: str) -> None:
        """Play every story to its end; what the routines do is told in the full version only."""
        for number, story in enumerate((*stories, *routines)):
            self._resume(number, story, [])
        while self._scenes:
            at, number, story, first = heapq.heappop(self._scenes)
            self._pass(at)
            with self.telling(quiet=number >= len(stories)):
                self._resume(number, story, first)
        self._pass(local(end))

    def _resume(self, number: int, story: Story, first: list[Any]) -> None:
        """Do what is done first in a scene, tell the story on, and note when its next scene is."""
        came_of: Any = first[0](*first[1:]) if first else None
        with contextlib.suppress(StopIteration):
            scene = story.send(came_of)
            when, *first = (scene,) if isinstance(scene, str) else scene
            heapq.heappush(self._scenes, (local(when), number, story, first))

    def _pass(self, goal: dt.datetime) -> None:
        """Let time pass until an instant, ticking on the way and on arrival."""
        now = max(self.clock.time, FIRST_TICK - dt.timedelta(hours=1))
        while (now := _next_tick(now)) < goal:
            self._tick(now)
        self._tick(goal)

    def _tick(self, now: dt.datetime) -> None:
        """Let the engine do what is due, and note whom it has told; nothing is due before the month."""
        self.clock.time = now
        if now < FIRST_TICK:
            return
        report = self.engine.tick()
        if report.failed:
            raise SalesregError(f"the demo expected every timer and duty to go through: {report.failed}")
        self._read()
        rungs = {(one, "remind") for one in report.reminded} | {(one, "overdue") for one in report.breached}
        told: defaultdict[tuple[str, str], list[Message]] = defaultdict(list)
        for message in self._post.sent:
            told[message.payload.get("obligation", ""), message.payload.get("rung", "")].append(message)
        self._post.sent.clear()
        for (owed, rung), messages in told.items():
            if (owed, rung) in rungs | set(report.escalated):
                case = self.case(messages[0].case)
                one = next(one for one in self.engine.obligations(case=case.id) if one.id == owed)
                routine = rung == "remind" and _is_duty(case.id, case.process)
                who = tuple(dict.fromkeys(message.to for message in messages))
                entry = Entry(self.clock.time, rung, case.id, case.process, one.norm, who, not routine, obligation=one)
                self.book.append(entry)

    # -- what people do -------------------------------------------------------------------------------------------

    def start(self, by: str, command: Opening[Any]) -> str:
        """Begin a case; gives its id."""
        page: Any = command.page
        # Numbered, so that two runs of the demo are one and the same.
        case = self.engine.start(command, by=by, case_id=f"{page.id}-{len(self.begun[page.id]) + 1}")
        self._read()
        return case.id

    def do(self, case: str, by: str, *commands: Command[Any]) -> None:
        """Take steps."""
        for command in commands:
            self.engine.perform(case, command, by=by)
            self._read()

    def reckon(self, bonus: str) -> None:
        """Let the system calculate a bonus from what is on record, and keep why the first came to what it did."""
        reckon(self.engine, bonus)
        if not self.explained[1]:
            self.explained = self.clock.time, text(explained(self.engine, bonus), self.locale, depth=2)
        self._read()

    def meanwhile(self, case: str, by: str, *commands: Command[Any]) -> None:
        """Take steps that are told of in the full version only."""
        with self.telling(quiet=True):
            self.do(case, by, *commands)

    @contextlib.contextmanager
    def telling(self, *, quiet: bool) -> Iterator[None]:
        """What happens meanwhile is told in the full version only, or told even in a routine."""
        before, self._quiet = self._quiet, quiet
        yield
        self._quiet = before

    def hand_over(self, leaver: str, to: str, by: str) -> None:
        """Put somebody in charge of everything that a leaver is in charge of."""
        if left := self.engine.hand_over(leaver, to=to, by=by).refused:
            raise SalesregError(f"the demo expected everything to be handed over: {left}")
        self._read()

    def refused(self, case: str, by: str, command: Command[Any]) -> None:
        """Try a step that the regulation does not allow, and note every reason."""
        try:
            self.engine.perform(case, command, by=by)
        except StepRefused as no:
            process = self.case(case).process
            self.book.append(Entry(self.clock.time, "refused", case, process, command.step, (by,), refused=no))
        else:
            raise SalesregError(f"the demo expected {command.step!r} to be refused on {case!r}")

    def _read(self) -> None:
        """Note every event since the last look, those included that followed from others."""
        while page := list(self.store.events(after=self._seen)):
            for stored in page:
                self._seen = stored.position
                event = self._readers.setdefault(stored.case, Reader(self._pages)).read(stored)
                if event.source is None:
                    self.begun[event.process].append(event.case)
                if event.step not in {"child_started", "child_ended"}:
                    duty = event.source is None and _is_duty(event.case, event.process)
                    told = event.at.astimezone(MOSCOW), "step", event.case, event.process, event.step, (event.by,)
                    self.book.append(Entry(*told, not (duty or self._quiet), event))

    # -- what the chapters ask ------------------------------------------------------------------------------------

    def case(self, case: str) -> Case[Any]:
        """A case as it stands."""
        return self.engine.case(case)

    def price_list(self) -> Case[Any]:
        """The case of the base price list in force."""
        (found,) = self.engine.cases(PriceChangeProcess, stage="in_force")
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


def _is_duty(case: str, process: str) -> bool:
    """Whether a case has begun by the calendar: its id names the process and the day."""
    return case.startswith(f"{process}:")
