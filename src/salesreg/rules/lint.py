"""What is wrong with a regulation as a text: rules nobody can check, duties of nobody, contradictions (R85, R93).

Works on the norms as people read them, so that a regulation and a draft of its next version are held to the same.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

import attrs

from salesreg.calendars import BusinessCalendar, Term, Unit, WorkSchedule
from salesreg.calendars.phrases import forms
from salesreg.errors import Sentence, TermSyntaxError
from salesreg.rules.norms import NormText, Strength

PAGE: Final = 1800
"""Characters on a page, blanks included, by the custom of Russian typescripts."""


class Severity(StrEnum):
    """Whether a finding keeps a version from being approved."""

    ERROR = "error"
    WARNING = "warning"


@attrs.frozen
class LintFinding:
    """Something wrong with a regulation as it is written.

    Attributes:
        code: what a program compares, such as ``"no_control"``.
        subject: the id of the norm, plan, page or department.
        text: what is wrong, in English, with ``{placeholders}``.
        clause: the requirement behind it.
        severity: an error, or a warning.
        facts: what the placeholders name.
    """

    code: str
    subject: str
    text: str
    clause: str
    severity: Severity = Severity.ERROR
    facts: Mapping[str, Any] = attrs.field(factory=dict)

    def __str__(self) -> str:
        return f"{self.subject}: {Sentence().vformat(self.text, (), self.facts)} ({self.clause})"


def lint(
    norms: Iterable[NormText], page_limit: int | None = None, departments: Mapping[str, Iterable[str]] | None = None
) -> tuple[LintFinding, ...]:
    """Everything that is wrong with some norms.

    Args:
        norms: the norms as people read them.
        page_limit: how many pages of norms a department may have; None for no limit (R93).
        departments: the ids of the roles in each department.

    >>> [finding.code for finding in lint([NormText("sale.hurry", "Hurry.", term="1 business day")])]
    ['no_control', 'no_metric', 'no_actor']
    """
    given = tuple(norms)
    found = [finding for norm in given for finding in _norm(norm)]
    found += _contradictions(given)
    return (*found, *(_pages(given, page_limit, departments or {}) if page_limit is not None else ()))


def _norm(norm: NormText) -> Iterator[LintFinding]:
    if not norm.text.strip():
        yield LintFinding("no_action", norm.id, "does not say what is to be done", "R91")
    if norm.is_rule and not norm.control.strip():
        yield LintFinding("no_control", norm.id, "nobody can tell whether it is kept: name the control", "R85")
    if norm.is_rule and not norm.metric.strip():
        yield LintFinding("no_metric", norm.id, "it feeds no indicator: say what it changes", "R85")
    if (norm.term or norm.left_open) and not norm.binds:
        yield LintFinding("no_actor", norm.id, "a deadline binds nobody: name the roles", "R91")
    if norm.left_open:
        open_term = "its deadline is left open: set {parameter}"
        yield LintFinding("no_deadline", norm.id, open_term, "R91", Severity.WARNING, {"parameter": norm.left_open})
    need = _term(norm)
    if norm.term and need is None:
        unreadable = "its term {got} cannot be read: write it as “2 business days”"
        yield LintFinding("unreadable_term", norm.id, unreadable, "R91", Severity.ERROR, {"got": norm.term})
    if need is not None and not need.is_recurring:
        said = dict.fromkeys(one for text in (norm.text, *norm.translations.values()) for one in _lengths(text))
        for got in said:
            if _long(got) != _long(need):
                text = "its text says {got}, and its term is {need}: let the term say it alone, or both the same"
                yield LintFinding("text_term", norm.id, text, "R85", Severity.WARNING, {"got": got, "need": need})


def _term(norm: NormText) -> Term | None:
    """The term of a rule; none where it sets none, or it cannot be read."""
    with contextlib.suppress(TermSyntaxError):
        return Term.parse(norm.term) if norm.term else None
    return None


def _lengths(text: str) -> Iterator[Term]:
    """The lengths of time that a text names, such as thirty minutes."""
    words = re.findall(r"[^\W_]+", text)
    numbers = {*forms("number"), "a", "an", "half"}
    for begin in (at for at, word in enumerate(words) if word.isdecimal() or word.casefold() in numbers):
        for size in (4, 3, 2):
            with contextlib.suppress(TermSyntaxError):
                term = Term.parse(" ".join(words[begin : begin + size]))
                if not (term.is_recurring or term.anchor) and term.amount:
                    yield term
                    break


def _long(term: Term) -> tuple[object, int]:
    """How long a term is, whether in working time or by the clock."""
    timed = term.is_working_time or term.is_wall_clock
    return ("minutes", abs(term.minutes)) if timed else (term.unit, abs(term.amount))


def _contradictions(norms: tuple[NormText, ...]) -> Iterator[LintFinding]:
    """One id with two texts, or one text for the same people with two terms or two strengths."""
    by_id: dict[str, NormText] = {}
    by_text: dict[str, dict[str, NormText]] = {}
    for norm in norms:
        earlier = by_id.setdefault(norm.id, norm)
        if earlier != norm:
            yield LintFinding("two_texts", norm.id, "says two different things", "R85")
        texts = {" ".join(text.casefold().split()).rstrip(".") for text in (norm.text, *norm.translations.values())}
        alike = {name: other for text in texts for name, other in by_text.get(text, {}).items()}
        for other in alike.values():
            shared = not norm.binds or not other.binds or set(norm.binds) & set(other.binds)
            differs = (norm.term, norm.left_open, norm.strength) != (other.term, other.left_open, other.strength)
            if norm.id != other.id and shared and differs:
                text = "contradicts {other}: the same deed with another deadline or strength"
                yield LintFinding("contradiction", norm.id, text, "R85", facts={"other": other.id})
            elif norm.id != other.id and differs:
                text = "is not what {other} asks of other roles for the same deed: say why, or ask the same"
                yield LintFinding("uneven", norm.id, text, "R89", Severity.WARNING, {"other": other.id})
        for text in texts:
            by_text.setdefault(text, {})[norm.id] = norm


SECTIONS: Final = {
    "definitions": "no term is defined: say what the words mean",
    "responsibilities": "nobody is named as responsible for anything: add the table of who is",
}
"""What a regulation cannot do without, beside its rules, with what to say where it is missing."""


def missing_sections(norms: Iterable[NormText], responsibilities: Iterable[object]) -> Iterator[LintFinding]:
    """The sections that a regulation cannot do without and does not have (R90, R100)."""
    there = {
        "definitions": any(norm.strength == Strength.DEFINITION for norm in norms),
        "responsibilities": any(True for _ in responsibilities),
    }
    for section, text in SECTIONS.items():
        if not there[section]:
            yield LintFinding(f"no_{section}", "regulation", text, "R90, R100", Severity.WARNING)


def unmeetable(norms: Iterable[NormText], calendar: BusinessCalendar) -> Iterator[LintFinding]:
    """Deadlines that the working hours cannot meet: at a time, or on weekdays, at which nobody works."""
    schedule = calendar.schedule
    for norm in norms:
        term = _term(norm)
        if term is None:
            continue
        if term.at is not None and not works_at(schedule, term.at):
            yield LintFinding("closed_then", norm.id, _CLOSED, "R40", Severity.WARNING, {"term": term})
        if term.unit is Unit.EACH_WEEKDAY and term.days and not _worked(calendar) & {*term.days}:
            yield LintFinding("closed_then", norm.id, _CLOSED, "R40", Severity.WARNING, {"term": term})


def _worked(calendar: BusinessCalendar) -> frozenset[int]:
    """The weekdays on which anybody works, in the latest year that is known for sure."""
    first = dt.date(calendar.production.decreed_until or 2024, 1, 1)
    return frozenset(day.weekday() for day in calendar.working_days(first, first + timedelta(days=365)))


def works_at(schedule: WorkSchedule, at: dt.time) -> bool:
    """Whether anybody works at a time of day, on any day of the week."""
    clock = timedelta(hours=at.hour, minutes=at.minute)
    return any(shift.start <= clock <= shift.end for shifts in (schedule.week or (schedule.day,)) for shift in shifts)


def untimely(given: Mapping[str, object], schedule: WorkSchedule | None) -> Iterator[LintFinding]:
    """Times of day at which nobody works, and windows that close before they open."""
    for name, value in given.items():
        if isinstance(value, dt.time) and schedule is not None and not works_at(schedule, value):
            text = "is {got}, when nobody works: move it, or change the working hours"
            yield LintFinding("closed_at", name, text, "R40", Severity.WARNING, {"got": f"{value:%H:%M}"})
        closes = given.get(name.removesuffix("opens") + "closes") if name.endswith("opens") else None
        if isinstance(value, dt.time) and isinstance(closes, dt.time) and value >= closes:
            text = "opens at {got} and closes at {closes}: nothing can happen in between"
            facts = {"got": f"{value:%H:%M}", "closes": f"{closes:%H:%M}"}
            yield LintFinding("never_open", name, text, "R62", facts=facts)


_CLOSED: Final = "is due when nobody works ({term}): move it, or change the working hours"
_FAR: Final = 20
"""How many times smaller or larger than the example's a number is before somebody is asked whether it is meant so."""


