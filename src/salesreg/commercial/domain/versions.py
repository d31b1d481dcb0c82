"""Versions of the regulation: their text, who has acknowledged it, and who may be held to it (R82–R88, R97–R99)."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import Annotated, Final, TypeAlias

import attrs

from salesreg.commercial.domain.plans import CompensationPlan
from salesreg.commercial.domain.records import Record, said
from salesreg.errors import DomainError, Refusal
from salesreg.process.references import CaseId, Ref
from salesreg.rules.instants import Instant, to_utc
from salesreg.rules.norms import NormText

IN_FORCE_KEY: Final = "regulation.in_force"
"""The unique key that the version in force holds."""
_NUMBER: Final = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")


class Method(StrEnum):
    """How an acknowledgement came about (R99)."""

    SIGNED = "signed"
    CARRIED_OVER = "carried_over"


@attrs.frozen
class Acknowledgement(Record):
    """One person and one text: asked to acknowledge it in some roles, and having done so or not.

    Whoever is given another role later is asked anew, for that role.

    Attributes:
        roles: the ids of the roles whose rules they were asked about or have acknowledged.
        method: signed, or carried over from the version before because no rule of theirs has changed, nor their pay.
    """

    employee: str
    version_hash: str
    roles: tuple[str, ...]
    requested_at: Instant
    acknowledged_at: Instant | None = None
    method: Method = Method.SIGNED

    def _check(self) -> None:
        self._set("roles", tuple(sorted(set(self.roles))))


@attrs.frozen
class Comment(Record):
    """What somebody says about a draft (R83)."""

    by: str
    at: Instant
    text: str
    norm: str | None = None

    def _check(self) -> None:
        said(self.text, "comment_blank", "a comment says something")


@attrs.frozen
class Question(Record):
    """What somebody asks before acknowledging a text, and the answer."""

    employee: str
    text: str
    asked_at: Instant
    pauses: bool = True
    answer: str | None = None
    answered_by: str | None = None
    answered_at: Instant | None = None

    def _check(self) -> None:
        said(self.text, "question_blank", "a question asks something")


@attrs.frozen
class RegulationVersion(Record):
    """One version of the regulation, from its draft to its successor.

    Attributes:
        number: ``"major.minor"``; a minor version changes no rule.
        writers: the ids of the others who have worked on the text.
        enacts: content hash of the `Regulation` that the program runs with it, if one is given.
        previous: the id of the case of the version before; None for the first.
        effective_from: the first instant at which it is in force, UTC.
        effective_to: the first instant at which it no longer is, UTC.
        looked_at: when it was last looked, UTC.
        look_at: when it is next looked whether anybody has joined, or has been given a role, that its rules bind, UTC.
    """

    number: str
    author: str
    norms: tuple[NormText, ...]
    changelog: str = ""
    plans: tuple[CompensationPlan, ...] = ()
    enacts: str = ""
    previous: VersionId | None = None
    invited: tuple[str, ...] = ()
    comments: tuple[Comment, ...] = ()
    comments_until: Instant | None = None
    approved_by: str | None = None
    approved_hash: str | None = None
    effective_from: Instant | None = None
    effective_to: Instant | None = None
    acknowledgements: tuple[Acknowledgement, ...] = ()
    questions: tuple[Question, ...] = ()
    review_due: Instant | None = None
    withdrawn_because: str | None = None
    writers: tuple[str, ...] = ()
    looked_at: Instant | None = None
    look_at: Instant | None = None

    def _check(self) -> None:
        if not _NUMBER.fullmatch(self.number):  # "01.0" and "1.00" would be other numbers of one version
            raise DomainError("version_number", '{got} is no version number such as "1.0"', got=repr(self.number))
        if self.approved_hash is not None and self.approved_hash != self.content_hash:
            facts = {"need": self.content_hash, "got": self.approved_hash}
            raise DomainError("version_of_other_text", "another text was approved: have this one approved", **facts)

    # -- its text -------------------------------------------------------------------------------------------------

    @property
    def content_hash(self) -> str:
        """SHA-256 of everything that people acknowledge: the norms, whatever their order, and the plans."""
        plans = sorted(str(plan.says) for plan in self.plans)
        body = [self.number, sorted(norm.canonical() for norm in self.norms), plans, self.enacts]
        return hashlib.sha256(json.dumps(body, ensure_ascii=False).encode()).hexdigest()

    def written_by(self, employee: str) -> RegulationVersion:
        """The version after somebody has worked on its text."""
        if employee in {self.author, *self.writers}:
            return self
        return attrs.evolve(self, writers=(*self.writers, employee))

    @property
    def order(self) -> tuple[int, int]:
        """The number as a pair that sorts."""
        major, minor = self.number.split(".")
        return int(major), int(minor)

    def changed_rules(self, other: RegulationVersion | None, roles: Iterable[str] | None = None) -> tuple[str, ...]:
        """The ids of the rules that another version says otherwise or not at all, in either of the two.

        Args:
            other: the version to compare with; None has no rules.
            roles: only rules that bind any of these roles, by id; None for all.
        """
        wanted = None if roles is None else frozenset(roles)
        mine, theirs = self.rules(wanted), {} if other is None else other.rules(wanted)
        return tuple(sorted(name for name in {*mine, *theirs} if mine.get(name) != theirs.get(name)))

    def following(self, previous: RegulationVersion) -> RegulationVersion:
        """The version itself, if its number follows that of another: it goes up, and its major part with the rules.

        Raises:
            DomainError: the number is not higher, or a minor version changes a rule.
        """
        if self.order <= previous.order:
            raise DomainError(
                "number_not_higher", "version {got} does not come after {need}", need=previous.number, got=self.number
            )
        if self.order[0] == previous.order[0] and (changed := self.changed_rules(previous)):
            raise DomainError(
                "rule_in_minor_version",
                "a minor version changes no rule, and this one changes {got}: number it {need}",
                need=f"{previous.order[0] + 1}.0",
                got=changed,
            )
        return self

    def rules(self, roles: frozenset[str] | None = None) -> dict[str, list[str]]:
        """Everything that the rules say, by id; only those that bind any of some roles if any are given."""
        return {
            norm.id: norm.canonical() for norm in self.norms if norm.is_rule and (roles is None or norm.concerns(roles))
        }

    def in_force_at(self, at: Instant) -> bool:
        """Whether it was in force at an instant: from its first moment up to, not including, its end."""
        at = to_utc(at)
        begun = self.effective_from is not None and self.effective_from <= at
        return begun and (self.effective_to is None or at < self.effective_to)

    def plan_for(self, position: str) -> CompensationPlan | None:
        """The compensation plan of a position, if the version has one."""
        return next((plan for plan in self.plans if plan.position == position), None)

    # -- who has acknowledged it ----------------------------------------------------------------------------------

    def acknowledged_by(self, employee: str) -> tuple[Acknowledgement, ...]:
        """What is known of a person and this text, in the order of asking; nothing if they were never asked."""
        return tuple(one for one in self.acknowledgements if one.employee == employee)

    def acknowledged_at(self, employee: str, bound: Callable[[Acknowledgement], bool] | None = None) -> Instant | None:
        """When somebody first acknowledged it, UTC, perhaps in roles that a test picks; None while they have not."""
        known = (one for one in self.acknowledged_by(employee) if bound is None or bound(one))
        return min((one.acknowledged_at for one in known if one.acknowledged_at is not None), default=None)

    def concerns(self, roles: frozenset[str]) -> bool:
        """Whether any norm of it binds any of some roles, by id."""
        return any(norm.concerns(roles) for norm in self.norms)

    @property
    def readers(self) -> tuple[str, ...]:
        """Everybody who was asked, by id."""
        return tuple(dict.fromkeys(one.employee for one in self.acknowledgements))

    @property
    def just_asked(self) -> tuple[str, ...]:
        """Those who were asked when it was last looked who has joined, by id."""
        return tuple(one.employee for one in self.acknowledgements if one.requested_at == self.looked_at)

    @property
    def awaited(self) -> tuple[str, ...]:
        """Those who have not acknowledged it yet, by id."""
        return tuple(dict.fromkeys(one.employee for one in self.acknowledgements if one.acknowledged_at is None))

    @property
    def asking(self) -> tuple[str, ...]:
        """Those whose question is unanswered and stops their clock, by id."""
        return tuple(dict.fromkeys(one.employee for one in self.questions if one.answer is None and one.pauses))

    @property
    def answered(self) -> tuple[str, ...]:
        """Those whose questions have been answered, by id."""
        return tuple(dict.fromkeys(one.employee for one in self.questions if one.answer is not None))

    def asked(
        self,
        employee: str,
        roles: Iterable[str],
        at: Instant,
        previous: RegulationVersion | None,
        position: str = "",
    ) -> RegulationVersion:
        """The version with somebody asked in those roles that its rules bind and in which they were not asked before.

        What has not changed for them since they acknowledged the version before, their pay included, is carried over.
        """
        known = self.acknowledged_by(employee)
        asked = frozenset(role for one in known for role in one.roles)
        held = frozenset(self.ruled(roles) - asked)
        if not held:
            return self
        fresh = Acknowledgement(employee, self.content_hash, tuple(held), at)
        if (
            previous is not None
            and not previous.unacknowledged(employee, held)
            and not self.changed_rules(previous, held)
            and _said(self.plan_for(position)) == _said(previous.plan_for(position))
        ):
            signed = [one.acknowledged_at for one in previous.acknowledged_by(employee) if held.intersection(one.roles)]
            last = max(when for when in signed if when is not None)
            fresh = attrs.evolve(fresh, acknowledged_at=last, method=Method.CARRIED_OVER)
        return attrs.evolve(self, acknowledgements=(*self.acknowledgements, fresh))

    def signed(self, employee: str, roles: Iterable[str], at: Instant) -> RegulationVersion:
        """The version acknowledged by somebody in some roles, beside those in which they had done so before."""
        known = self.acknowledged_by(employee)
        asked_at = min((one.requested_at for one in known if one.acknowledged_at is None), default=at)
        done = {role for one in known if one.acknowledged_at is not None for role in one.roles}
        fresh = Acknowledgement(employee, self.content_hash, tuple(set(roles) - done), asked_at, at)
        others = (one for one in self.acknowledgements if one.employee != employee or one.acknowledged_at is not None)
        return attrs.evolve(self, acknowledgements=(*others, fresh))

    def answering(self, employee: str, answer: str, by: str, at: Instant) -> RegulationVersion:
        """The version with every open question of a person answered."""
        return attrs.evolve(
            self,
            questions=tuple(
                attrs.evolve(one, answer=answer, answered_by=by, answered_at=at)
                if one.employee == employee and one.answer is None
                else one
                for one in self.questions
            ),
        )

    def unacknowledged(self, employee: str, roles: Iterable[str]) -> frozenset[str]:
        """Those of some roles, by id, whose rules the person has yet to acknowledge (R98)."""
        known = self.acknowledged_by(employee)
        return self.ruled(roles) - {role for one in known if one.acknowledged_at is not None for role in one.roles}

    def ruled(self, roles: Iterable[str]) -> frozenset[str]:
        """Those of some roles, by id, that a rule of it binds."""
        return frozenset(role for role in roles if self.rules(frozenset([role])))


VersionId: TypeAlias = Annotated[CaseId, Ref(RegulationVersion, process="regulation_version")]
"""The id of a version's case."""


