"""The call campaign: a base and a script are given out, and every contact is called (R53–R57, R62)."""

from __future__ import annotations

from typing import Any, Final

from attrs import evolve

from salesreg.commercial.domain.campaigns import CallCampaign, CallScript, CallWindow, ContactBase
from salesreg.commercial.domain.phones import is_number
from salesreg.commercial.parameters import PHONE_REGION, RETRIES
from salesreg.commercial.roles import COLD_CALLER, HEAD_OF_SALES
from salesreg.process import (
    Attempt,
    Checks,
    Must,
    Outcome,
    Process,
    Refusal,
    Stage,
    Step,
    Text,
    anywhere,
    start,
    stay,
    step,
)
from salesreg.rules import Norm

TOOLS: Final = Norm(
    "call_campaign.tools",
    "A caller is given a base, a published script, a commercial proposal, and one system to work in.",
    "R54",
    HEAD_OF_SALES,
    control="the issue of the campaign",
    metric="K2",
)
COVERAGE: Final = Norm(
    "call_campaign.coverage",
    "Every contact of the base is called, and a campaign is complete when each has a recorded result.",
    "R57",
    COLD_CALLER,
    control="the result of each contact",
    metric="K2",
)
QUOTA: Final = Norm(
    "call_campaign.quota",
    "A caller makes the day's number of calls; only calls with a recorded result count.",
    "R62",
    COLD_CALLER,
    control="the results of the day",
    metric="K4",
)

base_given = Must[CallCampaign](lambda campaign: bool(campaign.base.contacts), "no_base", "the base has no contacts")
script_published = Must[CallCampaign](
    lambda campaign: campaign.script.published,
    "script_unpublished",
    "version {got} of the script is not published",
    got=lambda campaign: campaign.script.version,
)
script_fits = Must[CallCampaign](
    lambda campaign: not campaign.misfits,
    "wrong_variant",
    "the script is not made for the clients of contacts {got}",
    got=lambda campaign: campaign.misfits,
    clause="R65",
)
proposal_given = Must[CallCampaign](
    lambda campaign: bool(campaign.proposal_template.strip()),
    "no_proposal_template",
    "callers need a proposal",
    clause="R54",
)

UNDONE: Final = frozenset({"queued", "claimed", "in_call", "result_pending", "retry_scheduled"})


class CallCampaignProcess(Process[CallCampaign]):
    """Calls to a base, from the draft to the last result."""

    id, version, title = "call_campaign", 1, "Call campaign"
    searchable = {"name": lambda campaign: campaign.name, "script": lambda campaign: campaign.script.id}
    facts = {"what": lambda campaign: campaign.name}

    retries = RETRIES
    region = PHONE_REGION

    draft = Stage("Draft", HEAD_OF_SALES, no_term="a campaign is prepared before anybody waits for it")
    issued = Stage("Issued", HEAD_OF_SALES, no_term="the head chooses the day on which the calls begin")
    running = Stage("Running", COLD_CALLER, no_term="the daily quota and each call's result set the pace")
    paused = Stage("Paused", HEAD_OF_SALES, no_term="it rests until the head resumes it")
    completed = Stage("Completed", final=True)
    cancelled = Stage("Cancelled", final=True)

    def can_be_dialled(self, base: ContactBase | None) -> Checks:
        """Every number of a base can be spelled, or nobody could tell whether it may be called."""
        contacts = () if base is None else base.contacts
        if wrong := tuple(one.phone for one in contacts if not is_number(one.phone, self.region)):
            yield Refusal("no_numbers", "these are no telephone numbers: {got}", got=wrong, clause="R56")

    @step(start(draft), "Draft a campaign", by=HEAD_OF_SALES, clause="R54")
    def draft_campaign(
        self,
        *,
        name: str,
        base: ContactBase,
        script: CallScript,
        system_of_record: str,
        proposal_template: str = "",
        window: CallWindow | None = None,
    ) -> Outcome[CallCampaign]:
        yield from self.can_be_dialled(base)
        return CallCampaign(name, base, script, system_of_record, proposal_template, window=window)

    @step(stay(draft), "Revise the draft", by=HEAD_OF_SALES, clause="R54")
    def revise_campaign(
        self,
        campaign: CallCampaign,
        *,
        base: ContactBase | None = None,
        script: CallScript | None = None,
        proposal_template: str | None = None,
        window: CallWindow | None = None,
    ) -> Outcome[CallCampaign]:
        """What is not given stays."""
        yield from self.can_be_dialled(base)
        given = {"base": base, "script": script, "proposal_template": proposal_template, "window": window}
        changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        return evolve(campaign, **changes)

    issue_campaign = Step(
        draft.to(issued),
        "Give out the base and the script",
        by=HEAD_OF_SALES,
        requires=[base_given, script_published, script_fits, proposal_given],
        notify=COLD_CALLER,
        clause="R56",
        norms=[TOOLS],
    )
    start_campaign = Step(
        issued.to(running), "Begin the calls", by=HEAD_OF_SALES, notify=COLD_CALLER, clause="R57", norms=[QUOTA]
    )

    @step(running.to(paused), "Pause the campaign", by=HEAD_OF_SALES, notify=COLD_CALLER, clause="R57")
    def pause_campaign(self, campaign: CallCampaign, *, reason: Text) -> CallCampaign:
        return evolve(campaign, pause_reason=reason)

    @step(paused.to(running), "Resume the campaign", by=HEAD_OF_SALES, notify=COLD_CALLER, clause="R57")
    def resume_campaign(self, campaign: CallCampaign) -> CallCampaign:
        return evolve(campaign, pause_reason=None)

    def no_contact_left(self, _: CallCampaign, attempt: Attempt) -> Checks:
        """Every contact has a result or an approved exclusion; a call without a result blocks (R46, R57)."""
        contacts = attempt.related.children("call_contact")
        owed = [one for one in contacts if one.stage == "result_recorded" and one.data.retries_left(self.retries)]
        if left := tuple(one.id for one in contacts if one.stage in UNDONE or one in owed):
            yield Refusal("contacts_left", "contacts {got} have neither a result nor an approved exclusion", got=left)

    complete_campaign = Step(
        running.to(completed),
        "Complete the campaign",
        by=HEAD_OF_SALES,
        requires=[no_contact_left],
        children=["call_contact"],
        notify=COLD_CALLER,
        clause="R57",
        norms=[COVERAGE],
    )

    @step(anywhere(cancelled), "Cancel the campaign", by=HEAD_OF_SALES, notify=COLD_CALLER, clause="R57")
    def cancel_campaign(self, campaign: CallCampaign, *, reason: Text) -> CallCampaign:
        return evolve(campaign, cancel_reason=reason)
