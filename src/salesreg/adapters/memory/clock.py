"""The computer's clock."""

from __future__ import annotations

import datetime as dt


class SystemClock:
    """The computer's clock, in UTC."""

    def now(self) -> dt.datetime:
        """This instant, aware UTC."""
        return dt.datetime.now(dt.UTC)
