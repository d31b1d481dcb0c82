"""From an address to a running engine of the commercial service."""

from __future__ import annotations

import logging
from typing import Final

from salesreg.engine import ProcessEngine
from salesreg.engine import open_engine as open_with
from salesreg.ports import Clock, Directory, Notifier, Store
from salesreg.process import Rulebook
from salesreg.rules import Regulation

_log: Final = logging.getLogger("salesreg")


def open_engine(
    url: str | Store,
    *,
    regulation: Regulation,
    directory: Directory,
    notifier: Notifier | None = None,
    clock: Clock | None = None,
    rulebook: Rulebook | None = None,
    lang: str = "en",
) -> ProcessEngine:
    """Open a store and run the processes of a rulebook on it, by default those of the commercial service.

    Args:
        url: ``"sqlite:///sales.db"``, ``"postgresql://host/name"``, ``"memory:"``, or a `Store` of your own.
        regulation: what new cases run under; every value it leaves open is named at once.
        directory: who works here.
        notifier: how people are told; None leaves messages in the outbox.
        clock: what time it is; by default the system's clock.
        rulebook: the roles, processes, reactions and texts; the shipped pages are loaded only where none is given.
        lang: language of the messages.

    Raises:
        StoreUrlError: the address names no adapter.
        ParameterNotSet, RegulationMismatch: the regulation does not fit the rulebook.
        StoreError: the store cannot be used as it is, or running cases cannot be carried on.
    """
    if rulebook is None:
        from salesreg.commercial.rulebook import COMMERCIAL

        rulebook = COMMERCIAL
    engine = open_with(
        url,
        rulebook=rulebook,
        regulation=regulation,
        directory=directory,
        notifier=notifier,
        clock=clock,
        lang=lang,
    )
    say_what_is_open(engine)
    return engine


def say_what_is_open(engine: ProcessEngine) -> None:
    """Log which protections rest on something that there is not yet."""
    from salesreg.commercial.domain.price_changes import IN_FORCE_KEY as PRICE_LIST
    from salesreg.commercial.domain.versions import IN_FORCE_KEY
    from salesreg.commercial.parameters import ACKNOWLEDGE_FIRST, OPEN_QUOTES

    first = ACKNOWLEDGE_FIRST
    if first in engine.rulebook.read() and engine.regulation.value(first) and not engine.count(key=IN_FORCE_KEY):
        _log.info(
            "no version of the regulation is in force: there is nothing to acknowledge, nobody is kept from acting"
        )
    if OPEN_QUOTES in engine.rulebook.read() and not engine.count(key=PRICE_LIST):
        _log.info("no base price list was adopted yet: until the first one, quotes name any item at any price")
