"""The bonus of a period from its facts: exact to the end, rounded once, the same whatever the order of the facts.

What comes to light late, a corrected verdict included, is a true-up: what an earlier period would have brought with all
that is known, less what it would have brought with what was settled before. So nothing is paid twice, a refund takes
back at most what its sale brought, and shifting a fact into another month gains nothing, for each period keeps its own
plan, bands and cap.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial

import attrs

from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.pay_facts import GRANTED, Duty, Fact, PeriodFacts, Verdict, nets
from salesreg.commercial.domain.plans import BonusLine, BonusStatement
from salesreg.commercial.domain.schemes import CompensationScheme, Kind, Measure, Part, Prorated, Tiers
from salesreg.commercial.motivation.compliance import Index, index
from salesreg.commercial.motivation.workings import Trace, exactly, half_up, kopecks, product, shared
from salesreg.errors import DomainError


@attrs.frozen
class Working:
    """One line before it is rounded, with what it comes from."""

    code: str
    value: Fraction
    trace: Trace
    sources: tuple[str, ...] = ()


Traced = tuple[BonusLine, Trace]


def calculate(statement: BonusStatement, earlier: Sequence[BonusStatement] = ()) -> tuple[BonusLine, ...]:
    """The lines of a bonus statement, from its plan and its facts.

    Args:
        statement: with its facts.
        earlier: the employee's other statements that stand, in any order.

    Raises:
        DomainError: there is no scheme or no facts, a fact belongs to no period, or more goes back than was sold.
    """
    return tuple(line for line, _ in lines_of(statement, earlier))


def lines_of(statement: BonusStatement, earlier: Sequence[BonusStatement] = ()) -> tuple[Traced, ...]:
    """The same, each line with what it comes from."""
    scheme, known = terms(statement), _facts(statement)
    before = tuple(sorted((one for one in earlier if one.facts), key=lambda one: one.period_start))
    settled = tuple(fact for one in before for fact in _facts(one).facts)
    every = (*settled, *known.facts)
    own, fresh = entitlement(statement, every), {one.id for one in known.facts}
    lines = [
        _line(one.code, amount, one.trace, tuple(name for name in one.sources if name in fresh), scheme.currency)
        for one, amount in zip(own, shared([one.value * 100 for one in own]), strict=True)
    ]
    if known.corrected or _reaches(statement, before) or any(day not in statement for day in _days(known.facts, every)):
        lines += _adjustments(statement, before, settled, every)
    code = f"adjustment:{statement.period}:"
    if had := sum(int(each.amount.amount * 100) for one in before for each in one.lines if each.code.startswith(code)):
        lines.append(_line("adjusted", -had, Trace("adjusted", kopecks(-had, scheme.currency)), (), scheme.currency))
    return (*lines, *_carried(lines, before, scheme, statement.period))


def _reaches(statement: BonusStatement, before: Sequence[BonusStatement]) -> bool:
    """Whether its sales move bands that later periods, calculated already, share with it."""
    tiers = terms(statement).commission
    shares = tiers is not None and tiers.measure is not Measure.PERIOD
    return shares and any(one.period_start > statement.period_end for one in before)


def reckoned(statement: BonusStatement, earlier: Sequence[BonusStatement] = ()) -> BonusStatement:
    """The statement with its lines and total; what is disputed or waived counts on neither side.

    Raises:
        DomainError: as `calculate` does.
    """
    granted = statement.granted()
    why = {
        one.id: (
            *(reason for reason in one.excuses if reason not in GRANTED),
            *([granted[one.id]] if one.id in granted and one.verdict is not Verdict.MET else ()),
        )
        for one in _facts(statement).duties
    }
    ready = attrs.evolve(statement, facts=_facts(statement).excusing(why))
    return ready.calculated(calculate(ready, earlier))


def terms(statement: BonusStatement) -> CompensationScheme:
    """The scheme of a statement's plan."""
    if statement.plan is None or statement.plan.scheme is None:
        raise DomainError("no_scheme", "the plan has no scheme to reckon a bonus by: give it one")
    return statement.plan.scheme


def _facts(statement: BonusStatement) -> PeriodFacts:
    if statement.facts is None:
        raise DomainError("no_facts", "a bonus is reckoned from facts: give them")
    return statement.facts


