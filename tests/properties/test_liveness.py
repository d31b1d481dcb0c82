"""Liveness: whatever has happened to a case by the rules, the people who work here can still bring it to an end.

Every process is led to each of its stages and from there at random further, by steps that the regulation allows,
through the engine and on the whole rulebook. From every case reached, some sequence of steps leads to an end: searched
best first, each step with its usual payload or one that differs in a field, by somebody whom the rules let, timers and
waiting included. Where a case lasts until another takes its place, as a price list does, the other is led there.
So it is once somebody has left, or is on a long leave with a deputy or without, and others hold every role between
them. Two people stay behind every separated duty, for that is what the rules demand of a firm: where the only one who
may approve is away for a year and only the author stands in for them, nobody may (`engine.able` says so).
Everything is drawn from fixed seeds.
"""

from __future__ import annotations

import copy
import datetime as dt
import heapq
import itertools
import random
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from enum import Enum
from functools import cache, partial
from operator import itemgetter
from typing import Any, TypeAlias, get_args

import attrs
import msgspec
import pytest

from salesreg.adapters.memory import MemoryStore
from salesreg.commercial import COMMERCIAL, example
from salesreg.errors import SalesregError, StepRefused
from salesreg.ports import Batch
from salesreg.process import Case, Process
from salesreg.process.charges import TAKE_OVER, role_of
from salesreg.process.steps import AnyStep
from salesreg.rules import Absence, Employee
from salesreg.rules.roles import SYSTEM
from salesreg.testing.commercial import STAFF, USUAL, Desk
from salesreg.testing.commercial.fitted import fitted
from salesreg.testing.strategies import roles_of, weight

Family: TypeAlias = Mapping[str, tuple[str, ...]]

WALKS = 5
STEPS = 8
FAR = 20

FAMILY: Mapping[str, Family] = {
    "work_order": {
        "document_package": ("request_signed_package", "hand_over_package"),
        "invoice": ("issue_invoice", "send_invoice", "record_payment"),
    },
    "audit": {"assignment": ("report_done", "verify_assignment")},
}
"""What has to be done to cases of other processes where a case waits for it."""


# -- a department that can go back ------------------------------------------------------------------------------------


class ForkedStore(MemoryStore):
    """A store in memory that can be tried out on: what is done on a fork is not done here."""

    def fork(self) -> ForkedStore:
        twin = ForkedStore()
        for name, value in vars(self).items():
            if not isinstance(value, type(threading.RLock())):
                setattr(twin, name, forked(value))
        return twin


def forked(value: Any) -> Any:
    """Containers and what changes in them anew; what is frozen is shared."""
    if isinstance(value, dict):
        twin = copy.copy(value)
        twin.update({key: forked(one) for key, one in value.items()})
        return twin
    if isinstance(value, list):
        return [forked(one) for one in value]
    if isinstance(value, set):
        return set(value)
    changes = isinstance(value, msgspec.Struct) and not value.__struct_config__.frozen
    return copy.copy(value) if changes else value


class Switch:
    """The store that an engine works on, to be exchanged under it."""

    def __init__(self) -> None:
        self.store = ForkedStore()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


@attrs.frozen
class Moment:
    """Where the department stands: what is stored, what time it is, and how many numbers have been given."""

    store: ForkedStore
    now: dt.datetime
    serial: int