def unlike(given: Mapping[str, object], example: Mapping[str, object]) -> Iterator[LintFinding]:
    """Values that cannot be meant where the example has another kind: a length where something comes again, -5 for 40.

    >>> [str(one) for one in unlike({"a.b": Term.parse("1 hour")}, {"a.b": Term.parse("each Friday")})]
    ['a.b: 1 hour cannot be meant: give something like each Friday (R91)']
    """
    text = "{got} cannot be meant: give something like {example}"
    for name, value in given.items():
        other = example.get(name)
        facts = {"got": value, "example": other}
        if isinstance(value, Term) and isinstance(other, Term):
            if _direction(value) != _direction(other):
                yield LintFinding("other_kind", name, text, "R91", facts=facts)
        elif isinstance(value, int | Decimal) and isinstance(other, int | Decimal) and not isinstance(other, bool):
            if value < 0 < other or (value == 0 and isinstance(other, int)):
                yield LintFinding("other_kind", name, text, "R91", facts=facts)
            elif value and not other / _FAR < value < other * _FAR:
                far = "{got} is far from the example, {example}: is it meant so?"
                yield LintFinding("far", name, far, "R91", Severity.WARNING, facts)


def _direction(term: Term) -> str:
    return "again" if term.is_recurring else "before" if term.amount < 0 else "after"


def _pages(norms: tuple[NormText, ...], limit: int, departments: Mapping[str, Iterable[str]]) -> Iterator[LintFinding]:
    for department, roles in departments.items():
        held = frozenset(roles)
        longest = [max(map(len, (norm.text, *norm.translations.values()))) for norm in norms if norm.concerns(held)]
        pages = math.ceil(sum(longest) / PAGE)
        if pages > limit:
            text = "{pages} pages of norms, and {limit} are allowed: shorten them"
            yield LintFinding("too_long", department, text, "R93", facts={"pages": pages, "limit": limit})
