"""The base price list: from a manager's proposal to the prices in force (R35–R39)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from attrs import evolve

from salesreg.commercial.domain.numbers import counted, spelled
from salesreg.commercial.domain.price_changes import (
    IN_FORCE_KEY,
    NEXT_KEY,
    ChangeKind,
    ChangeLine,
    ListId,
    PriceOutcome,
    line_problems,
    rebase_problems,
)
from salesreg.commercial.domain.price_changes import PriceChangeProposal as Proposal
from salesreg.commercial.domain.prices import BasePriceList, PriceItem
from salesreg.commercial.roles import CEO, FINANCE, HEAD, IT, MANAGER, SPECIALIST
from salesreg.errors import DomainError
from salesreg.process import (
    STAGE_OWNER,
    Attempt,
    Case,
    CaseId,
    Charge,
    Checks,
    Each,
    Must,
    Outcome,
    Past,
    Process,
    Refusal,
    Stage,
    Text,
    Timer,
    need,
    start,
    stay,
    step,
)
from salesreg.rules import SYSTEM, Instant, Norm, Parameter, open_norm
from salesreg.rules.texts import says_nothing

# -- by when, and what must be so --------------------------------------------------------------------------------------

HEAD_DECIDES: Final = open_norm(
    "price_change.head_decides",
    "The head of the commercial department passes a proposal on, returns it or rejects it in time.",
    "R36",
    HEAD,
    title="How long the head may take.",
    control="the head's decision on the proposal",
    metric="share of proposals decided in time",
)
CEO_DECIDES: Final = open_norm(
    "price_change.ceo_decides",
    "The general director approves a proposal, returns it or rejects it in time.",
    "R36",
    CEO,
    title="How long the general director may take.",
    control="the general director's decision on the proposal",
    metric="share of proposals decided in time",
)
SET_DATE: Final = open_norm(
    "price_change.set_date",
    "The head of the commercial department sets the date of approved prices in time; IT's term starts then.",
    "R37",
    HEAD,
    title="How long the head may take to set the date of approved prices.",
    control="the date set for the approved list",
    metric="share of approved lists dated in time",
)
APPLY: Final = open_norm(
    "price_change.apply",
    "IT enters the approved prices in the system in time, and nothing else.",
    "R37",
    IT,
    title="How long entering the prices may take.",
    control="the content hash of what was entered",
    metric="share of price lists entered in time",
)
ONE_LIST_IN_FORCE: Final = Norm(
    "price_change.one_list_in_force",
    "From the first base price list on, exactly one is in force at every moment; a new one ends the one before it.",
    "R37",
    control="the unique key of the list in force",
    metric="K17",
)
ONE_PROPOSAL_PER_ITEM: Final = Norm(
    "price_change.one_proposal_per_item",
    "Until approved prices are in force, no other proposal on the same item is approved.",
    "R36",
    control="the unique key of the item",
    metric="K17",
)

# -- who, and in which condition --------------------------------------------------------------------------------------

author = Charge[Proposal](
    "author",
    MANAGER,
    "the author of the proposal",
    put=lambda proposal, to, _: evolve(proposal, author=to, deputies=(*proposal.deputies, proposal.author)),
)
authors = Each[Proposal](
    lambda proposal: (proposal.author, *proposal.deputies), "the author of the proposal or a deputy who worked on it"
)
hands = Each[Proposal](
    lambda proposal: proposal.hands, "whoever worked on the proposal or passed it on, or a deputy who did so for them"
)

rationale_given = Must[Proposal](
    lambda proposal: not says_nothing(proposal.rationale),
    "no_rationale",
    "a proposal says what in the market calls for it",
)
has_lines = Must[Proposal](lambda proposal: bool(proposal.lines), "no_lines", "a proposal changes at least one item")


def list_of(attempt: Attempt, case_id: CaseId | None) -> BasePriceList | None:
    """The base price list of a related case, while it is the one in force."""
    found: Case[Proposal] | None = attempt.related[case_id] if case_id is not None else None
    return found.data.price_list if found is not None and found.stage == "in_force" else None


def base_stands(proposal: Proposal, attempt: Attempt) -> Checks:
    """What was proposed against one list is not done to another: it is rebased and looked at again."""
    if proposal.base is not None and list_of(attempt, proposal.base) is None:
        base = proposal.base_version
        yield Refusal(
            "base_not_in_force", "list {got} is no longer in force: rebase the proposal", got=base, clause="R36"
        )


def lines_fit(proposal: Proposal, attempt: Attempt) -> Checks:
    """Every line is valid against the base list; each that is not is named."""
    base = list_of(attempt, proposal.base)
    if base is not None:
        yield from map(_misfit, line_problems(proposal.lines, base))


def not_begun(proposal: Proposal, attempt: Attempt) -> Checks:
    """From its date on an entered list binds, whether or not the system has put it in force yet."""
    if proposal.has_begun(attempt.at):
        got = proposal.effective_from and proposal.effective_from.isoformat()
        yield Refusal("already_binding", "the list binds since {got}: propose a change of it", got=got)


def date_reached(proposal: Proposal, attempt: Attempt) -> Checks:
    """A list does not come into force before its date."""
    since = proposal.effective_from
    if since is None or attempt.at < since:
        yield Refusal("too_early", "its date has not come: {need}", need=since and since.isoformat())


class PriceChangeProcess(Process[Proposal]):
    """From a manager's proposal to a base price list in force."""

    id, version, title = "price_change", 1, "Base price list change"

    composition = Parameter(
        "price_change.composition", frozenset[ChangeKind], "Which kinds of change a proposal may make.", clause="R38"
    )
    retroactive = Parameter(
        "price_change.retroactive", bool, "Whether a list may be in force as of the past.", clause="R37", default=False
    )

    draft = Stage("Draft", author, no_term="nobody waits for a proposal that is not yet made")
    submitted = Stage("With the head", HEAD, HEAD_DECIDES)
    awaiting_ceo = Stage("With the general director", CEO, CEO_DECIDES)
    approved = Stage("Approved", HEAD, SET_DATE)
    scheduled = Stage("With IT", IT, APPLY)
    applied = Stage("Applied", SYSTEM, no_term="starts on its date")
    in_force = Stage("In force", HEAD, no_term="applies until another list takes its place")
    returned = Stage("Returned for rework", author, no_term="the author may also withdraw it")
    superseded = Stage("Superseded", final=True)
    rejected = Stage("Rejected", final=True)
    withdrawn = Stage("Withdrawn", final=True)

    charges = (author,)
    searchable = {
        "version": lambda proposal: proposal.version,
        "author": lambda proposal: proposal.author,
        "item": lambda proposal: sorted(proposal.touched),
    }
    facts = {"what": lambda proposal: proposal.version}

    def composition_allowed(self, proposal: Proposal, _: Attempt) -> Checks:
        """The company says what a proposal may do to the list (R38)."""
        if strange := {line.kind for line in proposal.lines} - self.composition:
            need, got = tuple(sorted(map(str, self.composition))), tuple(sorted(map(str, strange)))
            yield Refusal("kind_not_allowed", "a proposal may not {got}", need=need, got=got, clause="R38")

    # -- the proposal ---------------------------------------------------------------------------------------------

    @step(start(draft), "Draft a proposal", by=MANAGER, clause="R35")
    def draft_proposal(
        self,
        attempt: Attempt,
        *,
        base: ListId,
        version: Text,
        rationale: str = "",
        lines: tuple[ChangeLine, ...] = (),
    ) -> Outcome[Proposal]:
        listed = yield from list_in_force(attempt, base)
        content = listed.content_hash
        drafted = Proposal(attempt.principal.id, version, base, listed.version, rationale, lines, content)
        return drafted.worked_on(attempt.by.id)

    @step(stay(draft, returned), "Edit the proposal", by=MANAGER, only=author, clause="R35")
    def edit_proposal(
        self, proposal: Proposal, attempt: Attempt, *, rationale: str, lines: tuple[ChangeLine, ...]
    ) -> Proposal:
        return evolve(proposal, rationale=rationale, lines=lines).worked_on(attempt.by.id)

    @step(
        (draft | returned).to(submitted),
        "Submit the proposal",
        by=MANAGER,
        only=author,
        requires=[rationale_given, has_lines, base_stands, lines_fit, composition_allowed],
        notify=HEAD,
        clause="R35",
    )
    def submit_proposal(self, proposal: Proposal, attempt: Attempt) -> Proposal:
        return proposal.worked_on(attempt.by.id)

    @step(submitted.to(awaiting_ceo), "Pass to the general director", by=HEAD, never=authors, notify=CEO, clause="R36")
    def endorse_proposal(self, proposal: Proposal, attempt: Attempt) -> Proposal:
        absent = None if attempt.on_behalf_of is None else attempt.on_behalf_of.id
        return proposal.decided(PriceOutcome.ENDORSED, attempt.by.id, attempt.at, on_behalf_of=absent)

    @step((submitted | awaiting_ceo).to(returned), "Return for rework", by=STAGE_OWNER, notify=author, clause="R36")
    def return_proposal(self, proposal: Proposal, attempt: Attempt, *, reason: Text) -> Proposal:
        return proposal.decided(PriceOutcome.RETURNED, attempt.by.id, attempt.at, reason)

    @step((submitted | awaiting_ceo).to(rejected), "Reject the proposal", by=STAGE_OWNER, notify=author, clause="R36")
    def reject_proposal(self, proposal: Proposal, attempt: Attempt, *, reason: Text) -> Proposal:
        return proposal.decided(PriceOutcome.REJECTED, attempt.by.id, attempt.at, reason)

    @step(
        awaiting_ceo.to(approved),
        "Approve the proposal",
        by=CEO,
        never=hands,
        requires=[base_stands],
        notify=[HEAD, IT],
        clause="R36",
        norms=[ONE_PROPOSAL_PER_ITEM],
    )
    def approve_proposal(
        self, proposal: Proposal, attempt: Attempt, *, content_hash: str | None = None
    ) -> Outcome[Proposal]:
        """Whoever says which prices they have read does not approve others by mistake."""
        yield from _same_content(proposal, content_hash)
        return proposal.decided(PriceOutcome.APPROVED, attempt.by.id, attempt.at)

    @step(
        (draft | returned | submitted | awaiting_ceo).to(withdrawn),
        "Withdraw the proposal",
        by=author,
        notify=HEAD,
        clause="R35",
    )
    def withdraw_proposal(self, proposal: Proposal, *, reason: str = "") -> Proposal:
        return proposal

    @step(
        stay(draft, returned, submitted, awaiting_ceo) | (approved | scheduled | applied).to(awaiting_ceo),
        "Rebase on the list in force",
        by=[author, HEAD, SYSTEM],
        requires=[not_begun],
        notify=[author, STAGE_OWNER],
        clause="R36",
    )
    def rebase_proposal(self, proposal: Proposal, attempt: Attempt, *, base: ListId) -> Outcome[Proposal]:
        """The approval is of the resulting list, so the same lines on another base list are approved anew."""
        listed = yield from list_in_force(attempt, base)
        if base == proposal.base:
            yield Refusal("nothing_to_rebase", "the proposal is made to list {got} already", got=listed.version)
        yield from map(_misfit, rebase_problems(proposal.lines, listed))
        return proposal.rebased(base, listed)

    @step(
        (approved | scheduled | applied).to(returned),
        "Revoke the approval",
        by=CEO,
        requires=[not_begun],
        notify=[author, HEAD, IT],
        clause="R36",
    )
    def revoke_approval(self, proposal: Proposal, attempt: Attempt, *, reason: Text) -> Proposal:
        return proposal.decided(PriceOutcome.REVOKED, attempt.by.id, attempt.at, reason)

    @step(
        (submitted | awaiting_ceo | approved | scheduled).to(returned),
        "Recall what no longer fits the list in force",
        by=SYSTEM,
        notify=[author, HEAD, CEO],
        clause="R36",
    )
    def recall_proposal(self, proposal: Proposal) -> Proposal:
        """An item that it changes has left the list, or is there already: its author decides what becomes of it."""
        return proposal.unapproved()

    # -- the list -------------------------------------------------------------------------------------------------

    @step(
        start(in_force),
        "Adopt the first base price list",
        by=CEO,
        notify=[HEAD, IT],
        clause="R37",
        norms=[ONE_LIST_IN_FORCE],
    )
    def adopt_base_list(
        self, attempt: Attempt, *, version: Text, items: tuple[PriceItem, ...], effective_from: Past | None = None
    ) -> Outcome[Proposal]:
        if not items:
            yield Refusal("no_items", "a base price list has at least one item")
        since = effective_from or attempt.at
        if not self.retroactive:
            yield from _not_past(since, attempt)
        first = BasePriceList(version, items, effective_from=since, recorded_at=attempt.at)
        return Proposal(attempt.by.id, version, effective_from=since, price_list=first)

    @step(approved.to(scheduled), "Set the date", by=HEAD, requires=[base_stands], notify=IT, clause="R37")
    def schedule_application(
        self, proposal: Proposal, attempt: Attempt, *, effective_from: Instant
    ) -> Outcome[Proposal]:
        if not self.retroactive:
            yield from _not_past(effective_from, attempt)
        base = list_of(attempt, proposal.base)
        if base is not None and effective_from <= base.effective_from:
            first, got = base.effective_from.isoformat(), effective_from.isoformat()
            text, facts = "a list begins after {base}, which it changes", {"base": base.version}
            yield Refusal("before_its_base", text, need=first, got=got, facts=facts)
        return evolve(proposal, effective_from=effective_from)

    @step(scheduled.to(applied) | stay(applied), "Enter the prices in the system", by=IT, notify=HEAD, clause="R37")
    def apply_price_list(self, proposal: Proposal, attempt: Attempt, *, content_hash: str) -> Outcome[Proposal]:
        """IT cannot alter what was approved; it may enter the same list again where it is not sure."""
        yield from _same_content(proposal, content_hash)
        if proposal.applied_hash is not None:
            return proposal
        since = proposal.effective_from
        if since is not None and not self.retroactive:
            since = max(since, attempt.at)
        entered = evolve(proposal, effective_from=since, applied_by=attempt.by.id, applied_at=attempt.at)
        return evolve(entered, applied_hash=content_hash)

    @step(
        applied.to(in_force),
        "Put the list in force",
        by=SYSTEM,
        requires=[date_reached, base_stands],
        notify=[MANAGER, SPECIALIST, FINANCE],
        clause="R37",
        norms=[ONE_LIST_IN_FORCE],
    )
    def put_in_force(self, proposal: Proposal, attempt: Attempt) -> Outcome[Proposal]:
        """The resulting list is made here and once: before, there are its lines only."""
        assert proposal.base is not None  # noqa: S101 - the first list is in force from the start
        return proposal.put_in_force((yield from list_in_force(attempt, proposal.base)))

    @step(in_force.to(superseded), "Supersede the list", by=SYSTEM, clause="R37", norms=[ONE_LIST_IN_FORCE])
    def supersede_price_list(self, proposal: Proposal, attempt: Attempt, *, successor: ListId) -> Outcome[Proposal]:
        return proposal.superseded((yield from list_in_force(attempt, successor)))

    @step(start(awaiting_ceo), "Propose to take the last change back", by=HEAD, notify=CEO, clause="R36")
    def revert_price_list(self, attempt: Attempt, *, base: ListId, version: Text, reason: Text) -> Outcome[Proposal]:
        listed = yield from list_in_force(attempt, base)
        last: Proposal = attempt.related[base].data
        if not last.lines:
            yield Refusal("nothing_to_revert", "the list in force is the first one, {got}", got=listed.version)
        # In reverse order, so that an item that was added and then changed is not sought after it has gone.
        lines = tuple(line.inverse() for line in reversed(last.lines))
        yield from map(_misfit, line_problems(lines, listed))
        content = listed.content_hash
        reverting = Proposal(attempt.principal.id, version, base, listed.version, reason, lines, content)
        return reverting.worked_on(attempt.by.id)

    comes_into_force = Timer(put_in_force, at=lambda proposal: proposal.effective_from, during=[applied])

    # -- one of each ----------------------------------------------------------------------------------------------

    @classmethod
    def keys(cls, data: Proposal) -> Iterable[str]:
        """The list in force, the names of lists, and the items that approved prices are about to change."""
        if data.price_list is not None:
            yield f"base_price_list.version:{counted(data.version)}"
            if data.price_list.effective_to is None:
                yield IN_FORCE_KEY
        elif data.approval is not None:
            yield f"base_price_list.version:{counted(data.version)}"
            yield from (f"price_item:{code}" for code in sorted(set(map(spelled, data.touched))))
            if data.applied_hash is not None:
                yield NEXT_KEY

    @classmethod
    def key_refusal(cls, key: str, holder: str) -> Refusal:
        """Another proposal on the item is approved, a list of that name exists, or one is in force already."""
        kind, _, what = key.partition(":")
        by = {"holder": holder}
        if kind == "price_item":
            return Refusal(
                "item_in_another_proposal", "approved proposal {holder} changes {got}", got=what, facts=by, clause="R36"
            )
        if kind == "base_price_list.version":
            return Refusal("version_taken", "case {holder} has the version {got}", got=what, facts=by, clause="R37")
        if key == NEXT_KEY:
            text = "the list of case {got} is entered and waits for its date"
            return Refusal("list_waiting", text, got=holder, clause="R37")
        return Refusal(
            "list_in_force", "the list of case {got} is in force: propose a change of it", got=holder, clause="R37"
        )


def list_in_force(attempt: Attempt, case_id: CaseId) -> Outcome[BasePriceList]:
    """The list that a change is made to: the one in force, not one that never was or no longer is."""
    not_in_force = Refusal(
        "base_not_in_force.named",
        "the price list of case {case} is not the one in force",
        need="in_force",
        got=attempt.related[case_id].stage,
        facts={"case": case_id},
        clause="R35",
    )
    return (yield from need(list_of(attempt, case_id), not_in_force))


def _not_past(since: Instant, attempt: Attempt) -> Checks:
    if since < attempt.at:
        now, got = attempt.at.isoformat(), since.isoformat()
        yield Refusal("in_the_past", "prices do not change as of {got}, which has passed", need=now, got=got)


def _misfit(problem: DomainError) -> Refusal:
    facts = problem.facts
    return Refusal(problem.code, problem.text, got=facts["got"], need=facts.get("need"), facts=facts, clause="R38")


def _same_content(proposal: Proposal, content_hash: str | None) -> Checks:
    if content_hash is not None and content_hash != proposal.content_hash:
        yield Refusal(
            "other_content", "these are not the prices of the proposal", need=proposal.content_hash, got=content_hash
        )