class Department:
    """A desk that can go back to a moment, and takes steps with the usual payload as it fits then."""

    def __init__(self) -> None:
        self.switch: Any = Switch()
        self.desk = Desk(self.switch, call_contact__retries=2, audit__cadence="each Tuesday")
        self.engine = self.desk.engine
        self.serial = 0
        self.missing: str | None = None

    def lose(self, gone: Employee, chance: random.Random) -> str:
        """Somebody leaves, or is away for a year; what only they held is somebody else's, or done by their deputy.

        Where whoever stands in is alone in a role of their own, another holds what fell to them as well.
        """
        day = self.desk.clock.now().date()
        heir, other, manager = chance.sample([one for one in STAFF if one != gone], 3)
        how = chance.choice(["has left", "has left", "is away", "is away with a deputy"])
        left, deputy = how == "has left", heir.id if "deputy" in how else None
        sole, above = alone(gone), chance.choice([None, manager.id])
        holders = [heir] * (deputy is None) + [other] * bool(alone(heir))
        self.missing = gone.id
        self.desk.know(attrs.evolve(gone, left_on=day if left else None, manager=above))
        self.desk.know(*(attrs.evolve(one, roles=one.roles | sole) for one in holders))
        absence = Absence(gone.id, day, day + dt.timedelta(days=365), deputy)
        self.desk.directory._absences = () if left else (absence,)
        return f"{gone.id} {how}, {heir.id} stands in their place, {above or 'nobody'} is their manager"

    def regain(self) -> None:
        """Everybody is at work again."""
        self.missing, self.desk.directory._absences = None, ()
        self.desk.know(*STAFF)

    def there(self, role: str | None = None) -> list[Employee]:
        """Everybody who is at work, or those of them who hold a role."""
        people = [self.desk.directory.employee(one.id) for one in STAFF if one.id != self.missing]
        return [one for one in people if role is None or role in one.roles]

    def moment(self) -> Moment:
        return Moment(self.switch.store.fork(), self.desk.clock.now(), self.serial)

    def back_to(self, moment: Moment) -> None:
        self.switch.store = moment.store.fork()
        self.desk.clock.move_to(moment.now)
        self.serial = moment.serial

    def payload(
        self, step: AnyStep, case: Case[Any] | None, pick: Callable[[Any], str] = itemgetter(-1)
    ) -> dict[str, Any]:
        self.serial += 1
        at = self.desk.clock.now()
        given = fitted(step, at=at, case=case, known=self.known(), serial=self.serial, pick=pick)
        page: Any = step.page
        for field in page.table.specs[step.id].payload.people if self.missing else ():
            if field.held.employed and self.missing in field.people(given.get(field.name)):
                other = self.there(None if field.held.role is None else field.held.role.id)[0].id
                value = given[field.name]
                replaced = tuple(other if one == self.missing else one for one in value)
                given[field.name] = replaced if isinstance(value, tuple) else other
        return given

    def known(self) -> dict[str, list[str]]:
        """The cases of each process, what was last worked on last."""
        found: dict[str, list[str]] = {}
        for case in self.engine.cases(order="last_at"):
            found.setdefault(case.process, []).append(case.id)
        return found

    def starters(self, step: AnyStep) -> list[Employee]:
        """Who begins a case by a step: whoever usually does, or others of their roles and their deputy."""
        by, _ = USUAL[f"{step.page.id}.{step.id}"]  # type: ignore[attr-defined]
        if not isinstance(by, Employee):
            return []
        deputies = {one.deputy for one in self.desk.directory._absences if one.employee == by.id}
        able = [one for one in self.there() if one.roles & by.roles or one.id in deputies]
        return sorted(able, key=lambda one: one != by)

    def begin(
        self, step: AnyStep, case_id: str, given: Mapping[str, Any] = {}, by: Employee | None = None
    ) -> Case[Any]:
        page: Any = step.page
        by = by or self.starters(step)[0]
        return self.desk.begin(page.id, step.id, case=case_id, by=by, **self.payload(step, None) | given)

    def take(
        self,
        case: Case[Any],
        step: AnyStep,
        by: str,
        given: Mapping[str, Any] = {},
        pick: Callable[[Any], str] = itemgetter(-1),
    ) -> Case[Any]:
        return self.engine.perform(case.id, step.id, self.payload(step, case, pick) | given, by=by)

    def variants(self, step: AnyStep, case: Case[Any] | None = None) -> Iterator[dict[str, Any]]:
        """Other payloads than the usual: each value of an enum, yes and no, other cases, a word where none need be."""
        page: Any = step.page
        if step.id == TAKE_OVER and case is not None and self.missing:  # of what nobody may do now, to whoever could
            deputies = {one.deputy for one in self.desk.directory._absences}
            for charge in page.charges:
                if charge.holder(case.data) in {self.missing, *deputies}:
                    role = role_of(charge, case.data, self.engine.regulation)
                    named = {"charge": charge.name} if len(page.charges) > 1 else {}
                    yield from ({**named, "to": one.id} for one in self.there(None if role is None else role.id))
            return
        yield {}
        for field in page.table.specs[step.id].payload.fields:
            kind = next((one for one in (field.type, *get_args(field.type)) if isinstance(one, type)), None)
            if kind is bool:
                yield from ({field.name: value} for value in (True, False))
            elif kind is int:
                yield from ({field.name: value} for value in (1, 2, 3))
            elif kind is not None and issubclass(kind, Enum):
                yield from ({field.name: value} for value in kind)
            elif field.ref is not None:
                several = self.known().get(field.ref.process, [])[-4:]
                yield from ({field.name: (one,) if "tuple" in str(field.type) else one} for one in several)
            elif not field.required and (field.mark == "blank" or field.default == ""):
                yield {field.name: "letter 17"}

    def options(self, case: Case[Any]) -> dict[AnyStep, str]:
        """The steps that somebody may take, each with one who may: whoever usually does, if possible."""
        return {step: people[0] for step, people in self.willing(case).items()}

    def willing(self, case: Case[Any]) -> dict[AnyStep, list[str]]:
        """The steps that somebody may take, each with everybody who may; whoever usually does comes first."""
        found: dict[str, tuple[AnyStep, list[str]]] = {}
        for person in self.there() if self.missing else concerned(case):
            for option in self.engine.available(case, by=person):
                if option.allowed:
                    found.setdefault(option.step.id, (option.step, []))[1].append(person.id)
        usual = {step_id: getattr(USUAL[f"{case.process}.{step_id}"][0], "id", "") for step_id in found}
        return {step: sorted(people, key=lambda by: by != usual[one]) for one, (step, people) in found.items()}

    def wait(self, case: Case[Any]) -> Case[Any]:
        """Until the case's next timer rings, or else its next deadline has passed, or else a week."""
        now = self.desk.clock.now()
        rings = [at for one in page_of(case).timers.values() if (at := one.rings_at(case)) is not None and at > now]
        dues = [one.due for one in case.obligations if one.due is not None and one.due > now]
        until = min(rings or dues, default=now + dt.timedelta(days=7))
        self.desk.clock.move_to(until + dt.timedelta(minutes=1))
        self.engine.tick(trust_clock=True)
        if case.process == "work_order":  # what is signed is asked for and handed over day by day
            self.desk.clock.move_to((until + dt.timedelta(days=1)).replace(hour=7))
            self.duties(of="document_package")
            self.engine.tick(trust_clock=True)
            self.duties(of=None)
        return self.engine.case(case.id)

    def duties(self, *, of: str | None) -> None:
        """Let no recurring duty begin from here on but today's of one process, for each adds cases to every try."""
        today = (self.desk.clock.now() - dt.timedelta(days=1)).date().isoformat()
        marks: dict[str, str | None] = {}
        for page in COMMERCIAL.processes:
            for one in page.duties:
                off = {"process": page.id, "duty": one, "tries": 1, "reason": "off", "opens": self.desk.clock.now()}
                off |= dict.fromkeys(("day", "person", "at"))
                given_up = None if page.id == of else msgspec.json.encode(off).decode()
                marks |= {f"failed:{page.id}:{one}": given_up, f"duty:{page.id}:{one}": today}
        self.switch.commit(Batch((), (), self.desk.clock.now(), marks=marks))

    def running(self, processes: Collection[str]) -> list[Case[Any]]:
        return [case for case in self.engine.cases(ended=False) if case.process in processes]


