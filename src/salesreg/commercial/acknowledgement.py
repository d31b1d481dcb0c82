"""Who knows which rules: nobody acts in a role before (R98), nor answers for what they did not know (R84)."""

from __future__ import annotations

from collections.abc import Iterator

from salesreg.commercial.domain.versions import IN_FORCE_KEY, is_chargeable
from salesreg.commercial.parameters import ACKNOWLEDGE_FIRST
from salesreg.commercial.processes.bonus import BonusProcess
from salesreg.commercial.processes.regulation_version import RegulationVersionProcess
from salesreg.errors import Refusal
from salesreg.process import Look, Obligation


def not_yet_acknowledged(look: Look, employee_id: str, roles: frozenset[str]) -> frozenset[str]:
    """Of some roles of an employee, by id, those whose rules in force they have yet to acknowledge; a `Gate`.

    Before the first version comes into force there is nothing to acknowledge, and nobody is kept from anything.
    """
    if not look.value(ACKNOWLEDGE_FIRST):
        return frozenset()
    in_force = look.cases(RegulationVersionProcess, key=IN_FORCE_KEY)
    return frozenset(role for case in in_force for role in case.data.unacknowledged(employee_id, roles))


def not_to_their_charge(look: Look, late: Obligation) -> Iterator[Refusal]:
    """Whatever speaks against laying a breach to the charge of whoever owed it; an `Excuses`.

    They answer for it by the version that was in force when it fell due: if the norm is a rule that binds them, and
    they had acknowledged it before (R84, R88). Where no version was, nobody does. What they dispute waits for its
    answer, and what an answer has waived is not held against them (R89).
    """
    yield from _disputed(look, late)
    at = late.due or late.closed_at
    versions = [case.data for case in look.cases(RegulationVersionProcess)]
    then = next((one for one in versions if at is not None and one.in_force_at(at)), None)
    if then is None or at is None or late.person is None:
        yield Refusal("no_version_then", "no version of the regulation was in force then", clause="R84")
    else:
        yield from is_chargeable(then, late.norm, late.person, at).reasons


def _disputed(look: Look, late: Obligation) -> Iterator[Refusal]:
    """Whether a dispute over a statement of theirs is about it."""
    if late.person is None:
        return
    for case in look.cases(BonusProcess, where={"employee": late.person}):
        for one in case.data.disputes if case.data.employee == late.person else ():
            if late.id in one.waived:
                yield Refusal("waived", "it was waived when statement {got} was disputed", got=case.id, clause="R89")
            elif late.id in one.duties and not one.answer and case.data.reversal is None:
                yield Refusal("disputed", "it is disputed in statement {got}", got=case.id, clause="R89")
