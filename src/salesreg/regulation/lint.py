"""What is wrong with a regulation as a text: rules nobody can check, duties of nobody, contradictions (R85, R93).

Works on the norms as people read them, so that a regulation and a draft of its next version are held to the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final

import attrs

from salesreg.domain.people import Department, Role
from salesreg.domain.plans import SECTIONS, CompensationPlan
from salesreg.domain.regulations import NormText

__all__ = ["PAGE", "LintFinding", "Severity", "lint"]

PAGE: Final = 1800
"""Characters on a page, blanks included, by the custom of Russian typescripts."""

DEPARTMENTS: Final[dict[Department, frozenset[Role]]] = {
    Department.COMMERCIAL: frozenset(
        {
            Role.SALES_MANAGER,
            Role.HEAD_OF_COMMERCIAL,
            Role.COMMERCIAL_SPECIALIST,
            Role.COLD_CALLER,
            Role.ACCOUNT_MANAGER,
            Role.HEAD_OF_SALES,
            Role.COMMERCIAL_DIRECTOR,
        }
    ),
    Department.FINANCE: frozenset({Role.FINANCE}),
    Department.IT: frozenset({Role.IT_STAFF}),
    Department.HR: frozenset({Role.HR}),
    Department.MANAGEMENT: frozenset({Role.CEO, Role.FOUNDER, Role.SECRETARY}),
}


class Severity(StrEnum):
    """Whether a finding keeps a version from being approved."""

    ERROR = "error"
    WARNING = "warning"


@attrs.frozen
class LintFinding:
    """Something wrong with a regulation as it is written.

    Attributes:
        code: what a program compares, such as ``"no_control"``.
        subject: the id of the norm, plan or department.
        message: what is wrong, in English.
        ru: the same in Russian.
        clause: the requirement behind it.
        severity: an error, or a warning.
    """

    code: str
    subject: str
    message: str
    ru: str
    clause: str
    severity: Severity = Severity.ERROR

    def text(self, lang: str = "en") -> str:
        """The finding with its subject and clause, in English or Russian."""
        return f"{self.subject}: {self.ru if lang == 'ru' else self.message} ({self.clause})"

    def __str__(self) -> str:
        return self.text()


def lint(
    norms: Iterable[NormText], plans: Iterable[CompensationPlan] = (), page_limit: int | None = None
) -> tuple[LintFinding, ...]:
    """Everything that is wrong with some norms and the compensation plans beside them.

    Args:
        norms: the norms as people read them.
        plans: the compensation plans; each must have all nine sections (R101).
        page_limit: how many pages of norms a department may have; None for no limit (R93).

    >>> [finding.code for finding in lint([NormText("sale.hurry", "Hurry.", term="1 business day")])]
    ['no_control', 'no_metric', 'no_actor']
    """
    given = tuple(norms)
    found = [finding for norm in given for finding in _norm(norm)]
    found += _contradictions(given)
    found += [finding for plan in plans for finding in _plan(plan)]
    return (*found, *(_pages(given, page_limit) if page_limit is not None else ()))


def _norm(norm: NormText) -> Iterator[LintFinding]:
    if not norm.text.strip():
        yield LintFinding("no_action", norm.id, "does not say what is to be done", "не сказано, что делать", "R91")
    if norm.is_rule and not norm.control.strip():
        yield LintFinding(
            "no_control", norm.id, "nobody can tell whether it is kept: name the control", "нет способа контроля", "R85"
        )
    if norm.is_rule and not norm.metric.strip():
        yield LintFinding(
            "no_metric", norm.id, "it feeds no indicator: say what it changes", "нет показателя результата", "R85"
        )
    if (norm.term or norm.left_open) and not norm.binds:
        yield LintFinding("no_actor", norm.id, "a deadline binds nobody: name the roles", "не сказано, кто", "R91")
    if norm.left_open:
        message = f"its deadline is left open: set {norm.left_open}"
        ru = f"срок не задан: укажите {norm.left_open}"
        yield LintFinding("no_deadline", norm.id, message, ru, "R91", Severity.WARNING)


def _contradictions(norms: tuple[NormText, ...]) -> Iterator[LintFinding]:
    """One id with two texts, or one text for the same people with two terms or two strengths."""
    by_id: dict[str, NormText] = {}
    by_text: dict[str, list[NormText]] = {}
    for norm in norms:
        earlier = by_id.setdefault(norm.id, norm)
        if earlier != norm:
            yield LintFinding("contradiction", norm.id, "says two different things", "сказано по-разному", "R85")
        said = " ".join(norm.text.casefold().split()).rstrip(".")
        for other in by_text.setdefault(said, []):
            shared = not norm.binds or not other.binds or set(norm.binds) & set(other.binds)
            differs = (norm.term, norm.left_open, norm.strength) != (other.term, other.left_open, other.strength)
            if norm.id != other.id and shared and differs:
                message = f"contradicts {other.id!r}: the same deed with another deadline or strength"
                ru = f"противоречит {other.id!r}: то же действие с другим сроком или силой"
                yield LintFinding("contradiction", norm.id, message, ru, "R85")
        by_text[said].append(norm)


def _plan(plan: CompensationPlan) -> Iterator[LintFinding]:
    for section in plan.missing():
        en, ru = SECTIONS[section]
        yield LintFinding(
            "incomplete_plan", f"plan.{plan.position}", f"says nothing of {en}", f"не заполнен раздел «{ru}»", "R101"
        )


def _pages(norms: tuple[NormText, ...], limit: int) -> Iterator[LintFinding]:
    for department, roles in DEPARTMENTS.items():
        length = sum(max(len(norm.text), len(norm.ru)) for norm in norms if norm.concerns(roles))
        pages = math.ceil(length / PAGE)
        if pages > limit:
            message = f"{pages} pages of norms, and {limit} are allowed: shorten them"
            ru = f"{pages} страниц норм при допустимых {limit}: сократите"
            yield LintFinding("too_long", str(department), message, ru, "R93")