@attrs.frozen
class Chargeability(Record):
    """Whether a breach can be laid to somebody's charge, and everything that speaks against it."""

    chargeable: bool
    reasons: tuple[Refusal, ...] = ()


def is_chargeable(
    version: RegulationVersion, norm: str, employee: str, at: Instant, roles: Iterable[str] | None = None
) -> Chargeability:
    """Whether a person answers for the breach of a norm at an instant (R84, R88).

    They do if the norm is a rule that binds them, the version was in force, and they had acknowledged it before; the
    roles that they held then are those in which they acknowledged it, unless given.
    """
    reasons = tuple(_excuses(version, norm, employee, to_utc(at), roles))
    return Chargeability(not reasons, reasons)


def _excuses(
    version: RegulationVersion, norm: str, employee: str, at: dt.datetime, roles: Iterable[str] | None
) -> Iterator[Refusal]:
    rule = next((one for one in version.norms if one.id == norm), None)
    known = version.acknowledged_by(employee)
    held = tuple(sorted(roles if roles is not None else {role for one in known for role in one.roles}))
    if rule is None:
        known_norms = tuple(one.id for one in version.norms)
        yield Refusal("no_such_norm", "the version has no norm {got}", need=known_norms, got=norm, clause="R84")
    elif not rule.is_rule:
        yield Refusal("not_a_rule", "a {got} is never sanctioned", need="rule", got=rule.strength, clause="R88")
    elif known and not rule.concerns(held):
        yield Refusal(
            "not_bound", "the rule binds {need:role}, not {got:role}", need=rule.binds, got=held, clause="R79"
        )
    if not version.in_force_at(at):
        then = (_iso(version.effective_from), _iso(version.effective_to))
        yield Refusal("not_in_force.then", "the version was not in force then", need=_iso(at), got=then, clause="R84")
    of_rule = rule if rule is not None and rule.concerns(held) else None
    signed = version.acknowledged_at(employee, lambda one: of_rule is None or of_rule.concerns(one.roles))
    if signed is None or signed >= at:
        need, got = _iso(at), _iso(signed)
        yield Refusal("not_acknowledged.then", "they had not acknowledged it before", need=need, got=got, clause="R84")


def _iso(moment: dt.datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _said(plan: CompensationPlan | None) -> tuple[object, ...] | None:
    return None if plan is None else plan.says
