"""The strategies that users' tests import: everything they draw is valid, and they know nothing of any one firm."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Mapping
from typing import Annotated, Any

import attrs
import msgspec
import pytest
from ask import ANNA, HELEN, REGULATION, ROLES, Ask, Errand
from hypothesis import given, settings
from hypothesis import strategies as st

from salesreg import Employee, Money, Process, Term
from salesreg.calendars import BusinessCalendar, WorkSchedule
from salesreg.commercial import COMMERCIAL, Sale, example
from salesreg.commercial.domain.clients import ClientDraft, Counterparty, check_inn
from salesreg.decide import available, decide
from salesreg.errors import SalesregError
from salesreg.process import Case, Future, Past, Positive, Stage, Step, Text, start, step
from salesreg.rules.conduct import KERNEL_PARAMETERS
from salesreg.testing import strategies
from salesreg.testing.commercial import USUAL
from salesreg.testing.commercial import strategies as commercial
from salesreg.testing.commercial.fitted import fitted
from salesreg.testing.machines import Scene

# -- our types --------------------------------------------------------------------------------------------------------


@given(st.from_type(Term), st.from_type(Money), st.from_type(Employee), st.from_type(WorkSchedule))
def test_our_types_are_resolved_by_their_annotations(
    term: Term, money: Money, person: Employee, schedule: WorkSchedule
) -> None:
    assert Term.parse(str(term)) == term
    assert money.amount > 0
    assert person.roles
    assert BusinessCalendar.russia(schedule).schedule == schedule


@given(commercial.tax_ids())
def test_tax_ids_have_right_check_digits(inn: str) -> None:
    assert check_inn(inn) == inn


@given(st.from_type(ClientDraft), st.from_type(Counterparty))
def test_clients_lack_nothing(draft: ClientDraft, counterparty: Counterparty) -> None:
    assert draft.missing() == ()
    assert counterparty.tax_id is not None


# -- people and regulations -------------------------------------------------------------------------------------------


def test_the_roles_of_a_page_are_all_that_it_names_and_never_the_systems():
    assert {role.id for role in strategies.roles_of(Ask)} == {"head", "finance", "asker", "chief"}
    assert {role.id for role in strategies.roles_of(Errand)} == {"head", "finance", "asker"}
    reopener = REGULATION.with_settings({"request.reopener": "doer"})
    assert {role.id for role in strategies.roles_of(Ask, reopener)} == {"head", "finance", "asker", "chief", "doer"}


def test_the_staff_has_two_for_each_role_and_one_who_holds_all():
    people = strategies.staff(ROLES)
    assert len({one.id for one in people}) == len(people) == 2 * len(ROLES) + 1
    for role in ROLES:
        assert len([one for one in people if one.roles == {role.id}]) == 2
    assert people[-1].roles == {role.id for role in ROLES}
    assert all(one.email for one in people)


@pytest.mark.parametrize(("page", "roles"), [(Ask, ROLES), (Sale, COMMERCIAL.roles)])
def test_regulations_give_every_value_that_a_page_reads(page: type[Process[Any]], roles: Any) -> None:
    @settings(max_examples=10)
    @given(strategies.regulations(page, roles))
    def give_all(regulation: Any) -> None:
        regulation.bind((*page.parameters(), *KERNEL_PARAMETERS), page.norms(), [role.id for role in roles])
        for parameter in page.parameters():
            regulation.value(parameter)

    give_all()


# -- payloads ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("process", COMMERCIAL.processes, ids=lambda process: process.id)
def test_every_step_of_every_process_can_be_given_a_payload(process: type[Process[Any]]) -> None:
    @settings(max_examples=3)
    @given(st.data())
    def draw_each(data: st.DataObject) -> None:
        for one in process.steps.values():
            spec = process.table.specs[one.id].payload
            drawn = data.draw(strategies.payloads(one))
            assert set(spec.structure(drawn)) == {field.name for field in spec.fields}

    draw_each()


@attrs.frozen
class Parcel:
    weight: Positive
    code: Annotated[str, msgspec.Meta(pattern=r"[A-Z]{2}\d", max_length=3)]
    size: tuple[int, str]
    prices: Mapping[str, int] = attrs.field(factory=dict)


class Shipping(Process[Parcel]):
    """A page whose fields use every demand that a type can make."""

    id = "shipping"
    packed = Stage("Packed", ROLES[0], no_term="a test")
    gone = Stage("Gone", ended=True)

    @step(start(packed), "Pack", by=ROLES[0])
    def pack(
        self, *, parcel: Parcel, packed_at: Past, leaves_at: Future, note: Text, many: tuple[Parcel, ...]
    ) -> Parcel:
        return parcel

    go = Step(packed.to(gone), "Go", by=ROLES[0])


NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


@given(strategies.payloads(Shipping.pack, at=NOW))
def test_payloads_are_right_in_type_whatever_the_types_demand(drawn: dict[str, Any]) -> None:
    given_ = Shipping.table.specs["pack"].payload.structure(drawn)
    assert given_["parcel"].weight > 0
    assert given_["parcel"].code[2].isdigit()
    assert [type(one) for one in given_["parcel"].size] == [int, str]
    assert all(isinstance(one, int) for one in given_["parcel"].prices.values())


def test_what_has_happened_mostly_lies_before_now_and_what_is_planned_after_it() -> None:
    wrong = []

    @given(strategies.payloads(Shipping.pack, at=NOW))
    def draw(drawn: dict[str, Any]) -> None:
        wrong.append((drawn["packed_at"] > NOW, drawn["leaves_at"] <= NOW))

    draw()
    for several in zip(*wrong, strict=True):
        assert 0 < sum(several) < len(several) / 2


@attrs.frozen
class Even:
    number: int

    def __attrs_post_init__(self) -> None:
        assert self.number % 2 == 0


class Counting(Process[Even]):
    """A page of even numbers."""

    id = "counting"
    counted = Stage("Counted", ROLES[0], no_term="a test")

    @step(start(counted), "Count", by=ROLES[0])
    def count(self, *, number: Even) -> Even:
        return number


def test_an_entity_of_ones_own_is_drawn_as_it_was_taught() -> None:
    strategies.teach(Even, lambda: st.integers(0, 50).map(lambda half: Even(2 * half)))

    @given(strategies.payloads(Counting.count), st.from_type(Even))
    def both_are_even(drawn: dict[str, Any], also: Even) -> None:
        assert drawn["number"].number % 2 == also.number % 2 == 0

    both_are_even()


@attrs.frozen
class Picky:
    number: int

    def __attrs_post_init__(self) -> None:
        if self.number < 2:
            raise SalesregError("too small")


class Choosing(Process[Picky]):
    """A page of picky numbers."""

    id = "choosing"
    chosen = Stage("Chosen", ROLES[0], no_term="a test")

    @step(start(chosen), "Choose", by=ROLES[0])
    def choose(self, *, number: Picky) -> Picky:
        return number


@given(strategies.payloads(Choosing.choose))
def test_what_cannot_be_built_is_not_drawn(drawn: dict[str, Any]) -> None:
    assert drawn["number"].number >= 2


# -- cases ------------------------------------------------------------------------------------------------------------


@given(strategies.cases(Sale, regulation=example()))
def test_cases_are_reached_by_legal_steps_and_go_on_from_there(case: Case[Any]) -> None:
    assert case.stage in Sale.stages
    assert case.version >= 1
    for person in strategies.staff(strategies.roles_of(Sale))[:3]:
        available(Sale, case, by=person, at=case.last_at, regulation=example())


def test_cases_come_in_any_stage() -> None:
    seen = set()

    @given(strategies.cases(Ask, regulation=REGULATION))
    def draw(case: Case[Any]) -> None:
        seen.add(case.stage)

    draw()
    assert seen == set(Ask.stages)


def test_a_child_is_drawn_under_the_parent_that_is_given() -> None:
    parent = decide(Ask.ask(text="x"), by=ANNA, at=NOW, regulation=REGULATION, case_id="r1").case
    seen = set()

    @given(strategies.cases(Errand, regulation=REGULATION, related=[parent], people=[HELEN]))
    def draw(case: Case[Any]) -> None:
        assert case.last_at >= parent.last_at
        seen.add(case.data.request)

    draw()
    assert seen == {None, "r1"}


# -- what is usual in the department ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", USUAL)
def test_what_is_usually_given_is_of_the_steps_types_at_any_moment(name: str) -> None:
    process, step_id = name.split(".")
    page = COMMERCIAL.process(process)
    spec = page.table.specs[step_id].payload
    of_the_case = [one.name for one in spec.fields if one.required and one.name not in USUAL[name][1]]

    @settings(max_examples=3)
    @given(commercial.usually(Scene(page.steps[step_id], None, {"sale": ("D", "E")}, NOW)))
    def draw(drawn: dict[str, Any]) -> None:
        made = spec.structure({**drawn, **dict.fromkeys(of_the_case, "0" * 64)})
        for field in spec.fields:
            if isinstance(made[field.name], dt.datetime) and field.mark:
                assert (made[field.name] > NOW) is (field.mark == "future")

    draw()


def test_what_is_usual_names_cases_that_there_are_and_numbers_that_are_free() -> None:
    known = {"sale": ["D-1", "D-2"], "work_order": ["W-1"]}
    order = fitted(COMMERCIAL.process("work_order").steps["receive_work_order"], at=NOW, known=known)
    invoice = fitted(COMMERCIAL.process("invoice").steps["request_invoice"], at=NOW, known=known)
    assert (order["deal"], invoice["orders"]) == ("D-2", ("W-1",))
    numbers = {fitted(Sale.open_deal, at=NOW, serial=serial)["number"] for serial in range(3)}
    assert len(numbers) == 3


# -- what they know ---------------------------------------------------------------------------------------------------


def test_the_kernels_strategies_and_machines_load_nothing_of_the_shipped_regulation() -> None:
    program = (
        "import sys, salesreg.testing; from salesreg.testing import strategies, process_machine;"
        "sys.exit(any(name.startswith('salesreg.commercial') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize(
    "first", ["hypothesis", "salesreg.testing.strategies", "salesreg.testing.machines", "salesreg"]
)
def test_whatever_is_imported_first_given_knows_our_types(first: str) -> None:
    lines = f"import {first}", "from hypothesis import strategies as st", "from salesreg import Term"
    program = "\n".join((*lines, "st.from_type(Term).validate()"))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
