"""Whether a store is what was written to it: chains, hashes, replay and everything derived, seen at one moment."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import attrs
import msgspec

from salesreg.decide.outcome import parents_of
from salesreg.decide.plan import bind
from salesreg.decide.replay import replay
from salesreg.engine.codec import Pages, decode_case, encode_case, search_of
from salesreg.engine.events import (
    ERASED,
    Reader,
    digest_of,
    fingerprint,
    hash_of,
    links_of,
    own_keys,
    personal_of,
    record_of,
)
from salesreg.engine.log import kept_regulation
from salesreg.engine.transfer import IMPORT
from salesreg.engine.workspace import timers_of
from salesreg.errors import SalesregError
from salesreg.ports import (
    Broken,
    Command,
    KeptCase,
    KeptCommand,
    KeptEvent,
    KeptMark,
    KeptRegulation,
    Store,
    StoredCase,
    StoredEvent,
)
from salesreg.process.case import Case, Event
from salesreg.rules.regulation import Regulation

_FIELDS: Final = (
    "stage", "version", "data", "process_version", "rulebook", "regulation", "last_at", "ended", "waits_for", "begun_at"
)  # fmt: skip
_COLUMNS: Final = ("case", "version", "process", "step", "at", "recorded_at")


class Seal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far each case had come at a moment: to be kept where whoever can write to the store cannot.

    Attributes:
        cases: by the id of each case, the version it was at and the hash of its last event.
        digest: of all of that, short enough to be printed and signed.
    """

    cases: Mapping[str, tuple[int, str]]
    digest: str

    def is_whole(self) -> bool:
        """Whether nothing of it was changed."""
        return self.digest == _digest(self.cases)


@attrs.define
class Report:
    """What a check has found.

    Attributes:
        cases: how many cases there are of each process.
        unknown: of which processes the program has no page, so that their cases were not replayed.
        problems: everything that is wrong, a sentence each.
    """

    cases: Counter[str] = attrs.field(factory=Counter)
    unknown: set[str] = attrs.field(factory=set)
    problems: list[str] = attrs.field(factory=list)


def sealed(store: Store) -> Seal:
    """The seal of everything that a store holds at this moment."""
    with store.snapshot() as seen:
        kept = (one.case for one in seen.archive() if isinstance(one, KeptCase))
        heads = {case.id: (case.version, case.head) for case in kept}
    return Seal(heads, _digest(heads))


def _digest(heads: Mapping[str, tuple[int, str]]) -> str:
    return hash_of(msgspec.json.encode(sorted((case, *head) for case, head in heads.items())))


def check(store: Store, pages: Pages, *, seal: Seal | None = None, faults: bool = True) -> Report:
    """Check everything in a store; whatever is found, the rest is checked all the same.

    Args:
        store: it may be written meanwhile.
        pages: the processes that its cases run on.
        seal: what it must hold at least.
        faults: whether to look for what is wrong inside the store itself too.
    """
    report = Report()
    try:
        with store.snapshot() as seen:
            one = _Check(seen, pages, {} if seal is None else dict(seal.cases), report)
            for part in (one.problems, *([seen.faults] if faults else [])):
                try:
                    for problem in part():
                        report.problems.append(problem)
                except SalesregError as wrong:
                    report.problems.append(str(wrong))
    except SalesregError as wrong:
        report.problems.append(str(wrong))
    if seal is not None and not seal.is_whole():
        report.problems.append("the seal itself has been changed: its digest does not fit")
    return report


