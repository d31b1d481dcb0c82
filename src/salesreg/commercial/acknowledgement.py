"""The gate before every step: nobody acts in a role before they know its rules, where the company says so (R98)."""

from __future__ import annotations

from salesreg.commercial.domain.versions import IN_FORCE_KEY
from salesreg.commercial.parameters import ACKNOWLEDGE_FIRST
from salesreg.commercial.processes.regulation_version import RegulationVersionProcess
from salesreg.process import Look


def not_yet_acknowledged(look: Look, employee_id: str, roles: frozenset[str]) -> frozenset[str]:
    """Of some roles of an employee, by id, those whose rules in force they have yet to acknowledge; a `Gate`.

    Before the first version comes into force there is nothing to acknowledge, and nobody is kept from anything.
    """
    if not look.value(ACKNOWLEDGE_FIRST):
        return frozenset()
    in_force = look.cases(RegulationVersionProcess, key=IN_FORCE_KEY)
    return frozenset(role for case in in_force for role in case.data.unacknowledged(employee_id, roles))
