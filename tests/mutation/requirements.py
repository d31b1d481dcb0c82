"""Does each requirement's test notice when the code that carries it is gone?

Run by hand: ``python tests/mutation/requirements.py [R31 …]``. For each row of docs/reference/requirements.md the code
that it names is taken away in a copy of ``src``, one name at a time: a step refuses nothing and leaves its data as they
are (a first step is nobody's), a guard lets everything pass, a function answers and raises nothing, an entity checks
nothing, an enumeration has other values, a list of declarations is empty, a norm or a parameter has another value, a
reaction does nothing. The row's tests must then fail. What has another shape is broken as `BY_HAND` says.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "docs" / "reference" / "requirements.md"
EXAMPLE = "salesreg/commercial/example.toml"
GUARDS = {"requires", "never", "only"}
TERM = re.compile(r"^(\d+)(?= (working |business |calendar )?(minute|hour|day|month|year)s?\b)")
Edit = Callable[[Path], bool]

# What is broken where no general way fits: the name in the table, the file, what stands there, what stands instead.
BY_HAND: dict[str, tuple[str, str, str]] = {
    "rules/norms.py::Strength": ("rules/norms.py", 'return self.strength == "rule"', "return True"),
    "rules/conduct.py::SEPARATE_DUTIES": ("decide/plan.py", "step.never if bound.separated else None", "step.never"),
    "rules/regulation.py::Regulation.load": ("rules/regulation.py", "bases[", "None and bases["),
    "commercial/processes/document_package.py::DAILY_REQUEST": (
        "commercial/processes/document_package.py",
        '"each working day"',
        '"each Friday"',
    ),
    "commercial/processes/inquiry.py::InquiryProcess.send_holding_reply": (
        "commercial/processes/inquiry.py",
        "stop=[send_holding_reply, send_answer]",
        "stop=[send_answer]",
    ),
    "commercial/domain/indicators.py::INDICATORS": (
        "commercial/domain/indicators.py",
        "one.id: one for one in _DECLARED",
        "one.id: one for one in _DECLARED[1:]",
    ),
    "commercial/processes/bonus.py::BONUS_DAY": (
        "commercial/processes/bonus.py",
        "due=lambda statement: statement.pay_by",
        "due=lambda statement: statement.approved_at",
    ),
    "commercial/processes/meeting.py::TEAM_CADENCE": (
        "commercial/example.toml",
        '"meeting.team_cadence" = { value = "each Monday"',
        '"meeting.team_cadence" = { value = "each Tuesday"',
    ),
}


def rows(wanted: set[str]) -> Iterator[tuple[str, list[str], list[str]]]:
    """Every row that names code: its id, the code and the tests."""
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("| R"):
            row, _, _, code, tests, *_ = (cell.strip() for cell in line.strip("|").split("|"))
            kept, held = (re.findall(r"`([^`]+)`", cell) for cell in (code, tests))
            if kept and (not wanted or row in wanted):
                yield row, kept, held


def weakened(name: str, *, gently: bool) -> Edit:
    """What breaks the code of a name in a copy of ``src``; whether there was anything to break.

    Gently, a function keeps its effect: where the rulebook itself refuses to load without it.
    """
    path, _, symbol = name.partition("::")
    file = f"salesreg/{path}"
    if name in BY_HAND:
        return _replacing(*BY_HAND[name])

    def edit(src: Path) -> bool:
        tree = ast.parse((src / file).read_text(encoding="utf-8"))
        scope, node = tree, None
        for part in symbol.split("."):
            node = next((one for one in scope.body if part in _names(one)), None)
            scope = node
        if isinstance(node, ast.Assign | ast.AnnAssign):
            if value_of(src, node):
                return True
            changed = other_term(node) or without_guards(node.value) or emptied(node)
        elif isinstance(node, ast.ClassDef):
            changed = without_checks(node)
        elif isinstance(node, ast.FunctionDef):
            changed = without_refusals(node) | (not gently and without_effect(node))
        else:
            return False
        if changed:
            (src / file).write_text(ast.unparse(ast.fix_missing_locations(tree)), encoding="utf-8")
        return changed

    return edit


def _replacing(file: str, old: str, new: str) -> Edit:
    def edit(src: Path) -> bool:
        path = src / "salesreg" / file
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return old in text

    return edit


def _names(node: ast.AST) -> tuple[str, ...]:
    if isinstance(node, ast.Assign):
        return tuple(one.id for one in node.targets if isinstance(one, ast.Name))
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return (node.target.id,)
    return (node.name,) if isinstance(node, ast.ClassDef | ast.FunctionDef) else ()


def _body(source: str) -> list[ast.stmt]:
    return ast.parse(f"def f():\n    {source}").body[0].body  # type: ignore[attr-defined]


# -- the ways to break ------------------------------------------------------------------------------------------------


class _Silent(ast.NodeTransformer):
    """Drops every statement that only refuses or raises."""

    dropped = False

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        if isinstance(node.value, ast.Yield | ast.YieldFrom):
            self.dropped = True
            return ast.Pass()
        return node

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        self.dropped = True
        return ast.Pass()


class _Elsewhere(ast.NodeTransformer):
    """Works out what a function returns, and returns something else."""

    def __init__(self, instead: str) -> None:
        self.instead, self.changed = instead, False

    def visit_Return(self, node: ast.Return) -> ast.AST:
        self.changed = True
        value = "None" if node.value is None else ast.unparse(node.value)
        return ast.parse(f"def f():\n    return ({value}, {self.instead})[1]").body[0].body[0]  # type: ignore[attr-defined]

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return node


def without_refusals(function: ast.FunctionDef) -> bool:
    """A function that refuses nothing, under a step that guards nothing."""
    silent = _Silent()
    generator = any(isinstance(node, ast.Yield | ast.YieldFrom) for node in ast.walk(function))
    function.body = [silent.visit(one) for one in function.body]
    if generator:
        function.body = [*_body("if False: yield"), *function.body]
    return any([silent.dropped, *map(without_guards, function.decorator_list)])


def without_guards(declared: ast.expr | None) -> bool:
    """A step that guards nothing."""
    if not isinstance(declared, ast.Call):
        return False
    kept = [one for one in declared.keywords if one.arg not in GUARDS]
    changed = len(kept) < len(declared.keywords)
    declared.keywords = kept
    return changed


def without_effect(function: ast.FunctionDef) -> bool:
    """A function that does nothing: a step leaves its data as they are, another one answers nothing."""
    names = [one.arg for one in function.args.args if one.arg not in {"self", "cls"}]
    is_step = any(
        isinstance(one, ast.Call) and getattr(one.func, "id", "") == "step" for one in function.decorator_list
    )
    if is_step and names[:1] in ([], ["attempt"]):
        for decorator in function.decorator_list:
            for one in getattr(decorator, "keywords", ()):
                if one.arg == "by":
                    nobody = "__import__('salesreg.commercial.roles', fromlist=['CLIENT']).CLIENT"
                    one.value = ast.parse(nobody, mode="eval").body
        return True
    elsewhere = _Elsewhere(names[0] if is_step else "None")
    function.body = [elsewhere.visit(one) for one in function.body]
    return elsewhere.changed


def without_checks(kind: ast.ClassDef) -> bool:
    """A page that refuses nothing, an entity that checks nothing, or an enumeration of other values."""
    if any(ast.unparse(base).endswith("Enum") for base in kind.bases):
        values = [one for one in kind.body if isinstance(one, ast.Assign) and isinstance(one.value, ast.Constant)]
        for one in values:
            one.value = ast.Constant(f"{ast.literal_eval(one.value)}_")
        return bool(values)
    changed, steps = False, []
    for one in kind.body:
        if isinstance(one, ast.FunctionDef) and one.name in {"_check", "__attrs_post_init__"}:
            one.body, changed = _body("return None"), True
        elif isinstance(one, ast.FunctionDef) and one.decorator_list:
            changed |= without_refusals(one)
            steps += [one] if "step" in ast.dump(one.decorator_list[0]) else []
    return changed or sum(map(without_effect, steps)) > 0


def other_term(node: ast.Assign | ast.AnnAssign) -> bool:
    """A norm or a parameter whose own term is another."""
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and TERM.match(one.value):
            one.value = TERM.sub(lambda found: str(int(found[1]) * 2 + 1), one.value)
            return True
        if isinstance(one, ast.Constant) and one.value == "each working day":
            one.value = "each Friday"
            return True
        if isinstance(one, ast.keyword) and one.arg == "default" and isinstance(one.value, ast.Constant):
            plain = one.value.value
            if isinstance(plain, int):
                one.value.value = not plain if isinstance(plain, bool) else plain * 2 + 1
                return True
    return False


def emptied(node: ast.Assign | ast.AnnAssign) -> bool:
    """A list of declarations that declares nothing."""
    changed = isinstance(node.value, ast.Tuple)
    node.value = ast.Tuple([], ast.Load()) if changed else node.value
    return changed


def value_of(src: Path, node: ast.Assign | ast.AnnAssign) -> bool:
    """A norm or a parameter to which the example regulation gives another value."""
    ids = [one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    path = src / EXAMPLE
    text = path.read_text(encoding="utf-8")
    for name in ids:
        found = re.search(rf'^"{re.escape(name)}" = {{ value = (.+?), origin', text, re.MULTILINE)
        if found:
            path.write_text(text[: found.start(1)] + _other(found[1]) + text[found.end(1) :], encoding="utf-8")
            return True
    return False


def _other(value: str) -> str:
    """A value of the same kind that is another."""
    bare = value.strip('"')
    if value in {"true", "false"}:
        return "false" if value == "true" else "true"
    if bare.isdigit():
        return str(int(bare) * 2 + 1)
    if TERM.match(bare):
        return '"' + TERM.sub(lambda found: str(int(found[1]) * 2 + 1), bare) + '"'
    if re.fullmatch(r"\d\d:\d\d", bare):
        return '"23:59"'
    if bare.startswith("on the "):
        return '"on the 7th"'
    return '"each Tuesday"' if bare.startswith("each ") else '"secretary"'


# -- the run ----------------------------------------------------------------------------------------------------------


def outcome(name: str, tests: list[str], *, gently: bool = False) -> str:
    """What becomes of a row's tests once the code of a name is taken away."""
    with tempfile.TemporaryDirectory() as folder:
        src = Path(folder) / "src"
        shutil.copytree(ROOT / "src", src, ignore=shutil.ignore_patterns("__pycache__"))
        if not weakened(name, gently=gently)(src):
            return "noticed at once" if gently else "NOTHING BROKEN"
        env = {**os.environ, "PYTHONPATH": str(src), "PYTHONDONTWRITEBYTECODE": "1"}
        loads = "from salesreg.commercial import COMMERCIAL, example; COMMERCIAL.bind(example())"
        if subprocess.run([sys.executable, "-c", loads], env=env, capture_output=True, check=False).returncode:
            return "noticed at once" if gently else outcome(name, tests, gently=True)
        ask = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider"]
        named = [f"tests/{one}" for one in tests]
        ran = subprocess.run([*ask, *named], cwd=ROOT, env=env, capture_output=True, check=False, text=True)
        if "ERROR tests/" in ran.stdout:  # a module that what is broken keeps from loading
            return "noticed at once"
        return {0: "SURVIVES", 1: "noticed"}.get(ran.returncode, f"PYTEST SAYS {ran.returncode}")


def main(wanted: set[str]) -> int:
    left = 0
    for row, code, tests in rows(wanted):
        for name in code:
            found = outcome(name, tests)
            left += not found.startswith("noticed")
            print(f"{row:5} {found:16} {name}", flush=True)
    print(f"{left} not noticed" if left else "every one noticed")
    return int(left > 0)


if __name__ == "__main__":
    sys.exit(main(set(sys.argv[1:])))
