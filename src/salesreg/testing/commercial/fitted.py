"""The usual payload of a step, fitted to the moment: cases that there are, instants ahead, numbers that are free."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from salesreg.commercial.domain.accounts import ClientAccount
from salesreg.commercial.domain.pay_facts import PeriodFacts
from salesreg.process import Case
from salesreg.process.payload import Field
from salesreg.process.steps import AnyStep
from salesreg.testing.commercial.people import moscow
from salesreg.testing.commercial.usual import COMMISSION, USUAL

_THEN: Final = moscow(2)
"""The instant at which the usual payloads are usual."""
_DAY: Final = dt.timedelta(days=1)


def _unallocated(account: ClientAccount) -> dict[str, Any]:
    free = [(one.name, account.free(one)) for one in account.receipts if account.free(one)]
    return {"receipt": free[-1][0], "amount": free[-1][1]} if free else {}


_ALL: Final[Mapping[str, Callable[[Any], dict[str, Any]]]] = {
    "invoice.record_payment": lambda invoice: {"amount": invoice.remaining},
    "client_account.repay": _unallocated,
    "client_account.keep_advance": lambda account: {n: v for n, v in _unallocated(account).items() if n == "receipt"},
    "bonus.calculate_statement": lambda pay: (
        {"facts": PeriodFacts()} if pay.kind == "bonus" else {"lines": (COMMISSION,)}
    ),
}
"""The steps whose payload follows from the case: such as those that move all that is left."""


def _last(several: Sequence[str]) -> str:
    return several[-1]


def fitted(
    step: AnyStep,
    *,
    at: dt.datetime,
    case: Case[Any] | None = None,
    known: Mapping[str, Sequence[str]] | None = None,
    serial: int = 0,
    pick: Callable[[Sequence[str]], str] = _last,
) -> dict[str, Any]:
    """The usual payload of a step at another moment.

    Args:
        step: the step.
        at: when it is to be taken; instants and days move with it, plans to come and facts to what has happened.
        case: the case that it is to be taken on, which knows the hash of its own text.
        known: for each process, the ids of cases that references may name.
        serial: makes numbers that must be unique another each time; 0 leaves them as they are.
        pick: chooses one of several cases; by default the last.
    """
    page: Any = step.page
    _, usual = USUAL[f"{page.id}.{step.id}"]
    if case is not None and (left := _ALL.get(f"{page.id}.{step.id}")) is not None:
        usual = {**usual, **left(case.data)}
    found = {}
    for field in page.table.specs[step.id].payload.fields:
        if field.name in usual:
            found[field.name] = _moved(field, usual[field.name], at, known or {}, serial, pick)
        elif field.required:
            found[field.name] = getattr(case.data, field.name) if case is not None else None
    return found


def _moved(
    field: Field,
    value: Any,
    at: dt.datetime,
    known: Mapping[str, Sequence[str]],
    serial: int,
    pick: Callable[[Sequence[str]], str],
) -> Any:
    if field.ref is not None:
        several = known.get(field.ref.process, ())
        if value and several:
            return pick(several) if isinstance(value, str) else (pick(several),)
    elif isinstance(value, dt.datetime):
        moved = value + (at - _THEN)
        if field.mark == "future":
            return max(moved, at + _DAY)
        return min(moved, at) if field.mark == "past" else moved
    elif isinstance(value, dt.date):
        return value + (at.date() - _THEN.date())
    elif (
        serial
        and field.name in {"number", "version", "reference", "record_ref", "agreement"}
        and isinstance(value, str)
    ):
        return f"{serial}.0" if re.fullmatch(r"\d+\.\d+", value) else f"{value}-{serial}"
    return value
