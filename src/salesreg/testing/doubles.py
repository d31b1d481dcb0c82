"""Stand-ins for the ports that a test wants in its own hands."""

from __future__ import annotations

import datetime as dt
from collections import deque

from salesreg.calendars import Term, WorkSchedule
from salesreg.ports import Delivered, Delivery, Message
from salesreg.rules import Regulation
from salesreg.rules.instants import to_utc


class ManualClock:
    """A `Clock` that stands still until it is turned, forwards or backwards.

    >>> clock = ManualClock(dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC))
    >>> clock.advance(dt.timedelta(minutes=30))
    datetime.datetime(2026, 3, 2, 9, 30, tzinfo=datetime.timezone.utc)
    """

    def __init__(self, start: dt.datetime) -> None:
        self._now = to_utc(start)

    def now(self) -> dt.datetime:
        """The instant it shows."""
        return self._now

    def advance(self, by: dt.timedelta) -> dt.datetime:
        """Turn it by so much, back if negative, and give what it then shows."""
        return self.move_to(self._now + by)

    def move_to(self, instant: dt.datetime) -> dt.datetime:
        """Set it to an instant.

        Raises:
            NaiveDatetimeError: the instant has no time zone; the clock is left as it was.
        """
        self._now = to_utc(instant)
        return self._now


class RecordingNotifier:
    """A `Notifier` that keeps what it is given.

    Args:
        deliveries: what it reports for the first messages, in order; `Delivered` for all after them.

    Attributes:
        attempts: every message, as often as it was sent.
        delivered: the messages reported as delivered.

    >>> from salesreg.ports import Temporary
    >>> notifier = RecordingNotifier(Temporary("the line is busy"))
    >>> at = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
    >>> message = Message("c-1:1:anna", "anna", None, "en", "step", "A deal has begun", "", "c-1", at)
    >>> [notifier.send(message), notifier.send(message)]
    [Temporary(reason='the line is busy', retry_after=None), Delivered()]
    """

    def __init__(self, *deliveries: Delivery) -> None:
        self._next = deque(deliveries)
        self.attempts: list[Message] = []
        self.delivered: list[Message] = []

    def send(self, message: Message) -> Delivery:
        """Remember a message and report what was arranged."""
        self.attempts.append(message)
        delivery = self._next.popleft() if self._next else Delivered()
        if isinstance(delivery, Delivered):
            self.delivered.append(message)
        return delivery


def plain_regulation(name: str = "plain") -> Regulation:
    """Office hours, and what the kernel asks of every regulation: reminders and superiors within two business days.

    What a process asks beside that goes over it: ``plain_regulation().with_settings({"refund.ask_again": ...})``.

    >>> plain_regulation()
    Regulation('plain', version='1.0', 3 settings, hours ...
    """
    terms = {"remind_before": "2 working hours", "superior_after": "1 business day"}
    terms |= {"second_superior_after": "2 business days"}
    settings = {f"escalation.{rung}": Term.parse(term) for rung, term in terms.items()}
    return Regulation(name, schedule=WorkSchedule.standard()).with_settings(settings)