def _days(facts: Sequence[Fact], every: Sequence[Fact]) -> Iterator[dt.date]:
    """The day that each fact counts on: a refund counts on that of its sale."""
    sold = {one.id: one.day for one in every if not one.takes_back}
    return (sold.get(one.takes_back, one.day) for one in facts)


# -- one period, by its own terms --------------------------------------------------------------------------------------


def entitlement(statement: BonusStatement, facts: Sequence[Fact]) -> tuple[Working, ...]:
    """What a period brings by its own plan, exactly, with the facts that are known; the cap is its last line."""
    scheme, known = terms(statement), _facts(statement)
    for one in facts:
        if one.amount.currency != scheme.currency:
            text = "{fact} is in {got}, and the scheme in {need}"
            other = {"fact": one.id, "need": scheme.currency, "got": one.amount.currency}
            raise DomainError("fact_other_currency", text, **other)
    sales = nets(facts)
    mine = {name: one for name, one in sales.items() if one[0].day in statement}
    volume = sum((Fraction(net.amount) for _, net in mine.values()), start=Fraction(0))
    kept = None if scheme.compliance is None else index(scheme.compliance, known.duties)
    found: list[Working] = []
    if scheme.target is not None:
        found.append(_target(scheme, known, volume, kept))
    if scheme.commission is not None:
        refunds: dict[str, tuple[str, ...]] = {}
        for one in facts:
            if one.takes_back:
                refunds[one.takes_back] = (*refunds.get(one.takes_back, ()), one.id)
        found += _commissions(scheme, scheme.commission, statement, sales, refunds, kept)
    if scheme.team is not None and known.team is not None:
        found.append(_team(scheme, statement, known, kept))
    total = sum((one.value for one in found), start=Fraction(0))
    if scheme.cap is not None and total > (cap := Fraction(scheme.cap.amount)):
        trace = Trace("cap", cap - total, (Trace("uncapped", total), Trace("limit", scheme.cap)), clauses=("R101",))
        found.append(Working("cap", cap - total, trace))
    return tuple(found)


def _times(scheme: CompensationScheme, part: Part, kept: Index | None) -> tuple[Trace, ...]:
    """The factor that the rules kept put on a part of the bonus, if they do."""
    if kept is None or scheme.compliance is None or part not in scheme.compliance.applies_to:
        return ()
    norms = tuple(
        Trace(
            "norm",
            one.share,
            (Trace("weight", one.weight),),
            one.norm,
            clauses=(one.norm,),
            events=tuple(duty.id for duty in one.duties),
        )
        for one in kept.norms
    )
    level = Trace("level", None if kept.level is None else str(kept.level))
    return (Trace("kept", kept.factor, (level, Trace("index", kept.value, norms)), clauses=("R102", "R84", "R88")),)


def _share(scheme: CompensationScheme, known: PeriodFacts, what: Prorated) -> Fraction:
    worked = what in scheme.prorate and known.norm
    return Fraction(known.worked) / Fraction(known.norm) if worked else Fraction(1)


def _target(scheme: CompensationScheme, known: PeriodFacts, volume: Fraction, kept: Index | None) -> Working:
    """The target, by the time worked, the plan attained and the rules kept."""
    factors = (
        Trace("target", scheme.target, clauses=("R101",)),
        Trace("worked", _share(scheme, known, Prorated.TARGET)),
        _attained(scheme, known, volume),
    )
    times = _times(scheme, Part.TARGET, kept)
    value, trace = product("target_part", (*factors, *times), clauses=("R101",))
    if scheme.compliance is not None and times:
        best, _ = product("possible", factors)
        possible = Trace("possible", best * (1 + Fraction(scheme.compliance.reward)))
        trace = attrs.evolve(trace, children=(*trace.children, possible))
    return Working("target", value, trace)