def alone(person: Employee) -> frozenset[str]:
    """The roles that nobody else holds."""
    return person.roles.difference(*(one.roles for one in STAFF if one != person))


@cache
def holders(process: str) -> tuple[Employee, ...]:
    """Those of the staff who hold a role that a page names."""
    named = {role.id for role in roles_of(COMMERCIAL.process(process), example())}
    return tuple(one for one in STAFF if one.roles & named)


def concerned(case: Case[Any]) -> list[Employee]:
    """Those who hold a role that the page names, and those whom the case's data name."""
    data = msgspec.json.encode(case.data).decode()
    return [one for one in STAFF if one in holders(case.process) or f'"{one.id}"' in data]


def page_of(case: Case[Any]) -> type[Process[Any]]:
    return COMMERCIAL.process(case.process)


def looks(case: Case[Any]) -> tuple[str, str]:
    """What of a case matters for what may follow."""
    return case.stage, repr(msgspec.json.encode(case.data, order="sorted"))


# -- the search -------------------------------------------------------------------------------------------------------


def distances(page: type[Process[Any]], goals: Collection[str], *, backwards: bool = False) -> dict[str, int]:
    """How many steps each stage is away from some, by the table alone; those from which no way leads are far off.

    What only another case brings about, the list that takes another's place for one, is no way.
    """
    found = dict.fromkeys(page.stages, FAR) | dict.fromkeys(goals, 0)
    rung = {one.step for one in page.timers.values()}
    edges = [
        (source, way.target.id)
        for step, routes in page.table.routes.items()
        for source, ways in routes.items()
        for way in ways
        if source is not None and (step in rung or page.steps[step].by != (SYSTEM,))
    ]
    for far in range(len(page.stages)):
        for source, target in edges:
            here, there = (target, source) if backwards else (source, target)
            if found[there] == far:
                found[here] = min(found[here], far + 1)
    return found


