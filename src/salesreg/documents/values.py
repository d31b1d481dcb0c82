"""What a company has set in its regulation, as a table: so that nobody signs a figure that stands elsewhere."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import attrs

from salesreg.calendars import Term
from salesreg.documents.page import Sheet, in_words
from salesreg.documents.sections import Section
from salesreg.process import Rulebook
from salesreg.rules import Locale, Parameter, Regulation, Role
from salesreg.rules.parameters import Dated, scalar


def values_section(rulebook: Rulebook, regulation: Regulation, locale: Locale) -> Section:
    """The values that are set, beside the terms that stand at their rules and codes that have no words."""
    say = locale.say
    terms = {norm.term.name for norm in regulation.norms if isinstance(norm.term, Parameter)}
    given = (one for one in rulebook.read() if one.name in regulation.settings and one.name not in terms)
    said = ((one, _said(regulation.value(one), locale)) for one in sorted(given, key=lambda one: one.name))
    rows = tuple((_meaning(one, locale), value, one.clause or "—") for one, value in said if value)
    head = (say("doc.value_of", "What"), say("doc.value", "Value"), say("page.clause", "Clause"))
    blocks = (Sheet("", head, rows),) if rows else ()
    return Section("values", say("doc.values", "What the company has set"), blocks)


def amount(term: Term, locale: Locale) -> str:
    """A term as it follows a preposition: «1 неделю», not «1 неделя»."""
    if locale.lang != "ru" or term.amount < 0 or term.is_recurring:
        return term.text("ru" if locale.lang == "ru" else "en")
    if not term.amount:
        return term.text("ru")
    before, *conventions = attrs.evolve(term, amount=-term.amount).text("ru").split(", ")
    return ", ".join([before.removeprefix("за ").removesuffix(" до"), *conventions])


def _said(given: object, locale: Locale) -> str:
    """A value in the language; nothing for a code that has no words."""
    if isinstance(given, Dated):
        steps = ((first, _said(value, locale)) for first, value in given.steps)
        since = "{value} from {day}"
        return "; ".join(
            value if day is None else locale.say("doc.since", since, value=value, day=_day(day, locale))
            for day, value in steps
        )
    if isinstance(given, Term):
        return in_words(given, locale)
    if isinstance(given, bool):
        return locale.say("doc.yes", "yes") if given else locale.say("doc.no", "no")
    if isinstance(given, Role):
        return locale.title(f"role.{given.id}")
    if isinstance(given, Decimal):
        return str(given).replace(".", ",") if locale.lang == "ru" else str(given)
    return str(scalar(given)) if isinstance(given, int | dt.time) else ""


def _day(day: dt.date, locale: Locale) -> str:
    return f"{day:%d.%m.%Y}" if locale.lang == "ru" else day.isoformat()


def _meaning(parameter: Parameter[Any], locale: Locale) -> str:
    key = f"parameter.{parameter.name}"
    return locale.title(key if locale.knows(key) else f"norm.{parameter.name}")
