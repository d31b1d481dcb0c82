"""What the shipped pages guarantee: what stands behind every stage, and what nobody does alone."""

from __future__ import annotations

from typing import Any

import pytest
from ask import CHIEF, FINANCE, HEAD, Ask, author
from tiny import page, stage

from salesreg.commercial import COMMERCIAL, InvoiceProcess, PriceChangeProcess, Sale, example
from salesreg.errors import DeclarationError
from salesreg.process import STAGE_OWNER, After, Process, Stage, Step, start, step
from salesreg.rules import Parameter, Role

ALONE = {process.id: process.guarantees(example()).alone for process in COMMERCIAL.processes}


def behind(process: type[Process[Any]], stage_id: str) -> str:
    """The steps that every case in a stage has been through, in the order of the page."""
    return ", ".join(process.guarantees().behind[stage_id])


def alone(process: str, end: str) -> list[str]:
    """The roles in which one person could lead a case to an end; nobody needed reads as such."""
    return sorted(" and ".join(sorted(held)) or "the system by itself" for held in ALONE[process][end])


# -- the sale ---------------------------------------------------------------------------------------------------------


def test_no_contract_is_in_force_without_an_approved_price_and_a_signature_of_ours():
    assert behind(Sale, "in_force") == (
        "register_prospect, start_price_negotiation, submit_for_approval, approve_quote, open_deal, assign_specialist, "
        "hand_over_contract, dispatch_contract"
    )


@pytest.mark.parametrize("stage_id", ["opening", "awaiting_assignment", "preparing_contract", "closed"])
def test_nothing_is_opened_or_prepared_without_an_approved_price(stage_id: str):
    assert "submit_for_approval, approve_quote" in behind(Sale, stage_id)


def test_a_deal_whose_price_was_reopened_was_opened_before_its_contract_is_prepared():
    assert behind(Sale, "preparing_contract").endswith("approve_quote, open_deal, assign_specialist")
    assert "open_deal" not in behind(Sale, "awaiting_director_approval")


def test_a_way_after_a_step_names_one_of_the_page():
    todo, done = stage(), Stage("Done", final=True)
    with pytest.raises(DeclarationError, match="finish names 'sign', which Tiny does not declare"):
        page(todo=todo, done=done, finish=Step(todo.to(done, when=After("sign", bool)), "Finish", by=HEAD))


def test_a_deal_may_be_cancelled_or_lost_at_any_time():
    assert behind(Sale, "cancelled") == "register_prospect"
    assert behind(Sale, "lost") == "register_prospect, record_client_refusal"


def test_no_one_or_two_roles_bring_a_sale_to_its_close():
    assert alone("sale", "closed") == []
    assert alone("sale", "cancelled") == ["head_of_commercial"]


# -- the invoice ------------------------------------------------------------------------------------------------------


def test_nothing_is_paid_before_it_is_issued_nor_given_back():
    assert behind(InvoiceProcess, "sent") == "issue_invoice"  # or released, if it was sent before
    assert behind(InvoiceProcess, "paid") == "issue_invoice"  # by a payment, by the account, or with nothing to pay
    assert behind(InvoiceProcess, "refunded") == "issue_invoice, refund_payment"


def test_finance_may_bring_an_invoice_to_the_money_alone():
    assert alone("invoice", "paid") == ["finance"]
    assert alone("invoice", "void") == ["the system by itself"]


# -- the price change -------------------------------------------------------------------------------------------------


def test_no_price_list_is_entered_without_approval_and_a_date():
    assert behind(PriceChangeProcess, "applied") == "approve_proposal, schedule_application, apply_price_list"


def test_a_price_list_comes_into_force_in_more_than_one_way():
    assert behind(PriceChangeProcess, "in_force") == "", "the first list of all is adopted, later ones are approved"


def test_nobody_decides_alone_about_a_price_change_that_they_drew_up():
    assert alone("price_change", "rejected") == ["ceo and head_of_commercial", "head_of_commercial and sales_manager"]
    assert alone("price_change", "superseded") == ["ceo"], "by adopting a first list and another after it"


# -- all of them ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("process", "end"),
    [("sale", "closed"), ("assignment", "verified"), ("regulation_version", "superseded"), ("bonus", "paid")],
)
def test_what_no_one_does_alone_with_one_or_two_roles(process: str, end: str):
    assert alone(process, end) == []


@pytest.mark.parametrize("process", COMMERCIAL.processes, ids=lambda process: process.id)
def test_a_guarantee_names_every_stage_and_every_end(process: type[Process[Any]]):
    found = process.guarantees()
    assert list(found.behind) == list(process.stages)
    assert list(found.alone) == [one.id for one in process.stages.values() if one.ended]


# -- how it is reckoned -----------------------------------------------------------------------------------------------


def test_a_step_behind_a_stage_is_on_every_way_to_it():
    assert Ask.guarantees().behind == {
        "asked": (), "checking": ("decide",), "granted": ("decide",), "denied": (),
    }  # fmt: skip
    assert page(island=stage("Island")).guarantees().behind["island"] == (), "no way leads there"


def test_a_step_that_its_author_must_not_take_is_nobodys_alone_unless_the_firm_merges_duties():
    todo, done = stage(), Stage("Done", final=True)
    approved = page(todo=todo, done=done, finish=Step(todo.to(done), "Approve", by=[CHIEF, HEAD], never=author))
    assert approved.guarantees().alone == {"done": ()}
    assert approved.guarantees(example()).alone == {"done": ()}
    merged = example().with_settings({"duties.separated": False})
    assert approved.guarantees(merged).alone == {"done": (frozenset({"chief"}),)}


def test_an_assigned_person_may_be_anybody_but_the_system():
    todo, done = stage(owner=FINANCE), Stage("Done", final=True)
    by_whom = page(todo=todo, done=done, finish=Step(todo.to(done), "Finish", by=author))
    assert by_whom.guarantees().alone == {"done": (frozenset({"chief"}),)}


def test_a_role_that_a_parameter_gives_counts_as_one_of_its_own_until_a_regulation_says_which():
    opener, closer = Parameter("tiny.opener", Role), Parameter("tiny.closer", Role, default=FINANCE)
    todo, done = stage(owner=opener), Stage("Done", final=True)

    def begins(self: Any) -> Any: ...

    tiny = page(
        todo=todo,
        done=done,
        begin=step(start(todo), "Begin", by=closer)(begins),
        finish=Step(todo.to(done), "Finish", by=STAGE_OWNER),
    )
    assert tiny.guarantees().alone == {"done": (frozenset({"‹tiny.opener›", "‹tiny.closer›"}),)}
    assert tiny.guarantees(example()).alone == {"done": (frozenset({"‹tiny.opener›", "finance"}),)}
    given = example().with_settings({"tiny.opener": "finance"})
    assert tiny.guarantees(given).alone == {"done": (frozenset({"finance"}),)}


def test_a_first_step_for_the_owner_of_a_stage_is_nobodys():
    todo = stage()

    def begins(self: Any) -> Any: ...

    orphan = page(todo=todo, begin=step(start(todo), "Begin", by=STAGE_OWNER)(begins))
    assert orphan.guarantees().alone == {"done": ()}
