"""Packages of signed documents: one day of one specialist."""

import datetime as dt

import attrs
import msgspec
import pytest

from salesreg.commercial.domain.packages import DocumentPackage
from salesreg.errors import DomainError

OPENS = dt.datetime(2026, 2, 2, 6, tzinfo=dt.UTC)
DAY = DocumentPackage("petr", dt.date(2026, 2, 2), OPENS, OPENS + dt.timedelta(hours=9))


def test_a_day_closes_after_it_opens():
    with pytest.raises(DomainError) as wrong:
        attrs.evolve(DAY, closes_at=OPENS)
    assert wrong.value.code == "package_closes_first"
    assert wrong.value.facts == {"need": OPENS.isoformat(), "got": OPENS.isoformat()}


def test_a_package_is_received_after_it_was_asked_for():
    with pytest.raises(DomainError) as wrong:
        attrs.evolve(DAY, received_at=OPENS)
    assert wrong.value.code == "package_not_requested"


@pytest.mark.parametrize("documents", [("N-1", "N-1"), ("N-1", " ")])
def test_each_document_is_named_by_its_number_once(documents):
    with pytest.raises(DomainError) as wrong:
        attrs.evolve(DAY, documents=documents)
    assert (wrong.value.code, wrong.value.facts) == ("package_numbers", {"got": documents})


def test_a_record_reads_back_as_the_same_package():
    package = attrs.evolve(DAY, requested_at=OPENS, documents=["N-1"], received_at=OPENS)
    assert msgspec.json.decode(msgspec.json.encode(package), type=DocumentPackage) == package
