"""The layers, and what each may not do."""

import ast
import itertools
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import grimp
import pytest

from house import import_circles

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "salesreg"
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
FORBIDDEN = {one["name"]: one for one in CONTRACTS if one["type"] == "forbidden"}
PURE = FORBIDDEN["Below the ports, and in the shipped regulation, there is no input or output"]["source_modules"]
CONTENT = re.compile(r"cli|commercial|testing\.commercial|__init__|__main__")

every_file = pytest.mark.parametrize(
    "path", sorted(SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE))
)


def module_of(path):
    return ".".join(path.relative_to(SOURCE).with_suffix("").parts)


# -- who imports whom -------------------------------------------------------------------------------------------------


def test_the_import_contracts_are_kept():
    """In a process of its own, for the linter's logging silences every logger that there is."""
    program = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_no_files_import_one_another_in_a_circle():
    assert import_circles(SOURCE) == []


def test_process_files_do_not_know_one_another():
    graph = grimp.build_graph("salesreg", cache_dir=None)
    pages = sorted(
        f"salesreg.commercial.processes.{path.stem}" for path in (SOURCE / "commercial/processes").glob("[!_]*.py")
    )
    assert "salesreg.commercial.processes.sale" in pages
    chains = [graph.find_shortest_chain(one, other) for one, other in itertools.permutations(pages, 2)]
    assert [chain for chain in chains if chain] == []


def test_nothing_takes_the_shipped_regulation_from_the_departments_testing_kit():
    graph = grimp.build_graph("salesreg", cache_dir=None)
    kit = ["salesreg.testing.commercial", *graph.find_descendants("salesreg.testing.commercial")]
    takers = {taker for module in kit for taker in graph.find_modules_that_directly_import(module)}
    assert takers - set(kit) == set()


# -- the kernel runs without the content ------------------------------------------------------------------------------

UNREACHABLE = """
import sys

class Closed:
    def find_spec(self, name, path=None, target=None):
        if name == "salesreg.commercial" or name.startswith("salesreg.commercial."):
            raise AssertionError(f"{name} was imported")

sys.meta_path.insert(0, Closed())
"""

TOY = """
import attrs
from salesreg.calendars import WorkSchedule
from salesreg.adapters.memory import MemoryDirectory
from salesreg.documents import ProcessPage, bpmn
from salesreg.engine import open_engine
from salesreg.process import Process, Rulebook, Stage, Step, start, step
from salesreg.rules import Employee, Regulation, Role

BOSS = Role("boss", "boss")

@attrs.frozen
class Wish:
    text: str

class Wishes(Process[Wish]):
    id, title = "wish", "Wish"
    made = Stage("Made", BOSS, no_term="it takes what it takes")
    granted = Stage("Granted", final=True)

    @step(start(made), "Make", by=BOSS)
    def make(self, *, text: str) -> Wish:
        return Wish(text)

    grant = Step(made.to(granted), "Grant", by=BOSS)

rules = Rulebook("wishes", roles=[BOSS], processes=[Wishes])
hours = Regulation("mine", schedule=WorkSchedule.standard()).with_settings(
    {f"escalation.{name}": "1 business day" for name in ("remind_before", "superior_after", "second_superior_after")}
)
people = MemoryDirectory([Employee("ida", "Ida", [BOSS])])
with open_engine("memory:", rulebook=rules, regulation=hours, directory=people) as engine:
    wish = engine.start(Wishes.make(text="a pony"), by="ida")
    assert [task.case.id for task in engine.tasks("ida")] == [wish.id]
    assert engine.perform(wish, Wishes.grant(), by="ida").stage == "granted"
    engine.tick()
    assert engine.verify() == ()
page = ProcessPage(Wishes, rules.texts.locale("ru"), hours)
assert "Grant" in page.markdown() and "Grant" in bpmn(page)
print("granted")
"""


def python(program):
    return subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=120)


def test_a_process_of_ones_own_runs_where_the_shipped_regulation_cannot_be_imported():
    done = python(UNREACHABLE + TOY)
    assert (done.returncode, done.stdout) == (0, "granted\n"), done.stderr


def test_nothing_of_the_kernel_loads_the_shipped_regulation():
    modules = [module_of(path).removesuffix(".__init__") for path in sorted(SOURCE.rglob("*.py"))]
    kernel = [module for module in modules if not CONTENT.match(module)]
    done = python(UNREACHABLE + "\n".join(f"import salesreg.{module}" for module in kernel))
    assert done.returncode == 0, done.stderr


def test_the_engine_loads_no_page_and_the_way_in_loads_them_only_when_it_is_taken():
    loaded = "sorted(name for name in sys.modules if name.startswith('salesreg.commercial.processes.'))"
    done = python(f"import sys, salesreg.engine\nprint({loaded})\nfrom salesreg import open_engine\nprint({loaded})")
    assert done.stdout == "[]\n[]\n", done.stderr


# -- what pure code may not do ----------------------------------------------------------------------------------------


def _pure_files():
    for module in PURE:
        path = ROOT / "src" / Path(*module.split("."))
        yield from path.rglob("*.py") if path.is_dir() else [path.with_suffix(".py")]


@pytest.mark.parametrize("path", sorted(_pure_files()), ids=lambda path: str(path.relative_to(SOURCE)))
def test_nothing_pure_reads_a_clock_or_draws_at_random(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    clocks = {name for name in called if re.search(r"\.(now|today|utcnow)$|^time\.", name)}
    drawn = {name for name in called if name.startswith(("uuid.", "random.", "secrets."))}
    assert clocks | drawn == set()


@every_file
def test_every_file_says_what_it_is_for(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@every_file
def test_russian_stands_in_the_catalogues_and_not_in_the_code(path):
    """What a term is read from is data, and so are letters by their width; what people are told is not in Python."""
    if not re.match(r"calendars|cli|testing|documents\.lettering", module_of(path)):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        said = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
        documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
        said -= {ast.get_docstring(node, clean=False) for node in ast.walk(tree) if isinstance(node, documented)}
        assert [text for text in said if re.search("[а-яё]{4}", text, re.IGNORECASE)] == []
