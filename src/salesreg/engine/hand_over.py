"""Whom cases are in the hands of, and what came of handing them over."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from salesreg.engine.codec import Pages, decode_case
from salesreg.engine.log import stored_cases
from salesreg.ports import CaseQuery, Store


@attrs.frozen
class Held:
    """A case that somebody is in charge of.

    Attributes:
        case: its id.
        process: the id of its process.
        charge: what the charge is called.
    """

    case: str
    process: str
    charge: str


@attrs.define
class HandOver:
    """What came of handing a person's cases over.

    Attributes:
        moved: what somebody else is in charge of now.
        refused: what stays as it was, each with every reason.
    """

    moved: list[Held] = attrs.field(factory=list)
    refused: list[tuple[Held, tuple[str, ...]]] = attrs.field(factory=list)


def held_by(store: Store, pages: Pages, person: str) -> Iterator[Held]:
    """Everything open that a person is in charge of, by case."""
    for stored in stored_cases(store, CaseQuery(ended=False, where={"in_charge": person})):
        case = decode_case(pages, stored)
        for charge in pages.of_case(case).charges:
            if charge.holder(case.data) == person:
                yield Held(case.id, case.process, charge.name)