def ends_of(page: type[Process[Any]]) -> list[str]:
    return [stage.id for stage in page.stages.values() if stage.ended]


def open_stages(page: type[Process[Any]]) -> set[str]:
    return set(page.stages) - set(ends_of(page))


@attrs.frozen
class Found:
    """The steps that led to where one wanted to be, None if there are none; and what was refused on the way."""

    path: tuple[str, ...] | None
    refused: Counter[str]


def search(
    department: Department,
    case_id: str,
    far: Mapping[str, int],
    done: Callable[[], bool],
    family: Family | None = None,
    *,
    nodes: int,
) -> Found:
    """Lead a case on, the stages that are least far first; the department is left where it was reached."""
    number, refused = itertools.count(), Counter[str]()
    queue: list[tuple[int, int, Moment, tuple[str, ...]]] = [(0, next(number), department.moment(), ())]
    seen = set()
    for _ in range(nodes):
        if not queue:
            break
        _, _, moment, path = heapq.heappop(queue)
        department.back_to(moment)
        for name, move in moves(department, case_id, far, family):
            department.back_to(moment)
            try:
                move()
            except SalesregError as no:
                codes = [one.code for one in no.refusals] if isinstance(no, StepRefused) else [type(no).__name__]
                refused[f"{name}: {', '.join(codes)}"] += 1
                continue
            if done():
                return Found((*path, name), refused)
            after = department.engine.case(case_id)
            further = (*path, name)
            kin = department.running(family or ())
            state = (further.count("wait"), looks(after), *map(looks, kin))
            if state not in seen:
                seen.add(state)
                again = len(further) - len(set(further))
                ahead = 3 * far[after.stage] + 4 * left_to_do(after) + 2 * sum(map(to_go, kin))
                estimate = len(further) + again + ahead
                heapq.heappush(queue, (estimate, next(number), department.moment(), further))
    return Found(None, refused)


def to_go(case: Case[Any]) -> int:
    """How far a case is from an end of its own."""
    return distances(page_of(case), ends_of(page_of(case)))[case.stage]


def left_to_do(case: Case[Any]) -> int:
    """What has to be done within a stage before it is left, where that is much."""
    return sum(item.ended_at is None for item in case.data.items) if case.process == "meeting" else 0


def moves(
    department: Department, case_id: str, far: Mapping[str, int], family: Family | None
) -> list[tuple[str, Callable[[], object]]]:
    """What can be done next, what leads nearest first; waiting last of all."""
    target = department.engine.case(case_id)
    found: list[tuple[int, str, Callable[[], object]]] = []
    for case in (target, *(one for one in department.running(family or ()) if one.id != case_id)):
        where = "" if case is target else f" on {case.id}"
        for step, people in department.willing(case).items():
            if case is not target and step.id not in (family or {})[case.process]:
                continue
            ways = page_of(case).table.routes[step.id][case.stage]
            near = min(far[way.target.id] for way in ways) if case is target else 50
            several = people if department.missing and step.id == TAKE_OVER else people[:1]  # each is above others
            for given, by in itertools.product(department.variants(step, case), several):
                name = f"{step.id}{where} by {by}" + "".join(f" with {one} {value}" for one, value in given.items())
                found.append((near, name, partial(department.take, case, step, by, given)))
    found.sort(key=lambda one: one[0])
    return [*((name, move) for _, name, move in found), ("wait", partial(department.wait, target))]


def tries(page: type[Process[Any]]) -> list[tuple[Family | None, int]]:
    """How far to look, and whether at others than the case: not far and at nobody else first."""
    family = FAMILY.get(page.id)
    return [(None, 10), (family, 480)] if family else [(None, 10), (None, 120)]


