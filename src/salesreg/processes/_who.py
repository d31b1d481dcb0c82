"""Who is meant: a role, the owner of a stage, or people whom the case's data name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any, Final, final

import attrs

from salesreg.domain.people import Role
from salesreg.regulation import Parameter

__all__ = ["STAGE_OWNER", "Assigned", "Contact", "Each", "StageOwner", "Told", "Who", "assigned", "contact", "each"]


@final
class StageOwner(Enum):
    """The type of `STAGE_OWNER`."""

    STAGE_OWNER = "the owner of the stage"


STAGE_OWNER: Final = StageOwner.STAGE_OWNER
"""Whoever owns the stage that the case stands in."""


@attrs.frozen
class Assigned:
    """The person that the case's data names, by id, or the role in whose queue the case waits; None is nobody yet."""

    find: Callable[[Any], str | None]
    title: str = "the person assigned"
    ru: str = "назначенный сотрудник"

    def text(self, lang: str = "en") -> str:
        """Who it is, for people."""
        return self.ru if lang == "ru" else self.title


def assigned(
    find: Callable[[Any], str | None], title: str = "the person assigned", ru: str = "назначенный сотрудник"
) -> Assigned:
    """The person that the case's data names, such as ``assigned(lambda deal: deal.specialist)``.

    Where a role owns what nobody has taken yet, say it in the same breath:
    ``assigned(lambda lead: lead.accepted_by or Role.SALES_MANAGER)``.
    """
    return Assigned(find, title, ru)


def _nobody(_: Any) -> Iterable[str]:
    return ()


@attrs.frozen
class Each:
    """Everybody whom the case's data name, each with a clock of their own; those who wait stand still meanwhile."""

    find: Callable[[Any], Iterable[str]]
    waiting: Callable[[Any], Iterable[str]] = _nobody
    title: str = "each of them"
    ru: str = "каждый из них"

    def text(self, lang: str = "en") -> str:
        """Who they are, for people."""
        return self.ru if lang == "ru" else self.title


def each(
    find: Callable[[Any], Iterable[str]],
    title: str = "each of them",
    ru: str = "каждый из них",
    *,
    waiting: Callable[[Any], Iterable[str]] = _nobody,
) -> Each:
    """Everybody whom the case's data name, by id, as the owners of an `Sla`, or whom a step tells.

    A step that starts the SLA opens an obligation for each of them. Whoever the data name no more has met it if the
    step is one that stops the SLA; otherwise it is cancelled.
    """
    return Each(find, waiting, title, ru)


@attrs.frozen
class Contact:
    """Somebody outside the company, by the address that the case's data gives; only ever told."""

    find: Callable[[Any], str | None]
    title: str = "client"
    ru: str = "клиент"

    def text(self, lang: str = "en") -> str:
        """Who it is, for people."""
        return self.ru if lang == "ru" else self.title


def contact(find: Callable[[Any], str | None]) -> Contact:
    """The client, at the address that the case's data gives."""
    return Contact(find)


Who = Role | Parameter[Role] | Assigned | StageOwner
Told = Who | Each | Contact
