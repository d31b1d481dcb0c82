"""What a user of salesreg tests with: contracts for adapters, machines for processes, strategies, doubles, fixtures.

::

    from salesreg.testing import StoreContract

    class TestMyStore(StoreContract):
        @pytest.fixture
        def store(self):
            with closing(MyStore()) as store:
                yield store

`StoreContract`, `NotifierContract`, `DirectoryContract` and `ClockContract` hold an adapter to what its port promises.
`process_machine` makes a Hypothesis state machine that drives any process through the engine on memory and SQLite;
`strategies` holds the strategies for our types.

The contracts need pytest, machines and strategies need Hypothesis; the extra ``salesreg[testing]`` brings both, and
they are imported only when something of theirs is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from salesreg.errors import need
from salesreg.testing.doubles import ManualClock, RecordingNotifier

if TYPE_CHECKING:
    from salesreg.testing import strategies
    from salesreg.testing.contracts import DurableStoreContract, StoreContract
    from salesreg.testing.machines import process_machine
    from salesreg.testing.port_contracts import ClockContract, DirectoryContract, NotifierContract

__all__ = [
    "ClockContract",
    "DirectoryContract",
    "DurableStoreContract",
    "ManualClock",
    "NotifierContract",
    "RecordingNotifier",
    "StoreContract",
    "process_machine",
    "strategies",
]

_MODULES: Final = {
    "ClockContract": "port_contracts",
    "DirectoryContract": "port_contracts",
    "DurableStoreContract": "contracts",
    "NotifierContract": "port_contracts",
    "StoreContract": "contracts",
    "process_machine": "machines",
    "strategies": "strategies",
}
_WITH_ASSERTIONS: Final = (
    "contracts",
    "port_contracts",
    *(f"_store_{part}" for part in ("archive", "commits", "pages", "queries", "threads", "values", "work")),
)


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    package = "pytest" if name.endswith("Contract") else "hypothesis"
    need(package, extra="testing", why=f"{name} needs {package}")
    if package == "pytest":
        import pytest

        pytest.register_assert_rewrite(*(f"{__name__}.{module}" for module in _WITH_ASSERTIONS))
    module = import_module(f"{__name__}.{_MODULES[name]}")
    return module if name == "strategies" else getattr(module, name)
