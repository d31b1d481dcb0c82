"""What a log is held to: the rules of a process under a regulation, and those that the mapping says itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs

from salesreg.audit.automaton import Automaton, automaton
from salesreg.audit.mapping import Deadline, Duty, LogMapping, Person, Separate
from salesreg.calendars import BusinessCalendar, ProductionCalendar, Term, WorkSchedule
from salesreg.errors import MappingError, SalesregError
from salesreg.process.clocks import Sla
from salesreg.process.page import Process
from salesreg.process.steps import AnyStep
from salesreg.process.who import STAGE_OWNER, Each
from salesreg.rules.norms import Norm, NormText
from salesreg.rules.parameters import Parameter
from salesreg.rules.regulation import Regulation
from salesreg.rules.roles import SYSTEM, Role

ORDER, ROLES, EVIDENCE, RECORDING, BULK = "order", "roles", "evidence", "recording", "bulk"
"""What the rules are called that hold for every step of a log."""
_OF_EVERY_STEP = {
    ORDER: ("Steps are taken in the order of the process.", "R39"),
    ROLES: ("A step is taken by whoever may take it.", "R79"),
    EVIDENCE: ("What has no record has no result.", "R46"),
    RECORDING: ("What happened is recorded in time.", "R46"),
    BULK: ("Records are made one by one, when things happen.", "R46"),
}


@attrs.frozen
class Clock:
    """A term between steps.

    Attributes:
        norm: the rule's id.
        term: how long.
        start, stop, void: the ids of the steps that start the clock, stop it, and make it pointless.
        halts: those that stop it for a while, for how long a log does not say.
        role: the id of the role that owes it, if it is one role's.
        first: whether only the first start of a case counts.
    """

    norm: str
    term: Term
    start: frozenset[str]
    stop: frozenset[str]
    void: frozenset[str] = frozenset()
    halts: frozenset[str] = frozenset()
    role: str | None = None
    first: bool = False


@attrs.frozen
class StageClock:
    """The term of a stage; see `Clock`."""

    norm: str
    term: Term
    stage: str
    halts: frozenset[str] = frozenset()
    role: str | None = None


@attrs.frozen
class Recurring:
    """What comes back for each holder of a role; see `Duty`."""

    norm: str
    term: Term
    steps: frozenset[str]
    role: str


@attrs.frozen(eq=False)
class Bound:
    """Everything that is asked of a log; pure data, so that any machine can hold its part of the log to it.

    Attributes:
        steps: the ids of the process's steps; None where the log's own names are the steps.
        calendar: the business time.
        rules: every rule that is checked, by id.
        hidden: the steps that no system records, or that a program takes by itself.
        automaton: the order of the steps, if a process says one.
        allowed: by step, the ids of the roles that may take it; a step that a person of the case takes is left out.
        clocks, stages: the terms.
        stage_names: the ids of the stages, in the order of their numbers.
        separations: the steps behind which two people stand.
        duties: what comes back for each holder of a role.
        people: by name of the log, who that is.
        recorded_within, bulk: how soon what happened is entered, and how many at most in which time at one go.
        acknowledged, in_force_from: since when somebody knows the rules, and since when they hold.
        unchecked: what is not checked, each with why.
    """

    steps: tuple[str, ...] | None
    calendar: BusinessCalendar
    rules: Mapping[str, NormText]
    hidden: frozenset[str]
    automaton: Automaton | None
    allowed: Mapping[str, frozenset[str]]
    clocks: tuple[Clock, ...]
    stages: tuple[StageClock, ...]
    stage_names: tuple[str, ...]
    separations: tuple[Separate, ...]
    duties: tuple[Recurring, ...]
    people: Mapping[str, Person]
    recorded_within: Term | None
    bulk: tuple[int, Term] | None
    in_force_from: dt.date | None
    unchecked: tuple[tuple[str, str], ...]

    def __repr__(self) -> str:
        return f"<Bound: {len(self.rules)} rules, {len(self.unchecked)} unchecked>"

    @property
    def by_case(self) -> Bound:
        """The rules of which each is about one case: a log may be cut by case and held to them part by part."""
        person = {BULK, *(one.norm for one in self.duties)}
        rules = {name: rule for name, rule in self.rules.items() if name not in person}
        return attrs.evolve(self, rules=rules, duties=(), bulk=None)

    @property
    def by_person(self) -> Bound:
        """The others, each about everything that one person recorded: for these a log is cut by person."""
        rules = {name: rule for name, rule in self.rules.items() if name not in self.by_case.rules}
        return attrs.evolve(
            self, rules=rules, automaton=None, allowed={}, clocks=(), stages=(), separations=(), recorded_within=None
        )


def bind(mapping: LogMapping, process: type[Process[Any]] | None = None, regulation: Regulation | None = None) -> Bound:
    """What a mapping asks of its log, under a process and the regulation that gives its terms.

    Raises:
        MappingError: the mapping names a process and none is given, or has no business time, or names unknown steps.
        ParameterNotSet: the regulation leaves open what the process needs.
    """
    if process is not None and regulation is None:
        raise MappingError(f"the process {process.id!r} is held to a regulation: name one")
    binder = _Binder(mapping, process, regulation)
    return binder.bound()


class _Binder:
    def __init__(self, mapping: LogMapping, process: type[Process[Any]] | None, regulation: Regulation | None) -> None:
        self.mapping, self.process, self.regulation = mapping, process, regulation
        self.rules: dict[str, NormText] = {}
        self.unchecked: list[tuple[str, str]] = []

    def bound(self) -> Bound:
        mapping, process = self.mapping, self.process
        self._own_rules()
        clocks = [self._own_clock(one) for one in mapping.deadlines]
        duties = [Recurring(o.norm, Term.parse(o.every), _several(o.step), o.role) for o in mapping.duties]
        stages, allowed, order, steps, hidden = [], {}, None, None, set[str]()
        bulk = mapping.recording.bulk
        if not any(one.acknowledged for one in mapping.people.values()):
            why = "the mapping does not say who had acknowledged the rules, and since when"
            self.unchecked.append(("acknowledgement", why))
        if process is not None:
            table = process.table
            steps = tuple(table.steps)
            hidden = {one for one in mapping.missing if one in table.steps}
            if not mapping.log.complete:  # what our program does by itself, another one does not record
                hidden |= {one.id for one in table.steps.values() if one.by and all(who == SYSTEM for who in one.by)}
            order = automaton(table, hidden)
            allowed = dict(self._allowed(process))
            stages, more = list(self._stages(process)), list(self._slas(process, hidden))
            clocks += more
            duties += self._duties(process)
        return Bound(
            steps, self._calendar(), self.rules, frozenset(hidden), order, allowed, tuple(clocks), tuple(stages),
            () if process is None else tuple(process.stages),
            tuple(mapping.separations), tuple(duties), mapping.people,
            Term.parse(mapping.recording.within) if mapping.recording.within else None,
            None if bulk is None else (bulk.events, Term.parse(bulk.within)),
            mapping.log.in_force_from, tuple(self.unchecked),
        )  # fmt: skip

    def _calendar(self) -> BusinessCalendar:
        given = self.mapping.calendar
        if given is not None:
            hours = {"timezone": given.timezone, "day": given.day, "lunch": given.lunch}
            try:
                schedule = WorkSchedule.from_dict({key: value for key, value in hours.items() if value})
                return BusinessCalendar(schedule, ProductionCalendar.country(given.country, given.subdivision or None))
            except SalesregError as wrong:
                raise MappingError(f"[calendar]: {wrong}") from wrong
        if self.regulation is None:
            raise MappingError("nothing says the business time: add [calendar] with country, timezone and day")
        return self.regulation.calendar

    # -- what the mapping says itself ----------------------------------------------------------------------------------

    def _own_rules(self) -> None:
        mapping = self.mapping
        asked = {
            ORDER: self.process is not None,
            ROLES: self.process is not None,
            EVIDENCE: any(one.evidence for one in mapping.sources),
            RECORDING: bool(mapping.recording.within),
            BULK: mapping.recording.bulk is not None,
        }
        for name, (text, clause) in _OF_EVERY_STEP.items():
            if asked[name]:
                self.rules[name] = self._stated(name) or NormText(name, text, clause=clause)
        self.rules |= {one.norm: self._rule(one) for one in mapping.deadlines}
        self.rules |= {one.norm: self._rule(one) for one in mapping.separations}
        self.rules |= {one.norm: self._rule(one) for one in mapping.duties}

    def _stated(self, norm: str) -> NormText | None:
        """What the regulation says of a rule, if it has a norm of that id."""
        return next((one for one in self.regulation.texts() if one.id == norm), None) if self.regulation else None

    def _rule(self, one: Deadline | Separate | Duty) -> NormText:
        term = ""
        if isinstance(one, Deadline):
            text, term = f"{_listed(one.then)} within {one.within} after {_listed(one.after)}.", one.within
        elif isinstance(one, Duty):
            text, term = f"{_listed(one.step)} {one.every}, by every {one.role}.", one.every
        elif not (one.text or one.clause) and (stated := self._stated(one.norm)):
            return stated
        else:
            text = f"{' and '.join(one.steps)} are not left to one person."
        return NormText(one.norm, one.text or text, clause=one.clause or "—", strength=one.strength, term=term)

    def _own_clock(self, one: Deadline) -> Clock:
        return Clock(one.norm, Term.parse(one.within), _several(one.after), _several(one.then), first=one.first)

    # -- what the process says -----------------------------------------------------------------------------------------

    def _allowed(self, process: type[Process[Any]]) -> Iterator[tuple[str, frozenset[str]]]:
        for step in process.steps.values():
            roles = self._takers(process, step)
            if roles is not None:
                yield step.id, roles
            else:
                self.unchecked.append(
                    (f"{process.id}.{step.id}", "a person of the case takes it, whom a log does not name")
                )
            if step.never is not None:
                why = "it is closed to somebody of the case: name the steps of both under [[separate]]"
                self.unchecked.append((f"{process.id}.{step.id}", why))

    def _takers(self, process: type[Process[Any]], step: AnyStep) -> frozenset[str] | None:
        """The roles that may take a step, whichever stage it leaves; None where it is not roles that decide."""
        found: set[str] = set()
        for who in step.by:
            owners = [process.stages[one].owner for one in process.table.routes[step.id] if one is not None]
            for one in owners if who is STAGE_OWNER else [who]:
                role = self._role(one)
                if role is None:
                    return None
                found.add(role)
        return frozenset(found)

    def _role(self, who: object) -> str | None:
        if isinstance(who, Role):
            return who.id
        if isinstance(who, Parameter) and self.regulation is not None:
            value = self.regulation.value(who)
            return value.id if isinstance(value, Role) else None
        return None

    def _term(self, norm: Norm, *, recurring: bool = False) -> Term | None:
        assert self.regulation is not None  # noqa: S101 - asked for where there is a process
        term = self.regulation.term(norm)
        if term is None or term.is_recurring is not recurring:
            return None
        self.rules[norm.id] = self._stated(norm.id) or NormText(norm.id, norm.text, clause=norm.clause)
        return term

    def _halts(self, norm: Norm) -> frozenset[str]:
        if not norm.pausable:
            return frozenset()
        if not self.mapping.log.pauses:
            self.unchecked.append((norm.id, "its clock may stand still, and [log] pauses names no step that stops it"))
        return frozenset(self.mapping.log.pauses)

    def _stages(self, process: type[Process[Any]]) -> Iterator[StageClock]:
        for stage in process.stages.values():
            if stage.term is not None and (term := self._term(stage.term)) is not None:
                yield StageClock(stage.term.id, term, stage.id, self._halts(stage.term), self._role(stage.owner))

    def _slas(self, process: type[Process[Any]], hidden: Iterable[str]) -> Iterator[Clock]:
        for sla in process.table.slas.values():
            why = self._unseen(sla, frozenset(hidden))
            term = None if why else self._term(sla.norm)
            if why or term is None:
                if sla.norm.id not in {one.norm.id for one in process.duties.values()}:  # these are counted by person
                    self.unchecked.append((sla.norm.id, why or "it sets no time"))
                continue
            pausing = {s.id for s in process.steps.values() for w in _targets(process, s.id) if w in sla.pause_in}
            yield Clock(
                sla.norm.id, term, frozenset(sla.start), frozenset(sla.stop), frozenset(sla.void),
                self._halts(sla.norm) | pausing, self._role(sla.owner),
            )  # fmt: skip

    def _duties(self, process: type[Process[Any]]) -> Iterator[Recurring]:
        """What begins a case again and again is done by what stops its clock, or by the case's first step."""
        for duty in process.duties.values():
            term = self._term(duty.norm, recurring=True)
            done = {step for sla in process.table.slas.values() if sla.norm.id == duty.norm.id for step in sla.stop}
            if term is not None and not any(one.norm == duty.norm.id for one in self.mapping.duties):
                yield Recurring(duty.norm.id, term, frozenset(done or {duty.step}), duty.per.id)

    @staticmethod
    def _unseen(sla: Sla, hidden: frozenset[str]) -> str:
        if sla.due is not None:
            return "its instant is agreed in each case, and a log does not have it"
        if isinstance(sla.owner, Each):
            return "each of several people owes it, and a log does not name them"
        if set(sla.start) <= hidden:
            return "no step that starts it is recorded"
        if set(sla.stop) <= hidden:
            return "no step that stops it is recorded"
        return ""


def _targets(process: type[Process[Any]], step: str) -> Iterator[str]:
    """The stages that a step enters."""
    for ways in process.table.routes[step].values():
        yield from (way.target.id for way in ways if not way.stays)


def _several(given: str | Sequence[str]) -> frozenset[str]:
    return frozenset([given] if isinstance(given, str) else given)


def _listed(given: str | Sequence[str]) -> str:
    return " or ".join([given] if isinstance(given, str) else given)
