"""Who is meant: a role, the owner of a stage, or people whom the case's data name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from enum import Enum
from operator import attrgetter
from typing import Any, Final, Generic, TypeAlias, TypeVar, final

import attrs

from salesreg.errors import DeclarationError
from salesreg.rules.parameters import Parameter
from salesreg.rules.roles import Role

D_contra = TypeVar("D_contra", contravariant=True)


@final
class StageOwner(Enum):
    """The type of `STAGE_OWNER`."""

    STAGE_OWNER = "the owner of the stage"

    @property
    def title(self) -> str:
        """Who it is, in English."""
        return self.value


STAGE_OWNER: Final = StageOwner.STAGE_OWNER
"""Whoever owns the stage that the case stands in."""


@attrs.frozen
class Assigned(Generic[D_contra]):
    """The person that the case's data name, by id, or the role in whose queue the case waits; None is nobody yet.

    ``Assigned[Deal](lambda deal: deal.specialist, "the deal's specialist")``; where a role owns what nobody has taken
    yet, say it in the same breath: ``lambda lead: lead.accepted_by or MANAGER``.
    """

    find: Callable[[D_contra], str | Role | None]
    title: str = "the person assigned"


@final
class Superior(Enum):
    """The type of `SUPERIOR`."""

    SUPERIOR = "the superior of whoever is in charge"

    @property
    def title(self) -> str:
        """Who it is, in English."""
        return self.value


SUPERIOR: Final = Superior.SUPERIOR
"""Whoever stands above somebody in charge of the case today: their manager, else a holder of their role's superior."""


@attrs.frozen(init=False)
class Charge(Assigned[D_contra]):
    """The person whom the data put in charge, and whom their superior may replace.

    ``Charge[Deal]("owner", MANAGER, "the deal's sales manager")`` reads and replaces the attribute ``owner``. A page
    that lists it among its `charges` has the step ``take_over``, and its cases are found by ``in_charge``.

    Args:
        name: the attribute of the data with the person's id; with ``find`` and ``put`` only what the charge is called.
        role: what the successor must hold: a role, a parameter of one, or a function of the data; None for any.
        title: who it is, in English.
        find: the person, or the role in whose queue the case waits; by default the attribute.
        put: the data with another person in charge from an instant on; by default with the attribute replaced.
    """

    name: str = attrs.field(kw_only=True)
    role: Role | Parameter[Role] | Callable[[Any], Role | None] | None = attrs.field(kw_only=True)
    put: Callable[[Any, str, dt.datetime], Any] = attrs.field(kw_only=True)

    def __init__(
        self,
        name: str,
        role: Role | Parameter[Role] | Callable[[Any], Role | None] | None,
        title: str,
        *,
        find: Callable[[D_contra], str | Role | None] | None = None,
        put: Callable[[Any, str, dt.datetime], Any] | None = None,
    ) -> None:
        def replaced(data: Any, person: str, _: dt.datetime) -> Any:
            return attrs.evolve(data, **{name: person})

        self.__attrs_init__(find or attrgetter(name), title, name=name, role=role, put=put or replaced)

    def holder(self, data: D_contra) -> str | None:
        """The id of the person in charge; None while nobody is."""
        found = self.find(data)
        return found if isinstance(found, str) else None


def _nobody(_: Any) -> Iterable[str]:
    return ()


@attrs.frozen
class Each(Generic[D_contra]):
    """Everybody whom the case's data name, by id: each owes an `Sla` of their own, or each is told.

    A step that starts the SLA opens an obligation for each of them. Whoever the data name no more has met it if the
    step is one that stops the SLA; otherwise it is cancelled. The clocks of those who are ``waiting`` stand still.
    Where they are only told, a role may stand among them for all its holders.
    """

    find: Callable[[D_contra], Iterable[str | Role | None]]
    title: str = "each of them"
    waiting: Callable[[D_contra], Iterable[str]] = attrs.field(default=_nobody, kw_only=True)


@attrs.frozen
class Contact(Generic[D_contra]):
    """Somebody outside the company, by the address that the case's data give; only ever told."""

    find: Callable[[D_contra], str | None]
    title: str = "client"


Who: TypeAlias = Role | Parameter[Role] | Assigned[Any] | StageOwner | Superior
Told: TypeAlias = Who | Each[Any] | Contact[Any]

_WORDS: Final[dict[type, str]] = {
    Role: "a Role",
    Parameter: "a Parameter of one",
    StageOwner: "STAGE_OWNER",
    Superior: "SUPERIOR",
    Assigned: "Assigned",
    Each: "Each",
    Contact: "Contact",
}


def meant(where: str, who: object, *kinds: type) -> None:
    """See that a declaration names somebody: a text is nobody, however much it reads like a role.

    Args:
        where: the beginning of the sentence, such as ``"'Approve' is by"``.
        who: what is named there.
        kinds: what may be named; a parameter gives a role.

    Raises:
        DeclarationError: it is something else.
    """
    if not isinstance(who, kinds) or (isinstance(who, Parameter) and who.type is not Role):
        *others, last = (_WORDS[kind] for kind in kinds)
        raise DeclarationError(f"{where} {who!r}: give {', '.join(others)}{' or ' if others else ''}{last}")
