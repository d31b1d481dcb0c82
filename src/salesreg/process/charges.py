"""Who is in charge of a case, and the one step by which their superior puts somebody else in charge."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Literal

from salesreg.errors import DeclarationError, Refusal
from salesreg.process.case import Attempt
from salesreg.process.payload import Person
from salesreg.process.stages import anywhere
from salesreg.process.steps import Outcome, Step, need, step
from salesreg.process.who import SUPERIOR, Charge, Each
from salesreg.rules.parameters import Parameter
from salesreg.rules.regulation import Regulation
from salesreg.rules.roles import Role

TAKE_OVER: Final = "take_over"


def in_charge(charges: Iterable[Charge[Any]], data: Any) -> tuple[str, ...]:
    """The ids of everybody in charge, by charge."""
    return tuple(person for one in charges if (person := one.holder(data)) is not None)


def role_of(charge: Charge[Any], data: Any, regulation: Regulation) -> Role | None:
    """The role that whoever is in charge holds under a regulation; None for any."""
    if isinstance(charge.role, Parameter):
        return regulation.value(charge.role)
    return charge.role if charge.role is None or isinstance(charge.role, Role) else charge.role(data)


def take_over(charges: tuple[Charge[Any], ...]) -> Step[Any, ...]:
    """The step that puts somebody else in charge, of whichever charge its payload names; the case stays where it is.

    Raises:
        DeclarationError: what is listed is no charge, or two are called the same.
    """
    known: dict[str, Charge[Any]] = {}
    given: tuple[Any, ...] = charges
    for one in given:
        if not isinstance(one, Charge) or known.setdefault(one.name, one) is not one:
            raise DeclarationError(f"the charges of a page are several Charge(...), each of its own name, not {one!r}")

    def run(_: Any, data: Any, attempt: Attempt, *, charge: str = charges[0].name, to: str) -> Outcome[Any]:
        mine = known[charge]
        nobody = Refusal("nobody_in_charge", "nobody is in charge yet: there is nothing to take over")
        holder = yield from need(mine.holder(data), nobody)
        if to == holder:
            yield Refusal("same_charge", "{got} is in charge already", got=to)
        if attempt.above and holder not in attempt.above:
            text = "{name} is not the superior of {got}"
            yield Refusal("not_superior", text, got=holder, facts={"name": attempt.principal.full_name})
        role = role_of(mine, data, attempt.regulation)
        person = attempt.people.get(to)
        if role is not None and person is not None and role.id not in person.roles:
            facts = {"name": person.full_name, "field": "to"}
            got = tuple(sorted(person.roles))
            yield Refusal("wrong_assignee", "{name} is no {need:role}", need=role.id, got=got, facts=facts)
        return mine.put(data, to, attempt.at)

    run.__name__ = TAKE_OVER
    run.__annotations__ |= {"charge": Literal[tuple(known)], "to": Person, "attempt": Attempt, "return": Any}
    if len(known) > 1:
        run.__kwdefaults__ = None
    told = Each[Any](lambda data: in_charge(charges, data), "whoever is in charge")
    made: Any = step(anywhere(), "Put somebody else in charge", by=SUPERIOR, notify=told, clause="R95")(run)
    made.id = TAKE_OVER
    return made  # type: ignore[no-any-return]
