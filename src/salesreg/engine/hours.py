"""When somebody is told: at once, in their own working hours, or with everything else at one time of the day."""

from __future__ import annotations

import datetime as dt
import logging
import zlib
from collections.abc import Callable, Collection
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

from salesreg.calendars import BusinessCalendar, WorkSchedule
from salesreg.errors import BusinessTimeError
from salesreg.rules.instants import to_utc
from salesreg.rules.people import Employee

A_MOMENT: Final = dt.timedelta(seconds=1)
"""How long before its time a digest may leave: each recipient has an instant of their own, so that what is theirs is
claimed together."""

_log: Final = logging.getLogger("salesreg")
_A_DAY: Final = dt.timedelta(days=1)


class Hours:
    """Quiet hours and digests.

    Args:
        calendar: the company's; each person's own hours are on the same days.
        urgent: the ids of steps, norms and rungs whose messages are sent at any hour.
    """

    def __init__(self, calendar: BusinessCalendar, urgent: Collection[str]) -> None:
        self._calendar = calendar
        self._urgent = frozenset(urgent)
        self._own: dict[WorkSchedule, BusinessCalendar] = {}

    def zone(self, person: Employee | None) -> ZoneInfo:
        """The zone in which somebody lives; the company's, if nothing else is known."""
        own = None if person is None else person.schedule
        return self._company if own is None else ZoneInfo(own.timezone)

    def is_urgent(self, about: Collection[str]) -> bool:
        """Whether something is told at any hour, by the ids of what it is about."""
        return not self._urgent.isdisjoint(about)

    def held(
        self, person: Employee | None, at: dt.datetime, due: dt.datetime | None
    ) -> tuple[dt.datetime | None, bool]:
        """Until when what can wait does, if it has to, and whether it then goes in a digest.

        Args:
            person: who is told; somebody outside is told at once.
            at: when it happened.
            due: when what it is about is due; it does not wait for a digest beyond that.
        """
        opens = self.opens(person, at)
        if person is not None and person.digest is not None:
            digest = self._read(person, lambda own: self._digest(own, person, opens or at))
            if digest is not None and (due is None or digest < due):
                return digest, True
        return opens, False

    def opens(self, person: Employee | None, at: dt.datetime) -> dt.datetime | None:
        """When somebody begins to work who does not at an instant; None if they do, or have no hours of their own."""
        if person is None or person.schedule is None:
            return None
        opens = self._read(person, lambda own: to_utc(own.next_open(at)))
        return opens if opens is not None and opens > at else None

    def _digest(self, own: BusinessCalendar, person: Employee, opens: dt.datetime) -> dt.datetime:
        """The next time of a digest on a day on which the person works."""
        zone, time = self.zone(person), person.digest or dt.time()
        day = own.roll(opens.astimezone(zone).date())
        if dt.datetime.combine(day, time, zone) <= opens:
            day = own.roll(day + _A_DAY)
        early = A_MOMENT * (zlib.crc32(person.id.encode()) / 2**32)
        return dt.datetime.combine(day, time, zone).astimezone(dt.UTC) - early

    def _read(self, person: Employee, ask: Callable[[BusinessCalendar], dt.datetime]) -> dt.datetime | None:
        """What a person's own calendar answers; hours that cannot be keep nobody from being told."""
        try:
            return ask(self._of(person))
        except BusinessTimeError as wrong:
            _log.warning("the hours of %r cannot be kept, who is told at once: %s", person.id, wrong)
            return None

    def _of(self, person: Employee) -> BusinessCalendar:
        if person.schedule is None:
            return self._calendar
        if person.schedule not in self._own:
            self._own[person.schedule] = self._calendar.with_schedule(person.schedule)
        return self._own[person.schedule]

    @cached_property
    def _company(self) -> ZoneInfo:
        return ZoneInfo(self._calendar.timezone)
