"""What the steps of campaigns and their contacts demand of their payload, and what they do to the data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final

import attrs

from salesreg.calendars import Term
from salesreg.domain.calls import CallAttempt, CallResult, ContactTask, Custody, Disposition, Lead, Need, Proposal
from salesreg.domain.campaigns import CallCampaign, CallScript, CallWindow, CampaignContact, ContactBase
from salesreg.domain.contracts import Channel
from salesreg.domain.instants import Instant
from salesreg.domain.people import Role
from salesreg.domain.references import CaseId, Ref
from salesreg.errors import Refusal
from salesreg.processes._case import Attempt
from salesreg.processes._guards import built, filled, future, reason_given
from salesreg.regulation import Parameter

__all__ = ["CLAIM_TTL", "CampaignEffects", "ContactEffects"]

CLAIM_TTL: Final = Parameter(
    "call_contact.claim_ttl",
    Term,
    clause="R57",
    doc="How long a caller may hold a contact without calling it.",
    ru="Сколько специалист может держать контакт, не звоня ему.",
)

CampaignId = Annotated[CaseId, Ref(CallCampaign, process="call_campaign")]


def _person(attempt: Attempt) -> str:
    """Who does it: the absent one, where somebody acts for them."""
    return (attempt.on_behalf_of or attempt.by).id


def _campaign(attempt: Attempt) -> CallCampaign:
    campaign: CallCampaign = attempt.related[ContactTask.campaign].data
    return campaign


class CampaignEffects:
    """The handlers of `CallCampaign`, in the order of its steps."""

    def check_draft_campaign(
        self,
        *,
        name: str,
        base: ContactBase,
        script: CallScript,
        system_of_record: str,
        proposal_template: str = "",
        window: CallWindow | None = None,
    ) -> Iterator[Refusal]:
        yield from built(
            lambda: CallCampaign(name, base, script, system_of_record, proposal_template, window=window),
            "bad_campaign",
            ru="кампания описана неверно",
            clause="R54",
        )

    def on_draft_campaign(
        self,
        *,
        name: str,
        base: ContactBase,
        script: CallScript,
        system_of_record: str,
        proposal_template: str = "",
        window: CallWindow | None = None,
    ) -> CallCampaign:
        return CallCampaign(name, base, script, system_of_record, proposal_template, window=window)

    def on_revise_campaign(
        self,
        campaign: CallCampaign,
        *,
        base: ContactBase | None = None,
        script: CallScript | None = None,
        proposal_template: str | None = None,
        window: CallWindow | None = None,
    ) -> CallCampaign:
        return attrs.evolve(
            campaign,
            base=base or campaign.base,
            script=script or campaign.script,
            proposal_template=campaign.proposal_template if proposal_template is None else proposal_template,
            window=window or campaign.window,
        )

    def check_pause_campaign(self, campaign: CallCampaign, *, reason: str) -> Iterator[Refusal]:
        return reason_given(reason, "R57")

    def on_pause_campaign(self, campaign: CallCampaign, *, reason: str) -> CallCampaign:
        return attrs.evolve(campaign, pause_reason=reason)

    def on_resume_campaign(self, campaign: CallCampaign) -> CallCampaign:
        return attrs.evolve(campaign, pause_reason=None)

    def check_cancel_campaign(self, campaign: CallCampaign, *, reason: str) -> Iterator[Refusal]:
        return reason_given(reason, "R57")

    def on_cancel_campaign(self, campaign: CallCampaign, *, reason: str) -> CallCampaign:
        return attrs.evolve(campaign, cancel_reason=reason)


class ContactEffects:
    """The handlers of `CallContact`, in the order of its steps."""

    def on_add_contact(self, attempt: Attempt, *, campaign: CampaignId, contact: CampaignContact) -> ContactTask:
        return ContactTask(campaign, contact, custody=(Custody(attempt.at, Role.COLD_CALLER),))

    def on_claim_contact(self, task: ContactTask, attempt: Attempt) -> ContactTask:
        until = attempt.due(attempt.regulation.value(CLAIM_TTL))
        return attrs.evolve(task.handed(attempt.at, Role.COLD_CALLER, _person(attempt)), claim_until=until)

    def on_release_contact(self, task: ContactTask, attempt: Attempt) -> ContactTask:
        return task.handed(attempt.at, Role.COLD_CALLER)

    # -- the call -------------------------------------------------------------------------------------------------

    def check_place_call(
        self, task: ContactTask, attempt: Attempt, *, system: str, record_ref: str
    ) -> Iterator[Refusal]:
        yield from filled(record_ref, "no_record", "the call's record", ru="запись звонка", clause="R46")
        wanted = _campaign(attempt).system_of_record
        if system != wanted:
            yield Refusal(
                "other_system",
                f"calls of this campaign are made in {wanted} only",
                ru=f"звонки кампании ведутся только в системе «{wanted}»",
                clause="R55",
                need=wanted,
                got=system,
            )

    def on_place_call(self, task: ContactTask, attempt: Attempt, *, system: str, record_ref: str) -> ContactTask:
        call = CallAttempt(_person(attempt), attempt.at, record_ref)
        return attrs.evolve(task, attempts=(*task.attempts, call), claim_until=None)

    def check_record_script_step(
        self, task: ContactTask, attempt: Attempt, *, script_step: str, answer: str = ""
    ) -> Iterator[Refusal]:
        keys = _campaign(attempt).script.keys
        if script_step not in keys:
            yield Refusal(
                "no_such_step",
                f"the script has no step {script_step!r}",
                ru=f"в сценарии нет шага «{script_step}»",
                clause="R58",
                need=keys,
                got=script_step,
            )

    def on_record_script_step(self, task: ContactTask, *, script_step: str, answer: str = "") -> ContactTask:
        assert task.call is not None  # noqa: S101 - the stage has a call
        return task.call_with(steps=(*task.call.steps, script_step))

    def check_identify_need(self, task: ContactTask, *, need: str) -> Iterator[Refusal]:
        yield from filled(need, "no_need", "the client's need", ru="потребность клиента", clause="R58")
        if task.call is None or not task.call.steps:
            yield Refusal(
                "script_not_used",
                "a need comes to light with the script, and no step of it has been recorded",
                ru="потребность выявляют по сценарию, а ни один его шаг не отмечен",
                clause="R58",
                need="a recorded step of the script",
                got="nothing",
            )

    def on_identify_need(self, task: ContactTask, attempt: Attempt, *, need: str) -> ContactTask:
        assert task.call is not None  # noqa: S101 - the stage has a call
        return task.call_with(need=Need(need, task.call.steps[-1], attempt.at))

    def check_send_proposal(self, task: ContactTask, *, proposal_ref: str, channel: Channel) -> Iterator[Refusal]:
        return filled(proposal_ref, "no_proposal", "the proposal sent", ru="отправленное предложение", clause="R59")

    def on_send_proposal(
        self, task: ContactTask, attempt: Attempt, *, proposal_ref: str, channel: Channel
    ) -> ContactTask:
        return task.call_with(proposal=Proposal(proposal_ref, channel, attempt.at))

    def on_end_call(self, task: ContactTask, attempt: Attempt) -> ContactTask:
        return task.call_with(ended_at=attempt.at)

    def check_record_result(
        self, task: ContactTask, *, disposition: Disposition, note: str = "", decision_maker: bool = False
    ) -> Iterator[Refusal]:
        call = task.call
        if call is not None and call.need is not None and disposition.denies_need:
            yield Refusal(
                "need_on_record",
                "this call has a need on record, so it cannot end without one",
                ru="в этом звонке записана потребность, и закончиться без неё он не может",
                clause="R58",
                need="a result that does not deny the need",
                got=str(disposition),
            )
        if disposition is not Disposition.NEED_IDENTIFIED or call is None:
            return
        if call.need is None:
            yield Refusal(
                "no_need",
                "no need has come to light in this call",
                ru="в этом звонке потребность не выявлена",
                clause="R58",
                need="an identified need",
                got="nothing",
            )
        if call.proposal is None:
            yield Refusal(
                "no_proposal",
                "a client with a need is sent the commercial proposal first",
                ru="клиенту с потребностью сначала отправляют коммерческое предложение",
                clause="R59",
                need="a commercial proposal that was sent",
                got="nothing",
            )

    def on_record_result(
        self,
        task: ContactTask,
        attempt: Attempt,
        *,
        disposition: Disposition,
        note: str = "",
        decision_maker: bool = False,
    ) -> ContactTask:
        done = task.call_with(result=CallResult(disposition, _person(attempt), attempt.at, note))
        if disposition is not Disposition.NEED_IDENTIFIED:
            return attrs.evolve(done.handed(attempt.at, Role.HEAD_OF_SALES), lead=None)
        lead = Lead(f"{attempt.case}.lead{len(done.results)}", _campaign(attempt).name, attempt.at)
        return attrs.evolve(done.handed(attempt.at, Role.SALES_MANAGER), lead=lead)

    def check_schedule_retry(self, task: ContactTask, attempt: Attempt, *, next_at: Instant) -> Iterator[Refusal]:
        return future(next_at, attempt, "the next call", ru="следующий звонок", clause="R57")

    def on_schedule_retry(self, task: ContactTask, attempt: Attempt, *, next_at: Instant) -> ContactTask:
        return attrs.evolve(task.handed(attempt.at, Role.COLD_CALLER), next_at=next_at)

    def on_requeue_contact(self, task: ContactTask) -> ContactTask:
        return attrs.evolve(task, next_at=None)

    # -- the lead -------------------------------------------------------------------------------------------------

    def on_accept_lead(self, task: ContactTask, attempt: Attempt) -> ContactTask:
        assert task.lead is not None  # noqa: S101 - the stage has a lead
        person = _person(attempt)
        lead = attrs.evolve(task.lead, accepted_by=person, accepted_at=attempt.at)
        return attrs.evolve(task.handed(attempt.at, Role.SALES_MANAGER, person), lead=lead)

    def check_touch_lead(self, task: ContactTask, *, contact_ref: str) -> Iterator[Refusal]:
        return filled(contact_ref, "no_contact", "the meeting or contact", ru="встреча или контакт", clause="R61")

    def on_touch_lead(self, task: ContactTask, attempt: Attempt, *, contact_ref: str) -> ContactTask:
        assert task.lead is not None  # noqa: S101 - the stage has a lead
        return attrs.evolve(task, lead=attrs.evolve(task.lead, touched_at=attempt.at))

    def check_return_lead(self, task: ContactTask, *, reason: str) -> Iterator[Refusal]:
        return reason_given(reason, "R67")

    def on_return_lead(self, task: ContactTask, attempt: Attempt, *, reason: str) -> ContactTask:
        assert task.lead is not None  # noqa: S101 - the stage has a lead
        return attrs.evolve(task.handed(attempt.at, Role.HEAD_OF_SALES), lead=attrs.evolve(task.lead, returned=reason))

    # -- contacts that are not called, or called again some day ----------------------------------------------------

    def check_exclude_contact(self, task: ContactTask, *, reason: str) -> Iterator[Refusal]:
        return reason_given(reason, "R57")

    def on_exclude_contact(self, task: ContactTask, attempt: Attempt, *, reason: str) -> ContactTask:
        return attrs.evolve(task.handed(attempt.at, Role.HEAD_OF_SALES), exclusion=reason)

    def on_recycle_contact(self, task: ContactTask, attempt: Attempt) -> ContactTask:
        return attrs.evolve(task.handed(attempt.at, Role.COLD_CALLER), earlier=len(task.attempts), lead=None)
