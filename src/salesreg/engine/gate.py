"""The gate before every step: the rulebook says who may not act yet, and looks at cases that are read once a state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from salesreg.engine.codec import Pages, decode_case
from salesreg.engine.workspace import Workspace
from salesreg.ports import Holder, Store
from salesreg.process.case import Case
from salesreg.rules.regulation import Regulation


class Gatekeeper:
    """Asks the gate of a rulebook, if it has one.

    Attributes:
        keys: the unique keys whose holders it looks at.
    """

    def __init__(
        self, store: Store, pages: Pages, regulation: Regulation, regulation_of: Callable[[str], Regulation]
    ) -> None:
        self._store = store
        self._pages = pages
        self._regulation = regulation
        self._regulation_of = regulation_of
        self._gate = pages.rulebook.gate
        self.keys: tuple[str, ...] = () if self._gate is None else pages.rulebook.gate_keys
        self._known: dict[str, tuple[Holder, Case[Any]]] = {}

    def unacknowledged(
        self, employee: str, roles: frozenset[str], holders: Mapping[str, Holder] | None = None
    ) -> frozenset[str]:
        """Of some roles of an employee, by id, those in which they may not act yet.

        Args:
            employee: their id.
            roles: their ids.
            holders: who holds the keys, if that has been looked up.
        """
        if self._gate is None:
            return frozenset()
        if holders is None:
            holders = self._store.load([], keys=self.keys).holders if self.keys else {}
        work = Workspace(self._store, self._pages, self._regulation_of)
        for key in self.keys:
            work.know(key, self._case(key, holders.get(key)))
        return self._gate(work.look(self._regulation), employee, roles)

    def _case(self, key: str, holder: Holder | None) -> Case[Any] | None:
        """The case that holds a key, read again where another does, or where it has moved on."""
        if holder is None:
            return None
        known = self._known.get(key)
        if known is None or known[0] != holder:
            stored = self._store.load([holder.case]).cases[holder.case]
            known = self._known[key] = Holder(stored.id, stored.head), decode_case(self._pages, stored)
        return known[1]
