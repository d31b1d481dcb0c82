"""Contracts: who signed, how it was sent, and which of its two copies have come back (R16–R21)."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Final

import attrs

from salesreg.commercial.domain.channels import Channel
from salesreg.commercial.domain.records import Own, Record, said
from salesreg.errors import DomainError
from salesreg.rules.instants import Instant

# Each fact presupposes the one before it: a contract is signed here, then sent, then comes back.
_NEEDS: Final = (
    ("dispatched_at", "ceo_signed_at"),
    ("scan_returned_at", "dispatched_at"),
    ("original_returned_at", "dispatched_at"),
)


class Signature(StrEnum):
    """How a contract is signed electronically (63-FZ, articles 5 and 6)."""

    QUALIFIED = "qualified"
    AGREED = "agreed"


@attrs.frozen
class PowerOfAttorney(Record):
    """What lets somebody sign in the place of a director.

    Attributes:
        valid_until: the last day on which it is valid.
    """

    number: str
    valid_until: dt.date

    def _check(self) -> None:
        said(self.number, "power_without_number", "a power of attorney has a number")


@attrs.frozen
class Contract(Record):
    """A contract from its draft to the archive.

    Attributes:
        template_version: the version of the template it was made from.
        quote_hash: content hash of the approved quote it is made on.
        signatory: who signed for the client.
        disagreements: references of the client's protocols of disagreements, in order.
        signature: how the client signed, if electronically; `signature_agreement` is what the parties agreed on then.
        number_period: the period within which the number is unique, such as ``"2026"``; empty for good.
        drafted_at: when it was drafted, UTC; nobody has signed it before.
        remind_after: the client is not reminded by itself again before this instant, UTC.
        power, client_power: what whoever signed for us, or for the client, did so by; None for a director.
        ends_at: the last instant at which it is in force, UTC; None before that, and for one without an end.
        renewal_at: when its renewal is to be asked for, UTC; None once it was, and where it is to end.
        renewal_asked: whether somebody owes an answer to that.
        renewals: where each renewal is agreed on, in order.
        ends_because: why it is not renewed.
        amendments: the numbers of the signed amendments, in order.
    """

    number: str
    template_version: str
    quote_hash: str
    drafted_by: str = attrs.field(default="", kw_only=True)
    ceo_signed_at: Instant | None = attrs.field(default=None, kw_only=True)
    signed_by: str | None = attrs.field(default=None, kw_only=True)
    dispatched_at: Instant | None = attrs.field(default=None, kw_only=True)
    channel: Channel | None = attrs.field(default=None, kw_only=True)
    scan_returned_at: Instant | None = attrs.field(default=None, kw_only=True)
    scan_ref: str | None = attrs.field(default=None, kw_only=True)
    signatory: Own | None = attrs.field(default=None, kw_only=True)
    original_returned_at: Instant | None = attrs.field(default=None, kw_only=True)
    archive_ref: str | None = attrs.field(default=None, kw_only=True)
    disagreements: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    reminders: tuple[Instant, ...] = attrs.field(default=(), kw_only=True)
    remind_after: Instant | None = attrs.field(default=None, kw_only=True)
    signature: Signature | None = attrs.field(default=None, kw_only=True)
    signature_agreement: str | None = attrs.field(default=None, kw_only=True)
    number_period: str = attrs.field(default="", kw_only=True)
    drafted_at: Instant | None = attrs.field(default=None, kw_only=True)
    power: PowerOfAttorney | None = attrs.field(default=None, kw_only=True)
    client_power: PowerOfAttorney | None = attrs.field(default=None, kw_only=True)
    ends_at: Instant | None = attrs.field(default=None, kw_only=True)
    renewal_at: Instant | None = attrs.field(default=None, kw_only=True)
    renewal_asked: bool = attrs.field(default=False, kw_only=True)
    renewals: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    ends_because: str | None = attrs.field(default=None, kw_only=True)
    amendments: tuple[str, ...] = attrs.field(default=(), kw_only=True)

    def _check(self) -> None:
        for name in ("number", "template_version", "quote_hash"):
            if not getattr(self, name).strip():
                raise DomainError("contract_without", "a contract needs its {need:field}", need=name)
        for later, earlier in _NEEDS:
            then, before = getattr(self, later), getattr(self, earlier)
            if then is not None and (before is None or then < before):
                raise DomainError(
                    "contract_out_of_order",
                    "contract {number} has {later} {got} but {earlier} {need}: the second must come first",
                    number=self.number,
                    later=later,
                    got=then.isoformat(),
                    earlier=earlier,
                    need=before and before.isoformat(),
                )

    @property
    def awaited(self) -> tuple[str, ...]:
        """Which copies have been sent and not come back: ``"scan"``, ``"original"``."""
        if self.dispatched_at is None:
            return ()
        scan = ("scan",) if self.scan_returned_at is None else ()
        return (*scan, "original") if self.original_returned_at is None else scan

    def has_ended(self, at: dt.datetime) -> bool:
        """Whether its term is over."""
        return self.ends_at is not None and at > self.ends_at
