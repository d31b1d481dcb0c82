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

from typing import TYPE_CHECKING, Any

from salesreg.errors import MissingExtraError
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

_CONTRACTS = {"DurableStoreContract", "NotifierContract", "StoreContract"}
_WITH_ASSERTIONS = ("contracts", "_store_commits", "_store_queries", "_store_work", "_store_threads")


def __getattr__(name: str) -> Any:
    if name in {"process_machine", "strategies"}:
        return _of_hypothesis(name)
    if name not in _CONTRACTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        import pytest
    except ImportError as error:
        raise MissingExtraError(f"{name} needs pytest: pip install 'salesreg[test]'", "test") from error
    pytest.register_assert_rewrite(*(f"{__name__}.{module}" for module in _WITH_ASSERTIONS))
    from salesreg.testing import contracts

    return getattr(contracts, name)


def _of_hypothesis(name: str) -> Any:
    try:
        from salesreg.testing import machines, strategies
    except ImportError as error:
        raise MissingExtraError(f"{name} needs hypothesis: pip install 'salesreg[test]'", "test") from error
    return strategies if name == "strategies" else machines.process_machine
