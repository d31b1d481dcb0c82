"""Personal data erased: texts and salts go, the chain of digests stays whole, and the case records that it was done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from typing import Any, Final

import attrs
import msgspec
from msgspec.structs import replace

from salesreg.decide.plan import bind
from salesreg.decide.replay import replay
from salesreg.engine.codec import Pages, decode_case, encode_case, search_of
from salesreg.engine.events import ERASED, Reader, encode_event, links_of, own_keys, personal_of
from salesreg.errors import SalesregError, VersionConflict
from salesreg.ports import Batch, CaseWrite, Erased, KeptEvent, Store, StoredCase, StoredEvent
from salesreg.process.case import Case, Event
from salesreg.process.personal import INSTEAD
from salesreg.rules.regulation import Regulation
from salesreg.rules.roles import SYSTEM

_TRIES: Final = 4


@attrs.frozen
class Erasure:
    """What became of one case.

    Attributes:
        case: its id.
        texts: how many different personal texts it lost, or would lose.
        kept: why it keeps them; empty if it does not.
    """

    case: str
    texts: int
    kept: str = ""


@attrs.frozen
class Eraser:
    """Erases; the attributes are the engine's own."""

    store: Store
    pages: Pages
    regulation_of: Callable[[str], Regulation]
    now: Callable[[], dt.datetime]

    def erase(
        self, cases: Collection[str], texts: Collection[str], *, by: str, reason: str, dry_run: bool
    ) -> tuple[Erasure, ...]:
        """Erase what cases hold of people, or certain texts wherever they stand.

        Args:
            cases: whose personal data; with none, those of every case that holds one of the texts.
            texts: names, numbers and addresses as they were entered; with none, everything personal goes.
            by: who has it done.
            reason: on whose request or by which rule.
            dry_run: only say what would be done.

        Raises:
            VersionConflict: a case went on moving while it was tried.
        """
        wanted = {text.casefold() for text in texts}
        found = cases or (self._holding(wanted) if wanted else ())
        return tuple(self._tried(case_id, wanted, by, reason, dry_run) for case_id in found)

    def _holding(self, texts: set[str]) -> list[str]:
        with self.store.snapshot() as seen:
            events = (one.event for one in seen.archive() if isinstance(one, KeptEvent))
            holding = (event.case for event in events if _has(event, texts))
            return list(dict.fromkeys(holding))

    def _tried(self, case_id: str, texts: set[str], by: str, reason: str, dry_run: bool) -> Erasure:
        for left in range(_TRIES, 0, -1):
            stored = self.store.load([case_id]).cases.get(case_id)
            if stored is None:
                return Erasure(case_id, 0, "there is no such case")
            try:
                batch, gone, kept = self._planned(stored, texts, by, reason)
                if kept or dry_run or not gone:
                    return Erasure(case_id, len(gone), kept)
                self.store.commit(batch)
                return Erasure(case_id, len(gone))
            except VersionConflict:
                if left == 1:
                    raise
            except SalesregError as wrong:
                return Erasure(case_id, 0, str(wrong))
        raise AssertionError

    def _planned(self, stored: StoredCase, texts: set[str], by: str, reason: str) -> tuple[Batch, set[str], str]:
        """What is to be written, which texts go, and why not."""
        page, now = self.pages.of_case(stored), self.now()
        gone: set[str] = set()
        left: dict[int, bytes | None] = {}
        bare = []
        erased = False
        for link in links_of(self.store, stored.id):
            erased |= link.step == ERASED
            had = personal_of(link)
            goes = {digest for digest, (_, text) in had.items() if not texts or text.casefold() in texts}
            if goes:
                gone |= {had[digest][1] for digest in goes}
                stays = {digest: text for digest, text in had.items() if digest not in goes}
                left[link.version] = msgspec.json.encode(stays) if stays else None
                bare.append(replace(link, personal=left[link.version]))
            else:
                bare.append(link)
        case = decode_case(self.pages, stored)
        retention = page.retention
        kept = ""
        if gone and not stored.ended:
            kept = f"it is in {stored.stage!r}: a case that runs needs them, so end it first"
        elif gone and retention is not None and retention.binds(case.data):
            until = dt.datetime(stored.last_at.year + 1 + retention.years, 1, 1, tzinfo=dt.UTC)
            kept = f"{retention.reason}: kept until {until.date()}" if now < until else ""
        again: Case[Any] = replay(self.pages.of_case, map(Reader(self.pages).read, bare))
        version, at = stored.version + 1, max(now, stored.last_at)
        event = Event(
            id=f"{stored.id}:{version}",
            case=stored.id,
            version=version,
            process=stored.process,
            process_version=stored.process_version,
            step=ERASED,
            source=stored.stage,
            target=stored.stage,
            at=at,
            by=by,
            role=SYSTEM.id,
            regulation=stored.regulation,
            payload={"reason": reason, "texts": len(gone)},
            rulebook=stored.rulebook,
        )
        link = encode_event(page, event, now, stored.head, again)
        owner = bind(page, self.regulation_of(stored.regulation)).owner(page.stages[stored.stage].owner)
        released = own_keys(page, case.data, erased=erased) - own_keys(page, again.data, erased=True)
        write = CaseWrite(
            encode_case(page, replace(again, version=version, last_at=at), owner, link.hash),
            stored.version,
            keys_released=tuple(sorted(released)),
            search=search_of(page, again.data),
        )
        # The longest first, so that no part of one is left where another stands inside it.
        dropped = Erased(stored.id, left, tuple(sorted(gone, key=len, reverse=True)), INSTEAD)
        return Batch((write,), (link,), now, erased=(dropped,)), gone, kept


def _has(event: StoredEvent, texts: set[str]) -> bool:
    return any(text.casefold() in texts for _, text in personal_of(event).values())