def _attained(scheme: CompensationScheme, known: PeriodFacts, volume: Fraction) -> Trace:
    if known.plan is None or scheme.attainment is None:
        if scheme.no_plan is None:
            raise DomainError("no_own_plan", "the scheme pays by the plan attained: give the employee's plan")
        return Trace("attained", Fraction(scheme.no_plan), (Trace("no_plan", Fraction(scheme.no_plan)),))
    share = _share(scheme, known, Prorated.PLAN)
    plan = Fraction(known.plan.amount) * share
    ratio = volume / plan if plan else Fraction(0)
    least = Fraction(scheme.newcomer_attainment) if 0 < known.month <= scheme.newcomer_months else Fraction(0)
    children = (
        Trace("volume", volume, events=tuple(one.id for one in known.facts)),
        Trace("plan", plan, (Trace("whole_plan", known.plan), Trace("worked", share))),
        *((Trace("newcomer", least),) if least > ratio else ()),
    )
    formula = f"{exactly(volume)} / {exactly(plan)}"
    attained = Trace("attainment", max(ratio, least), children, formula=formula, clauses=("K1",))
    return Trace("attained", scheme.attainment.at(max(ratio, least)), (attained,), clauses=("R101",))


def _commissions(
    scheme: CompensationScheme,
    tiers: Tiers,
    statement: BonusStatement,
    sales: Mapping[str, tuple[Fact, Money]],
    refunds: Mapping[str, tuple[str, ...]],
    kept: Index | None,
) -> Iterator[Working]:
    """The commission of each sale of the period, in the order of day and id, on top of what shares its bands."""
    reached: dict[str, Fraction] = {}
    times = _times(scheme, Part.COMMISSION, kept)
    for sale, net in sorted(sales.values(), key=lambda one: (one[0].day, one[0].id)):
        outer = tiers.outer(sale.deal, sale.day)
        if sale.day > statement.period_end or (not outer and sale.day not in statement):
            continue
        below = reached.get(outer, Fraction(0))
        reached[outer] = below + Fraction(net.amount)
        if sale.day in statement:
            earned = tiers.earned(reached[outer]) - tiers.earned(below)
            parts = tiers.parts(reached[outer], below)
            formula = " + ".join(f"{exactly(amount)} × {exactly(rate)}" for amount, rate in parts)
            if tiers.kind is Kind.WHOLE_AMOUNT and below:
                formula = f"{formula} − {exactly(tiers.earned(below))}"
            base = Trace("by_bands", earned, (Trace("sold", net, of=sale.deal),), formula=formula)
            events = (sale.id, *refunds.get(sale.id, ()))
            value, trace = product("commission", (base, *times), of=sale.deal, events=events, clauses=("R101",))
            yield Working(f"commission:{sale.id}", value, trace, events)


def _team(scheme: CompensationScheme, statement: BonusStatement, known: PeriodFacts, kept: Index | None) -> Working:
    """The employee's share of what the team has earned together, split to the kopeck."""
    fund, team = scheme.team, known.team
    assert fund is not None and team is not None  # noqa: S101, PT018 - the caller has looked
    attainment = Fraction(team.volume.amount) / Fraction(team.plan.amount)
    factor = fund.attainment.at(attainment)
    earned = kopecks(half_up(Fraction(fund.fund.amount) * factor * 100), scheme.currency)
    parts = dict(zip(team.shares, earned.split(tuple(team.shares.values())), strict=True))
    mine = parts.get(statement.employee, Money(0, scheme.currency))
    of_team = Trace("attainment", attainment, (Trace("volume", team.volume), Trace("plan", team.plan)))
    whole = Trace("fund", earned, (Trace("limit", fund.fund), Trace("attained", factor, (of_team,))))
    share = Trace("team_share", mine, (whole,), of=f"1/{len(team.shares)}")
    value, trace = product("team", (share, *_times(scheme, Part.TEAM, kept)), clauses=("R101",))
    return Working("team", value, trace)


# -- earlier periods, and what is carried over -------------------------------------------------------------------------


