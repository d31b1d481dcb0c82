"""What the kernel itself leaves to a regulation: whether duties are separated, and the ladder that follows a breach."""

from __future__ import annotations

from typing import Any, Final

from salesreg.calendars import Term
from salesreg.rules.parameters import Parameter
from salesreg.rules.regulation import PAGE_LIMIT

SEPARATE_DUTIES: Final = Parameter(
    "duties.separated",
    bool,
    "Whether an approver must be another person than the submitter; a small firm may merge the roles.",
    default=True,
)
"""A norm of this id, where the rulebook has one, gives the clause of the refusal."""

OWN_ONLY: Final = Parameter(
    "duties.own_only",
    bool,
    "Whether the steps of whoever is in charge of a case are theirs and their deputy's alone; a firm that shares "
    "its work leaves them to every holder of the role.",
)
"""Read where a step is only for a `Charge`."""

REMIND_BEFORE: Final = Parameter(
    "escalation.remind_before", Term, "How long before the due instant the person who owes is reminded."
)
SUPERIOR_AFTER: Final = Parameter(
    "escalation.superior_after", Term, "How long after a breach the superior of whoever owes it is told."
)
SECOND_SUPERIOR_AFTER: Final = Parameter(
    "escalation.second_superior_after", Term, "How long after a breach the superior's own superior is told."
)
LADDER: Final = (REMIND_BEFORE, SUPERIOR_AFTER, SECOND_SUPERIOR_AFTER)

KERNEL_PARAMETERS: Final[tuple[Parameter[Any], ...]] = (SEPARATE_DUTIES, *LADDER)
"""What the kernel reads of every regulation."""

LONGEST_PAUSE: Final = Parameter(
    "clocks.longest_pause",
    Term,
    "How long all pauses of one obligation may last together; where nothing is said, as long as they last.",
)

COMPANY: Final = Parameter("notices.company", str, "What the company calls itself in letters to clients.")

URGENT: Final = Parameter(
    "notices.urgent",
    frozenset[str],
    "Of what people are told at any hour: ids of steps with their process, of norms, and of rungs such as overdue.",
)

LONGEST_SILENCE: Final = Parameter(
    "clocks.longest_silence",
    Term,
    "How far the clock may stand from the last tick and still be believed; where nothing is said, it always is.",
)

OPTIONAL_PARAMETERS: Final[tuple[Parameter[Any], ...]] = (PAGE_LIMIT, LONGEST_PAUSE, LONGEST_SILENCE, COMPANY, URGENT)
"""What the kernel reads where a regulation says it."""