class _Check:
    """The check of one moment of a store."""

    def __init__(self, store: Store, pages: Pages, seal: dict[str, tuple[int, str]], report: Report) -> None:
        self._store = store
        self._pages = pages
        self._seal = seal
        self._report = report
        self._known = {page.id for page in pages.every()}
        self._regulations: dict[str, Regulation] = {}
        self._unread: set[str] = set()
        self._asked: dict[str, tuple[str, int, int]] = {}
        self._prints: dict[str, set[str]] = {}
        """By its key, the case and the version that a command led to, and the last that may have followed from it."""

    def problems(self) -> Iterator[str]:
        seen: set[str] = set()
        lost: dict[str, None] = {}
        for kept in self._store.archive():
            match kept:
                case Broken(record=record, reason=reason):
                    seen.add(record.removeprefix("case "))
                    yield f"{record} cannot be read: {reason}"
                case KeptRegulation(hash=content_hash):
                    yield from self._regulation(content_hash)
                case KeptCase(case=case):
                    seen.add(case.id)
                    self._report.cases[case.process] += 1
                    yield from self._guarded(kept)
                case KeptEvent(event=event) if event.case not in seen:
                    lost[event.case] = None
                case KeptMark(name=name) if name == IMPORT:
                    yield "an import into it was broken off: run `salesreg db import` with its file again"
                case KeptCommand(command=command):
                    yield from self._command(command)
        yield from (f"{case_id}: it has events, and the case itself is gone" for case_id in lost)
        yield from (f"{case_id}: the seal has it, and it is gone" for case_id in self._seal)

    def _guarded(self, kept: KeptCase) -> Iterator[str]:
        """One case; what cannot be foreseen in an altered record is told as well, and the rest goes on."""
        try:
            links = list(links_of(self._store, kept.case.id))
        except SalesregError as wrong:
            yield f"{kept.case.id}: {wrong}"
            return
        for part in (self._replayed, self._chain):
            try:
                yield from part(kept, links)
            except SalesregError as wrong:
                self._unread.add(kept.case.id)
                yield f"{kept.case.id}: {wrong}"
            except Exception as wrong:  # noqa: BLE001 - altered records raise what they like
                self._unread.add(kept.case.id)
                yield f"{kept.case.id}: it cannot be checked: {type(wrong).__name__}: {wrong}"

    # -- what a case is made of -----------------------------------------------------------------------------------

    def _replayed(self, kept: KeptCase, links: Sequence[StoredEvent]) -> Iterator[str]:
        stored = kept.case
        if stored.process not in self._known:
            self._report.unknown.add(stored.process)
            self._unread.add(stored.id)
            return
        case, reader = decode_case(self._pages, stored), Reader(self._pages)
        events: list[Event] = []
        bare: set[int] = set()
        for link in links:
            events.append(reader.read(link))
            if reader.missing:
                bare.add(link.version)
        erased = max((event.version for event in events if event.step == ERASED), default=0)
        yield from (
            f"{stored.id}: personal data of event {version} are gone, and no erasure is on record"
            for version in sorted(bare)
            if version > erased
        )
        again: Case[Any] = replay(self._pages.of_case, events)
        yield from self._derived(kept, case, again, erased=bool(erased))
        owed = {one.id: one for event in events for one in (*event.opened, *event.closed)}
        if [(one.id, one) for one, _ in kept.obligations] != list(owed.items()):
            yield f"{stored.id}: the stored obligations are not what its events lead to"
        for number, event in enumerate(events):
            if event.command_key is not None:
                followed = number
                while followed + 1 < len(events) and events[followed + 1].cause is not None:
                    followed += 1
                self._asked[event.command_key] = event.case, event.version, events[followed].version
                if event.version not in bare:
                    self._prints[event.command_key] = set(self._printed(event))

    def _printed(self, event: Event) -> Iterator[str]:
        """What the command of an event may have been kept as, if that can still be told."""
        page = self._pages.of_case(event)
        with contextlib.suppress(SalesregError, KeyError):
            if bind(page, self._regulation_of(event.regulation)).filled is None:
                for named in {event.case, None if event.version == 1 else event.case}:
                    yield fingerprint(page, event.step, named, event.by, event.payload)

    def _derived(self, kept: KeptCase, case: Case[Any], again: Case[Any], *, erased: bool) -> Iterator[str]:
        """What is stored beside the events, and follows from them."""
        stored, page = kept.case, self._pages.of_case(again)
        try:
            regulation = self._regulation_of(again.regulation)
        except SalesregError as wrong:
            yield f"{stored.id}: {wrong}"
            waits_for: Any = stored.waits_for
        else:
            owner = bind(page, regulation).owner(page.stages[again.stage].owner)
            waits_for = encode_case(page, again, owner, data=b"").waits_for
        led: StoredCase = encode_case(page, again, None, stored.head, stored.data)
        led = msgspec.structs.replace(led, waits_for=waits_for)
        for name in _FIELDS:
            found, expected = (case.data, again.data) if name == "data" else (getattr(stored, name), getattr(led, name))
            if found != expected:
                yield f"{stored.id}: the stored {name} is not what its events lead to"
        search = {(name, value.casefold()) for name, value in search_of(page, again.data)}
        timers = {(one.timer, one.at) for one in timers_of(page, again)}
        for what, there, expected in (
            ("keys", set(kept.keys), own_keys(page, again.data, erased=erased)),
            ("parents", set(kept.parents), set(parents_of(page.table, again.data))),
            ("search values", set(kept.search), search),
            ("timers", {(one.timer, one.at) for one, _ in kept.timers}, timers),
        ):
            if there != expected:
                yield f"{stored.id}: the stored {what} are not what its data say"

    # -- the record itself ----------------------------------------------------------------------------------------

    def _chain(self, kept: KeptCase, links: Sequence[StoredEvent]) -> Iterator[str]:
        case_id, previous = kept.case.id, ""
        version, head = self._seal.pop(case_id, (0, ""))
        found = {link.version: link.hash for link in links}
        for link in links:
            name = f"{case_id}: event {link.version}"
            if hash_of(link.body) != link.hash:
                yield f"{name} is not as it was written: its hash does not fit"
            record = record_of(link)
            if record.previous != previous:
                yield f"{name} does not follow the one before it"
            for column in _COLUMNS:
                if getattr(link, column) != getattr(record, column):
                    yield f"{name} is said to have another {column} than it holds"
            if any(digest_of(*text) != digest for digest, text in personal_of(link).items()):
                yield f"{name} is not as it was written: a personal text does not fit its digest"
            previous = link.hash
        if previous != kept.case.head:
            yield f"{case_id}: its last event is not the one that it was left at"
        if version and found.get(version) != head:
            told = "is not the one that the seal has" if version in found else "is gone, and the seal has it"
            yield f"{case_id}: event {version} {told}"

    def _command(self, command: Command) -> Iterator[str]:
        case_id, first, last = self._asked.get(command.key, ("", 0, 0))
        if command.case in self._unread:
            return
        if command.case != case_id or not first <= command.version <= last:
            yield f"command key {command.key!r}: event {command.version} of {command.case} did not come of it"
        elif (prints := self._prints.get(command.key)) and command.fingerprint not in {"", *prints}:
            yield f"command key {command.key!r}: it stands for another command than event {first} of {case_id} records"

    def _regulation(self, content_hash: str) -> Iterator[str]:
        try:
            self._regulation_of(content_hash)
        except SalesregError as wrong:
            yield str(wrong)

    def _regulation_of(self, content_hash: str) -> Regulation:
        if content_hash not in self._regulations:
            self._regulations[content_hash] = kept_regulation(self._store, content_hash)
        return self._regulations[content_hash]
