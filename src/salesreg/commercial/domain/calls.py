"""Cold calls: what became of each contact of a campaign, call by call (R46, R53, R57–R61, R64, R67)."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated, Any, Final, TypeAlias

import attrs

from salesreg.commercial.domain.campaigns import (
    CallCampaign,
    CampaignContact,
)
from salesreg.commercial.domain.channels import Channel
from salesreg.commercial.domain.clients import ClientKind
from salesreg.commercial.domain.phones import NumberId, zones_of
from salesreg.commercial.domain.records import Phone, Record, said
from salesreg.commercial.roles import COLD_CALLER
from salesreg.errors import DomainError
from salesreg.process.references import CaseId, Ref
from salesreg.rules.instants import Instant
from salesreg.rules.roles import Role
from salesreg.rules.texts import Locale

CampaignId: TypeAlias = Annotated[CaseId, Ref(CallCampaign, process="call_campaign")]
"""The id of a campaign's case."""
DAY: Final = 24 * 60 * 60
"""Seconds; no call lasts longer."""


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


DENY_NEED: Final = frozenset(
    {
        Disposition.NO_NEED,
        Disposition.NO_ANSWER,
        Disposition.BUSY,
        Disposition.GATEKEEPER,
        Disposition.WRONG_NUMBER,
        Disposition.DUPLICATE,
    }
)
"""Nobody was spoken to, nothing is needed, or it is somebody else's contact."""
SAY_WHETHER: Final = frozenset({Disposition.NEED_IDENTIFIED, Disposition.NO_NEED})
"""The script has shown whether there is a need."""
SPOKEN: Final = SAY_WHETHER | {Disposition.NOT_NOW, Disposition.DM_REACHED_NO_DECISION}
"""Somebody was spoken to for a while."""
UNANSWERED: Final = frozenset({Disposition.NO_ANSWER, Disposition.BUSY})
"""Nobody picked up."""
WITHOUT_DECIDER: Final = UNANSWERED | {Disposition.GATEKEEPER, Disposition.WRONG_NUMBER}
"""Whoever decides was not spoken to (R64)."""
RETRIED: Final = frozenset({Disposition.NO_ANSWER, Disposition.BUSY, Disposition.CALLBACK})
"""Nobody was reached, or the client asked to be called again."""
NEVER_AGAIN: Final = frozenset({Disposition.DO_NOT_CALL, Disposition.WRONG_NUMBER, Disposition.DUPLICATE})
"""The contact is not worth another call, ever (R67)."""


@attrs.frozen
class Need(Record):
    """A need that the script has brought to light (R58)."""

    text: str
    script_step: str
    at: Instant

    def _check(self) -> None:
        said(self.text, "need_without_words", "a need is put into words")


@attrs.frozen
class Proposal(Record):
    """A commercial proposal that was sent (R59)."""

    ref: str
    channel: Channel
    at: Instant

    def _check(self) -> None:
        said(self.ref, "proposal_without_reference", "a proposal that was sent has a reference")


@attrs.frozen
class CallResult(Record):
    """How a call ended, as the caller recorded it (R60).

    Attributes:
        decision_maker: whether whoever decides was spoken to (R64).
        script: the version of the script.
        variant: for whom the script is (R65).
        checked: the items of the checklist that the caller went through (R66).
    """

    disposition: Disposition
    by: str
    at: Instant
    note: str = ""
    decision_maker: bool = attrs.field(default=False, kw_only=True)
    script: str = attrs.field(default="", kw_only=True)
    variant: ClientKind = attrs.field(default=ClientKind.B2B, kw_only=True)
    checked: tuple[str, ...] = attrs.field(default=(), kw_only=True)


@attrs.frozen
class CallAttempt(Record):
    """One call: it counts only once it has a result (R46).

    Attributes:
        record_ref: its record in the system of record.
        steps: the script steps that were passed, in order.
        seconds: how long somebody was spoken to; None until the call has ended.
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
    seconds: int | None = None

    def _check(self) -> None:
        said(self.record_ref, "call_without_record", "a call without a record in the system of record never took place")
        if self.seconds is not None and not 0 <= self.seconds <= DAY:
            raise DomainError("call_duration", "a call lasts no {got} seconds", got=self.seconds)
        after = (self.ended_at, None if self.result is None else self.result.at)
        if any(instant is not None and instant < self.at for instant in after):
            raise DomainError("call_ended_before", "no call ends before it begins at {need}", need=self.at.isoformat())
        if self.proposal is not None and self.need is None:
            raise DomainError("proposal_without_need", "a proposal answers a need: identify the need first")
        if self.result is not None and self.result.disposition is Disposition.NEED_IDENTIFIED and self.proposal is None:
            raise DomainError("need_without_proposal", "a call that identified a need has sent a proposal")


@attrs.frozen
class Custody(Record):
    """Who is responsible for a contact from an instant on: one person, or the role in whose queue it waits (R61).

    Attributes:
        role: the id of the role.
        person: the id of its holder who has it; None while it waits in the role's queue.
    """

    since: Instant
    role: str
    person: str | None = None


@attrs.frozen
class Lead(Record):
    """A client with a need, handed to the sales managers (R53).

    Attributes:
        id: what the sale that grows from it refers to.
        origin: the base or inquiry it comes from.
        accepted_by: the id of the sales manager who took it; None while it waits in their queue.
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


