"""Faults planted into copies of what we ship, and the contracts run against them without pytest around each."""

import inspect
import itertools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from salesreg.adapters.memory import store, tables
from salesreg.testing._bounds import within

PATIENCE = 2.0
GIVEN = {"kind": ("obligation", "timer", "message")}
"""What a fixture of the contract gives, beside marks of its tests."""


def patched(*changes: tuple[str, str], modules: tuple[ModuleType, ...] = (tables, store), named: str = "MemoryStore"):
    """A class of a module, with some of the text of these modules replaced; each piece stands there exactly once."""
    sources = {module: Path(module.__file__).read_text("utf-8") for module in modules}
    for old, new in changes:
        [there] = [module for module, text in sources.items() if old in text]
        assert sources[there].count(old) == 1, f"{old!r} stands there several times"
        sources[there] = sources[there].replace(old, new)
    copies = {module: ModuleType(f"planted_{module.__name__.rpartition('.')[2]}") for module in modules}
    with pytest.MonkeyPatch.context() as patch:  # msgspec looks there for annotations, and one copy for another
        for module, copy in copies.items():
            patch.setitem(sys.modules, copy.__name__, copy)
            text = sources[module]
            for other, its in copies.items():
                text = text.replace(f"from {other.__name__} import", f"from {its.__name__} import")
            exec(compile(text, f"<{copy.__name__}>", "exec"), vars(copy))
    return getattr(copies[modules[-1]], named)


def trials(contract: type) -> Iterator[tuple[str, str, dict[str, object]]]:
    """Every test of a contract as pytest would run it: its name, its id, and what it is given beside the fixture."""
    for name, test in inspect.getmembers(contract, inspect.isfunction):
        if not name.startswith("test_"):
            continue
        axes = [
            [(dict(zip(_names(mark.args[0]), _values(mark.args[0], each), strict=True))) for each in mark.args[1]]
            for mark in getattr(test, "pytestmark", ())
            if mark.name == "parametrize"
        ]
        wanted = inspect.signature(test).parameters
        axes += [[{fixture: value} for value in values] for fixture, values in GIVEN.items() if fixture in wanted]
        for chosen in itertools.product(*axes):
            arguments = {key: value for one in chosen for key, value in one.items()}
            yield name, f"{name}{list(arguments.values()) or ''}", arguments


def _names(named):
    return [one.strip() for one in named.split(",")] if isinstance(named, str) else list(named)


def _values(named, each):
    return [each] if len(_names(named)) == 1 else each


def caught_by(contract: type, made: Callable[[], object], *, only: str | None = None, first: bool = False) -> list[str]:
    """The names of the tests that fail on it, in order; only of one of them, or up to the first."""
    caught = []
    for name, _, arguments in trials(contract):
        if (only is not None and name != only) or name in caught:
            continue
        if _fails(contract, name, made, arguments):
            caught.append(name)
            if first:
                break
    return caught


def _fails(contract: type, name: str, made: Callable[[], object], arguments: dict[str, object]) -> str | None:
    """Why a test of a contract fails, if it does."""
    try:
        with within(PATIENCE):
            getattr(contract(), name)(made(), **arguments)
    except pytest.skip.Exception:
        return None
    except Exception as wrong:  # noqa: BLE001 - a fault may raise anything
        return f"{type(wrong).__name__}: {wrong}"
    except pytest.fail.Exception as wrong:
        return str(wrong)
    return None
