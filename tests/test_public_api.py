"""The public face: names that other software relies on."""

import pickle
import re

import pytest

import salesreg
from salesreg import adapters, calendars, commercial, decide, documents, engine, errors, ports, process, rules, testing


def test_these_names_and_no_others_are_public():
    assert sorted(salesreg.__all__) == [
        "Absence",
        "AsyncProcessEngine",
        "BusinessCalendar",
        "COMMERCIAL",
        "Case",
        "Command",
        "Deadline",
        "Decision",
        "Delegation",
        "Department",
        "DomainError",
        "Employee",
        "Event",
        "Money",
        "Norm",
        "Obligation",
        "Parameter",
        "Process",
        "ProcessEngine",
        "ProductionCalendar",
        "Reaction",
        "Refusal",
        "Regulation",
        "Role",
        "Rulebook",
        "SYSTEM",
        "SalesregError",
        "StepRefused",
        "Task",
        "Term",
        "TickReport",
        "UNSET",
        "WorkSchedule",
        "__version__",
        "commercial_service",
        "example",
        "open_engine",
        "replay",
    ]


def test_the_shipped_processes_come_from_the_commercial_package():
    assert {name for name in commercial.__all__ if name[0].isupper() and name != "COMMERCIAL"} == {
        page.__name__ for page in salesreg.COMMERCIAL.processes
    }
    assert {name for name in commercial.__all__ if name[0].islower()} == {
        "commercial_service",
        "example",
        "indicators_of",
        "number_gaps",
        "open_engine",
        "price_book",
        "receivables",
        "version_in_force",
    }


def test_what_other_suites_are_built_on_has_these_names():
    assert sorted(testing.__all__) == [
        "ClockContract",
        "DirectoryContract",
        "DurableStoreContract",
        "FaultyStore",
        "FlakyNotifier",
        "ManualClock",
        "NotifierContract",
        "RecordingNotifier",
        "SharedStoreContract",
        "StoreContract",
        "check_process",
        "plain_regulation",
        "process_machine",
        "strategies",
    ]
    assert {"calendars", "cases", "histories", "payloads", "regulations", "teach"} <= set(testing.strategies.__all__)


@pytest.mark.parametrize(
    "package", [adapters, calendars, commercial, decide, documents, engine, ports, process, rules, testing]
)
def test_every_name_that_a_package_offers_is_there(package):
    for name in getattr(package, "__all__", ()):
        assert getattr(package, name) is not None


@pytest.mark.parametrize("name", salesreg.__all__)
def test_each_name_resolves_and_is_listed(name):
    assert getattr(salesreg, name) is not None
    assert name in dir(salesreg)


def test_an_unknown_name_says_what_there_is():
    with pytest.raises(
        AttributeError,
        match=r"no attribute 'Sale'; it offers Absence, AsyncProcessEngine, BusinessCalendar, COMMERCIAL, ",
    ):
        salesreg.Sale  # noqa: B018
    with pytest.raises(AttributeError, match=r"no attribute 'Deal'; it offers AmendmentProcess, "):
        commercial.Deal  # noqa: B018


def test_the_tree_in_the_docstring_is_the_tree():
    drawn = {}
    path = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.fullmatch(r"    (?P<indent>[│├└─ ]*)(?P<name>\w+)(?: \((?P<builtin>\w+)\))?(?:  +.*)?", line)
        if found:
            depth = len(found["indent"]) // 4
            path[depth:] = [found["name"]]
            drawn[found["name"]] = (path[-2] if depth else "Exception", found["builtin"])
    real = {}
    for name, kind in vars(errors).items():
        if isinstance(kind, type) and issubclass(kind, errors.SalesregError):
            parent, *builtin = (base.__name__ for base in kind.__bases__)
            real[name] = (parent, builtin[0] if builtin else None)
    assert drawn == real


def test_every_error_is_exported():
    assert sorted(errors.__all__) == sorted(
        name
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and kind.__module__ == errors.__name__ and not name.startswith("_")
    )


OTHERS = {
    "DomainError": lambda: errors.DomainError("no_price", "{got} was wrong", got="what"),
    "StepRefused": lambda: errors.StepRefused("open", [errors.Refusal("late", "what was wrong")], actor="Anna"),
}
"""Errors that are made of more than a sentence."""


@pytest.mark.parametrize("name", [name for name in errors.__all__ if name not in {"Refusal", "Sentence"}])
def test_every_error_has_a_sentence_and_keeps_it_when_pickled(name):
    kind = getattr(errors, name)
    assert kind.__doc__
    wrong = OTHERS[name]() if name in OTHERS else kind("what was wrong")
    again = pickle.loads(pickle.dumps(wrong))
    assert (type(again), str(again)) == (kind, str(wrong))
    assert "what was wrong" in str(again)


@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        ("ParameterNotSet", "names"),
        ("RegulationMismatch", "problems"),
        ("PayloadError", "problems"),
        ("OrphanedCases", "missing"),
    ],
)
def test_an_error_that_names_several_things_keeps_them_when_pickled(name, attribute):
    again = pickle.loads(pickle.dumps(getattr(errors, name)("two are missing", ["this", "that"])))
    assert getattr(again, attribute) == ("this", "that")


def test_a_refused_migration_keeps_its_cases_when_pickled():
    again = pickle.loads(pickle.dumps(errors.MigrationRefused("none was moved", [("c1", ["its stage is gone"])])))
    assert again.cases == (("c1", ("its stage is gone",)),)