ASKED_NOT_TO: Final = "do_not_call"
CAMPAIGN_CANCELLED: Final = "campaign_cancelled"


@attrs.frozen
class ContactTask(Record):
    """What becomes of one contact of a campaign.

    Attributes:
        number: the entry of the number in the do-not-call register.
        phone: the number in its one spelling.
        attempts: the calls, in order; each has its result before the next begins.
        custody: who was responsible and since when, in order, without a gap.
        claim_until: when an unused claim lapses, UTC; None unless it is claimed.
        earlier: how many calls belong to rounds before the last recycling.
        exclusion: why nobody calls: `ASKED_NOT_TO`, `CAMPAIGN_CANCELLED`, or what whoever excluded the contact said.
    """

    campaign: CampaignId
    contact: CampaignContact
    number: NumberId
    phone: Phone
    attempts: tuple[CallAttempt, ...] = ()
    custody: tuple[Custody, ...] = ()
    claim_until: Instant | None = attrs.field(default=None, kw_only=True)
    next_at: Instant | None = attrs.field(default=None, kw_only=True)
    earlier: int = attrs.field(default=0, kw_only=True)
    lead: Lead | None = attrs.field(default=None, kw_only=True)
    exclusion: str | None = attrs.field(default=None, kw_only=True)

    def _check(self) -> None:
        if any(attempt.result is None for attempt in self.attempts[:-1]):
            raise DomainError("call_without_result", "a call begins only when the one before it has its result")
        if not self.custody:
            raise DomainError("contact_without_holder", "a person or a role is always responsible for a contact")

    @classmethod
    def entered(
        cls, campaign: CaseId, contact: CampaignContact, number: CaseId, phone: str, at: Instant
    ) -> ContactTask:
        """A contact that waits for a caller from an instant on."""
        return cls(campaign, contact, number, phone, custody=(Custody(at, COLD_CALLER.id),))

    def why_excluded(self, locale: Locale) -> str:
        """Why nobody calls the contact, in a language; empty while it is to be called."""
        if self.exclusion == ASKED_NOT_TO:
            return locale.say("exclusion.do_not_call", "asked not to be called")
        if self.exclusion == CAMPAIGN_CANCELLED:
            return locale.say("exclusion.campaign_cancelled", "the campaign was cancelled")
        return self.exclusion or ""

    @property
    def zones(self) -> tuple[str, ...]:
        """Where the person may be: the time zone on record, else every one of the number."""
        return zones_of(self.phone) if self.contact.zone is None else (self.contact.zone,)

    @property
    def holder(self) -> Custody:
        """Who is responsible now."""
        return self.custody[-1]

    @property
    def caller(self) -> str | None:
        """The id of the caller who holds the contact, if one does."""
        return self.holder.person if self.holder.role == COLD_CALLER.id else None

    @property
    def call(self) -> CallAttempt | None:
        """The call that has no result yet, if there is one."""
        return self.attempts[-1] if self.attempts and self.attempts[-1].result is None else None

    @property
    def script_steps(self) -> tuple[str, ...]:
        """The script steps passed in the call that has no result yet, in order."""
        return () if self.call is None else self.call.steps

    @property
    def need(self) -> Need | None:
        """What the client needs, if the call that has no result yet has brought that to light."""
        return None if self.call is None else self.call.need

    @property
    def results(self) -> tuple[CallResult, ...]:
        """The results of its calls, in order; a call without one counts nowhere (R46)."""
        return tuple(attempt.result for attempt in self.attempts if attempt.result is not None)

    @property
    def ended_as(self) -> Disposition | None:
        """How the last call ended, if that is recorded."""
        last = self.attempts[-1].result if self.attempts else None
        return None if last is None else last.disposition

    @property
    def do_not_call(self) -> bool:
        """Whether the person has asked not to be called; no later result clears it."""
        asked = any(result.disposition is Disposition.DO_NOT_CALL for result in self.results)
        return asked or self.contact.person.do_not_call

    def retries_left(self, allowed: int) -> int:
        """How many more calls may follow a last one that reached nobody; 0 where its result ends the matter."""
        if self.ended_as not in RETRIED or self.do_not_call:
            return 0
        return max(0, allowed - (len(self.attempts) - self.earlier - 1))

    def owner_at(self, instant: dt.datetime) -> Custody | None:
        """Who was responsible at an instant; None only before the contact was entered."""
        return next((one for one in reversed(self.custody) if one.since <= instant), None)

    def handed(self, at: Instant, role: Role, person: str | None = None) -> ContactTask:
        """The contact in other hands from an instant on: a person's, or those of whoever holds the role."""
        return attrs.evolve(self, custody=(*self.custody, Custody(at, role.id, person)), claim_until=None, next_at=None)

    def call_with(self, **changes: Any) -> ContactTask:
        """The contact with some facts about its present call recorded; a `DomainError` if there is none."""
        if self.call is None:
            raise DomainError("contact_without_call", "there is no call to record that of: place one first")
        return attrs.evolve(self, attempts=(*self.attempts[:-1], attrs.evolve(self.call, **changes)))

    def lead_with(self, **changes: Any) -> ContactTask:
        """The contact with some facts about its lead recorded; a `DomainError` if none has come of it."""
        if self.lead is None:
            raise DomainError("contact_without_lead", "no lead has come of this contact: record its result first")
        return attrs.evolve(self, lead=attrs.evolve(self.lead, **changes))
