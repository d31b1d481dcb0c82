"""What a user of salesreg tests with: contracts for adapters, a clock to be turned by hand, a notifier that remembers.

::

    from salesreg.testing import StoreContract

    class TestMyStore(StoreContract):
        @pytest.fixture
        def store(self):
            with closing(MyStore()) as store:
                yield store

`process_machine` makes a Hypothesis state machine that drives any process through the engine on memory and SQLite;
`strategies` holds the strategies for our types.

The contracts need pytest, machines and strategies need Hypothesis; the extra ``salesreg[test]`` brings both, and they
are imported only when something of theirs is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from salesreg.errors import need
from salesreg.testing.doubles import ManualClock, RecordingNotifier

if TYPE_CHECKING:
    from salesreg.testing import strategies
    from salesreg.testing.contracts import DurableStoreContract, NotifierContract, StoreContract
    from salesreg.testing.machines import process_machine

__all__ = [
    "DurableStoreContract",
    "ManualClock",
    "NotifierContract",
    "RecordingNotifier",
    "StoreContract",
    "process_machine",
    "strategies",
]

_OF_HYPOTHESIS = {"process_machine": "machines", "strategies": "strategies"}
_WITH_ASSERTIONS = ("contracts", "_store_commits", "_store_queries", "_store_work", "_store_threads")


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    package = "hypothesis" if name in _OF_HYPOTHESIS else "pytest"
    need(package, extra="test", why=f"{name} needs {package}")
    if package == "pytest":
        import pytest

        pytest.register_assert_rewrite(*(f"{__name__}.{module}" for module in _WITH_ASSERTIONS))
    module = import_module(f"{__name__}.{_OF_HYPOTHESIS.get(name, 'contracts')}")
    return module if name == "strategies" else getattr(module, name)
