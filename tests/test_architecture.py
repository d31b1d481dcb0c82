"""The layers, and what each may not do."""

import ast
import itertools
import tomllib
from pathlib import Path

import grimp
import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "salesreg"
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
PURE = next(one for one in CONTRACTS if one["type"] == "forbidden")["source_modules"]


def test_the_import_contracts_are_kept(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    code = lint_imports(no_cache=True)
    assert code == 0, capsys.readouterr().out


def test_process_files_do_not_know_one_another():
    graph = grimp.build_graph("salesreg", cache_dir=None)
    files = sorted(f"salesreg.processes.{path.stem}" for path in (SOURCE / "processes").glob("[!_]*.py"))
    assert "salesreg.processes.sale" in files
    chains = [graph.find_shortest_chain(one, other) for one, other in itertools.permutations(files, 2)]
    assert [chain for chain in chains if chain] == []


def _pure_files():
    for module in PURE:
        path = ROOT / "src" / Path(*module.split("."))
        yield from path.rglob("*.py") if path.is_dir() else [path.with_suffix(".py")]


@pytest.mark.parametrize("path", sorted(_pure_files()), ids=lambda path: str(path.relative_to(SOURCE)))
def test_nothing_pure_reads_a_clock_or_draws_at_random(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    clocks = {name for name in called if name.endswith((".now", ".today", ".utcnow")) or name.startswith("time.")}
    drawn = {name for name in called if name.startswith(("uuid.", "random.", "secrets."))}
    assert clocks | drawn == set()


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE)))
def test_every_file_says_what_it_is_for(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
