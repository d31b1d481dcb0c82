"""Small, valid records to try a store with."""

from __future__ import annotations

import datetime as dt
from typing import Any

from msgspec.structs import replace

from salesreg.ports import Batch, CaseWrite, Message, Scheduled, StoredCase, StoredEvent
from salesreg.process import Obligation

NOON = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
LEASE = 5 * MINUTE


def after(minutes: float) -> dt.datetime:
    """An instant so many minutes after noon."""
    return NOON + minutes * MINUTE


def case(case_id: str = "c-1", version: int = 1, **changes: Any) -> StoredCase:
    """A case of a sale."""
    data = f'{{"name":"ООО «Ромашка» №{version}"}}'.encode()
    also = {
        "rulebook": "commercial",
        "waits_for": "sales_manager",
        "begun_at": NOON,
        "head": f"hash-{version}",
        **changes,
    }
    return replace(StoredCase(case_id, "sale", 1, "opening", version, data, "hash-1", after(version), False), **also)


def event(case_id: str = "c-1", version: int = 1, **changes: Any) -> StoredEvent:
    """The event that brought a case to a version."""
    body = f'{{"id":"{case_id}:{version}","by":"Анна"}}'.encode()
    it = StoredEvent(case_id, version, "sale", f"step_{version}", after(version), body, after(version + 1))
    it = replace(it, hash=f"hash-{version}", personal=b'{"digest":["salt","\xd0\x90\xd0\xbd\xd0\xbd\xd0\xb0"]}')
    return replace(it, **changes)


def write(it: StoredCase, **changes: Any) -> CaseWrite:
    """The case written over its previous version."""
    return CaseWrite(it, it.version - 1, **changes)


def batch(*cases: StoredCase, **changes: Any) -> Batch:
    """What a command that moved these cases on by one version writes; ``keys_taken`` and the like go to the first."""
    names = {"keys_taken", "keys_released", "parents", "timers", "search"} & changes.keys()
    of_case = {name: changes.pop(name) for name in names}
    writes = [write(it, **(of_case if index == 0 else {})) for index, it in enumerate(cases)]
    events = tuple(event(it.id, it.version) for it in cases)
    return replace(Batch(tuple(writes), events, NOON), **changes)


def obligation(number: int = 1, case_id: str = "c-1", due: dt.datetime | None = None, **changes: Any) -> Obligation:
    """An obligation of the sales manager, due at an instant or an hour after noon."""
    id_ = f"{case_id}:sale.norm:{number}"
    it = Obligation(id_, case_id, "sale.norm", "R10", "sales_manager", None, "2 business days", NOON, due or after(60))
    return replace(it, **changes)


def scheduled(number: int = 1, wake: float | None = 0, case_id: str = "c-1", **changes: Any) -> Scheduled:
    """An obligation to be looked at so many minutes after noon."""
    return Scheduled(obligation(number, case_id, **changes), None if wake is None else after(wake))


def message(number: int = 1, minutes: float = 0, **changes: Any) -> Message:
    """A message to Anna about something that happened so many minutes after noon."""
    to = ("anna", "anna@firm.example", "ru", "step", f"Договор № {number}", "Подпишите, пожалуйста.\nСпасибо!")
    facts = {"client": "ООО «Ромашка»", "№": str(number)}
    return replace(Message(f"c-1:{number}:anna", *to, "c-1", after(minutes), facts), **changes)
