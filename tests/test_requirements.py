"""The table of requirements is whole, and every name in it exists."""

from __future__ import annotations

import ast
import importlib
import re
from functools import cache, reduce
from pathlib import Path

import pytest

from salesreg import COMMERCIAL

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "reference" / "requirements.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("| R")]


@cache
def names_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / "tests" / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_there_is_one_row_for_every_requirement() -> None:
    assert [row[0] for row in ROWS] == [f"R{number}" for number in range(1, 105)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_says_what_it_is_and_where_it_is_kept(row: list[str]) -> None:
    _, requirement, mark, code, tests, remarks = row
    assert requirement
    assert re.fullmatch(r"[SPCX](/[SPCX])*", mark)
    kept = re.findall(r"`([^`]+)`", code)
    held = re.findall(r"`([^`]+)`", tests)
    assert bool(kept) == bool(held), "code without a test, or a test without code"
    assert kept or "later capability" in remarks, "a row that nothing carries says so"
    for name in kept:
        path, _, symbol = name.partition("::")
        module = importlib.import_module("salesreg." + path.removesuffix(".py").replace("/", "."))
        reduce(getattr, symbol.split("."), module)
    for name in held:
        path, _, test = name.partition("::")
        assert test in names_in(path), f"{name} does not exist"


def test_every_clause_that_a_shipped_norm_cites_is_a_row() -> None:
    assert {norm.clause for norm in COMMERCIAL.enforced()} <= {row[0] for row in ROWS}


def test_every_clause_that_a_step_cites_is_a_row() -> None:
    cited = {clause for process in COMMERCIAL.processes for step in process.steps.values() for clause in step.clauses}
    assert cited <= {row[0] for row in ROWS}
