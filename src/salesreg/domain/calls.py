"""Cold calls: what became of each contact of a campaign, call by call (R46, R53, R57–R61, R64, R67)."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated, Final

import attrs

from salesreg.domain.campaigns import (
    BaseSource,
    CallCampaign,
    CallScript,
    CallWindow,
    CampaignContact,
    ContactBase,
    ScriptStep,
)
from salesreg.domain.contracts import Channel
from salesreg.domain.instants import Instant, keep_utc
from salesreg.domain.people import Role
from salesreg.domain.references import CaseId, Ref
from salesreg.errors import DomainError

__all__ = [
    "BaseSource",
    "CallAttempt",
    "CallCampaign",
    "CallResult",
    "CallScript",
    "CallWindow",
    "CampaignContact",
    "ContactBase",
    "ContactTask",
    "Custody",
    "Disposition",
    "Lead",
    "Need",
    "Proposal",
    "ScriptStep",
]


class Disposition(StrEnum):
    """How a call ended; every call ends in exactly one of these (R60, R64)."""

    NEED_IDENTIFIED = "need_identified"
    NO_NEED = "no_need"
    NOT_NOW = "not_now"
    CALLBACK = "callback"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    GATEKEEPER = "gatekeeper"
    DM_REACHED_NO_DECISION = "dm_reached_no_decision"
    WRONG_NUMBER = "wrong_number"
    DO_NOT_CALL = "do_not_call"
    DUPLICATE = "duplicate"

    @property
    def denies_need(self) -> bool:
        """Whether it says that nobody was spoken to or that nothing is needed."""
        return self in _DENY_NEED

    @property
    def may_be_retried(self) -> bool:
        """Whether nobody was reached, or the client asked to be called again."""
        return self in _RETRIED

    @property
    def may_be_recycled(self) -> bool:
        """Whether the contact is worth another call some day (R67)."""
        return self not in _NEVER_AGAIN


_DENY_NEED: Final = frozenset(
    {Disposition.NO_NEED, Disposition.NO_ANSWER, Disposition.BUSY, Disposition.GATEKEEPER, Disposition.WRONG_NUMBER}
)
_RETRIED: Final = frozenset({Disposition.NO_ANSWER, Disposition.BUSY, Disposition.CALLBACK})
_NEVER_AGAIN: Final = frozenset({Disposition.DO_NOT_CALL, Disposition.WRONG_NUMBER, Disposition.DUPLICATE})


@attrs.frozen
class Need:
    """A need that the script has brought to light (R58)."""

    text: str
    script_step: str
    at: Instant

    def __attrs_post_init__(self) -> None:
        keep_utc(self, "at")
        if not self.text.strip():
            raise DomainError("a need is put into words")


@attrs.frozen
class Proposal:
    """A commercial proposal that was sent (R59)."""

    ref: str
    channel: Channel
    at: Instant

    def __attrs_post_init__(self) -> None:
        keep_utc(self, "at")
        if not self.ref.strip():
            raise DomainError("a proposal that was sent has a reference")


@attrs.frozen
class CallResult:
    """How a call ended, as the caller recorded it (R60)."""

    disposition: Disposition
    by: str
    at: Instant
    note: str = ""

    def __attrs_post_init__(self) -> None:
        keep_utc(self, "at")


@attrs.frozen
class CallAttempt:
    """One call: it counts only once it has a result (R46).

    Attributes:
        by: the id of the caller.
        at: when it was placed, UTC.
        record_ref: its record in the system of record.
        steps: the script steps that were passed, in order.
        need: what the client needs, if that came to light.
        proposal: the commercial proposal that was sent, if one was.
        ended_at: when the line was closed, UTC.
        result: how it ended; None until that is recorded.
    """

    by: str
    at: Instant
    record_ref: str
    steps: tuple[str, ...] = ()
    need: Need | None = None
    proposal: Proposal | None = None
    ended_at: Instant | None = None
    result: CallResult | None = None

    def __attrs_post_init__(self) -> None:
        keep_utc(self, "at", "ended_at")
        if not self.record_ref.strip():
            raise DomainError("a call without a record in the system of record never took place")
        if self.proposal is not None and self.need is None:
            raise DomainError("a proposal answers a need: identify the need first")
        if self.result is not None and self.result.disposition is Disposition.NEED_IDENTIFIED and self.proposal is None:
            raise DomainError("a call that identified a need has sent a proposal")


@attrs.frozen
class Custody:
    """Who is responsible for a contact from an instant on: one person, or the role in whose queue it waits (R61)."""

    since: Instant
    role: Role
    person: str | None = None

    def __attrs_post_init__(self) -> None:
        keep_utc(self, "since")


@attrs.frozen
class Lead:
    """A client with a need, handed to the sales managers (R53).

    Attributes:
        id: what the sale that grows from it refers to.
        origin: the base or inquiry it comes from.
        offered_at: when it was handed over, UTC.
        accepted_by: the id of the sales manager who took it; None while it waits in their queue.
        accepted_at: when, UTC.
        touched_at: when the sales manager first spoke or wrote to the client, UTC.
        returned: why it came to nothing, if it did.
    """

    id: str
    origin: str
    offered_at: Instant
    accepted_by: str | None = None
    accepted_at: Instant | None = None
    touched_at: Instant | None = None
    returned: str | None = None

    def __attrs_post_init__(self) -> None:
        keep_utc(self, "offered_at", "accepted_at", "touched_at")


@attrs.frozen
class ContactTask:
    """What becomes of one contact of a campaign.

    Attributes:
        campaign: the id of the campaign's case.
        contact: whom to call.
        attempts: the calls, in order; each has its result before the next begins.
        custody: who was responsible and since when, in order, without a gap.
        claim_until: when an unused claim lapses, UTC; None unless it is claimed.
        next_at: when to call again, UTC, if a retry is scheduled.
        earlier: how many calls belong to rounds before the last recycling.
        lead: the lead that came of it, if one did.
        exclusion: why it is not called, if the head has excluded it.

    Raises:
        DomainError: a call began before the one before it had its result, or nobody is responsible.
    """

    campaign: Annotated[CaseId, Ref(CallCampaign, process="call_campaign")]
    contact: CampaignContact
    attempts: tuple[CallAttempt, ...] = ()
    custody: tuple[Custody, ...] = ()
    claim_until: Instant | None = attrs.field(default=None, kw_only=True)
    next_at: Instant | None = attrs.field(default=None, kw_only=True)
    earlier: int = attrs.field(default=0, kw_only=True)
    lead: Lead | None = attrs.field(default=None, kw_only=True)
    exclusion: str | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        keep_utc(self, "claim_until", "next_at")
        if any(attempt.result is None for attempt in self.attempts[:-1]):
            raise DomainError("a call begins only when the one before it has its result: record that first")
        if not self.custody:
            raise DomainError("somebody is always responsible for a contact: a person, or a role")

    @property
    def holder(self) -> Custody:
        """Who is responsible now."""
        return self.custody[-1]

    @property
    def caller(self) -> str | None:
        """The id of the caller who holds the contact, if one does."""
        return self.holder.person if self.holder.role is Role.COLD_CALLER else None

    @property
    def call(self) -> CallAttempt | None:
        """The call that has no result yet, if there is one."""
        return self.attempts[-1] if self.attempts and self.attempts[-1].result is None else None

    @property
    def results(self) -> tuple[CallResult, ...]:
        """The results of its calls, in order; a call without one counts nowhere (R46)."""
        return tuple(attempt.result for attempt in self.attempts if attempt.result is not None)

    @property
    def last_result(self) -> CallResult | None:
        """The result of the last call, if it has one."""
        return self.attempts[-1].result if self.attempts else None

    @property
    def do_not_call(self) -> bool:
        """Whether the person has asked not to be called; no later result clears it."""
        asked = any(result.disposition is Disposition.DO_NOT_CALL for result in self.results)
        return asked or self.contact.person.do_not_call

    def retries_left(self, allowed: int) -> int:
        """How many more calls may follow a last one that reached nobody; 0 where its result ends the matter."""
        last = self.last_result
        if last is None or not last.disposition.may_be_retried or self.do_not_call:
            return 0
        return max(0, allowed - (len(self.attempts) - self.earlier - 1))

    def owner_at(self, instant: dt.datetime) -> Custody | None:
        """Who was responsible at an instant; None only before the contact was entered."""
        return next((one for one in reversed(self.custody) if one.since <= instant), None)

    def handed(self, at: Instant, role: Role, person: str | None = None) -> ContactTask:
        """The contact in other hands from an instant on."""
        return attrs.evolve(self, custody=(*self.custody, Custody(at, role, person)), claim_until=None, next_at=None)

    def call_with(self, **changes: object) -> ContactTask:
        """The contact with some facts about its present call recorded.

        Raises:
            DomainError: there is no call without a result.
        """
        if self.call is None:
            raise DomainError("there is no call to record that of: place one first")
        return attrs.evolve(self, attempts=(*self.attempts[:-1], attrs.evolve(self.call, **changes)))  # type: ignore[arg-type]
