"""The public face: names that other software relies on."""

import re

import pytest

import salesreg
from salesreg import errors


def test_these_names_and_no_others_are_public():
    assert sorted(salesreg.__all__) == [
        "BusinessCalendar",
        "Case",
        "Deadline",
        "Decision",
        "Delegation",
        "Employee",
        "Event",
        "Money",
        "Norm",
        "Obligation",
        "Parameter",
        "Process",
        "ProcessEngine",
        "ProductionCalendar",
        "Refusal",
        "Regulation",
        "Role",
        "STAGE_OWNER",
        "SalesregError",
        "Sla",
        "Stage",
        "Step",
        "StepRefused",
        "Term",
        "Timer",
        "UNSET",
        "WorkSchedule",
        "__version__",
        "anywhere",
        "assigned",
        "open_engine",
        "replay",
        "start",
        "stay",
    ]


@pytest.mark.parametrize("name", salesreg.__all__)
def test_each_name_resolves_and_is_listed(name):
    assert getattr(salesreg, name) is not None
    assert name in dir(salesreg)


def test_an_unknown_name_says_what_there_is():
    with pytest.raises(AttributeError, match=r"no attribute 'Sale'; it offers BusinessCalendar, Case, "):
        salesreg.Sale  # noqa: B018


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


@pytest.mark.parametrize("name", [name for name in errors.__all__ if name != "Refusal"])
def test_every_error_has_a_sentence_and_keeps_it_when_pickled(name):
    import pickle

    kind = getattr(errors, name)
    assert kind.__doc__
    again = pickle.loads(pickle.dumps(kind("what was wrong")))
    assert (type(again), str(again)) == (kind, "what was wrong")
