"""A step of a price change on SQLite where the base list has 5,000 items, beside one where it has 100.

Run: ``python bench/price_list.py [folder]``; the folder is on the disk to be measured. On a memory disk no sync hides
the cost of the engine. The two take turns within one run: one proposal of ten lines after another is drafted,
submitted, passed on, approved, revoked and withdrawn. The first draft, for which the list is read in, stands apart.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from _timing import verdict

from salesreg import open_engine
from salesreg.adapters.memory import MemoryDirectory
from salesreg.commercial import PriceChangeProcess, example
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.price_changes import ChangeLine
from salesreg.commercial.domain.prices import PriceItem
from salesreg.commercial.roles import CEO, HEAD, MANAGER
from salesreg.rules import Employee

ROUNDS, LINES, SHORT, LONG, BUDGET = 40, 10, 100, 5000, 2.0
BUDGETED = ("submit", "endorse", "approve")
ANNA, IRINA, BOSS = (
    Employee(name.lower(), name, [role]) for name, role in (("Anna", MANAGER), ("Irina", HEAD), ("Boss", CEO))
)


class Shop:
    """An engine with a base price list in force."""

    def __init__(self, folder: Path, length: int) -> None:
        path = folder / f"{length}.db"
        staff = MemoryDirectory([ANNA, IRINA, BOSS])
        self.engine = open_engine(f"sqlite:///{path}", regulation=example(), directory=staff)
        items = [
            PriceItem(f"C{number:05}", f"Test number {number}", "piece", Money(number)) for number in range(length)
        ]
        adopt = PriceChangeProcess.adopt_base_list(version="1", items=tuple(items))
        self.base = self.engine.start(adopt, by=BOSS)
        self.lines = tuple(ChangeLine.change(item, price=Money(9999)) for item in items[:LINES])
        self.took: dict[str, list[float]] = {}

    def proposal(self, number: int) -> None:
        """One proposal from its draft to its withdrawal, each step timed."""
        page = PriceChangeProcess
        draft = page.draft_proposal(base=self.base.id, version=f"2-{number}", rationale="dearer", lines=self.lines)
        steps = {
            "submit": (page.submit_proposal(), ANNA),
            "endorse": (page.endorse_proposal(), IRINA),
            "approve": (page.approve_proposal(), BOSS),
            "revoke": (page.revoke_approval(reason="the rival gave in"), BOSS),
            "withdraw": (page.withdraw_proposal(), ANNA),
        }
        begun = time.perf_counter()
        case = self.engine.start(draft, by=ANNA)
        self.took.setdefault("draft", []).append(time.perf_counter() - begun)
        for name, (step, by) in steps.items():
            begun = time.perf_counter()
            self.engine.perform(case.id, step, by=by)
            self.took.setdefault(name, []).append(time.perf_counter() - begun)


def main() -> None:
    """Let the two take turns and print the medians."""
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as name:
        shops = [Shop(Path(name), length) for length in (SHORT, LONG)]
        for number in range(ROUNDS):
            for shop in shops:
                shop.proposal(number)
        for shop in shops:
            shop.engine.close()
    print(f"{'':10} {SHORT:>6} items {LONG:>6} items")
    short, long = (shop.took["draft"].pop(0) for shop in shops)
    print(f"{'first':10} {short * 1e3:9.2f} ms {long * 1e3:9.2f} ms {long / short:6.2f}x (no budget)")
    for step in shops[0].took:
        short, long = (statistics.median(shop.took[step]) for shop in shops)
        held = f"budget {BUDGET}x: {verdict(long / short <= BUDGET)}" if step in BUDGETED else "no budget"
        print(f"{step:10} {short * 1e3:9.2f} ms {long * 1e3:9.2f} ms {long / short:6.2f}x ({held})")


if __name__ == "__main__":
    main()
