"""Versions of the regulation: their text, who has acknowledged it, and who may be held to it (R82–R88, R97–R99)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Final

import attrs

from salesreg.domain.instants import Instant, keep_utc, to_utc
from salesreg.domain.people import Role
from salesreg.domain.plans import CompensationPlan
from salesreg.domain.references import CaseId, Ref
from salesreg.errors import DomainError, Refusal

__all__ = [
    "IN_FORCE_KEY",
    "Acknowledgement",
    "Chargeability",
    "Comment",
    "Method",
    "NormText",
    "Question",
    "RegulationVersion",
    "is_chargeable",
]

IN_FORCE_KEY: Final = "regulation.in_force"
"""The unique key that the version in force holds."""

STRENGTHS: Final = ("rule", "recommendation", "definition")


@attrs.frozen
class NormText:
    """One norm as people read and acknowledge it.

    Attributes:
        id: dotted, unique, such as ``"sale.open_deal"``.
        text: the norm in English.
        ru: the norm in Russian.
        clause: the requirement behind it.
        strength: ``"rule"``, ``"recommendation"`` or ``"definition"``.
        binds: the roles it binds; empty means everybody.
        term: how long it allows, as text; empty if it sets no time.
        left_open: the parameter that would set the time, where nobody has.
        control: how keeping it is checked.
        metric: the indicator it feeds.
    """

    id: str
    text: str
    ru: str = ""
    clause: str = attrs.field(default="", kw_only=True)
    strength: str = attrs.field(default="rule", kw_only=True)
    binds: tuple[Role, ...] = attrs.field(default=(), kw_only=True)
    term: str = attrs.field(default="", kw_only=True)
    left_open: str = attrs.field(default="", kw_only=True)
    control: str = attrs.field(default="", kw_only=True)
    metric: str = attrs.field(default="", kw_only=True)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "binds", tuple(sorted(set(self.binds))))
        if not self.id.strip():
            raise DomainError(f"a norm needs an id, and {self.text!r} has none")
        if self.strength not in STRENGTHS:
            raise DomainError(f"norm {self.id!r} is a {self.strength!r}: give one of {', '.join(STRENGTHS)}")

    @property
    def is_rule(self) -> bool:
        """Whether a breach can have consequences (R87, R88)."""
        return self.strength == "rule"

    def concerns(self, roles: Iterable[Role]) -> bool:
        """Whether it binds any of some roles."""
        return not self.binds or not set(self.binds).isdisjoint(roles)

    def canonical(self) -> list[str]:
        """Everything it says, as plain text."""
        return [
            self.id, self.text, self.ru, self.clause, self.strength, ",".join(self.binds), self.term, self.left_open,
            self.control, self.metric,
        ]  # fmt: skip


class Method(StrEnum):
    """How an acknowledgement came about (R99)."""

    SIGNED = "signed"
    CARRIED_OVER = "carried_over"


@attrs.frozen
class Acknowledgement:
    """One person and one text: asked to acknowledge it, and having done so or not.

    Attributes:
        employee: the id of the employee.
        version_hash: content hash of the text.
        roles: the roles whose rules they were asked about or have acknowledged.
        requested_at: when they were asked, UTC.
        acknowledged_at: when they acknowledged it, UTC; None while they have not.
        method: signed, or carried over from the version before because no rule of theirs has changed.
    """

    employee: str
    version_hash: str
    roles: tuple[Role, ...]
    requested_at: Instant
    acknowledged_at: Instant | None = None
    method: Method = Method.SIGNED

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "roles", tuple(sorted(set(self.roles))))
        keep_utc(self, "requested_at", "acknowledged_at")


@attrs.frozen
class Comment:
    """What somebody says about a draft (R83)."""

    by: str
    at: Instant
    text: str
    norm: str | None = None

    def __attrs_post_init__(self) -> None:
        keep_utc(self, "at")
        if not self.text.strip():
            raise DomainError("a comment says something")


@attrs.frozen
class Question:
    """What somebody asks before acknowledging a text, and the answer."""

    employee: str
    text: str
    asked_at: Instant
    pauses: bool = True
    answer: str | None = None
    answered_by: str | None = None
    answered_at: Instant | None = None

    def __attrs_post_init__(self) -> None:
        keep_utc(self, "asked_at", "answered_at")
        if not self.text.strip():
            raise DomainError("a question asks something")


@attrs.frozen
class RegulationVersion:
    """One version of the regulation, from its draft to its successor.

    Attributes:
        number: ``"major.minor"``; a minor version changes no rule.
        author: the id of the employee who drafts it.
        writers: the ids of the others who have worked on the text.
        norms: what it says, each norm once.
        changelog: what is new, for people.
        plans: the compensation plans that belong to it (R101).
        enacts: content hash of the `Regulation` that the program runs with it, if one is given.
        previous: the id of the case of the version before; None for the first.
        invited: the ids of those who were invited to the discussion.
        comments: what was said about it in the discussion.
        comments_until: until when it may be commented on, UTC.
        approved_by: the id of the employee who approved it.
        approved_hash: content hash of the text that was approved.
        effective_from: the first instant at which it is in force, UTC.
        effective_to: the first instant at which it no longer is, UTC.
        acknowledgements: who was asked to acknowledge it, and who has.
        questions: what was asked about it, in order.
        review_due: by when it is to be reviewed, UTC (R97).
        withdrawn_because: why it was withdrawn.

    Raises:
        DomainError: the number is none, a norm stands twice, or an approval is of another text.
    """

    number: str
    author: str
    norms: tuple[NormText, ...]
    changelog: str = ""
    plans: tuple[CompensationPlan, ...] = ()
    enacts: str = ""
    previous: Annotated[CaseId, Ref(RegulationVersion, process="regulation_version")] | None = None
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

    def __attrs_post_init__(self) -> None:
        for name in ("norms", "plans", "invited", "comments", "acknowledgements", "questions", "writers"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        keep_utc(self, "comments_until", "effective_from", "effective_to", "review_due")
        parts = self.number.split(".")
        if len(parts) != 2 or not all(part.isascii() and part.isdigit() for part in parts):
            raise DomainError(f'{self.number!r} is no version number: give major and minor, such as "1.0"')
        if self.approved_hash is not None and self.approved_hash != self.content_hash:
            raise DomainError("the approval is of another text than the version's: have it approved anew")

    # -- its text -------------------------------------------------------------------------------------------------

    @property
    def content_hash(self) -> str:
        """SHA-256 of everything that people acknowledge: the norms, whatever their order, and the plans."""
        plans = sorted(str(attrs.astuple(plan, recurse=False)) for plan in self.plans)
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

    def changed_rules(self, other: RegulationVersion | None, roles: Iterable[Role] | None = None) -> tuple[str, ...]:
        """The ids of the rules that another version says otherwise or not at all, in either of the two.

        Args:
            other: the version to compare with; None has no rules.
            roles: only rules that bind any of these roles; None for all.
        """
        wanted = None if roles is None else frozenset(roles)
        mine, theirs = self.rules(wanted), {} if other is None else other.rules(wanted)
        return tuple(sorted(name for name in {*mine, *theirs} if mine.get(name) != theirs.get(name)))

    def rules(self, roles: frozenset[Role] | None = None) -> dict[str, list[str]]:
        """Everything that the rules say, by id; only those that bind any of some roles if any are given."""
        return {
            norm.id: norm.canonical() for norm in self.norms if norm.is_rule and (roles is None or norm.concerns(roles))
        }

    def in_force_at(self, at: Instant) -> bool:
        """Whether it was in force at an instant: from its first moment up to, not including, its end."""
        at = to_utc(at)
        begun = self.effective_from is not None and self.effective_from <= at
        return begun and (self.effective_to is None or at < self.effective_to)

    # -- who has acknowledged it ----------------------------------------------------------------------------------

    def acknowledgement(self, employee: str) -> Acknowledgement | None:
        """What is known of a person and this text; None if they were never asked."""
        return next((one for one in self.acknowledgements if one.employee == employee), None)

    @property
    def readers(self) -> tuple[str, ...]:
        """Everybody who was asked, by id."""
        return tuple(one.employee for one in self.acknowledgements)

    @property
    def awaited(self) -> tuple[str, ...]:
        """Those who have not acknowledged it yet, by id."""
        return tuple(one.employee for one in self.acknowledgements if one.acknowledged_at is None)

    @property
    def asking(self) -> tuple[str, ...]:
        """Those whose question is unanswered and stops their clock, by id."""
        return tuple(dict.fromkeys(one.employee for one in self.questions if one.answer is None and one.pauses))

    @property
    def answered(self) -> tuple[str, ...]:
        """Those whose questions have been answered, by id."""
        return tuple(dict.fromkeys(one.employee for one in self.questions if one.answer is not None))

    def with_acknowledgement(self, fresh: Acknowledgement) -> RegulationVersion:
        """The version with what is now known of one person."""
        others = tuple(one for one in self.acknowledgements if one.employee != fresh.employee)
        return attrs.evolve(self, acknowledgements=(*others, fresh))

    def unacknowledged(self, employee: str, roles: Iterable[Role]) -> frozenset[Role]:
        """Those of some roles whose rules the person has yet to acknowledge (R98)."""
        known = self.acknowledgement(employee)
        done = frozenset[Role]() if known is None or known.acknowledged_at is None else frozenset(known.roles)
        ruled = {role for role in roles for norm in self.norms if norm.is_rule and norm.concerns([role])}
        return frozenset(ruled - done)


@attrs.frozen
class Chargeability:
    """Whether a breach can be laid to somebody's charge, and everything that speaks against it."""

    chargeable: bool
    reasons: tuple[Refusal, ...] = ()


