"""What importing brings along, and what is said when an optional dependency is missing."""

import subprocess
import sys

import pytest

OPTIONAL = {"apprise", "hypothesis", "icalendar", "numpy", "phonenumbers", "pytest", "rich", "typer"}
HEAVY = {"holidays", "pendulum", "sqlite3", "statemachine"}


def python(program):
    return subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=120)


def imported(program):
    done = python(f"import sys\n{program}\nprint(*sys.modules)")
    assert done.returncode == 0, done.stderr
    return {name.partition(".")[0] for name in done.stdout.split()}


def test_importing_the_package_brings_nothing_heavy():
    assert imported("import salesreg") & (OPTIONAL | HEAVY) == set()


def test_naming_what_opens_an_engine_brings_no_event_loop_and_nothing_of_what_the_pages_are_about():
    done = python("import sys\nfrom salesreg import open_engine\nprint(*sys.modules)")
    modules = done.stdout.split()
    assert "salesreg.engine.engine" in modules
    assert [one for one in modules if one == "asyncio" or one.startswith("salesreg.commercial.")] == [
        "salesreg.commercial.open"
    ]


@pytest.mark.parametrize(
    "program",
    [
        "import salesreg\nfor name in salesreg.__all__: getattr(salesreg, name)",
        "import salesreg.commercial.rulebook, salesreg.engine, salesreg.documents",
        "import salesreg.adapters.memory, salesreg.adapters.sqlite, salesreg.adapters.console",
        "from salesreg.adapters import email, notifiers, webhook",
        "import salesreg.testing",
        "from salesreg import BusinessCalendar; BusinessCalendar.russia().year(2025).moved",
    ],
)  # fmt: skip
def test_the_library_works_without_any_optional_dependency(program):
    without = "".join(f"sys.modules[{name!r}] = None\n" for name in sorted(OPTIONAL))
    done = python(f"import sys\n{without}{program}")
    assert done.returncode == 0, done.stderr


DUE = 'BusinessCalendar.russia().due("1 business day", pendulum.datetime(2024, 4, 26, tz="Europe/Moscow"))'
DIAL = "from salesreg.testing.commercial import Desk; Desk().begin('call_campaign', 'draft_campaign')"


@pytest.mark.parametrize(
    ("missing", "program", "extra"),
    [
        ("icalendar", f"import pendulum; from salesreg import BusinessCalendar; {DUE}.to_ics()", "ics"),
        ("rich", f"import pendulum; from salesreg import BusinessCalendar; {DUE}.__rich__()", "cli"),
        ("numpy", "import salesreg; salesreg.BusinessCalendar.russia().add_business_days_batch([], 2)", "batch"),
        ("phonenumbers", DIAL, "phones"),
        ("pytest", "from salesreg.testing import StoreContract", "testing"),
        ("hypothesis", "from salesreg.testing import process_machine", "testing"),
    ],
)  # fmt: skip
def test_a_missing_dependency_names_the_extra_that_brings_it(missing, program, extra):
    done = python(
        f"import sys; sys.modules[{missing!r}] = None\n"
        "from salesreg.errors import MissingExtraError\n"
        f"try:\n    {program}\n"
        "except MissingExtraError as wrong:\n    print(wrong.extra, '|', wrong)"
    )
    assert done.returncode == 0, done.stderr
    named, _, said = done.stdout.partition(" | ")
    assert named == extra
    assert f"pip install 'salesreg[{extra}]'" in said


@pytest.mark.parametrize("missing", ["typer", "rich"])
def test_the_command_without_its_extra_says_so_in_one_line(missing):
    done = python(
        f"import sys; sys.modules[{missing!r}] = None\nfrom salesreg.cli import main\nsys.exit(main(['demo']))"
    )
    assert done.returncode == 2
    assert done.stderr == "salesreg: the salesreg command needs typer and rich: pip install 'salesreg[cli]'\n"


def test_a_broken_pipe_ends_quietly():
    done = subprocess.run(
        f"{sys.executable} -m salesreg calendar 2025 | head -n 1",
        shell=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout.startswith("2025")
    assert done.stderr == ""
