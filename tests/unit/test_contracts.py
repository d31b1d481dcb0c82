"""A contract is signed here, then sent, then comes back: in this order."""

import datetime as dt

import attrs
import msgspec
import pytest

from salesreg.domain.contracts import Channel, Contract
from salesreg.errors import DomainError

DRAFT = Contract("C-1", "t-3", "f" * 64)
SIGNED_AT = dt.datetime(2026, 2, 2, 9, tzinfo=dt.UTC)
LATER = SIGNED_AT + dt.timedelta(days=1)
SENT = attrs.evolve(DRAFT, ceo_signed_at=SIGNED_AT, signed_by="ceo", dispatched_at=LATER, channel=Channel.EMAIL)


def test_every_channel_has_a_name_in_both_languages():
    assert len({channel.text() for channel in Channel}) == len({channel.text("ru") for channel in Channel}) == 6


@pytest.mark.parametrize("field", ["number", "template_version", "quote_hash"])
def test_a_contract_names_its_number_template_and_quote(field):
    with pytest.raises(DomainError, match=f"needs its {field.replace('_', ' ')}"):
        attrs.evolve(DRAFT, **{field: " "})


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
    with pytest.raises(DomainError, match="the second must come first"):
        attrs.evolve(contract, **facts)


def test_it_says_which_copies_are_awaited():
    assert DRAFT.awaited == ()
    assert SENT.awaited == ("scan", "original")
    assert attrs.evolve(SENT, scan_returned_at=LATER).awaited == ("original",)
    assert attrs.evolve(SENT, original_returned_at=LATER).awaited == ("scan",)
    assert attrs.evolve(SENT, scan_returned_at=LATER, original_returned_at=LATER).awaited == ()


def test_a_record_reads_back_as_the_same_contract():
    contract = attrs.evolve(SENT, disagreements=["p-1"], reminders=[LATER])
    assert msgspec.json.decode(msgspec.json.encode(contract), type=Contract) == contract
