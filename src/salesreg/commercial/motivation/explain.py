"""A bonus explained: from its total to the sales, obligations and parameters behind it, in words of any language."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from html import escape
from typing import Final
from zoneinfo import ZoneInfo

import attrs

from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.pay_facts import Duty, Verdict
from salesreg.commercial.domain.plans import BonusStatement
from salesreg.commercial.motivation.calculate import lines_of, terms
from salesreg.commercial.motivation.workings import Trace, exactly, near
from salesreg.rules import Locale

FEW: Final = 3
"""How many events are named beside a value."""
_ABOUT_DUTIES: Final = frozenset({"reductions", "left_out"})
"""What is opened down to the instants: it is what people ask about."""
_CLAUSE: Final = re.compile(r"R\d+|K\d+")
_FIGURE: Final = re.compile(r"\d+\.\d+")
_SUMS: Final = frozenset({"volume", "plan", "uncapped", "possible", "was", "now", "by_bands", "target_part"})
"""What is money though it is not yet rounded."""


def explain(statement: BonusStatement, earlier: Sequence[BonusStatement] = (), timezone: str = "UTC") -> Trace:
    """Everything that a calculated bonus comes of, as a tree whose leaves are events and parameters.

    Beside it stands what each obligation that was late or not met has cost, and what was not counted, with the reason.

    Args:
        statement: a bonus statement with its facts.
        earlier: the employee's other statements that it rests on.
        timezone: in which due instants are said, such as the company's.
    """
    currency = terms(statement).currency
    found = lines_of(statement, earlier)
    total = sum((line.amount for line, _ in found), start=Money(0, currency))
    parts = tuple(_rounded(line.amount, trace) for line, trace in found)
    zone = ZoneInfo(timezone)
    costs = tuple(_cost(statement, earlier, one, total, zone) for one in _duties(statement, counted=True))
    out = tuple(_left_out(one, zone) for one in _duties(statement, counted=False))
    lost = sum((one.value for one in costs if isinstance(one.value, Money)), start=Money(0, currency))
    more = [Trace("reductions", lost, costs, clauses=("R102",))] if costs else []
    more += [Trace("left_out", str(len(out)), out, clauses=("R84", "R88"))] if out else []
    return Trace("bonus", total, (*parts, *more), of=statement.period, clauses=("R101",))


def _rounded(amount: Money, trace: Trace) -> Trace:
    """A line as it is paid; its formula ends with the exact value where that is finer."""
    exact = trace.value if isinstance(trace.value, Fraction) else None
    finer = exact is not None and exact != Fraction(amount.amount)
    formula = f"{trace.formula} = {near(exact)}" if trace.formula and finer and exact is not None else trace.formula
    return attrs.evolve(trace, value=amount, formula=formula)


def _duties(statement: BonusStatement, *, counted: bool) -> Iterator[Duty]:
    known = () if statement.facts is None else statement.facts.duties
    scheme = terms(statement).compliance
    for one in known:
        weighs = scheme is not None and scheme.weights.get(one.norm, scheme.otherwise)
        if weighs and one.verdict is not Verdict.MET and bool(one.excuses) is not counted:
            yield one


def _cost(
    statement: BonusStatement, earlier: Sequence[BonusStatement], duty: Duty, total: Money, zone: ZoneInfo
) -> Trace:
    """What the bonus would be more by, had this one obligation been met in time."""
    facts = statement.facts
    assert facts is not None  # noqa: S101 - a duty comes from there
    met = tuple(attrs.evolve(one, verdict=Verdict.MET) if one is duty else one for one in facts.duties)
    better = attrs.evolve(statement, facts=attrs.evolve(facts, duties=met))
    would = sum((line.amount for line, _ in lines_of(better, earlier)), start=Money(0, total.currency))
    return attrs.evolve(_of(duty, "violation", zone), value=would - total)


def _left_out(duty: Duty, zone: ZoneInfo) -> Trace:
    return _of(duty, "excused", zone, tuple(Trace("excuse", reason) for reason in duty.excuses))


def _of(duty: Duty, name: str, zone: ZoneInfo, more: tuple[Trace, ...] = ()) -> Trace:
    due, done = (
        "—" if one is None else f"{one.astimezone(zone):%Y-%m-%d %H:%M %Z}" for one in (duty.due, duty.closed_at)
    )
    case = Trace("case", duty.id.partition(f":{duty.norm}:")[0])
    when = (case, Trace("due", due), Trace("done", done), Trace("verdict", str(duty.verdict)))
    return Trace(name, None, (*when, *more), duty.norm, clauses=(duty.norm,), events=(duty.id,))


# -- in words ---------------------------------------------------------------------------------------------------------


def text(trace: Trace, locale: Locale, depth: int = 9) -> str:
    """The tree as lines of text, each a step further in than what it belongs to.

    Args:
        trace: the tree.
        locale: whose words.
        depth: how far down it goes.
    """
    return "\n".join(_lines(trace, _Words(locale), depth, ""))


def html(trace: Trace, locale: Locale, heading: str = "") -> str:
    """The tree as one HTML page that needs nothing from elsewhere; what belongs to a value opens below it.

    Args:
        trace: the tree.
        locale: whose words.
        heading: whose bonus it is, such as the employee's name.
    """
    words = _Words(locale)
    title = escape(words.title(trace))
    style = (
        "body{font:16px/1.5 sans-serif;max-width:60rem;margin:1rem auto;padding:0 1rem;overflow-wrap:anywhere}"
        "details details,p{margin:.2rem 0 .2rem 1.2rem}summary{cursor:pointer}body>details>summary{font-weight:bold}"
        "small{color:#555}h1{font-size:1.3rem}"
    )
    return "\n".join(
        (
            "<!doctype html>",
            f'<html lang="{escape(locale.lang)}"><head><meta charset="utf-8"><title>{title}</title>',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<style>{style}</style></head><body>",
            *([f"<h1>{escape(heading)}</h1>"] if heading else []),
            *_nested(trace, words, opened=2),
            f"<footer><small>{escape(words.law)}</small></footer></body></html>",
            "",
        )
    )


def _lines(trace: Trace, words: _Words, depth: int, indent: str) -> Iterator[str]:
    behind = words.behind(trace)
    yield indent + words.line(trace) + (f"  {behind}" if behind else "")
    if depth > 0:
        for one in trace.children:
            yield from _lines(one, words, depth - 1, f"{indent}  ")


def _nested(trace: Trace, words: _Words, opened: int) -> Iterator[str]:
    said, behind = escape(words.line(trace)), escape(words.behind(trace))
    said = f'{said} <small title="{escape(", ".join(trace.events))}">{behind}</small>' if behind else said
    if not trace.children:
        yield f"<p>{said}</p>"
        return
    yield f"<details{' open' if opened > 0 else ''}><summary>{said}</summary>"
    for one in trace.children:
        yield from _nested(one, words, opened if trace.name in _ABOUT_DUTIES else opened - 1)
    yield "</details>"


class _Words:
    """What the parts of a bonus are called in a language."""

    def __init__(self, locale: Locale) -> None:
        self._locale = locale
        self._names = _names(locale.say)
        self.law: str = locale.say(
            "pay.law",
            "Only a bonus that is not yet due is lowered, by the conditions on which it is earned; never the salary.",
        )

    def title(self, trace: Trace) -> str:
        """What it is, with what it is about."""
        name = self._names.get(trace.name, trace.name)
        norm = f"norm.{trace.of}"
        of = self._locale.title(norm) if self._locale.knows(norm) else trace.of
        return f"{name} ({of})" if of else name

    def line(self, trace: Trace) -> str:
        """One line of the tree: what it is, what it comes to and how."""
        value = self._value(trace)
        plain = trace.formula and trace.formula not in {value, exactly(trace.value or "")}
        how = f" = {_FIGURE.sub(lambda one: self._number(one[0]), trace.formula)}" if plain else ""
        return f"{self.title(trace)}: {value}{how}"

    def behind(self, trace: Trace) -> str:
        """The requirements that it follows, and the events behind it: the first few, and how many there are."""
        clauses = ", ".join(one for one in trace.clauses if _CLAUSE.fullmatch(one))
        few = ", ".join(trace.events[:FEW]) + (f", … ({len(trace.events)})" if len(trace.events) > FEW else "")
        return " · ".join(filter(None, (f"[{clauses}]" if clauses else "", few)))

    def _number(self, digits: str) -> str:
        comma = self._locale.lang == "ru"
        return digits.replace(",", "\N{NO-BREAK SPACE}").replace(".", ",") if comma else digits

    def _value(self, trace: Trace) -> str:
        value = trace.value
        if value is None:
            return "—"
        if isinstance(value, Money):
            return value.text(self._locale.lang)
        if isinstance(value, Fraction):
            if trace.name in _SUMS:
                return self._number(f"{near(value, 2):,.2f}")
            short = near(value)
            return self._number(f"{short:f}" if Fraction(short) == value else f"≈ {short:f}")
        return self._names.get(f"{trace.name}.{value}", value)


def _names(say: Callable[..., str]) -> dict[str, str]:
    """Every part of a bonus by its name."""
    return {
        "bonus": say("pay.bonus", "Bonus"),
        "target_part": say("pay.target_part", "Target bonus"),
        "target": say("pay.target", "target by the plan"),
        "worked": say("pay.worked", "share of the time worked"),
        "attained": say("pay.attained", "factor for the plan"),
        "attainment": say("pay.attainment", "attainment: sold / planned"),
        "no_plan": say("pay.no_plan", "factor without a plan"),
        "volume": say("pay.volume", "sold"),
        "plan": say("pay.plan", "plan"),
        "whole_plan": say("pay.whole_plan", "plan of the whole period"),
        "newcomer": say("pay.newcomer", "at least, for a newcomer"),
        "kept": say("pay.kept", "factor for the rules kept"),
        "level": say("pay.level", "level"),
        "level.full": say("pay.level_full", "kept in full"),
        "level.partial": say("pay.level_partial", "kept in part"),
        "level.ignored": say("pay.level_ignored", "ignored"),
        "index": say("pay.index", "compliance index"),
        "norm": say("pay.norm", "share met"),
        "weight": say("pay.weight", "weight"),
        "possible": say("pay.possible", "with every rule kept it would be"),
        "commission": say("pay.commission", "Commission"),
        "by_bands": say("pay.by_bands", "by bands"),
        "sold": say("pay.sold", "sale, less what went back"),
        "team": say("pay.team", "Share of the team's bonus"),
        "team_share": say("pay.team_share", "the employee's share"),
        "fund": say("pay.fund", "what the team has earned"),
        "limit": say("pay.limit", "at most"),
        "cap": say("pay.cap", "Above the cap"),
        "uncapped": say("pay.uncapped", "without the cap it would be"),
        "adjustment": say("pay.adjustment", "Adjustment of an earlier period"),
        "was": say("pay.was", "with what was known"),
        "now": say("pay.now", "with what is known now"),
        "adjusted": say("pay.adjusted", "Adjusted before in other statements"),
        "carried": say("pay.carried", "Taken for what was overpaid"),
        "carried_forward": say("pay.carried_forward", "Put off to the next statements"),
        "reductions": say("pay.reductions", "What late and missed obligations cost, one by one"),
        "violation": say("pay.violation", "costs"),
        "left_out": say("pay.left_out", "Not counted"),
        "excused": say("pay.excused", "does not count"),
        "excuse": say("pay.excuse", "because"),
        "excuse.disputed": say("pay.excuse_disputed", "it is disputed"),
        "excuse.waived": say("pay.excuse_waived", "it was waived after a dispute"),
        "excuse.not_a_rule": say("pay.excuse_not_a_rule", "it is a recommendation"),
        "excuse.not_bound": say("pay.excuse_not_bound", "the rule binds other roles"),
        "excuse.no_such_norm": say("pay.excuse_no_such_norm", "the regulation of that day does not have it"),
        "excuse.no_version_then": say("pay.excuse_no_version", "no regulation was in force then"),
        "excuse.not_in_force.then": say("pay.excuse_not_in_force", "it was not in force then"),
        "excuse.not_acknowledged.then": say("pay.excuse_not_known", "the employee had not acknowledged it before"),
        "case": say("pay.case", "case"),
        "due": say("pay.due", "due"),
        "done": say("pay.done", "done"),
        "verdict": say("pay.verdict", "verdict"),
        "verdict.met_late": say("pay.verdict_late", "late"),
        "verdict.breached": say("pay.verdict_breached", "not done in time"),
    }
