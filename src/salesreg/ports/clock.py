"""What time it is."""

from __future__ import annotations

import datetime as dt
from typing import Protocol, runtime_checkable


@runtime_checkable
class Clock(Protocol):
    """What time it is."""

    def now(self) -> dt.datetime:
        """This instant, aware."""
