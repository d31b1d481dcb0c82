"""What a user of salesreg tests with: contracts for adapters, machines for processes, strategies, doubles, fixtures.

::

    from salesreg.testing import StoreContract

    class TestMyStore(StoreContract):
        @pytest.fixture
        def store(self):
            with closing(MyStore()) as store:
                yield store

`StoreContract`, `NotifierContract`, `DirectoryContract` and `ClockContract` hold an adapter to what its port promises.
`process_machine` makes a Hypothesis state machine that drives any process through the engine on memory and SQLite, and
`check_process` runs it; `strategies` holds the strategies for our types. `ManualClock`, `RecordingNotifier`,
`FlakyNotifier` and `FaultyStore` stand in for the ports. Where salesreg is installed, pytest has the fixtures
``engine``, ``clock``, ``people`` and ``outbox`` (`salesreg.testing.plugin`).

The contracts need pytest, machines and strategies need Hypothesis; the extra ``salesreg[testing]`` brings both, and
they are imported only when something of theirs is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from salesreg.testing import strategies
    from salesreg.testing.contracts import DurableStoreContract, SharedStoreContract, StoreContract
    from salesreg.testing.doubles import ManualClock, RecordingNotifier, plain_regulation
    from salesreg.testing.faulty import FaultyStore, FlakyNotifier
    from salesreg.testing.machines import check_process, process_machine
    from salesreg.testing.port_contracts import ClockContract, DirectoryContract, NotifierContract

__all__ = [
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

_MODULES: Final = {
    "ClockContract": "port_contracts",
    "DirectoryContract": "port_contracts",
    "DurableStoreContract": "contracts",
    "FaultyStore": "faulty",
    "FlakyNotifier": "faulty",
    "ManualClock": "doubles",
    "NotifierContract": "port_contracts",
    "RecordingNotifier": "doubles",
    "SharedStoreContract": "contracts",
    "StoreContract": "contracts",
    "check_process": "machines",
    "plain_regulation": "doubles",
    "process_machine": "machines",
    "strategies": "strategies",
}
_NEEDED: Final = {
    "contracts": "pytest",
    "machines": "hypothesis",
    "port_contracts": "pytest",
    "strategies": "hypothesis",
}
_WITH_ASSERTIONS: Final = (
    "contracts",
    "port_contracts",
    *(f"_store_{part}" for part in ("archive", "commits", "pages", "queries", "threads", "values", "work")),
)


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = _MODULES[name]
    package = _NEEDED.get(module)
    if package is not None:
        from salesreg.errors import need

        need(package, extra="testing", why=f"{name} needs {package}")
    if package == "pytest":
        import pytest

        pytest.register_assert_rewrite(*(f"{__name__}.{part}" for part in _WITH_ASSERTIONS))
    found = import_module(f"{__name__}.{module}")
    return found if name == "strategies" else getattr(found, name)
