"""People as the directory knows them today: who acts, whom a payload names, who is told, who stands above whom."""

from __future__ import annotations

import datetime as dt
import logging
import zoneinfo
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from functools import cache, partial
from typing import Any, Final

import attrs
import msgspec

from salesreg.engine.gate import Gatekeeper
from salesreg.engine.remembered import Remembered
from salesreg.errors import UnknownEmployee
from salesreg.ports import Directory, Holder
from salesreg.process.case import Obligation
from salesreg.process.charges import role_of
from salesreg.process.page import Process
from salesreg.process.rulebook import Rulebook
from salesreg.process.steps import AnyStep
from salesreg.rules.norms import Norm
from salesreg.rules.people import Absence, Actor, Employee
from salesreg.rules.regulation import Regulation
from salesreg.rules.roles import SYSTEM

_log: Final = logging.getLogger("salesreg")


class Recipient(msgspec.Struct, frozen=True):
    """Somebody who is told: an employee or a stranger by address; a role that nobody holds has no address."""

    to: str
    address: str | None
    role: str | None = None
    person: Employee | None = None


class _Rank(msgspec.Struct, frozen=True):
    """One level of the ladder: a person, or a role."""

    person: str | None
    role: str | None


class People:
    """Resolves people through the directory; nobody acts on the roles that a caller claims for them.

    Args:
        directory: who works here.
        rulebook: which role stands above which.
        timezone: in which days begin and end.
        gate: says in which roles somebody may not act yet.
    """

    def __init__(self, directory: Directory, rulebook: Rulebook, timezone: str, gate: Gatekeeper) -> None:
        self._directory = Remembered(directory)
        self._rulebook = rulebook
        self._ranked = cache(partial(_in_order, tuple(role.id for role in rulebook.roles)))
        self._zone = zoneinfo.ZoneInfo(timezone)
        self.gate: Gatekeeper = gate

    def remembered(self) -> AbstractContextManager[None]:
        """While it is held, this thread asks the directory each thing once."""
        return self._directory.for_a_command()

    def look_up(self, who: Employee | str | Actor, now: dt.datetime) -> None:
        """Ask the directory of somebody before anything is loaded, for it may be slow."""
        known = who if isinstance(who, str) else getattr(who, "id", None)
        if isinstance(known, str) and known != SYSTEM.id:
            with suppress(UnknownEmployee):  # it is said when it is needed
                self._directory.employee(known)
                self._directory.delegations(known, self.day(now))
                self._directory.absences(self.day(now))

    def day(self, instant: dt.datetime) -> dt.date:
        """The company's day of an instant."""
        return instant.astimezone(self._zone).date()

    def employee(self, who: Employee | str) -> Employee:
        """The employee as the directory knows them.

        Raises:
            UnknownEmployee: there is none of that id, or it is the engine's own.
        """
        employee_id = who if isinstance(who, str) else getattr(who, "id", who)
        if employee_id == SYSTEM.id:
            raise UnknownEmployee(f"nobody acts as {SYSTEM.id!r} but the engine: say who it is, by their own id")
        if not isinstance(employee_id, str):
            raise UnknownEmployee(f"an employee is known by an id, a text, not by {employee_id!r}")
        return self._directory.employee(employee_id)

    def actor(
        self, who: Employee | str | Actor, now: dt.datetime, holders: Mapping[str, Holder] | None = None
    ) -> Actor:
        """The employee with everybody they may act for today, each with the roles delegated.

        Args:
            who: whoever acts.
            now: when.
            holders: who holds the keys of the gate, if that has been looked up.
        """
        if isinstance(who, Actor):
            return who
        employee, day = self.employee(who), self.day(now)
        absent = self._stood_in_for(employee, day)
        behind = {one.id: frozenset(other.id for other in self._stood_in_for(one, day)) for one in absent}
        roles = employee.roles.union(*(person.roles for person in absent))
        return Actor(employee, absent, self.gate.unacknowledged(employee.id, roles, holders), behind=behind)

    def _stood_in_for(self, deputy: Employee, day: dt.date) -> tuple[Employee, ...]:
        """Those for whom somebody may act on a day, each with the roles delegated; both of them work here."""
        if not deputy.works_on(day):
            return ()
        given = [(one.absent, one.roles) for one in self._directory.delegations(deputy.id, day) if one.covers(day)]
        given += [(one.employee, None) for one in self._directory.absences(day) if one.deputy == deputy.id]
        known = self.named(who for who, _ in given)
        found: dict[str, Employee] = {}
        for who, delegated in given:
            person = known.get(who)
            if person is None:
                _log.warning("%s stands in for %r, whom the directory does not know: skipped", deputy.id, who)
            elif person.works_on(day):
                roles = person.roles if delegated is None else person.roles & delegated
                roles |= found[who].roles if who in found else frozenset()
                if roles:
                    found[who] = attrs.evolve(person, roles=roles)
        return tuple(found.values())

    # -- who is away ----------------------------------------------------------------------------------------------

    def away(self, day: dt.date) -> dict[str, Absence]:
        """Who is away on a day, by id; of several absences the one that lasts longest."""
        found: dict[str, Absence] = {}
        for one in self._directory.absences(day):
            if one.covers(day) and (one.employee not in found or found[one.employee].last_day < one.last_day):
                found[one.employee] = one
        return found

    def on_duty(self, role: str, day: dt.date, *, even_away: bool) -> tuple[Employee, ...]:
        """Who has the duties of a role on a day: its holders, and in the place of one who is away their deputy."""
        holders = self._directory.holders(role, day)
        away = {} if even_away else self.away(day)
        found = [self._deputy(one.id, away, day) if one.id in away else one for one in holders]
        return tuple({one.id: one for one in found if one is not None}.values())

    def _deputy(self, employee_id: str, away: Mapping[str, Absence], day: dt.date) -> Employee | None:
        """Who stands in for somebody who is away, if anybody does who works here and is not away too."""
        deputy = away[employee_id].deputy if employee_id in away else None
        person = None if deputy is None or deputy in away else self.named([deputy]).get(deputy)
        return person if person is not None and person.works_on(day) else None

    def named(self, ids: Iterable[str]) -> dict[str, Employee]:
        """Those of some employees whom the directory knows, by id."""
        found = {}
        for one in dict.fromkeys(ids):
            if one != SYSTEM.id:
                try:
                    found[one] = self._directory.employee(one)
                except UnknownEmployee:
                    continue
        return found

    def looked_at(
        self, page: type[Process[Any]], step: AnyStep, payload: Mapping[str, Any], at: dt.datetime
    ) -> dict[str, Employee]:
        """The employees that a step may look at: those whom its payload names, and everybody where it says so."""
        spec = page.table.specs[step.id].payload
        found = self._with_absences(self.named(spec.named_people(payload)), self.day(at)) if spec.people else {}
        return {**self.everybody(at), **found} if step.staff else found

    def _with_absences(self, people: dict[str, Employee], day: dt.date) -> dict[str, Employee]:
        away = self.away(day) if people else {}
        return {
            name: attrs.evolve(one, away_until=away[name].last_day) if name in away else one
            for name, one in people.items()
        }

    def seen_from(self, page: type[Process[Any]], stage: str, at: dt.datetime) -> Iterable[Employee]:
        """Everybody, where a step possible in a stage looks at them."""
        return self.everybody(at).values() if any(one.staff for one in page.table.leaving(stage)) else ()

    def everybody(self, at: dt.datetime) -> dict[str, Employee]:
        """Everybody who holds a role of the rulebook on the day of an instant, by id."""
        roles, day = self._rulebook.roles, self.day(at)
        return {one.id: one for role in roles for one in self._directory.holders(role.id, day)}

    def at_work(self, at: dt.datetime) -> tuple[str, ...]:
        """Everybody who holds a role of the rulebook or stands in for one who does, and is not away that day."""
        day = self.day(at)
        found = (one.id for role in self._rulebook.roles for one in self.on_duty(role.id, day, even_away=False))
        return tuple(dict.fromkeys(found))

    def above(
        self,
        actor: Actor,
        page: type[Process[Any]],
        data: Any,
        regulation: Regulation,
        now: dt.datetime,
        *,
        only: object = None,
    ) -> Actor:
        """The actor with those in charge of a case above whom they stand; of one charge, where its name is given."""
        found: dict[str, tuple[str, str]] = {}
        for charge in page.charges:
            holder = charge.holder(data)
            if holder is None or (only is not None and charge.name != only):
                continue
            role = role_of(charge, data, regulation)
            superiors = self.superiors(holder, None if role is None else role.id, self.day(now))
            for person in (actor.employee, *actor.absent):
                if person.id in superiors and holder not in found:
                    held = superiors[person.id]
                    found[holder] = person.id, held if held in person.roles else min(person.roles)
        return attrs.evolve(actor, above=found) if found else actor

    def superiors(self, person_id: str, role: str | None, day: dt.date) -> dict[str, str]:
        """Who stands above somebody on a day, past those who have left, each with the role in which they do.

        The manager, else the holders of the superior of the role, or of another of the person's roles. Above the top
        stands whoever holds it.
        """
        seen: set[str] = set()
        person = self.named([person_id]).get(person_id)
        while person is not None and person.manager is not None and person.manager not in {person.id, *seen}:
            seen.add(person.manager)
            above = self.named([person.manager]).get(person.manager)
            if above is not None and above.works_on(day):
                return {above.id: self._rank(above)}
            person = above or person
        held = () if person is None else self._ranked(person.roles)
        roles = list(dict.fromkeys((*(() if role is None else (role,)), *held)))
        for one in (above for held_role in roles for above in self._rulebook.superiors(held_role)):
            if found := [who for who in self._directory.holders(one, day) if who.id != person_id]:
                return {who.id: one for who in found}
        top = [one for one in roles if not self._rulebook.superiors(one)] or roles
        return {who.id: one for one in top for who in self._directory.holders(one, day)}

    def _rank(self, person: Employee) -> str:
        """The highest of a person's roles: one that stands above others of theirs, else the first."""
        held = self._ranked(person.roles)
        return min(held, key=lambda role: len(self._rulebook.superiors(role)), default=min(person.roles))

    def owners(self, who: Employee | str, now: dt.datetime) -> tuple[str, ...]:
        """Everything that counts as owed by a person today: by themselves, their roles, and those they stand in for."""
        actor = self.actor(who, now)
        found = [actor.employee.id, *sorted(actor.employee.roles)]
        for person in actor.absent:
            found += [person.id, *sorted(person.roles)]
        return tuple(dict.fromkeys(found))

    # -- who is told ----------------------------------------------------------------------------------------------

    def told(self, kind: str, to: str, at: dt.datetime) -> list[Recipient]:
        """Everybody whom a notice is for; a role that nobody holds stays, to become a dead letter with that reason."""
        if kind == "address":
            return [Recipient(to, to)]
        day = self.day(at)
        away = self.away(day)
        holders = [to] if kind == "person" else [one.id for one in self._directory.holders(to, day)]
        found = {one.to: one for holder in holders for one in self._reached(holder, away, day)}
        return list(found.values()) or [Recipient(to, None, to)]

    def _reached(self, person_id: str, away: Mapping[str, Absence], day: dt.date) -> Iterator[Recipient]:
        """Who reads what is meant for a person: they and their deputy; once they have left, their superior."""
        person = self.named([person_id]).get(person_id)
        if person is not None and person.left_on is not None and person.left_on <= day:
            above = [one for one in self.superiors(person_id, None, day) if one != person_id]
            if above:
                for one in above:
                    yield from self._reached(one, away, day)
                return
        yield Recipient(person_id, None) if person is None else _by_address(person)
        deputy = self._deputy(person_id, away, day)
        if deputy is not None:
            yield _by_address(deputy)

    def on_rung(self, obligation: Obligation, norm: Norm | None, above: int, at: dt.datetime) -> list[Recipient]:
        """Whoever owes an obligation, or stands so many ranks above; nobody where nobody does."""
        binds = () if norm is None else self._ranked(norm.binds)
        rank = _Rank(obligation.person, obligation.role)
        if rank.person is None and rank.role is None:
            rank = _Rank(None, binds[0] if binds else None)
        for _ in range(above):
            rank = self._above(rank, binds, self.day(at))
        if rank.person is not None:
            return self.told("person", rank.person, at)
        return [] if rank.role is None else self.told("role", rank.role, at)

    def _above(self, rank: _Rank, binds: tuple[str, ...], day: dt.date) -> _Rank:
        """The manager, else the superior of the role that is bound, else of any role of the person that has one.

        Nobody is their own superior, and where nobody holds the superior role, whoever stands above it is meant.
        """
        held: tuple[str, ...] = ()
        if rank.person is not None:
            person = self.named([rank.person]).get(rank.person)
            if person is None:
                return self._above(_Rank(None, binds[0]), binds, day) if binds else _Rank(None, None)
            if person.manager is not None and person.manager != person.id:
                return _Rank(person.manager, None)
            held = self._ranked(person.roles)
            candidates: Iterable[str] = sorted(held, key=lambda role: role not in binds)
        else:
            candidates = () if rank.role is None else (rank.role,)
        above = [one for role in candidates for one in self._rulebook.superiors(role) if one not in held]
        return _Rank(
            None, next((one for one in above if self._directory.holders(one, day)), above[0] if above else None)
        )


def _in_order(roles: tuple[str, ...], held: Collection[str]) -> tuple[str, ...]:
    """Those of some roles that are held, by id, in the order of the rulebook."""
    return tuple(role for role in roles if role in held)


def _by_address(person: Employee) -> Recipient:
    return Recipient(person.id, person.told_at, person=person)
