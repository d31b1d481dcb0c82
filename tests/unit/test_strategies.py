"""The strategies that users' tests import: everything they draw is valid."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from salesreg import Employee, Money, Process, Term
from salesreg.calendars import BusinessCalendar, WorkSchedule
from salesreg.decide import available
from salesreg.domain.clients import ClientDraft, Counterparty, check_inn
from salesreg.domain.people import Role
from salesreg.processes import Case
from salesreg.processes.sale import Sale
from salesreg.regulations import PROCESSES, example
from salesreg.testing import strategies

strategies.register()


@given(st.from_type(Term), st.from_type(Money), st.from_type(Employee), st.from_type(WorkSchedule))
def test_our_types_are_resolved_by_their_annotations(
    term: Term, money: Money, person: Employee, schedule: WorkSchedule
) -> None:
    assert Term.parse(str(term)) == term
    assert money.amount > 0
    assert person.roles
    assert BusinessCalendar.russia(schedule).schedule == schedule


@given(strategies.tax_ids())
def test_tax_ids_have_right_check_digits(inn: str) -> None:
    assert check_inn(inn) == inn


@given(st.from_type(ClientDraft), st.from_type(Counterparty))
def test_clients_lack_nothing(draft: ClientDraft, counterparty: Counterparty) -> None:
    assert draft.missing() == ()
    assert counterparty.tax_id is not None


@given(st.data())
def test_regulations_give_every_parameter_of_the_process(data: st.DataObject) -> None:
    regulation = data.draw(strategies.regulations(Sale))
    regulation.bind(Sale.parameters())


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(strategies.cases(Sale, regulation=example()))
def test_cases_are_reached_by_legal_steps_and_go_on_from_there(case: Case[object]) -> None:
    assert case.stage in Sale.stages
    assert case.version >= 1
    for person in strategies.staff()[:3]:
        available(Sale, case, by=person, at=case.last_at, regulation=example())


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.id)
def test_every_step_of_every_process_can_be_given_a_payload(process: type[Process[object]]) -> None:
    @settings(max_examples=3)
    @given(st.data())
    def draw_each(data: st.DataObject) -> None:
        for step in process.steps.values():
            given_ = data.draw(strategies.payloads(step))
            assert set(step.payload.structure(given_)) == {field.name for field in step.payload.fields}

    draw_each()


def test_the_staff_covers_every_role_that_acts() -> None:
    covered = {role for person in strategies.staff() for role in person.roles}
    assert covered == set(Role) - {Role.CLIENT, Role.SYSTEM}
