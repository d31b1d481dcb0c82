"""What a store promises of values: they come back whole, and those that look alike stay apart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Final

import pytest
from msgspec.structs import replace

from salesreg.errors import StoreUnavailable
from salesreg.ports import (
    Batch,
    CaseQuery,
    ClaimKind,
    Command,
    Dead,
    Done,
    DueTimer,
    KeptMark,
    Message,
    ObligationQuery,
    Retry,
    Scheduled,
    Store,
)
from salesreg.process import Obligation, ObligationStatus
from salesreg.testing._records import LEASE, NOON, after, batch, case, event, message, obligation, scheduled, write

ALIKE: Final = ("c-1", "C-1", "c-1 ", " c-1", "c-1.0", "c-01", "é", "e\u0301", "ß", "ss", "10%", "10_", "10", "'", '"')
"""Names that a collation, a number or a pattern would take for one another."""
MOSCOW: Final = dt.timezone(dt.timedelta(hours=3))
INSTANTS: Final = {
    "the last microsecond of a second": dt.datetime(2026, 3, 2, 12, 0, 0, 999_999, tzinfo=dt.UTC),
    "one microsecond": dt.datetime(2026, 3, 2, 12, 0, 0, 1, tzinfo=dt.UTC),
    "before 1970": dt.datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=dt.UTC),
    "beyond 2038": dt.datetime(2038, 1, 19, 3, 14, 8, tzinfo=dt.UTC),
    "far beyond": dt.datetime(2999, 12, 31, 23, 59, 59, 999_999, tzinfo=dt.UTC),
    "of another zone": dt.datetime(2026, 3, 2, 0, 30, 0, 7, tzinfo=MOSCOW),
}
CLOSED: Final[dict[str, Callable[[Store], object]]] = {
    "load": lambda store: store.load(["c-1"]),
    "commit": lambda store: store.commit(batch(case(version=2))),
    "claim": lambda store: store.claim("message", after(9), 1, LEASE),
    "requeue": lambda store: store.requeue("message", ["c-1:1:anna"], NOON),
    "work": lambda store: store.work("message", "waiting"),
    "backlog": lambda store: store.backlog(NOON),
    "look_again": lambda store: store.look_again(NOON),
    "events": lambda store: list(store.events()),
    "find": lambda store: store.find(CaseQuery()),
    "count": lambda store: store.count(CaseQuery()),
    "obligations": lambda store: store.obligations(ObligationQuery()),
    "messages": lambda store: store.messages("waiting"),
    "holder": lambda store: store.holder("k"),
    "mark": lambda store: store.mark("m"),
    "marks": lambda store: store.marks("m"),
    "running": lambda store: store.running(),
    "regulation": lambda store: store.regulation("h"),
    "keep_regulation": lambda store: store.keep_regulation("h", b"{}"),
    "fingerprints": lambda store: store.fingerprints(),
    "keep_fingerprint": lambda store: store.keep_fingerprint("sale", 1, "firm", "f"),
    "archive": lambda store: list(store.archive()),
    "restore": lambda store: store.restore([KeptMark("m", "1")]),
    "purge": lambda store: store.purge(after(99)),
}


class Values:
    """What goes in comes out."""

    def test_names_that_look_alike_are_not_the_same(self, store: Store) -> None:
        """Letter case, blanks, accents and signs of patterns make a difference; to ids, keys, marks and commands."""
        for number, name in enumerate(ALIKE):
            it = case(name, stage=f"stage {number}")
            command, told = Command(f"key {name}", str(number), name, 1), message(number, id=f"{name}:1:anna")
            kept: dict[str, Any] = {"keys_taken": (f"inn:{name}",), "parents": (f"of {name}",)}
            store.commit(batch(it, command=command, messages=(told,), marks={f"mark {name}": str(number)}, **kept))
        for number, name in enumerate(ALIKE):
            loaded = store.load([name], command_key=f"key {name}")
            assert loaded.cases[name].stage == f"stage {number}", f"another case was loaded for {name!r}"
            assert loaded.command == Command(f"key {name}", str(number), name, 1)
            assert store.holder(f"inn:{name}") == name
            assert store.mark(f"mark {name}") == str(number)
            assert [it.id for it in store.find(CaseQuery(parent=f"of {name}"))] == [name]
            assert [it.id for it in store.find(CaseQuery(key=f"inn:{name}"))] == [name]
            assert [it.id for it in store.find(CaseQuery(stage=f"stage {number}"))] == [name]
            assert [it.case for it in store.events(name)] == [name]
        assert {it.id for it, _ in store.messages("waiting")} == {f"{name}:1:anna" for name in ALIKE}

    def test_long_values_come_back_whole(self, store: Store) -> None:
        """Ids of a thousand characters, data and texts of megabytes."""
        name, long = "Ж" * 1000, "длинно " * 100_000
        it = case(name, stage="s" * 1000, waits_for="w" * 1000, data=f'{{"text":"{long}"}}'.encode())
        told = message(1, id=f"{name}:1", text=long, payload={"fact": long})
        other = case(f"{name}.", data=b"{}")
        told_of = {"keys_taken": (name,), "search": (("client", name),), "timers": (DueTimer(name, "t" * 1000, NOON),)}
        written = batch(it, messages=(told,), obligations=(scheduled(1, 0, name),), marks={name: long}, **told_of)
        body = f'{{"text":"{long}"}}'.encode()
        store.commit(replace(written, events=(event(name, body=body, personal=body),)))
        store.commit(batch(other))
        assert store.load([name]).cases[name] == replace(it, obligations=(obligation(1, name),))
        (kept,) = store.events(name)
        assert (kept.body, kept.personal) == (body, body)
        assert store.messages("waiting") == [(told, "")]
        assert (store.holder(name), store.mark(name)) == (name, long)
        assert [found.id for found in store.find(CaseQuery(where={"client": name}))] == [name]
        (timer,) = store.claim("timer", NOON, 1, LEASE)
        assert timer.body == DueTimer(name, "t" * 1000, NOON)

    def test_texts_come_back_letter_for_letter(self, store: Store) -> None:
        """Blanks around, empty ones, line breaks, letters beyond the first plane, accents as they were written."""
        odd = ("", " ", "  both  ", "a\nb\r\nc\t", "e\u0301 é", "🙂 北京 Ё", 'O\'Hara "q" \\ % _ ; --', "ПРИВЕТ привет")
        for number, text in enumerate(odd):
            told = message(number, subject=text, text=text, payload={"fact": text}, name=text, template=text or "t")
            store.commit(batch(case(f"c-{number}", stage=text or "s"), messages=(told,), marks={f"m{number}": text}))
            assert store.messages("waiting")[-1] == (told, "")
            assert store.mark(f"m{number}") == text
            assert store.load([f"c-{number}"]).cases[f"c-{number}"].stage == (text or "s")

    def test_bodies_come_back_byte_for_byte(self, store: Store) -> None:
        """However the same JSON could have been written, for hashes are made of the bytes."""
        body = b'{ "b":1.50,\n "a" : 12345678901234567890.10, "b2":"\\u0416\\/", "list":[ ] , "a":null}'
        store.commit(Batch((write(case(data=body)),), (event(body=body, personal=body),), NOON))
        (kept,) = store.events()
        assert (kept.body, kept.personal) == (body, body)
        assert store.load(["c-1"]).cases["c-1"].data == body
        store.commit(Batch((write(case(version=2)),), (event(version=2, personal=None, hash=""),), NOON))
        assert [it.personal for it in store.events()] == [body, None]
        store.keep_regulation("h", body)
        assert store.regulation("h") == body

    @pytest.mark.parametrize("instant", INSTANTS.values(), ids=list(INSTANTS))
    def test_instants_come_back_to_the_microsecond(self, store: Store, instant: dt.datetime) -> None:
        """Wherever they stand, whatever the year and the zone; and as aware ones."""
        owed = replace(obligation(), started_at=instant, due=instant, pauses=((instant, None),), backdated=instant)
        timer = DueTimer("c-1", "expire", instant)
        told = message(1, at=instant, not_before=instant)
        it = case(last_at=instant, begun_at=instant)
        written = batch(it, obligations=(Scheduled(owed, instant),), timers=(timer,), messages=(told,))
        store.commit(replace(written, events=(event(at=instant, recorded_at=instant),)))
        loaded = store.load(["c-1"]).cases["c-1"]
        assert loaded == replace(it, obligations=(owed,))
        assert loaded.last_at.utcoffset() is not None
        (kept,) = store.events()
        assert (kept.at, kept.recorded_at) == (instant, instant)
        assert store.backlog(instant).next_at == instant
        bodies: dict[ClaimKind, Obligation | DueTimer | Message] = {"obligation": owed, "timer": timer, "message": told}
        for kind, body in bodies.items():
            assert store.claim(kind, instant - instant.resolution, 9, LEASE) == [], "work was due before its instant"
            (claim,) = store.claim(kind, instant, 9, LEASE)
            assert (claim.body, claim.wake_at) == (body, instant)
            assert store.settle(claim, Retry(instant + LEASE, "busy"))
            assert [work.wake_at for work in store.work(kind, "waiting")] == [instant + LEASE]
        closed = replace(owed, status=ObligationStatus.MET_LATE, closed_at=instant)
        store.commit(batch(case(version=2, last_at=instant), obligations=(Scheduled(closed, None),)))
        assert store.obligations(ObligationQuery()) == [closed]

    def test_every_attribute_of_an_obligation_comes_back(self, store: Store) -> None:
        whole = replace(
            obligation(1, role=None, person="anna", status=ObligationStatus.PAUSED),
            provisional=True,
            pauses=((NOON, after(1)), (after(2), None)),
            moved=3,
            corrects="c-1:sale.norm:0",
            backdated=after(-9),
            clause="",
        )
        store.commit(batch(case(), obligations=(Scheduled(whole, after(0)),)))
        assert store.load(["c-1"]).cases["c-1"].obligations == (whole,)
        (claim,) = store.claim("obligation", NOON, 1, LEASE)
        assert claim.body == whole

    def test_an_ended_case_keeps_what_it_holds(self, store: Store) -> None:
        """Its keys until they are let go, its closed obligations and its messages for good, and its open ones too."""
        met = obligation(1, status=ObligationStatus.MET, closed_at=after(1))
        opened = batch(case(), obligations=(scheduled(1), scheduled(2)), keys_taken=("k",), messages=(message(1),))
        store.commit(replace(opened, command=Command("key", "f", "c-1", 1)))
        store.commit(batch(case(version=2, ended=True, waits_for=None), obligations=(Scheduled(met, None),)))
        assert store.holder("k") == "c-1"
        assert store.load([], command_key="key").command == Command("key", "f", "c-1", 1)
        assert store.obligations(ObligationQuery()) == [met, obligation(2)]
        assert store.load(["c-1"]).cases["c-1"].obligations == (obligation(2),)
        assert store.messages("waiting") == [(message(1), "")]
        assert [it.id for it in store.find(CaseQuery(ended=True, key="k"))] == ["c-1"]
        assert [it.version for it in store.events("c-1")] == [1, 2]
        store.commit(batch(case(version=3, ended=True, waits_for=None), keys_released=("k",)))
        assert store.holder("k") is None

    def test_a_dead_message_stays_until_somebody_puts_it_back(self, store: Store) -> None:
        """Nobody claims it, nothing takes its id, and no clearing out takes it away."""
        store.commit(batch(case(), messages=(message(1),)))
        (claim,) = store.claim("message", NOON, 1, LEASE)
        assert store.settle(claim, Dead("no such address"))
        store.commit(batch(case(version=2), messages=(message(1, text="again"),)))
        assert store.claim("message", after(99), 9, LEASE) == []
        store.purge(after(9999))
        assert store.messages("dead") == [(message(1), "no such address")]
        assert store.requeue("message", [message(1).id], after(5)) == [message(1).id]
        (claim,) = store.claim("message", after(5), 9, LEASE)
        assert store.settle(claim, Done())
        assert store.messages("delivered") == [(message(1), "")]

    @pytest.mark.parametrize("method", CLOSED)
    def test_a_closed_store_says_so(self, store: Store, method: str) -> None:
        """Whatever it is asked; it never answers as if it were empty."""
        store.commit(batch(case(), messages=(message(1),)))
        store.close()
        with pytest.raises(StoreUnavailable, match="closed"):
            CLOSED[method](store)

    def test_a_store_is_its_own(self, store: Store) -> None:
        """Another one, or another tenant's, neither sees what is kept here nor stands in its way."""
        with self.another(store) as other:
            command = Command("key", "f", "c-1", 1)
            store.commit(batch(case(), keys_taken=("k",), messages=(message(1),), command=command))
            store.keep_regulation("h", b"{}")
            assert other.load(["c-1"], command_key="key").cases == {}
            assert (other.holder("k"), other.regulation("h"), list(other.archive())) == (None, None, [])
            assert other.commit(batch(case(stage="theirs"), keys_taken=("k",), marks={"m": "1"})).earlier is None
            assert store.load(["c-1"]).cases["c-1"].stage == "opening"
            assert (store.mark("m"), len(store.claim("message", NOON, 9, LEASE))) == (None, 1)

    def another(self, store: Store) -> Any:
        """A context with an empty store of another tenant, beside this one; override it if there can be one."""
        pytest.skip(f"{type(store).__name__} has no other beside it: override another() if there are tenants")
