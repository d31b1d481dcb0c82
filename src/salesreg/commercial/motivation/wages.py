"""Salary and leave pay, by the days of the production calendar (R101)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import Final

from salesreg.calendars import BusinessCalendar, DayKind
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.plans import BonusLine, CompensationPlan
from salesreg.commercial.motivation.workings import half_up, kopecks
from salesreg.errors import DomainError

DAYS_OF_A_MONTH: Final = Fraction("29.3")
"""The calendar days of an average month, by which average earnings are found (Labour Code art. 139)."""


def salary(plan: CompensationPlan, worked: Decimal, norm: Decimal) -> Money:
    """The salary for the days or hours worked of those that there are, rounded once.

    Raises:
        DomainError: the plan names no salary, or more was worked than there is.
    """
    if not 0 <= worked <= norm or not norm:
        facts = {"need": str(norm), "got": str(worked)}
        raise DomainError("worked_beyond", "{got} were worked, and from 0 to {need} can be", **facts)
    amount = _salary_of(plan)
    return kopecks(half_up(Fraction(amount.amount) * Fraction(worked) / Fraction(norm) * 100), amount.currency)


def salary_line(
    plan: CompensationPlan, days: Iterable[dt.date], calendar: BusinessCalendar, works: Callable[[dt.date], bool]
) -> BonusLine:
    """The salary for some days: each working day that was worked brings its part of its own month.

    Args:
        plan: whose salary is that of a month.
        days: from one pay day up to, not including, the next.
        calendar: the production calendar, in the employee's own hours.
        works: whether the employee worked on a working day.

    Raises:
        DomainError: the plan names no salary.
    """
    amount = _salary_of(plan)
    exact, parts = Fraction(0), []
    for _, some in groupby(sorted(days), key=lambda day: (day.year, day.month)):
        of_month = list(some)
        first = of_month[0].replace(day=1)
        after = (first + dt.timedelta(days=31)).replace(day=1)
        norm = len(list(calendar.working_days(first, after - dt.timedelta(days=1))))
        worked = sum(works(day) for day in of_month if calendar.is_working_day(day))
        exact += Fraction(amount.amount) * worked / max(norm, 1)
        parts.append(f"{amount.amount} × {worked} / {norm}")
    return BonusLine("salary", kopecks(half_up(exact * 100), amount.currency), " + ".join(parts), {}, ("R101",))


def leave_line(earned: Money, months: int, days: Iterable[dt.date], calendar: BusinessCalendar) -> BonusLine:
    """Leave pay: the average earnings of a day for each day of the leave that is no public holiday (art. 120, 139).

    Raises:
        DomainError: nothing was earned before.
    """
    if months <= 0 or earned.amount <= 0:
        text = "nothing that was paid before is on record to find the average from: enter the leave pay by hand"
        raise DomainError("nothing_earned", text)
    counted = sum(calendar.day(day).kind is not DayKind.HOLIDAY for day in days)
    exact = Fraction(earned.amount) / months / DAYS_OF_A_MONTH * counted
    formula = f"{earned.amount} / {months} / 29.3 × {counted}"
    return BonusLine("leave_pay", kopecks(half_up(exact * 100), earned.currency), formula, {}, ("R101",))


def _salary_of(plan: CompensationPlan) -> Money:
    if plan.salary is None:
        raise DomainError("no_salary", "the plan of {got} names no salary", got=plan.position)
    return plan.salary
