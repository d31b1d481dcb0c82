"""Cases as a store keeps them, and back; and the pages that a program knows."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from typing import Any, Final, TypeVar

import msgspec

from salesreg.decide.plan import who_owes
from salesreg.errors import RecordError, UnknownAttribute, UnknownProcess, UnknownStage
from salesreg.ports import StoredCase
from salesreg.process.bounds import encode_hook, shown
from salesreg.process.case import Case, Event
from salesreg.process.page import Process
from salesreg.process.rulebook import Rulebook
from salesreg.process.table import Table

D = TypeVar("D")
LARGE: Final = 32_768
"""From how many bytes on a case's decoded data are kept beside what they were read from."""

KEPT: Final = 8
"""Of how many cases at most."""

ENCODER: Final = msgspec.json.Encoder(enc_hook=encode_hook)


class Pages:
    """The process classes of a rulebook, by id, version and home."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook: Rulebook = rulebook
        self._known = dict(rulebook.pages)
        self._latest = {page.id: page for page in rulebook.processes}
        self._large: dict[str, tuple[Table, bytes, Any]] = {}

    def latest(self, process: str | type[Process[Any]]) -> type[Process[Any]]:
        """The process that new cases begin with, by its id or any of its classes.

        Raises:
            UnknownProcess: there is none of that id.
        """
        process_id = process if isinstance(process, str) else getattr(process, "id", process)
        found = self._latest.get(process_id) if isinstance(process_id, str) else None
        if found is None:
            raise UnknownProcess(
                f"no process {process_id!r}; this engine knows {', '.join(sorted(self._latest)) or 'none'}"
            )
        return found

    def of(self, process_id: str, version: int, rulebook: str) -> type[Process[Any]]:
        """The class that a running case runs on.

        Raises:
            UnknownProcess: this program does not have that version.
        """
        found = self._known.get((process_id, version, rulebook))
        if found is None:
            known = ", ".join(f"{name} {number} of {book}" for name, number, book in sorted(self._known))
            raise UnknownProcess(
                f"no version {version} of process {process_id!r} in rulebook {rulebook!r}; this engine knows {known}"
            )
        return found

    def of_case(self, case: Case[Any] | StoredCase | Event) -> type[Process[Any]]:
        """The class that a case or an event names.

        Raises:
            UnknownProcess: this program does not have it.
        """
        known = self._known.get((case.process, case.process_version, case.rulebook))
        if known is not None:
            return known
        try:
            return self.of(case.process, case.process_version, case.rulebook)
        except UnknownProcess as wrong:
            case_id = case.case if isinstance(case, Event) else case.id
            raise UnknownProcess(f"case {case_id!r} runs on what this program does not have: {wrong}") from None

    def home(self, page: type[Process[Any]]) -> str:
        """The id of the rulebook that a class belongs to."""
        return self.rulebook.homes[page]

    def data_of(self, table: Table, stored: StoredCase) -> Any:
        """The data of a case. Large data that are read again as they were, such as a price list, are decoded once.

        Raises:
            RecordError: the data are not those of the process's entity.
        """
        if len(stored.data) < LARGE:
            return table.decode(stored.data)
        known = self._large.get(stored.id)
        if known is not None and known[0] is table and known[1] == stored.data:
            return known[2]
        data = table.decode(stored.data)
        if len(self._large) >= KEPT:
            self._large = {}
        self._large[stored.id] = table, stored.data, data
        return data

    def encoded(self, case: Case[Any]) -> bytes:
        """The data of a case as a store keeps them; large data that are as they were read are not encoded again."""
        known = self._large.get(case.id)
        return known[1] if known is not None and known[2] is case.data else ENCODER.encode(case.data)

    def check_names(
        self, process: str | None, stage: str | None, where: Iterable[str], norm: str | None = None
    ) -> None:
        """Refuse what no version of a process has.

        Raises:
            UnknownProcess: no process of that id.
            UnknownStage: no stage of that id.
            UnknownAttribute: nothing that cases are found by of that name, or no norm of that id.
        """
        tables = [page.table for page in self._known.values() if process in {None, page.id}]
        if process is not None and not tables:
            self.latest(process)
        if stage is not None and not any(stage in table.stages for table in tables):
            raise UnknownStage(f"no stage {shown(stage)}; there are {_named(tables, 'stages')}")
        for name in where:
            if not any(name in table.searchable for table in tables):
                known = _named(tables, "searchable")
                raise UnknownAttribute(f"cases are not found by {shown(name)}; they are by {known}")
        enforced = {one.id for table in tables for one in table.norms()} if norm is not None else set()
        if norm is not None and norm not in enforced:
            close = ", ".join(difflib.get_close_matches(norm, sorted(enforced)))
            raise UnknownAttribute(f"no page enforces a norm {norm!r}" + (f"; close to it: {close}" if close else ""))

    def __contains__(self, key: object) -> bool:
        return key in self._known

    def __iter__(self) -> Iterator[type[Process[Any]]]:
        return iter(self._latest.values())

    def every(self) -> Iterable[type[Process[Any]]]:
        """Every class, older ones included."""
        return self._known.values()


def _named(tables: Iterable[Table], what: str) -> str:
    return ", ".join(dict.fromkeys(name for table in tables for name in getattr(table, what))) or "nothing"


def search_of(page: type[Process[Any]], data: Any) -> tuple[tuple[str, str], ...]:
    """What a case can be found by: names and values."""
    found: dict[tuple[str, str], None] = {}
    for name, read in page.table.searchable.items():
        value = read(data)
        for one in () if value is None else (value,) if isinstance(value, str) else value:
            if one is not None:
                found[name, str(one)] = None
    return tuple(found)


def encode_case(
    page: type[Process[D]], case: Case[D], owner: Any, head: str = "", data: bytes | None = None
) -> StoredCase:
    """A case as a store keeps it.

    Args:
        page: what it runs on.
        case: the case.
        owner: how its stage's owner is found.
        head: the hash of its last event.
        data: its data, if they have been encoded already.
    """
    stage = page.table.stages[case.stage]
    role, person = (None, None) if stage.ended else who_owes(owner, case.data)
    return StoredCase(
        id=case.id,
        process=case.process,
        process_version=case.process_version,
        stage=case.stage,
        version=case.version,
        data=ENCODER.encode(case.data) if data is None else data,
        regulation=case.regulation,
        last_at=case.last_at,
        ended=stage.ended,
        rulebook=case.rulebook,
        waits_for=person or role,
        begun_at=case.begun_at,
        head=head,
    )


def decode_case(pages: Pages, stored: StoredCase) -> Case[Any]:
    """The case from what a store kept.

    The data of a page that this program no longer has, or does not have yet, stay as they are in JSON.

    Raises:
        UnknownStage: the process has no such stage.
        RecordError: the data are not those of the process's entity.
    """
    if (stored.process, stored.process_version, stored.rulebook) not in pages:
        return _case(stored, _plain(stored))
    table = pages.of_case(stored).table
    table.stage(stored.stage)
    return _case(stored, pages.data_of(table, stored))


def listed_case(pages: Pages, stored: StoredCase) -> Case[Any]:
    """The case as a list shows it.

    Where this program cannot read it, its data stay as they are in JSON; whoever takes it up by itself is told why.
    """
    try:
        return decode_case(pages, stored)
    except RecordError:
        return _case(stored, _plain(stored))


def lost(page: type[Process[Any]], case: Case[Any], data: bytes) -> str | None:
    """What a case's data hold that its page does not know, so that it would be gone once the case is written."""
    again = ENCODER.encode(case.data)
    if again == data:
        return None
    return next(_missing(msgspec.json.decode(data), msgspec.json.decode(again), page.data.__name__), None)


def _missing(old: Any, new: Any, where: str) -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        for name, value in old.items():
            if name not in new:
                yield f"{name!r}, which {where} does not have"
            else:
                yield from _missing(value, new[name], f"{where}.{name}")
    elif isinstance(old, list) and isinstance(new, list):
        for one, other in zip(old, new, strict=False):
            yield from _missing(one, other, f"{where}[]")


def _plain(stored: StoredCase) -> Any:
    try:
        return msgspec.json.decode(stored.data)
    except (msgspec.MsgspecError, ValueError) as wrong:
        raise RecordError(f"the stored data of case {stored.id!r} cannot be read: {wrong}") from wrong


def _case(stored: StoredCase, data: Any) -> Case[Any]:
    return Case(
        stored.id,
        stored.process,
        stored.process_version,
        stored.stage,
        stored.version,
        data,
        stored.regulation,
        stored.last_at,
        stored.obligations,
        stored.rulebook,
        stored.begun_at,
    )
