"""Norms: one sentence of the regulation each, and how it reads once it is published (R85, R87, R88, R91)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

import attrs

from salesreg.calendars import Term
from salesreg.errors import DeclarationError, DomainError
from salesreg.rules.parameters import UNSET, Parameter, Unset
from salesreg.rules.roles import Role, role_ids


class Strength(StrEnum):
    """How much a norm binds: only the breach of a rule can have consequences (R87, R88)."""

    RULE = "rule"
    RECOMMENDATION = "recommendation"
    DEFINITION = "definition"


@attrs.frozen
class Norm:
    """One sentence of the regulation and everything that follows from it.

    Attributes:
        id: dotted, unique, such as ``"sale.open_deal"``.
        text: the rule in English, in our own words.
        clause: the requirement or law article behind it.
        binds: the ids of the roles it binds (roles may be given); empty means everybody.
        strength: rule, recommendation or definition.
        term: how long, as a `Term` or the parameter that gives it.
        pausable: whether its clock may stand still while the case is on hold.
        control: how keeping it is checked (R85).
        metric: the indicator it feeds (R85).
        translations: the rule in other languages, by language code.
    """

    id: str
    text: str
    clause: str
    binds: frozenset[str] = attrs.field(default=frozenset(), converter=role_ids)
    strength: Strength = attrs.field(default=Strength.RULE, kw_only=True)
    term: Term | Parameter[Term] | None = attrs.field(default=None, kw_only=True)
    pausable: bool = attrs.field(default=False, kw_only=True)
    control: str = attrs.field(default="", kw_only=True)
    metric: str = attrs.field(default="", kw_only=True)
    translations: Mapping[str, str] = attrs.field(factory=dict, kw_only=True)

    @term.validator
    def _check_term(self, _: object, value: object) -> None:
        if value is not None and not isinstance(value, Term | Parameter):
            raise DeclarationError(f"norm {self.id!r}: term must be a Term or a Parameter of one, not {value!r}")

    def __hash__(self) -> int:
        return hash(self.id)


def open_norm(
    id: str,
    text: str,
    clause: str,
    binds: Role | str | Iterable[Role | str] = (),
    *,
    title: str = "",
    default: str | Unset = UNSET,
    strength: Strength = Strength.RULE,
    pausable: bool = False,
    control: str = "",
    metric: str = "",
) -> Norm:
    """A norm whose term the source leaves open; the parameter that gives it has the norm's id.

    Args:
        id, text, clause, binds, strength, pausable, control, metric: as in `Norm`.
        title: what the term means, in English; by default the norm's own text says it.
        default: the term's text where the source states one that a company may change.
    """
    term = Parameter(
        id, Term, title or text, clause=clause, default=UNSET if isinstance(default, Unset) else Term.parse(default)
    )
    return Norm(
        id,
        text,
        clause,
        role_ids(binds),
        strength=strength,
        term=term,
        pausable=pausable,
        control=control,
        metric=metric,
    )


_STRENGTHS: Final = tuple(str(one) for one in Strength)


@attrs.frozen
class NormText:
    """One norm as people read and acknowledge it.

    Attributes:
        id: dotted, unique, such as ``"sale.open_deal"``.
        text: the norm in English.
        translations: the norm in other languages, by language code.
        clause: the requirement behind it.
        strength: ``"rule"``, ``"recommendation"`` or ``"definition"``.
        binds: the ids of the roles it binds; empty means everybody.
        term: how long it allows, as text; empty if it sets no time.
        left_open: the parameter that would set the time, where nobody has.
        control: how keeping it is checked.
        metric: the indicator it feeds.
    """

    id: str
    text: str
    translations: Mapping[str, str] = attrs.field(factory=dict)
    clause: str = attrs.field(default="", kw_only=True)
    strength: str = attrs.field(default="rule", kw_only=True)
    binds: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    term: str = attrs.field(default="", kw_only=True)
    left_open: str = attrs.field(default="", kw_only=True)
    control: str = attrs.field(default="", kw_only=True)
    metric: str = attrs.field(default="", kw_only=True)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "binds", tuple(sorted(role_ids(self.binds))))
        object.__setattr__(self, "translations", dict(sorted(self.translations.items())))
        if not self.id.strip():
            raise DomainError("norm_without_id", "a norm needs an id, and {text} has none", text=repr(self.text))
        if self.strength not in _STRENGTHS:
            raise DomainError(
                "unknown_strength",
                "norm {norm} is a {got}: give one of {need}",
                norm=self.id,
                got=self.strength,
                need=_STRENGTHS,
            )

    @property
    def is_rule(self) -> bool:
        """Whether a breach can have consequences (R87, R88)."""
        return self.strength == "rule"

    def concerns(self, roles: Iterable[str]) -> bool:
        """Whether it binds any of some roles, by id."""
        return not self.binds or not set(self.binds).isdisjoint(roles)

    def canonical(self) -> list[str]:
        """Everything it says, as plain text."""
        said = [f"{lang}: {words}" for lang, words in self.translations.items()]
        return [
            self.id, self.text, *said, self.clause, self.strength, ",".join(self.binds), self.term, self.left_open,
            self.control, self.metric,
        ]  # fmt: skip
