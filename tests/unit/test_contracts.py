"""A contract is signed here, then sent, then comes back: in this order."""

import datetime as dt

import attrs
import msgspec
import pytest

from salesreg.commercial.domain.channels import EMAIL
from salesreg.commercial.domain.contracts import Contract
from salesreg.errors import DomainError

DRAFT = Contract("C-1", "t-3", "f" * 64)
SIGNED_AT = dt.datetime(2026, 2, 2, 9, tzinfo=dt.UTC)
LATER = SIGNED_AT + dt.timedelta(days=1)
SENT = attrs.evolve(DRAFT, ceo_signed_at=SIGNED_AT, signed_by="ceo", dispatched_at=LATER, channel=EMAIL)


@pytest.mark.parametrize("field", ["number", "template_version", "quote_hash"])
def test_a_contract_names_its_number_template_and_quote(field):
    with pytest.raises(DomainError) as caught:
        attrs.evolve(DRAFT, **{field: " "})
    assert (caught.value.code, caught.value.facts) == ("contract_without", {"need": field})


@pytest.mark.parametrize(
    ("contract", "facts"),
    [
        (DRAFT, {"dispatched_at": LATER}),
        (DRAFT, {"ceo_signed_at": LATER, "dispatched_at": SIGNED_AT}),
        (DRAFT, {"scan_returned_at": LATER}),
        (SENT, {"scan_returned_at": SIGNED_AT}),
        (SENT, {"original_returned_at": SIGNED_AT}),
    ],
)
def test_no_fact_comes_before_the_one_it_follows_from(contract, facts):
    with pytest.raises(DomainError) as caught:
        attrs.evolve(contract, **facts)
    assert caught.value.code == "contract_out_of_order"
    assert caught.value.facts["later"] == list(facts)[-1]


def test_it_says_which_copies_are_awaited():
    assert DRAFT.awaited == ()
    assert SENT.awaited == ("scan", "original")
    assert attrs.evolve(SENT, scan_returned_at=LATER).awaited == ("original",)
    assert attrs.evolve(SENT, original_returned_at=LATER).awaited == ("scan",)
    assert attrs.evolve(SENT, scan_returned_at=LATER, original_returned_at=LATER).awaited == ()


def test_a_firm_may_send_its_contracts_in_a_way_of_its_own_that_has_a_plain_id():
    ours = attrs.evolve(SENT, channel="pneumatic_post")
    assert msgspec.json.decode(msgspec.json.encode(ours), type=Contract) == ours
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(msgspec.json.encode(attrs.evolve(SENT, channel="By Post")), type=Contract)


def test_a_record_reads_back_as_the_same_contract():
    contract = attrs.evolve(SENT, disagreements=["p-1"], reminders=[LATER])
    assert msgspec.json.decode(msgspec.json.encode(contract), type=Contract) == contract