def to_an_end(department: Department, case_id: str) -> Found:
    """The way of a case to an end: its own, that of its family, or that of another case that takes its place."""
    here, case = department.moment(), department.engine.case(case_id)
    page = page_of(case)
    ends = ends_of(page)

    def ended() -> bool:
        return department.engine.case(case_id).stage in ends

    far = distances(page, ends)
    found = Found(None, Counter())
    for family, nodes in tries(page):
        if far[case.stage] < FAR:
            department.back_to(here)
            found = search(department, case_id, far, ended, family, nodes=nodes)
        if found.path is not None:
            return found
        for step in page.table.first_steps():
            refs = {
                name: case_id for name, ref in page.table.specs[step.id].payload.refs.items() if ref.process == page.id
            }
            begun = itertools.product(department.starters(step), department.variants(step)) if refs else ()
            for by, given in begun:
                department.back_to(here)
                try:
                    department.begin(step, f"{case_id}-next", given | refs, by)
                except SalesregError:
                    continue
                there = distances(page, [case.stage])
                successor = search(department, f"{case_id}-next", there, ended, nodes=nodes)
                if successor.path is not None:
                    return Found((f"a successor by {step.id}", *successor.path), successor.refused)
    return found


# -- where cases begin ------------------------------------------------------------------------------------------------

DEAL = (
    "start_price_negotiation", "complete_questionnaire", "confirm_client_readiness", "submit_for_approval",
    "approve_quote", "open_deal", "assign_specialist", "draft_contract", "obtain_ceo_signature", "hand_over_contract",
    "dispatch_contract", "record_scan_return",
)  # fmt: skip
ORDER = ("start_draft", "submit_draft_to_client", "record_client_approval", "launch_order", "report_work_done")
BEFORE: Mapping[str, tuple[tuple[str, str, tuple[str, ...]], ...]] = {
    "amendment": (("sale", "register_prospect", DEAL),),
    "work_order": (("sale", "register_prospect", DEAL),),
    "invoice": (("sale", "register_prospect", DEAL), ("work_order", "receive_work_order", ORDER)),
    "client_account": (("sale", "register_prospect", DEAL),),
    "price_change": (("price_change", "adopt_base_list", ()),),
    "call_contact": (("call_campaign", "draft_campaign", ("issue_campaign", "start_campaign")),),
}


def prepared(process: str) -> Department:
    """A department in which cases of a process can begin, or have begun."""
    department = Department()
    for before, first, steps in BEFORE.get(process, ()):
        case = department.begin(COMMERCIAL.process(before).steps[first], f"{before}-0")
        for step_id in steps:
            by, _ = USUAL[f"{before}.{step_id}"]
            assert isinstance(by, Employee)
            case = department.take(case, COMMERCIAL.process(before).steps[step_id], by.id)
    for _ in range(3):
        department.desk.later(dt.timedelta(days=1))
        department.engine.tick(trust_clock=True)
    department.duties(of=None)
    return department


def beginnings(department: Department, page: type[Process[Any]]) -> Iterator[str]:
    """Cases of a process, each begun in another way from the same moment: by itself, or by a first step."""
    here = department.moment()
    yield from [case.id for case in department.running([page.id])][:1]
    for step in page.table.first_steps():
        for given in department.variants(step) if department.starters(step) else ():
            department.back_to(here)
            try:
                yield department.begin(step, f"{page.id}-1", given).id
            except SalesregError:
                continue


def stages_reached(department: Department, page: type[Process[Any]]) -> dict[str, tuple[Moment, str]]:
    """For every open stage that people can lead a case to, the case and the moment at which it stands there."""
    found: dict[str, tuple[Moment, str]] = {}
    base = department.moment()
    for family, nodes in tries(page):
        for case_id in beginnings(department, page):
            mine = {department.engine.case(case_id).stage: department.moment()}
            ahead = distances(page, mine, backwards=True)
            for goal in sorted(open_stages(page) - set(mine) - set(found), key=lambda stage: ahead[stage]):
                far = distances(page, [goal])

                def there(case_id: str = case_id, goal: str = goal) -> bool:
                    return department.engine.case(case_id).stage == goal

                near = sorted((stage for stage in mine if far[stage] < FAR), key=lambda stage: far[stage])
                for stage in near[:2]:
                    department.back_to(mine[stage])
                    if search(department, case_id, far, there, family, nodes=nodes).path is not None:
                        mine[goal] = department.moment()
                        break
            for stage, moment in mine.items():
                found.setdefault(stage, (moment, case_id))
            if set(found) >= open_stages(page):
                return {stage: found[stage] for stage in page.stages if stage in open_stages(page)}
            department.back_to(base)
    return found


