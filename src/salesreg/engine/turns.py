"""Work that is due, handed out while its lease holds: what was not come to in time goes back, and counts as no try."""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Callable, Iterator
from typing import Final

from salesreg.engine.attempts import failed
from salesreg.errors import StoreUnavailable
from salesreg.ports import Claim, ClaimKind, Later, Outcome, Store

LEASE: Final = dt.timedelta(minutes=2)
_BEGIN_WITHIN: Final = LEASE / 2
"""What is begun in the first half of a lease has the other half to finish in."""


def _place(claim: Claim) -> int:
    """What was begun before goes last, each time in another order: one piece may end every program that takes it."""
    return zlib.crc32(f"{claim.attempts}:{claim.id}".encode(errors="replace")) if claim.attempts else -1


class Leased:
    """What was claimed together, and whether there is time to begin another piece of it."""

    def __init__(self, claims: list[Claim], at: dt.datetime, now: Callable[[], dt.datetime]) -> None:
        self.claims = claims
        self.whole: bool = True
        self._at = at
        self._now = now

    def holds(self) -> bool:
        """Whether the lease still holds; a program that was stopped meanwhile has lost it to others."""
        self.whole = self.whole and self._at <= self._now() < self._at + _BEGIN_WITHIN
        return self.whole


class Turns:
    """Claims and settles.

    Args:
        store: where the work waits.
        now: the clock; a lease runs from the moment of its claim.
        stopping: asked before each piece of work whether to leave the rest to others.
    """

    def __init__(self, store: Store, now: Callable[[], dt.datetime], stopping: Callable[[], bool]) -> None:
        self._store = store
        self.now = now
        self.stopping = stopping

    def leased(self, kind: ClaimKind, limit: int) -> Iterator[Leased]:
        """What is due, so many at a time."""
        while not self.stopping():
            at = self.now()
            claims = self._store.claim(kind, at, limit, LEASE)
            batch = Leased(claims, at, self.now)
            if claims:
                yield batch
            if len(claims) < limit and batch.whole:
                return

    def each(self, kind: ClaimKind, limit: int) -> Iterator[Claim]:
        """What is due, one by one; whoever takes it settles it."""
        for claims in self.together(kind, limit, lambda claim: claim.id):
            yield from claims

    def together(self, kind: ClaimKind, limit: int, alike: Callable[[Claim], object]) -> Iterator[list[Claim]]:
        """What is due, those that are alike at once; whoever takes them settles them."""
        for batch in self.leased(kind, limit):
            groups: dict[object, list[Claim]] = {}
            for claim in batch.claims:
                groups.setdefault(alike(claim), []).append(claim)
            order = list(groups)
            # What is last may go on in the next batch, and would be torn: unless it is all there is, it goes back.
            if len(batch.claims) == limit and len(groups) > 1 and order[-1] != groups[order[-1]][0].id:
                order.pop()
            order.sort(key=lambda alike: _place(groups[alike][0]))
            while order and batch.holds() and not self.stopping():
                yield groups.pop(order.pop(0))
            self._store.settle_many([(one, Later(one.wake_at)) for rest in groups.values() for one in rest])

    def settle(self, claim: Claim, outcome: Outcome) -> bool:
        """Record what became of a claim; what cannot be recorded is a failure of its own."""
        try:
            return self._store.settle(claim, outcome)
        except StoreUnavailable:
            raise
        except Exception as fault:  # noqa: BLE001 - a message that cannot be kept must not hold up all behind it
            return self._store.settle(claim, failed(claim, fault, self.now()))

    def settle_many(self, outcomes: list[tuple[Claim, Outcome]]) -> list[bool]:
        """`settle` for many, together if it can be."""
        try:
            return self._store.settle_many(outcomes)
        except StoreUnavailable:
            raise
        except Exception:  # noqa: BLE001 - then each for itself, to see which it is
            return [self.settle(claim, outcome) for claim, outcome in outcomes]
