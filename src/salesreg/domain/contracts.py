"""Contracts: who signed, how it was sent, and which of its two copies have come back (R16–R21)."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import attrs

from salesreg.domain.instants import Instant, keep_utc, to_utc
from salesreg.errors import DomainError

__all__ = ["Channel", "Contract"]


class Channel(StrEnum):
    """How a document travels to a client (R19, R32)."""

    EMAIL = "email"
    FAX = "fax"
    POST = "post"
    COURIER = "courier"
    IN_PERSON = "in_person"
    EDI = "edi"

    def text(self, lang: str = "en") -> str:
        """The channel's name for people.

        >>> Channel.EDI.text("ru")
        'электронный документооборот'
        """
        return _CHANNELS[self][lang == "ru"]


_CHANNELS: Final[dict[Channel, tuple[str, str]]] = {
    Channel.EMAIL: ("e-mail", "электронная почта"),
    Channel.FAX: ("fax", "факс"),
    Channel.POST: ("post", "почта"),
    Channel.COURIER: ("courier", "курьер"),
    Channel.IN_PERSON: ("in person", "лично"),
    Channel.EDI: ("electronic document interchange", "электронный документооборот"),
}
# Each fact presupposes the one before it: a contract is signed here, then sent, then comes back.
_NEEDS: Final = (
    ("dispatched_at", "ceo_signed_at"),
    ("scan_returned_at", "dispatched_at"),
    ("original_returned_at", "dispatched_at"),
)


@attrs.frozen
class Contract:
    """A contract from its draft to the archive.

    Attributes:
        number: the contract's own number.
        template_version: the version of the template it was made from.
        quote_hash: content hash of the approved quote it is made on.
        drafted_by: the id of the employee who prepared it.
        ceo_signed_at: when the general director signed it, UTC.
        signed_by: the id of the one who signed.
        dispatched_at: when it was sent to the client, UTC.
        channel: how it was sent.
        scan_returned_at: when the scan signed by the client arrived, UTC.
        scan_ref: where the scan is kept.
        signatory: who signed for the client.
        original_returned_at: when the signed original arrived, UTC.
        archive_ref: where the original is kept.
        disagreements: references of the client's protocols of disagreements, in order.
        reminders: when the client was reminded to send it back, UTC, in order.
        remind_after: the client is not reminded by itself again before this instant, UTC.
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
    signatory: str | None = attrs.field(default=None, kw_only=True)
    original_returned_at: Instant | None = attrs.field(default=None, kw_only=True)
    archive_ref: str | None = attrs.field(default=None, kw_only=True)
    disagreements: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    reminders: tuple[Instant, ...] = attrs.field(default=(), kw_only=True)
    remind_after: Instant | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        for name in ("number", "template_version", "quote_hash"):
            if not getattr(self, name).strip():
                raise DomainError(f"a contract needs its {name.replace('_', ' ')}")
        object.__setattr__(self, "disagreements", tuple(self.disagreements))
        object.__setattr__(self, "reminders", tuple(map(to_utc, self.reminders)))
        keep_utc(self, "ceo_signed_at", "dispatched_at", "scan_returned_at", "original_returned_at", "remind_after")
        for later, earlier in _NEEDS:
            then, before = getattr(self, later), getattr(self, earlier)
            if then is not None and (before is None or then < before):
                raise DomainError(
                    f"contract {self.number!r} has {later} {then} but {earlier} {before}: the second must come first"
                )

    @property
    def awaited(self) -> tuple[str, ...]:
        """Which copies have been sent and not come back: ``"scan"``, ``"original"``."""
        if self.dispatched_at is None:
            return ()
        scan = ("scan",) if self.scan_returned_at is None else ()
        return (*scan, "original") if self.original_returned_at is None else scan
