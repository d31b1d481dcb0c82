"""What Hypothesis loads by its entry point, so that ``@given`` resolves our types by their annotations.

A module of its own: Hypothesis calls it while it is being imported, be it by `salesreg.testing.strategies` itself, and
in every program beside which salesreg is installed. So it imports nothing of ours before somebody else does.
"""

from __future__ import annotations

import importlib.util
import sys
from functools import partial
from importlib import import_module
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_DRAWN_BY: Final = {
    "salesreg.calendars": {"BusinessCalendar": "calendars", "Term": "terms", "WorkSchedule": "schedules"},
    "salesreg.rules": {"Employee": "employees"},
}
"""By the package that has a type, the strategy of `salesreg.testing.strategies` that draws it."""


def register() -> None:
    """Let ``@given`` resolve our types by their annotations; called by the ``hypothesis`` entry point."""
    waiting = {name for name in _DRAWN_BY if not _ready(name)}
    for name in _DRAWN_BY.keys() - waiting:
        _register(sys.modules[name])
    if waiting:
        sys.meta_path.insert(0, _OnceImported(waiting))


def _ready(name: str) -> bool:
    return all(hasattr(sys.modules.get(name), kind) for kind in _DRAWN_BY[name])


def _register(module: ModuleType) -> None:
    from hypothesis import strategies as st

    def drawn(name: str, _: type) -> SearchStrategy[Any]:
        found: SearchStrategy[Any] = getattr(import_module("salesreg.testing.strategies"), name)()
        return found

    for kind, name in _DRAWN_BY[module.__name__].items():
        st.register_type_strategy(getattr(module, kind), partial(drawn, name))


class _OnceImported:
    """Registers the types of a package when somebody imports it."""

    def __init__(self, waiting: set[str]) -> None:
        self._waiting = waiting

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """What others find, whose types are registered once it has run."""
        if name not in self._waiting:
            return None
        self._waiting.discard(name)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            spec.loader = _AndRegister(spec.loader)
        return spec


class _AndRegister(Loader):
    """Loads as another does, who may load other modules too and is left as it is."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """The module, or None for one as usual."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Run it; then its types are there."""
        if module.__spec__ is not None:
            module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        _register(module)