def _adjustments(
    statement: BonusStatement, before: Sequence[BonusStatement], settled: Sequence[Fact], every: Sequence[Fact]
) -> Iterator[Traced]:
    """What each earlier period brings more or less, now that more is known of it."""
    sold = {one.id: one.day for one in every if not one.takes_back}
    for day in _days(_facts(statement).facts, every):
        if day not in statement and not any(day in one for one in before):
            text = "{got} is in no period that has a statement: open that of its month first"
            raise DomainError("fact_of_no_period", text, got=day.isoformat())
    late = {one.id for one in _facts(statement).facts if sold.get(one.takes_back, one.day) not in statement}
    told = tuple(duty for one in before for duty in _facts(one).corrected)
    days = frozenset(_days(_facts(statement).facts, every))
    better = frozenset(duty.id for duty in _facts(statement).corrected)
    for one in (one for one in before if _may_change(one, days, better)):
        was = entitlement(_knowing(one, told), settled)
        now = entitlement(_knowing(one, (*told, *_facts(statement).corrected)), every)
        old, new = ({each.code: each.value for each in side} for side in (was, now))
        gains = {code: new.get(code, Fraction(0)) - old.get(code, Fraction(0)) for code in dict.fromkeys((*old, *new))}
        gains = {code: gain for code, gain in gains.items() if gain}
        totals = [half_up(sum(side.values(), start=Fraction(0)) * 100) for side in (old, new)]
        amounts = shared([gain * 100 for gain in gains.values()], totals[1] - totals[0])
        sources = {each.code: tuple(name for name in each.sources if name in late) for each in now}
        currency = terms(one).currency
        for (code, _), amount in zip(gains.items(), amounts, strict=True):
            pair = (Trace("was", old.get(code, Fraction(0))), Trace("now", new.get(code, Fraction(0))))
            formula = " − ".join(exactly(each.value or "0") for each in reversed(pair))
            names = sources.get(code, ())
            trace = Trace(
                "adjustment", kopecks(amount, currency), pair, f"{one.period}, {code}", formula, ("R101",), names
            )
            yield _line(f"adjustment:{one.period}:{code}", amount, trace, names, currency)


def _may_change(statement: BonusStatement, days: Collection[dt.date], better: Collection[str]) -> bool:
    """Whether facts of some days or obligations by id may change what a statement brings."""
    tiers = terms(statement).commission
    if tiers is not None and tiers.measure is not Measure.PERIOD:
        return True  # its bands run over other periods too
    return any(day in statement for day in days) or any(one.id in better for one in _facts(statement).duties)


def _knowing(statement: BonusStatement, corrected: Sequence[Duty]) -> BonusStatement:
    return attrs.evolve(statement, facts=_facts(statement).knowing(corrected)) if corrected else statement


def _carried(
    lines: Sequence[Traced], before: Sequence[BonusStatement], scheme: CompensationScheme, period: str
) -> Iterator[Traced]:
    """Below nothing a statement does not go: what is left is taken from the next ones, the oldest first, or dropped."""
    line = partial(_line, currency=scheme.currency)
    left = half_up(sum((Fraction(one.amount.amount) for one, _ in lines), start=Fraction(0)) * 100)
    if left < 0:
        yield line("carried_forward", -left, Trace("carried_forward", kopecks(-left, scheme.currency), of=period))
    owing = before[-scheme.carry :] if scheme.carry else ()
    for one in owing:
        put_off, taken = balance(one, before)
        if (amount := min(put_off - taken, max(left, 0))) > 0:
            left -= amount
            trace = Trace("carried", kopecks(-amount, scheme.currency), of=one.period)
            yield line(f"carried:{one.period}", -amount, trace, (f"carried:{one.period}:{taken}",))


def balance(statement: BonusStatement, others: Sequence[BonusStatement]) -> tuple[int, int]:
    """What a statement has put off, and how much of it others have taken, in kopecks."""
    put_off = sum(int(one.amount.amount * 100) for one in statement.lines if one.code == "carried_forward")
    code = f"carried:{statement.period}"
    return put_off, -sum(int(one.amount.amount * 100) for other in others for one in other.lines if one.code == code)


def _line(code: str, amount: int, trace: Trace, sources: tuple[str, ...] = (), currency: str = "RUB") -> Traced:
    shown = (*trace.children, *(one for one in trace.walk() if one.name in _SHOWN))
    inputs = {one.name: exactly(one.value) for one in shown if one.value is not None}
    formula = trace.formula or (exactly(trace.value) if trace.value is not None else "0")
    return BonusLine(code, kopecks(amount, currency), formula, inputs, trace.clauses or ("R101",), sources), trace


_SHOWN = frozenset({"volume", "attainment", "index", "level"})
