"""Packages of signed documents: what a specialist collects from finance once a working day (R33)."""

from __future__ import annotations

import datetime as dt

import attrs

from salesreg.domain.instants import Instant, keep_utc
from salesreg.errors import DomainError

__all__ = ["DocumentPackage"]


@attrs.frozen
class DocumentPackage:
    """The signed documents that finance has for one specialist on one working day.

    Attributes:
        specialist: the id of the commercial specialist who collects them.
        date: the working day.
        opens_at: when that day opens, UTC.
        closes_at: when it closes, UTC; a request after that is a missed one.
        requested_at: when the specialist asked, UTC.
        documents: the numbers of the documents handed over.
        received_at: when finance answered, UTC.
    """

    specialist: str
    date: dt.date
    opens_at: Instant
    closes_at: Instant
    requested_at: Instant | None = None
    documents: tuple[str, ...] = ()
    received_at: Instant | None = None

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "documents", tuple(self.documents))
        keep_utc(self, "opens_at", "closes_at", "requested_at", "received_at")
        if self.closes_at <= self.opens_at:
            raise DomainError(f"the day of a package cannot close at {self.closes_at}, before {self.opens_at}")
        if not all(number.strip() for number in self.documents) or len(set(self.documents)) < len(self.documents):
            raise DomainError("a package names each document by its number, once")
        if self.received_at is not None and self.requested_at is None:
            raise DomainError("a package is received after it was asked for: record the request first")