def is_chargeable(
    version: RegulationVersion, norm: str, employee: str, at: Instant, roles: Iterable[Role] | None = None
) -> Chargeability:
    """Whether a person answers for the breach of a norm at an instant (R84, R88).

    They do if the norm is a rule that binds them, the version was in force, and they had acknowledged it before.

    Args:
        version: the version that is said to have been broken.
        norm: the id of the norm.
        employee: the id of the employee.
        at: when it happened, aware.
        roles: the roles they held then; None takes those that they acknowledged the version in.
    """
    at = to_utc(at)
    found = next((one for one in version.norms if one.id == norm), None)
    known = version.acknowledgement(employee)
    held = frozenset(roles) if roles is not None else frozenset(() if known is None else known.roles)
    reasons = []
    if found is None:
        text = "the version has no such norm"
        reasons.append(_reason("no_such_norm", text, "в редакции нет такой нормы", "R84", norm))
    elif not found.is_rule:
        text, ru = f"a {found.strength} is never sanctioned", "за рекомендации и определения не взыскивают"
        reasons.append(_reason("not_a_rule", text, ru, "R88", found.strength))
    elif known is not None and not found.concerns(held):
        text = "the rule does not bind them"
        reasons.append(_reason("not_bound", text, "правило не для этой роли", "R79", tuple(sorted(map(str, held)))))
    if not version.in_force_at(at):
        text = "the version was not in force at that moment"
        span = (str(version.effective_from), str(version.effective_to))
        reasons.append(_reason("not_in_force", text, "редакция в этот момент не действовала", "R84", span))
    if known is None or known.acknowledged_at is None or known.acknowledged_at >= at:
        text = "they had not acknowledged the version before"
        when = None if known is None else known.acknowledged_at
        reasons.append(_reason("not_acknowledged", text, "сотрудник до этого не был ознакомлен", "R84", str(when)))
    return Chargeability(not reasons, tuple(reasons))


def _reason(code: str, message: str, ru: str, clause: str, got: object) -> Refusal:
    return Refusal(code, message, ru=ru, clause=clause, need="a rule in force, acknowledged before", got=got)
