"""Whether the clock is believed: one that stands too far from when somebody last looked would spoil what it touches."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from typing import Final

from salesreg.errors import ImplausibleClock
from salesreg.ports import Batch, Store
from salesreg.rules.conduct import LONGEST_SILENCE
from salesreg.rules.instants import to_utc
from salesreg.rules.regulation import Regulation

SKEW: Final = dt.timedelta(seconds=5)
"""How far the clocks of several machines may differ; what comes so much too early is recorded with the event before."""

_MARK: Final = "clock"
_KEPT_EVERY: Final = dt.timedelta(minutes=1)
_JUMP: Final = dt.timedelta(hours=1)
_LOOK_AGAIN: Final = 86_400.0


class BelievedClock:
    """The clock, and what it showed when anybody last looked, which is kept in the store."""

    def __init__(self, store: Store, regulation: Regulation, now: Callable[[], dt.datetime]) -> None:
        self._store = store
        self._regulation = regulation
        self.now: Callable[[], dt.datetime] = now
        self._checked = LONGEST_SILENCE.name in regulation.settings
        self._seen: tuple[dt.datetime, float] | None = None

    def look(self, *, trust: bool = False) -> None:
        """Refuse a clock that stands further from the last look than the firm is ever silent.

        Raises:
            ImplausibleClock: it does.
        """
        now, mark = self.now(), self._store.mark(_MARK)
        last = _instant(mark)
        if last is not None and not trust and self._checked:
            silence = self._regulation.value(LONGEST_SILENCE)
            earlier, later = sorted((now, last))
            if later > self._regulation.calendar.due_at(silence, earlier):
                raise ImplausibleClock(
                    f"the clock shows {now.isoformat()}, and at the last tick it showed {last.isoformat()}, which is "
                    f"further off than {silence}: set it right, or say that it is right with tick(trust_clock=True) "
                    "or `salesreg worker --accept-clock`"
                )
        if last is None or now - last >= _KEPT_EVERY or (trust and now < last):
            self._store.commit(Batch((), (), now, marks={_MARK: now.isoformat()}))
        self._seen = now, time.monotonic()

    def glance(self) -> None:
        """`look` before a command, unless the clock has gone on evenly since this program last did, today.

        Raises:
            ImplausibleClock: it stands too far from the last look.
        """
        if not self._checked:
            return
        if self._seen is not None:
            shown, then = self._seen
            passed = time.monotonic() - then
            if passed < _LOOK_AGAIN and abs(self.now() - shown - dt.timedelta(seconds=passed)) < _JUMP:
                return
        self.look()


def _instant(mark: str | None) -> dt.datetime | None:
    """The instant of a mark; none where it cannot be read."""
    try:
        return None if mark is None else to_utc(dt.datetime.fromisoformat(mark))
    except ValueError:
        return None
