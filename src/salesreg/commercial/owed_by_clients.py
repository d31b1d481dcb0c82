"""Receivables: what each client owes, by how long it has been overdue, and what is the client's beside it (R34)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import attrs

from salesreg.commercial.domain.accounts import ClientAccount, called
from salesreg.commercial.domain.clients import Counterparty
from salesreg.commercial.domain.invoices import Invoice
from salesreg.commercial.domain.money import Money
from salesreg.commercial.indicators.reports import NOTHING, Plain, Report
from salesreg.commercial.processes.invoice import PAYMENT
from salesreg.engine.engine import ProcessEngine
from salesreg.process import Case
from salesreg.rules import Instant, Locale


@attrs.frozen
class Receivable:
    """What a client owes in one currency.

    Attributes:
        client: the tax id, or the id of a record that has none, as the client's account is called.
        current: what is not overdue, such as an issued invoice that has not been sent.
        overdue: what is, by age: up to each limit in days, and beyond the last.
        credit: what is the client's: advances, overpayments, credit notes.
    """

    client: str
    current: Money
    overdue: tuple[Money, ...]
    credit: Money

    @property
    def total(self) -> Money:
        """All that is owed, whatever is the client's beside it."""
        return sum(self.overdue, start=self.current)


def receivables(engine: ProcessEngine, *, at: Instant, days: Sequence[int] = (30, 60, 90)) -> tuple[Receivable, ...]:
    """What every client owes as it stands, aged at an instant by the due instants of the payments.

    Args:
        engine: whose cases are read.
        at: the instant that ages are counted to, aware.
        days: the limits of age, ascending.

    Returns:
        One row per client and currency that owes or has money, in the order of their names.
    """
    rows: dict[tuple[str, str], Receivable] = {}

    def row(client: str, currency: str) -> Receivable:
        zero = Money(0, currency)
        return rows.setdefault((client, currency), Receivable(client, zero, (zero,) * (len(days) + 1), zero))

    @cache
    def named(deal: str) -> str | None:
        known: Counterparty | None = engine.case(deal).data.counterparty
        return None if known is None else called(known)

    def client_of(invoice: Invoice) -> str:
        return named(invoice.deals[0]) or invoice.client

    for invoice in _open_invoices(engine):
        left, client = invoice.data.remaining, client_of(invoice.data)
        known = row(client, left.currency)
        place = _bucket(invoice, at, days)
        if place is None:
            rows[client, left.currency] = attrs.evolve(known, current=known.current + left)
        else:
            aged = tuple(one + left if n == place else one for n, one in enumerate(known.overdue))
            rows[client, left.currency] = attrs.evolve(known, overdue=aged)
    for account in _accounts(engine):
        if free := account.unallocated:
            known = row(account.name, account.currency)
            rows[account.name, account.currency] = attrs.evolve(known, credit=known.credit + free)
    return tuple(rows[key] for key in sorted(rows))


def _open_invoices(engine: ProcessEngine) -> Iterator[Case[Invoice]]:
    for stage in ("issued", "sent"):
        yield from _all(engine, "invoice", stage=stage)


def _accounts(engine: ProcessEngine) -> Iterator[ClientAccount]:
    return (one.data for one in _all(engine, "client_account"))


def _all(engine: ProcessEngine, process: str, **criteria: Any) -> Iterator[Case[Any]]:
    """Every case, page by page."""
    page = engine.cases(process, **criteria)
    while page:
        yield from page
        page = engine.cases(process, after=page[-1], **criteria)


def _bucket(invoice: Case[Invoice], at: dt.datetime, days: Sequence[int]) -> int | None:
    """Which limit of age an invoice falls under; None while it is not overdue."""
    due = next((one.due for one in invoice.obligations if one.norm == PAYMENT.id), None)
    if due is None or at <= due:
        return None
    age = at - due
    return next((n for n, limit in enumerate(days) if age <= dt.timedelta(days=limit)), len(days))


def report_of_receivables(found: Iterable[Receivable], *, days: tuple[int, ...], locale: Locale) -> Report:
    """What each client owes, by how long it has been overdue."""
    ages = [f"≤ {limit}" for limit in days] + [f"> {days[-1]}"]
    rows, records = list[tuple[str, ...]](), list[Mapping[str, Plain]]()
    for one in found:
        sums = (one.current, *one.overdue, one.total, one.credit)
        rows.append((one.client, *(each.text(locale.lang) if each else NOTHING for each in sums)))
        aged = {f"overdue {age}": str(each.amount) for age, each in zip(ages, one.overdue, strict=True)}
        records.append(
            {
                "client": one.client,
                "currency": one.current.currency,
                "current": str(one.current.amount),
                **aged,
                "total": str(one.total.amount),
                "credit": str(one.credit.amount),
            }
        )
    say = locale.say
    overdue = (say("report.overdue", "overdue {days} days", days=age) for age in ages)
    tail = say("report.total", "together"), say("report.credit", "the client’s")
    head = (say("report.client", "client"), say("report.current", "not overdue"), *overdue, *tail)
    return Report(head, tuple(rows), tuple(records))