def wander(department: Department, case_id: str, chance: random.Random) -> Iterator[None]:
    """Lead a case on at random, and its family; after each step it stands somewhere else."""
    for _ in range(STEPS):
        target = department.engine.case(case_id)
        several = [target, *department.running(FAMILY.get(target.process, {}))]
        case = target if chance.random() < 0.7 else chance.choice(several)
        options = department.options(case)
        try:
            if not options or chance.random() < 0.1:
                department.wait(case)
            else:
                taken = {event.step for event in department.engine.history(case)}
                steps = [one for one in options for _ in range(weight(page_of(case), case.stage, one, taken))]
                step = chance.choice(steps)
                department.take(case, step, options[step], pick=chance.choice)
        except SalesregError:
            continue
        if page_of(target).stages[department.engine.case(case_id).stage].ended:
            return
        yield
        department.desk.later(dt.timedelta(minutes=chance.choice([1, 30, 240, 1440])))


@cache
def everywhere(process: type[Process[Any]]) -> tuple[Department, dict[str, tuple[Moment, str]]]:
    """A department with a case in every open stage of a process."""
    department = prepared(process.id)
    return department, stages_reached(department, process)


@pytest.mark.parametrize("process", COMMERCIAL.processes, ids=lambda process: process.id)
def test_every_case_that_legal_steps_reach_can_still_reach_an_end(process: type[Process[Any]]):
    department, reached = everywhere(process)
    assert set(reached) == open_stages(process)
    seen = set()

    def check(case_id: str) -> None:
        case, here = department.engine.case(case_id), department.moment()
        if looks(case) not in seen:
            seen.add(looks(case))
            told = "; ".join(f"{event.step} by {event.by}" for event in department.engine.history(case_id))
            found = to_an_end(department, case_id)
            assert found.path is not None, (
                f"{case_id} stands in {case.stage} for ever after {told}; refused: {found.refused.most_common(8)}"
            )
            department.back_to(here)

    for stage, (moment, case_id) in reached.items():
        for seed in range(WALKS):
            department.back_to(moment)
            check(case_id)
            for _ in wander(department, case_id, random.Random(f"{process.id}-{stage}-{seed}")):
                check(case_id)


OF_THEIR_OWN = {"dispute_statement"}
"""What is a right and not a duty: whoever is away may use it from where they are, and nobody else for them."""


def still_possible(department: Department, case: Case[Any]) -> set[AnyStep]:
    """The steps that somebody may take at once, or once somebody else has been put in charge."""
    here, willing = department.moment(), department.willing(case)
    found = set(willing)
    takers = [(step, by) for step, people in willing.items() if step.id == TAKE_OVER for by in people]
    for step, by in takers:
        for given in department.variants(step, case):
            try:
                found |= still_possible(department, department.take(case, step, by, given))
            except SalesregError:
                continue
            department.back_to(here)
    return found


@pytest.mark.parametrize("process", COMMERCIAL.processes, ids=lambda process: process.id)
def test_whoever_leaves_or_goes_on_leave_no_case_is_stuck_and_no_step_is_lost(process: type[Process[Any]]):
    department, reached = everywhere(process)
    for (stage, (moment, case_id)), seed in itertools.product(reached.items(), range(WALKS)):
        chance = random.Random(f"{process.id}-{stage}-{seed}-gone")
        department.back_to(moment)
        for _ in wander(department, case_id, chance):
            pass
        department.engine.tick(trust_clock=True)  # what is due has happened
        case, here = department.engine.case(case_id), department.moment()
        if process.stages[case.stage].ended:
            continue
        before = set(department.options(case))
        told = "; ".join(f"{event.step} by {event.by}" for event in department.engine.history(case_id))
        data = msgspec.json.encode(case.data).decode()
        several = concerned(case)
        named = [one for one in several if f'"{one.id}"' in data]
        for one in named:
            gone = department.lose(one, chance)
            lost = {step.id for step in before - still_possible(department, case)} - OF_THEIR_OWN
            department.regain()
            assert not lost, f"{lost} is for nobody in {case.stage} after {told}; {gone}"
            department.back_to(here)
        gone = department.lose(chance.choice(chance.choice([named or several, several])), chance)
        found = to_an_end(department, case_id)
        department.regain()
        assert found.path is not None, (
            f"{case_id} stands in {case.stage} for ever after {told}; {gone}; refused: {found.refused.most_common(8)}"
        )
