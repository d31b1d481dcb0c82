"""Packages of signed documents: what a specialist collects from finance once a working day (R33)."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, TypeAlias

import attrs

from salesreg.commercial.domain.records import Record
from salesreg.errors import DomainError
from salesreg.process.references import CaseId, Ref
from salesreg.rules.instants import Instant


@attrs.frozen
class DocumentPackage(Record):
    """The signed documents that finance has for one specialist on one working day.

    Attributes:
        closes_at: when it closes, UTC; a request after that is a missed one.
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

    def _check(self) -> None:
        if self.closes_at <= self.opens_at:
            raise DomainError(
                "package_closes_first",
                "the day of a package cannot close at {got}, before it opens at {need}",
                need=self.opens_at.isoformat(),
                got=self.closes_at.isoformat(),
            )
        if not all(number.strip() for number in self.documents) or len(set(self.documents)) < len(self.documents):
            raise DomainError(
                "package_numbers", "a package names each document by its number, once: not {got}", got=self.documents
            )
        if self.received_at is not None and self.requested_at is None:
            raise DomainError(
                "package_not_requested", "a package is received after it was asked for: record the request first"
            )


PackageId: TypeAlias = Annotated[CaseId, Ref(DocumentPackage, process="document_package")]
"""The id of a package of signed documents."""
