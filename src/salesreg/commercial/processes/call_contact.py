"""The call contact: claimed, called, its result recorded, and the lead handed to a sales manager (R57–R67)."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Iterator
from typing import Final

from attrs import evolve

from salesreg.calendars import Term
from salesreg.commercial.domain.calls import (
    DENY_NEED,
    NEVER_AGAIN,
    SAY_WHETHER,
    SPOKEN,
    UNANSWERED,
    WITHOUT_DECIDER,
    CallAttempt,
    CallResult,
    CampaignId,
    ContactTask,
    Custody,
    Disposition,
    Lead,
    Need,
    Proposal,
)
from salesreg.commercial.domain.campaigns import CallCampaign, CallScript, CallWindow, CampaignContact
from salesreg.commercial.domain.channels import Channel
from salesreg.commercial.domain.numbers import spelled
from salesreg.commercial.domain.phones import NumberId
from salesreg.commercial.parameters import RETRIES
from salesreg.commercial.roles import COLD_CALLER, HEAD_OF_SALES, MANAGER
from salesreg.process import (
    Assigned,
    Attempt,
    Charge,
    Checks,
    Future,
    Guard,
    Must,
    Outcome,
    Process,
    Refusal,
    Sla,
    Stage,
    Text,
    Timer,
    start,
    stay,
    step,
)
from salesreg.rules import SYSTEM, Norm, Parameter, open_norm

RESULT: Final = open_norm(
    "call_contact.result",
    "The caller records the result of every call in time.",
    "R60",
    COLD_CALLER,
    control="the result in the system of record",
    metric="K3",
)
PROPOSAL: Final = open_norm(
    "call_contact.proposal",
    "A client with a need is sent the commercial proposal in time.",
    "R59",
    COLD_CALLER,
    control="the proposal's reference",
    metric="K5",
)
FIRST_TOUCH: Final = open_norm(
    "call_contact.first_touch",
    "A sales manager gets in touch with a lead in time, counted from the moment it was handed over.",
    "R61",
    MANAGER,
    control="the reference of the first contact",
    metric="K5",
)

ONE_SYSTEM: Final = Norm(
    "call_contact.one_system",
    "Calls are placed and recorded in the campaign's system and nowhere else; what stands elsewhere does not count.",
    "R55",
    COLD_CALLER,
    control="the call's record in the system",
    metric="K3",
)
EVERY_RESULT: Final = Norm(
    "call_contact.every_result",
    "Every call has exactly one result, and a result that nobody recorded does not exist.",
    "R46",
    COLD_CALLER,
    control="one result for each call",
    metric="K3",
)
RELEASED: Final = Norm(
    "call_contact.released",
    "With the result the caller's responsibility for the contact ends; from then on somebody else has it.",
    "R61",
    control="who is responsible, without a gap",
    metric="K3",
)
SCRIPT: Final = Norm(
    "call_contact.script",
    "The caller follows the script, looks for the decision maker, and finds out what the client needs.",
    "R58",
    COLD_CALLER,
    control="the script steps recorded in the call",
    metric="K5",
)


def _passed(task: ContactTask, to: str, at: dt.datetime) -> ContactTask:
    """The contact in the hands of another holder of the same role; a claim or a retry stays as it is."""
    return evolve(task, custody=(*task.custody, Custody(at, task.holder.role, to)))


caller = Charge[ContactTask](
    "caller",
    COLD_CALLER,
    "the caller of the contact",
    find=lambda task: task.caller or COLD_CALLER,
    put=_passed,
)
seller = Charge[ContactTask](
    "seller",
    MANAGER,
    "the lead's sales manager",
    find=lambda task: (None if task.caller else task.holder.person) or MANAGER,
    put=_passed,
)
sellers = Assigned[ContactTask](lambda task: None if task.lead is None else MANAGER, "sales managers, of a lead")

need_identified = Must[ContactTask](
    lambda task: task.need is not None, "no_need", "no need has come to light in this call"
)


def campaign_is(*stages: str) -> Guard:
    """A guard: the campaign stands in one of these stages."""

    def guard(task: ContactTask, attempt: Attempt) -> Iterator[Refusal]:
        campaign = attempt.related[task.campaign]
        if campaign.stage not in stages:
            stage, facts = campaign.stage, {"campaign": campaign.data.name}
            yield Refusal(
                "campaign_not_running",
                "campaign {campaign} is {got}",
                need=stages,
                got=stage,
                facts=facts,
                clause="R57",
            )

    return guard


campaign_runs = campaign_is("running")
campaign_open = campaign_is("issued", "running", "paused")


def _campaign(task: ContactTask, attempt: Attempt) -> CallCampaign:
    campaign: CallCampaign = attempt.related[task.campaign].data
    return campaign


class CallContactProcess(Process[ContactTask]):
    """One contact of a campaign: from the queue to its result, and on to the sale if there is a need."""

    id, version, title = "call_contact", 1, "Call contact"
    charges = (caller, seller)
    searchable = {
        "client": lambda task: task.contact.client.legal_name,
        "tax_id": lambda task: task.contact.client.inn,
        "phone": lambda task: task.phone,
        "caller": lambda task: task.caller,
    }

    window_opens = Parameter("call_contact.window_opens", dt.time, "From when clients are called.", clause="R62")
    window_closes = Parameter("call_contact.window_closes", dt.time, "Until when clients are called.", clause="R62")
    consent_first = Parameter(
        "call_contact.consent_first",
        bool,
        "Whether only those are called who agreed beforehand, which advertising calls may need (38-FZ art. 18).",
        clause="R57",
    )
    claim_ttl = Parameter(
        "call_contact.claim_ttl", Term, "How long a caller may hold a contact without calling it.", clause="R57"
    )
    retries = RETRIES
    recycle_after = Parameter(
        "call_contact.recycle_after", Term, "How long a contact that came to nothing is not called.", clause="R67"
    )

    queued = Stage("Waiting for a caller", COLD_CALLER, no_term="the daily quota decides how soon a contact is called")
    claimed = Stage("Claimed", caller, no_term="a claim that is not used lapses by itself")
    in_call = Stage("In a call", caller, no_term="the result has its own clock")
    result_pending = Stage("Awaiting the result", caller, no_term="the result has its own clock")
    retry_scheduled = Stage("To be called again", COLD_CALLER, no_term="the next call is agreed with the client")
    lead_offered = Stage("Lead waiting for a sales manager", MANAGER, no_term="the first touch has its own clock")
    lead_accepted = Stage("Lead accepted", seller, no_term="the first touch has its own clock")
    lead_touched = Stage("Lead in touch", ended=True)
    result_recorded = Stage("Result recorded", ended=True)
    do_not_call = Stage("Not to be called", final=True)
    excluded = Stage("Excluded", final=True)

    # -- what must hold -------------------------------------------------------------------------------------------

    def may_be_called(self, task: ContactTask, attempt: Attempt) -> Checks:
        """Whoever asked not to be called, by whichever channel, is not called; nor is who must agree first (R67)."""
        preference = attempt.related[task.number].stage
        if task.do_not_call or preference == "refused":
            yield Refusal("do_not_call", "{got} has asked not to be called", got=task.contact.person.name)
        elif self.consent_first and preference != "consented":
            yield Refusal("no_consent", "{got} has not agreed to be called", got=task.contact.person.name)

    def within_window(self, task: ContactTask, attempt: Attempt) -> Checks:
        """Clients are called on working days, within the calling window where they are (R62).

        A number that may ring in several time zones is called when the window is open in all of them.
        """
        window = _campaign(task, attempt).window or CallWindow(self.window_opens, self.window_closes)
        zones = task.zones
        if not zones:
            yield Refusal("zone_unknown", "where {got} rings is not known: record the time zone", got=task.phone)
        for zone in zones:
            now = attempt.at.astimezone(zoneinfo.ZoneInfo(zone))
            if now.time() not in window or not attempt.regulation.calendar.is_working_day(now.date()):
                yield Refusal(
                    "outside_window",
                    "clients are called on working days from {opens} to {closes} of their time; in {zone} it is {got}",
                    got=now.isoformat(timespec="minutes"),
                    facts={"opens": f"{window.opens:%H:%M}", "closes": f"{window.closes:%H:%M}", "zone": zone},
                    clause="R62",
                )
                return

    def retry_left(self, task: ContactTask, _: Attempt) -> Checks:
        """A result ends the matter, unless nobody was reached and the regulation allows another try."""
        if not task.retries_left(self.retries):
            last = task.ended_as
            yield Refusal("no_retry_left", "the last call's result ends the matter", need=self.retries, got=last)

    def recyclable(self, task: ContactTask, attempt: Attempt) -> Checks:
        """A contact that came to nothing is called again after a rest, unless its result speaks against it (R67)."""
        refused = attempt.related[task.number].stage == "refused"
        if task.ended_as is None or task.ended_as in NEVER_AGAIN or task.do_not_call or refused:
            yield Refusal("never_again", "this contact is not called again", got=task.ended_as)
            return
        back = attempt.regulation.calendar.due_at(self.recycle_after, task.holder.since)
        if attempt.at < back:
            need, got = back.isoformat(), attempt.at.isoformat()
            yield Refusal("too_early", "the contact rests until {need}", need=need, got=got)

    @step(start(queued), "Enter a contact of the base", by=SYSTEM, clause="R56")
    def add_contact(
        self, attempt: Attempt, *, campaign: CampaignId, contact: CampaignContact, number: NumberId
    ) -> ContactTask:
        return ContactTask.entered(campaign, contact, number, attempt.related[number].data.number, attempt.at)

    @step(
        stay(queued, claimed, retry_scheduled),
        "Record the contact's time zone",
        by=[COLD_CALLER, HEAD_OF_SALES],
        clause="R62",
    )
    def record_time_zone(self, task: ContactTask, *, zone: Text) -> ContactTask:
        return evolve(task, contact=evolve(task.contact, zone=zone))

    @step(queued.to(claimed), "Take a contact", by=COLD_CALLER, requires=[campaign_runs, may_be_called], clause="R57")
    def claim_contact(self, task: ContactTask, attempt: Attempt) -> ContactTask:
        mine = task.handed(attempt.at, COLD_CALLER, attempt.principal.id)
        return evolve(mine, claim_until=attempt.due(self.claim_ttl))

    @step(claimed.to(queued), "Put the contact back", by=[caller, HEAD_OF_SALES, SYSTEM], clause="R57")
    def release_contact(self, task: ContactTask, attempt: Attempt) -> ContactTask:
        return task.handed(attempt.at, COLD_CALLER)

    # -- the call -------------------------------------------------------------------------------------------------

    @step(
        claimed.to(in_call),
        "Call",
        by=COLD_CALLER,
        only=caller,
        requires=[campaign_runs, may_be_called, within_window],
        clause="R57",
        norms=[ONE_SYSTEM],
    )
    def place_call(self, task: ContactTask, attempt: Attempt, *, system: str, record_ref: Text) -> Outcome[ContactTask]:
        wanted = _campaign(task, attempt).system_of_record
        if system != wanted:
            yield Refusal("other_system", "calls are made in {need} only", need=wanted, got=system, clause="R55")
        call = CallAttempt(attempt.principal.id, attempt.at, record_ref)
        return evolve(task, attempts=(*task.attempts, call), claim_until=None)

    @step(stay(in_call), "Record a step of the script", by=COLD_CALLER, only=caller, clause="R58", norms=[SCRIPT])
    def record_script_step(
        self, task: ContactTask, attempt: Attempt, *, script_step: str, answer: str = ""
    ) -> Outcome[ContactTask]:
        keys = _campaign(task, attempt).script.keys
        if script_step not in keys:
            yield Refusal("no_such_step", "the script has no step {got}", need=keys, got=script_step)
        return task.call_with(steps=(*task.script_steps, script_step))

    @step(stay(in_call), "Record the client's need", by=COLD_CALLER, only=caller, clause="R58", norms=[SCRIPT])
    def identify_need(self, task: ContactTask, attempt: Attempt, *, need: Text) -> Outcome[ContactTask]:
        if not (steps := task.script_steps):
            yield Refusal("script_not_used", "a need comes to light with the script, and no step of it is recorded")
        return task.call_with(need=Need(need, steps[-1], attempt.at)) if steps else task

    @step(
        stay(in_call, result_pending),
        "Send the commercial proposal",
        by=COLD_CALLER,
        only=caller,
        requires=[need_identified],
        clause="R59",
    )
    def send_proposal(
        self, task: ContactTask, attempt: Attempt, *, proposal_ref: Text, channel: Channel
    ) -> ContactTask:
        return task.call_with(proposal=Proposal(proposal_ref, channel, attempt.at))

    @step(in_call.to(result_pending), "End the call", by=COLD_CALLER, only=caller, clause="R60")
    def end_call(self, task: ContactTask, attempt: Attempt, *, seconds: int) -> ContactTask:
        """How long somebody was spoken to; 0 where nobody picked up."""
        return task.call_with(ended_at=attempt.at, seconds=seconds)

    def agrees(self, task: ContactTask, disposition: Disposition, decision_maker: bool) -> Checks:
        """A result does not contradict what the call's record says (R46, R58, R59, R64)."""
        call, leads_on = task.call, disposition is Disposition.NEED_IDENTIFIED
        denied = task.need is not None and disposition in DENY_NEED
        if denied:
            yield Refusal(
                "need_on_record", "a need is on record: the call cannot end so", got=disposition, clause="R58"
            )
        if leads_on and task.need is None:
            yield Refusal("no_need", "no need has come to light in this call", clause="R58")
        # Whoever asks not to be called may do so in the middle of anything.
        owed = leads_on or (task.need is not None and not denied and disposition is not Disposition.DO_NOT_CALL)
        if owed and (call is None or call.proposal is None):
            yield Refusal("no_proposal", "a client with a need is sent the commercial proposal first", clause="R59")
        if disposition in UNANSWERED and task.script_steps:
            got = task.script_steps
            yield Refusal("was_answered", "steps {got} of the script are on record: somebody answered", got=got)
        if disposition in SPOKEN and (call is None or not call.seconds):
            yield Refusal("no_conversation", "a call of no seconds cannot end so", got=disposition, clause="R46")
        if decision_maker and disposition in WITHOUT_DECIDER:
            yield Refusal("decision_maker", "whoever decides cannot have been reached", got=disposition, clause="R64")
        if disposition is Disposition.DM_REACHED_NO_DECISION and not decision_maker:
            yield Refusal("no_decision_maker", "the record does not say that whoever decides was reached", clause="R64")

    def script_followed(
        self, task: ContactTask, script: CallScript, disposition: Disposition, checked: tuple[str, ...]
    ) -> Checks:
        """Whether there is a need is said with the required steps of the script; the checklist goes with every call."""
        if disposition in SAY_WHETHER and (left := tuple(set(script.required) - set(task.script_steps))):
            yield Refusal("steps_left", "steps {got} of the script are required", got=tuple(sorted(left)), clause="R65")
        if left := tuple(item for item in script.checklist if item not in checked):
            yield Refusal("checklist_open", "the checklist still has {got}", got=left, clause="R66")
        if other := tuple(item for item in checked if item not in script.checklist):
            yield Refusal(
                "no_such_item", "{got} is not in the checklist", need=script.checklist, got=other, clause="R66"
            )

    @step(
        result_pending.to(lead_offered, when=lambda task: task.lead is not None)
        | result_pending.to(do_not_call, when=lambda task: task.do_not_call)
        | result_pending.to(result_recorded),
        "Record the result",
        by=COLD_CALLER,
        only=caller,
        notify=sellers,
        clause="R60",
        norms=[EVERY_RESULT, RELEASED],
    )
    def record_result(
        self,
        task: ContactTask,
        attempt: Attempt,
        *,
        disposition: Disposition,
        note: str = "",
        decision_maker: bool = False,
        checked: tuple[str, ...] = (),
    ) -> Outcome[ContactTask]:
        """A call with a need is no call without one, and a lead has its proposal."""
        script = _campaign(task, attempt).script
        yield from self.agrees(task, disposition, decision_maker)
        yield from self.script_followed(task, script, disposition, checked)
        result = CallResult(
            disposition,
            attempt.principal.id,
            attempt.at,
            note,
            decision_maker=decision_maker,
            script=script.version,
            variant=script.variant,
            checked=checked,
        )
        done = task.call_with(result=result)
        if disposition is not Disposition.NEED_IDENTIFIED:
            return evolve(done.handed(attempt.at, HEAD_OF_SALES), lead=None)
        lead = Lead(f"{attempt.case}.lead{len(done.results)}", _campaign(task, attempt).name, attempt.at)
        return evolve(done.handed(attempt.at, MANAGER), lead=lead)

    @step(
        result_recorded.to(retry_scheduled),
        "Schedule another call",
        by=COLD_CALLER,
        requires=[campaign_open, may_be_called, retry_left],
        clause="R57",
    )
    def schedule_retry(self, task: ContactTask, attempt: Attempt, *, next_at: Future) -> ContactTask:
        return evolve(task.handed(attempt.at, COLD_CALLER), next_at=next_at)

    @step(retry_scheduled.to(queued), "Put back into the queue", by=SYSTEM, clause="R57")
    def requeue_contact(self, task: ContactTask) -> ContactTask:
        return evolve(task, next_at=None)

    # -- the lead -------------------------------------------------------------------------------------------------

    @step(lead_offered.to(lead_accepted), "Accept the lead", by=MANAGER, clause="R53")
    def accept_lead(self, task: ContactTask, attempt: Attempt) -> ContactTask:
        person = attempt.principal.id
        return task.handed(attempt.at, MANAGER, person).lead_with(accepted_by=person, accepted_at=attempt.at)

    @step(lead_accepted.to(lead_touched), "Record the first touch", by=[seller, SYSTEM], clause="R61")
    def touch_lead(self, task: ContactTask, attempt: Attempt, *, contact_ref: Text) -> ContactTask:
        return task.lead_with(touched_at=attempt.at)

    @step(
        (lead_offered | lead_accepted | lead_touched).to(result_recorded),
        "Return the lead",
        by=[seller, HEAD_OF_SALES, SYSTEM],
        notify=HEAD_OF_SALES,
        clause="R67",
    )
    def return_lead(self, task: ContactTask, attempt: Attempt, *, reason: Text) -> ContactTask:
        return task.handed(attempt.at, HEAD_OF_SALES).lead_with(returned=reason)

    # -- contacts that are not called, or called again some day ----------------------------------------------------

    @step(
        (queued | claimed | retry_scheduled | result_recorded).to(excluded),
        "Exclude the contact",
        by=[HEAD_OF_SALES, SYSTEM],
        clause="R57",
    )
    def exclude_contact(self, task: ContactTask, attempt: Attempt, *, reason: Text) -> Outcome[ContactTask]:
        """Also one that another call is owed to; a result that ends the matter stands."""
        if attempt.stage == CallContactProcess.result_recorded.id:
            yield from self.retry_left(task, attempt)
        return evolve(task.handed(attempt.at, HEAD_OF_SALES), exclusion=reason)

    @step(
        result_recorded.to(queued),
        "Bring the contact back",
        by=HEAD_OF_SALES,
        requires=[campaign_open, recyclable],
        notify=COLD_CALLER,
        clause="R67",
    )
    def recycle_contact(self, task: ContactTask, attempt: Attempt) -> ContactTask:
        return evolve(task.handed(attempt.at, COLD_CALLER), earlier=len(task.attempts), lead=None)

    result_recorded_in_time = Sla(RESULT, start=place_call, stop=record_result, owner=caller)
    proposal_sent = Sla(PROPOSAL, start=identify_need, stop=send_proposal, void=record_result, owner=caller)
    lead_touched_in_time = Sla(FIRST_TOUCH, start=record_result, stop=touch_lead, owner=seller)
    claim_lapses = Timer(release_contact, at=lambda task: task.claim_until, during=[claimed])
    retry_comes = Timer(requeue_contact, at=lambda task: task.next_at, during=[retry_scheduled])

    @classmethod
    def keys(cls, data: ContactTask) -> Iterable[str]:
        """The lead, by which its sale finds the contact; each call's record, and the number that is being called."""
        yield from (f"call.record:{spelled(call.record_ref)}" for call in data.attempts)
        if data.call is not None and data.call.ended_at is None:
            yield f"call.number:{data.number}"
        if data.lead is not None:
            yield f"lead:{data.lead.id}"

    @classmethod
    def key_refusal(cls, key: str, holder: str) -> Refusal:
        """One call is recorded once, and nobody is called by two people at a time."""
        kind, _, record = key.partition(":")
        by = {"holder": holder}
        if kind == "call.number":
            return Refusal("being_called", "that number is being called: {got}", got=holder, clause="R57")
        return Refusal("record_taken", "{got} is the record of a call of {holder}", got=record, facts=by, clause="R46")
