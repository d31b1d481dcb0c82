"""Is a regulation fit to be put in force: its text and the processes that enforce it (R85)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from salesreg.domain.plans import CompensationPlan
from salesreg.processes import Process
from salesreg.regulation import LintFinding, Regulation
from salesreg.regulations.commercial_service import PROCESSES

__all__ = ["check"]


def check(
    regulation: Regulation,
    plans: Iterable[CompensationPlan] = (),
    processes: Iterable[type[Process[Any]]] = PROCESSES,
) -> tuple[LintFinding, ...]:
    """Everything that is wrong with a regulation and with the processes that enforce it.

    Args:
        regulation: the regulation.
        plans: the compensation plans that belong to it (R101).
        processes: the processes; each must be whole, and enforce no norm that the regulation does not state.

    >>> from salesreg.regulations import example
    >>> [finding for finding in check(example()) if finding.severity == "error"]
    []
    """
    given = tuple(processes)
    return (*regulation.check(plans), *_pages(given), *_unstated(regulation, given))


def _pages(processes: Iterable[type[Process[Any]]]) -> Iterator[LintFinding]:
    for process in processes:
        for finding in process.check():
            subject = f"{process.id}.{finding.subject}"
            yield LintFinding(finding.code, subject, finding.message, finding.message, "R91")


def _unstated(regulation: Regulation, processes: Iterable[type[Process[Any]]]) -> Iterator[LintFinding]:
    """What is enforced is written down: nobody is held to what they cannot read."""
    stated = {norm.id for norm in regulation.norms}
    for norm in dict.fromkeys(norm for process in processes for norm in process.norms()):
        if norm.id not in stated:
            yield LintFinding(
                "not_written",
                norm.id,
                "is enforced, but not written in the regulation",
                "нет в тексте регламента",
                "R86",
            )
