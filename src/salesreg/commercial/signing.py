"""Who may sign: a director, or whoever holds a power of attorney that is valid on the day (R17)."""

from __future__ import annotations

import datetime as dt

from salesreg.commercial.domain.contracts import PowerOfAttorney
from salesreg.commercial.roles import CEO
from salesreg.process import Attempt, Checks, Refusal


def power_holds(power: PowerOfAttorney | None, signed_at: dt.datetime, attempt: Attempt) -> Checks:
    """Nobody signs by a power of attorney that is no longer valid; None is a director's own signature."""
    day = attempt.day_of(signed_at)
    if power is not None and day > power.valid_until:
        until, facts = power.valid_until.isoformat(), {"number": power.number}
        text = "power of attorney {number} was valid until {need} and does not hold on {got}"
        yield Refusal("power_expired", text, until, day.isoformat(), facts, clause="R17")


def signs_for_us(person: str, power: PowerOfAttorney | None, signed_at: dt.datetime, attempt: Attempt) -> Checks:
    """The general director signs for the company, anybody else by a power of attorney."""
    signatory = attempt.person(person)
    if power is None and CEO.id not in signatory.roles:
        facts = {"name": signatory.full_name}
        text = "{name} is not the general director: say by which power of attorney they sign"
        yield Refusal("no_power", text, need=CEO.id, got=person, facts=facts, clause="R17")
    yield from power_holds(power, signed_at, attempt)
