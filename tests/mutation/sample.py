"""Do the tests notice when a comparison, an operator, a constant or a statement is changed?

Run by hand: ``python tests/mutation/sample.py [--each 20] [--seed 1] [decide process calendars commercial]``. In a copy
of ``src`` one place is changed at a time, drawn at random; the tests of its package must then fail, which pass without
a change. What survives is listed with its line, to be killed by a test or explained in CONTRIBUTING.md.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
UNIT, PROCESSES, PROPERTIES = (ROOT / "tests" / part for part in ("unit", "processes", "properties"))
PACKAGES = {
    "decide": (
        "decide",
        "decide authority obligations replay migrate migration tick_isolation questions refusals",
    ),
    "process": (
        "process",
        "declare page table payload payload_words check guarantees rulebook inheritance reactions",
    ),
    "calendars": ("calendars", "terms phrases schedule production batch calendar_displays working_time"),
    "commercial": ("commercial/processes", ""),  # those that name the page
}
"""Where each stands, and the tests of it: here, what others notice beside them counts as not noticed."""
COMPARED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
WORKED_OUT = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv}


def changed(node: ast.AST) -> Iterator[str]:
    """Change a node in place, one way after the other; says how."""
    match node:
        case ast.Compare(ops=[op]) if type(op) in COMPARED:
            node.ops = [COMPARED[type(op)]()]
            yield "a comparison"
        case ast.BoolOp():
            node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield "and for or"
        case ast.UnaryOp(op=ast.Not()):
            node.op = ast.UAdd()
            node.operand = ast.Call(ast.Name("bool", ast.Load()), [node.operand], [])
            yield "without not"
        case ast.BinOp() if type(node.op) in WORKED_OUT:
            node.op = WORKED_OUT[type(node.op)]()
            yield "an operator"
        case ast.Constant(value=bool()):
            node.value = not node.value
            yield "true for false"
        case ast.Constant(value=int()):
            node.value += 1
            yield "one more"
        case ast.IfExp():
            node.body, node.orelse = node.orelse, node.body
            yield "the other branch"
        case ast.Continue():
            node.__class__ = ast.Break
            yield "break for continue"


def places(path: Path) -> list[int]:
    """The nodes of a file that can be changed, by their place in the walk; types and texts apart."""
    tree = ast.parse(path.read_text("utf-8"))
    typed = {
        id(inner)
        for node in ast.walk(tree)
        for part in ("annotation", "returns")
        if (found := getattr(node, part, None)) is not None
        for inner in ast.walk(found)
    }
    checking = [node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)]
    typed |= {id(inner) for node in checking for inner in ast.walk(node)}
    return [at for at, node in enumerate(ast.walk(tree)) if id(node) not in typed and any(changed(node))]


def mutated(path: Path, at: int) -> tuple[str, str]:
    """The text of a file with one node changed, and what was changed."""
    source = path.read_text("utf-8")
    tree = ast.parse(source)
    node = next(node for number, node in enumerate(ast.walk(tree)) if number == at)
    line = getattr(node, "lineno", 0)
    how = next(changed(node))
    return ast.unparse(ast.fix_missing_locations(tree)), f"{line}: {how}: {source.splitlines()[line - 1].strip()}"


def tests_of(package: str, path: Path) -> list[Path]:
    """The tests that should notice, those that name the file first."""
    tests = [UNIT / f"test_{name}.py" for name in PACKAGES[package][1].split()]
    if package == "calendars":
        tests += PROPERTIES.glob("test_business_time*.py")
    if not tests:
        tests = [one for one in PROCESSES.glob("test_*.py") if f"{path.stem}." in one.read_text("utf-8")]
        tests += PROCESSES.glob(f"test_{path.stem}*.py")
    return sorted(set(tests), key=lambda one: (path.stem not in one.name, one.stat().st_size))


def survives(copy: Path, package: str, path: Path) -> bool:
    """Whether all tests pass all the same."""
    env = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1", "SALESREG_NO_POSTGRES": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider"]
    try:
        done = subprocess.run(
            [*command, *map(str, tests_of(package, path))], cwd=ROOT, env=env, capture_output=True, timeout=600
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def main() -> int:
    """Try, and list what survives."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packages", nargs="*", default=list(PACKAGES))
    parser.add_argument("--each", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    draw = random.Random(asked.seed)
    for package in asked.packages:
        folder = ROOT / "src" / "salesreg" / PACKAGES[package][0]
        every = [(path, at) for path in sorted(folder.glob("*.py")) for at in places(path)]
        chosen = draw.sample(every, min(asked.each, len(every)))
        began, survivors = time.monotonic(), []
        for path, at in chosen:
            with tempfile.TemporaryDirectory() as where:
                copy = Path(where) / "src"
                shutil.copytree(ROOT / "src", copy, ignore=shutil.ignore_patterns("__pycache__"))
                text, what = mutated(path, at)
                (copy / path.relative_to(ROOT / "src")).write_text(text, "utf-8")
                if survives(copy, package, path):
                    survivors.append(f"{path.relative_to(ROOT / 'src')}:{what}")
                    print(f"  survived {survivors[-1]}", flush=True)
        killed, took = len(chosen) - len(survivors), time.monotonic() - began
        print(f"{package}: {killed} of {len(chosen)} killed, of {len(every)} places, {took:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
