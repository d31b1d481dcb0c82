"""The same log under two regulations, compared case by case: what a change of the rules would have meant."""

from __future__ import annotations

import math

import attrs
import numpy as np
from numpy.typing import NDArray

from salesreg.audit.audit import Audit
from salesreg.audit.rates import Z
from salesreg.audit.verdicts import Verdict
from salesreg.errors import MappingError

NONE, KEPT, BROKEN, UNSURE = range(4)


@attrs.frozen
class Change:
    """What a rule says of the cases under one regulation and under another.

    Attributes:
        norm: the rule's id.
        both, only_now, only_then, neither: how many cases keep it under both, under the first or the second alone, and
            under none.
        unsure: how many cannot be judged under one of them.
    """

    norm: str
    both: int
    only_now: int
    only_then: int
    neither: int
    unsure: int

    @property
    def known(self) -> int:
        """How many cases can be judged under both."""
        return self.both + self.only_now + self.only_then + self.neither

    @property
    def difference(self) -> float | None:
        """By how much the share of cases that keep it would be greater; None of none."""
        return (self.only_then - self.only_now) / self.known if self.known else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of the difference of two paired shares, after Bonett and Price (2012); None of none."""
        if not self.known:
            return None
        size = self.known + 2
        less, more = (self.only_now + 1) / size, (self.only_then + 1) / size
        width = Z * math.sqrt((less + more - (more - less) ** 2) / size)
        return max(-1.0, more - less - width), min(1.0, more - less + width)


def compared(now: Audit, then: Audit) -> list[Change]:
    """How each rule that both know fares, paired by case; a case counts as broken if any of its instances is.

    Raises:
        MappingError: they are not of the same log.
    """
    if list(now.log.cases) != list(then.log.cases) or len(now.log) != len(then.log):
        raise MappingError("two audits are compared of the same log: their cases differ")
    before, after = _outcomes(now), _outcomes(then)
    found = []
    for norm in now.bound.rules:
        if norm in before and norm in after:
            pairs = before[norm] * 4 + after[norm]
            count = np.bincount(pairs, minlength=16).reshape(4, 4)
            unsure = int(count[UNSURE, 1:].sum() + count[1:UNSURE, UNSURE].sum())
            found.append(
                Change(
                    norm, int(count[KEPT, KEPT]), int(count[KEPT, BROKEN]), int(count[BROKEN, KEPT]),
                    int(count[BROKEN, BROKEN]), unsure,
                )
            )  # fmt: skip
    return found


def _outcomes(audit: Audit) -> dict[str, NDArray[np.int64]]:
    """By rule, what it says of each case; what is of no case, such as a duty of each day, is left out."""
    found: dict[str, NDArray[np.int64]] = {}
    daily = {one.norm for one in audit.bound.duties}
    of = np.zeros(len(Verdict), np.int64)
    of[[Verdict.KEPT, Verdict.VIOLATED, Verdict.UNKNOWN, Verdict.OPEN]] = KEPT, BROKEN, UNSURE, UNSURE
    rank = np.array([0, 1, 3, 2])  # what is broken outweighs what is unsure, and this what is kept
    for rows in audit.judged:
        if rows.rule in daily:
            continue
        cases = found.setdefault(rows.rule, np.zeros(len(audit.log.cases), np.int64))
        case, outcome = audit.log.case[rows.event], of[rows.verdict]
        order = np.argsort(rank[outcome], kind="stable")
        graver = rank[outcome[order]] >= rank[cases[case[order]]]
        cases[case[order][graver]] = outcome[order][graver]
    return found
