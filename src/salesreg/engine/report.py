"""What one tick did."""

from __future__ import annotations

import attrs


@attrs.define
class TickReport:
    """What one tick did.

    Attributes:
        begun: cases of recurring duties.
        reminded: obligations whose owners were reminded.
        breached: obligations found past their due instant.
        escalated: obligation and rung, for each superior told.
        fired: case and timer, for each timer.
        failed: case, timer, duty or obligation, and reason, for each that was refused or will be tried again.
        delivered: how many messages were handed over.
        postponed: how many messages will be tried again.
        dropped: id and reason, for each message that was no longer needed.
        dead: id and reason, for each message given up.
        put_back: duties that had been begun for days to come, as when the clock was ahead, and go on from today.
    """

    begun: list[str] = attrs.field(factory=list)
    reminded: list[str] = attrs.field(factory=list)
    breached: list[str] = attrs.field(factory=list)
    escalated: list[tuple[str, str]] = attrs.field(factory=list)
    fired: list[tuple[str, str]] = attrs.field(factory=list)
    failed: list[tuple[str, str, str]] = attrs.field(factory=list)
    delivered: int = 0
    postponed: int = 0
    dropped: list[tuple[str, str]] = attrs.field(factory=list)
    dead: list[tuple[str, str]] = attrs.field(factory=list)
    put_back: list[str] = attrs.field(factory=list)
