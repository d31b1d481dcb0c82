"""What a store promises of all that it keeps: one moment of it, every record, and that these make another store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from salesreg.adapters.memory import MemoryStore
from salesreg.ports import Command, Dead, Done, DueTimer, Erased, Kept, KeptEvent, KeptMark, Retry, Store
from salesreg.testing._records import LEASE, NOON, after, batch, case, event, message, obligation, scheduled


def fill(store: Store) -> None:
    """Something of every kind."""
    store.keep_regulation("hash-1", '{"id":"firm","title":"Регламент"}'.encode())
    store.keep_fingerprint("sale", 1, "commercial", "{}")
    search = (("client", "Vega"), ("client", "Вега"), ("number", "7"))
    timers = (DueTimer("c-1", "expire", after(90)), DueTimer("c-1", "ask", after(1)))
    pauses = ((after(1), after(2)), (after(3), None))
    store.commit(
        batch(
            case(),
            case("c-2", ended=True, waits_for=None),
            obligations=(scheduled(2, 5), scheduled(1, None, pauses=pauses, backdated=after(1)), scheduled(3, 1)),
            messages=(message(1), message(2, digest=True, not_before=after(7)), message(3), message(4)),
            keys_taken=("k:1", "k:2"),
            parents=("c-2", "elsewhere"),
            timers=timers,
            search=search,
            marks={"m": "да"},
            command=Command("key", "print", "c-1", 1),
        )
    )
    store.commit(batch(case(version=2)))
    [first] = store.claim("obligation", after(2), 1, LEASE)
    store.settle(first, Done(told=("remind", "breach"), again=after(30)))
    [first, second, third, *_] = store.claim("message", after(60), 9, LEASE)
    for claim, outcome in ((first, Done()), (second, Dead("nobody there")), (third, Retry(after(70), "busy"))):
        store.settle(claim, outcome)
    [timer] = store.claim("timer", after(2), 1, LEASE)
    store.settle(timer, Dead("it raised"))


class Archive:
    """All of it."""

    waits_for_snapshots = False
    """Whether a writer of the same program waits until a snapshot is let go of."""

    def test_a_snapshot_stays_as_it_was_however_others_write(self, store: Store) -> None:
        store.commit(batch(case(), obligations=(scheduled(),), messages=(message(),)))
        with store.snapshot() as seen:
            assert seen.load(["c-1"]).cases["c-1"].version == 1
            before = list(seen.archive())
            if not self.waits_for_snapshots:
                store.commit(batch(case(version=2), case("c-2"), messages=(message(2),), marks={"m": "1"}))
                assert seen.load(["c-1", "c-2"]).cases.keys() == {"c-1"}
                assert list(seen.archive()) == before
        if not self.waits_for_snapshots:
            assert store.load(["c-1"]).cases["c-1"].version == 2
        with store.snapshot() as seen:
            again = list(seen.archive())
        assert again == list(store.archive())

    def test_its_archive_makes_an_equal_store_of_another_kind(self, store: Store) -> None:
        fill(store)
        kept, other = list(store.archive()), MemoryStore()
        other.restore(kept)
        assert _unplaced(other) == _unplaced(store)
        owed = store.load(["c-1"]).cases["c-1"].obligations
        assert [one.id for one in owed] == [obligation(number).id for number in (2, 1, 3)]
        assert other.load(["c-1"]) == store.load(["c-1"])

    def test_it_becomes_equal_to_a_store_of_another_kind(self, store: Store) -> None:
        other = MemoryStore()
        fill(other)
        kept = list(other.archive())
        for part in (kept[: len(kept) // 2], kept, kept):
            store.restore(part)
        assert _unplaced(store) == _unplaced(other)
        assert list(store.faults()) == []
        assert [one.position for one in store.events()] == sorted(one.position for one in store.events())
        assert store.holder("k:2") == "c-1"
        store.commit(batch(case(version=3)))
        assert [one.version for one in store.events("c-1")] == [1, 2, 3]

    def test_an_archive_is_taken_in_whole_or_not_at_all(self, store: Store) -> None:
        """However much of it came before it broke off."""
        other = MemoryStore()
        fill(other)
        with pytest.raises(OSError, match="breaks off"):
            store.restore(_Broken(other.archive()))
        assert list(store.archive()) == [], "an archive that breaks off was taken in up to there"

    def test_a_mark_without_a_value_is_taken_away(self, store: Store) -> None:
        store.restore([KeptMark("m", "1")])
        assert store.mark("m") == "1"
        store.restore([KeptMark("m", None)])
        assert store.mark("m") is None

    def test_personal_texts_are_dropped_from_events_and_messages_of_their_case_alone(self, store: Store) -> None:
        said = replace(message(1), subject='About "Ivan"', text="Ivan, and Ivanov", payload={"who": 'a "b"'})
        his = replace(said, id="c-1:1:ivan@vega.example", to="ivan@vega.example")
        store.commit(batch(case(), case("c-2"), messages=(said, his), command=Command("key", "print", "c-1", 1)))
        store.commit(batch(case(version=2), messages=(message(3, case="c-2", text="Ivan"),)))
        left: dict[int, bytes | None] = {1: b'{"d":["s","Olga"]}', 2: None}
        erased = Erased("c-1", left, ("ivan@vega.example", "Ivan", 'a "b"'), "erased")
        store.commit(batch(case(version=3), erased=(erased,)))
        kept = [(one.version, one.personal) for one in store.events("c-1")]
        assert kept == [(1, b'{"d":["s","Olga"]}'), (2, None), (3, event().personal)]
        assert [one.personal for one in store.events("c-2")] == [event().personal]
        whole = [one.personal for one in store.events() if one.case == "c-1"]
        assert whole == [personal for _, personal in kept], "the log still has what was erased from the case"
        [first, third] = [message for message, _ in store.messages("waiting")]
        assert (first.subject, first.text) == ('About "erased"', "erased, and erasedov")
        assert first.payload == {"who": "erased"}
        assert third.text == "Ivan"
        assert store.load([], command_key="key").command == Command("key", "", "c-1", 1)

    def test_what_was_sent_and_asked_long_ago_is_forgotten(self, store: Store) -> None:
        fill(store)
        assert store.load([], command_key="key").command is not None
        assert store.purge(NOON) == (0, 0)
        assert store.purge(after(60)) == (1, 1)
        assert [one.id for one, _ in store.messages("delivered")] == []
        assert (len(store.messages("waiting")), len(store.messages("dead"))) == (2, 1)
        assert store.load([], command_key="key").command is None
        assert store.purge(after(60)) == (0, 0)


class _Broken(list[Kept]):
    """Records of which there is one more, which cannot be read."""

    def __iter__(self) -> Iterator[Kept]:
        yield from super().__iter__()
        raise OSError("the file breaks off")

    def __len__(self) -> int:
        return super().__len__() + 1

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return [self[number] for number in range(*at.indices(len(self)))]
        if at >= super().__len__():
            raise OSError("the file breaks off")
        return super().__getitem__(at)


def _unplaced(store: Store) -> list[Kept]:
    """What a store keeps, but for the places in its own log."""
    return [
        replace(one, event=replace(one.event, position=0)) if isinstance(one, KeptEvent) else one
        for one in store.archive()
    ]
