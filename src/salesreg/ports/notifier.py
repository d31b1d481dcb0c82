"""How people are told: the message, the port that sends it, and what may become of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Protocol, runtime_checkable

import msgspec

from salesreg.process.references import CaseId


class Message(msgspec.Struct, frozen=True):
    """What one person is to be told; sending one id twice must tell once where the channel allows it.

    Attributes:
        id: ``case:version:recipient``, or ``obligation:due:rung:recipient`` so that a deadline that moves is told anew.
        to: id of the employee, a role nobody holds, or the address of somebody outside.
        address: where to send it; None if none is known.
        locale: the language it is written in, such as ``"en"`` or ``"ru"``.
        template: the step or rung it is about, for adapters that bring their own texts.
        subject: one line; empty for what is put into words when it is sent, such as a reminder.
        text: the message itself, or empty so.
        case: the case it is about.
        at: when it happened, UTC.
        payload: facts for programs; ``reply_to`` is the address of whom somebody outside writes back to.
        name: what the recipient is called; empty if nobody knows.
        channel: what the recipient is told by; None leaves it to the notifier.
        not_before: when the first try may be, such as in the recipient's working hours; None is at once.
        digest: whether it goes out with the recipient's other messages of that instant, as one.
    """

    id: str
    to: str
    address: str | None
    locale: str
    template: str
    subject: str
    text: str
    case: CaseId
    at: dt.datetime
    payload: Mapping[str, str] = {}
    name: str = ""
    channel: str | None = None
    not_before: dt.datetime | None = None
    digest: bool = False

    @property
    def wake_at(self) -> dt.datetime:
        """When a store first gives it out."""
        return self.at if self.not_before is None else max(self.at, self.not_before)


class Delivered(msgspec.Struct, frozen=True):
    """The message has been handed over."""


class Temporary(msgspec.Struct, frozen=True):
    """It did not go through now; try again, not before `retry_after` if given."""

    reason: str
    retry_after: dt.timedelta | None = None


class Permanent(msgspec.Struct, frozen=True):
    """It will never go through."""

    reason: str


class Unknown(msgspec.Struct, frozen=True):
    """Whether it went through is not known; it is tried again under the same id."""

    reason: str


Delivery = Delivered | Temporary | Permanent | Unknown


@runtime_checkable
class Notifier(Protocol):
    """How people are told."""

    def send(self, message: Message) -> Delivery:
        """Send one message; report rather than raise."""
