"""What a commit promises: all or nothing, versions, unique keys, command keys, and that it reads back what it wrote."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from msgspec.structs import replace

from salesreg.errors import KeyTaken, VersionConflict
from salesreg.ports import (
    Batch,
    CaseQuery,
    Command,
    Committed,
    DueTimer,
    Erased,
    Holder,
    ObligationQuery,
    Store,
)
from salesreg.process import ObligationStatus
from salesreg.testing._records import NOON, after, batch, case, event, message, obligation, scheduled, write


class Commits:
    """Batches, and what stands after them."""

    def test_a_case_reads_back_as_it_was_written(self, store: Store) -> None:
        moment = dt.datetime(2026, 3, 2, 12, 0, 0, 123457, tzinfo=dt.UTC)
        it = case(data='{"name":"Ёлка – 北京 🙂 \\u0000"}'.encode(), last_at=moment, process_version=7)
        assert store.commit(batch(it)) == Committed()
        assert store.load(["c-1"]).cases == {"c-1": it}

    def test_what_is_not_there_is_left_out(self, store: Store) -> None:
        store.commit(batch(case()))
        loaded = store.load(["c-2", "c-1", "c-3"], command_key="k")
        assert list(loaded.cases) == ["c-1"]
        assert loaded.command is None
        assert store.load([]).cases == {}

    def test_with_cases_it_is_said_who_holds_a_key_and_how_far_that_one_has_come(self, store: Store) -> None:
        store.commit(batch(case(), keys_taken=("k", "j")))
        store.commit(batch(case("c-2"), keys_taken=("only",)))
        loaded = store.load(["c-2"], keys=["k", "nobody's"], command_key="none")
        assert list(loaded.cases) == ["c-2"]
        assert loaded.holders == {"k": Holder("c-1", case().head)}
        later = replace(case(version=2), head="another")
        store.commit(batch(later, keys_released=("k",)))
        assert store.load([], keys=["j", "k"]).holders == {"j": Holder("c-1", "another")}

    def test_instants_of_any_zone_come_back_as_the_same_instant(self, store: Store) -> None:
        moscow = dt.timezone(dt.timedelta(hours=3))
        store.commit(batch(case(last_at=dt.datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=moscow))))
        last_at = store.load(["c-1"]).cases["c-1"].last_at
        assert last_at == dt.datetime(1969, 12, 31, 20, 59, 59, 999999, tzinfo=dt.UTC)
        assert last_at.tzinfo is not None

    def test_a_next_version_replaces_the_case(self, store: Store) -> None:
        store.commit(batch(case()))
        moved: dict[str, Any] = {"process_version": 2, "rulebook": "firm", "regulation": "hash-2"}
        second = case(version=2, stage="approval", ended=True, waits_for=None, **moved)
        store.commit(batch(second))
        assert store.load(["c-1"]).cases["c-1"] == second

    @pytest.mark.parametrize("stands_in_its_way", ["a version written", "a version read", "a new case", "a key"])
    def test_nothing_of_a_refused_batch_is_kept(self, store: Store, stands_in_its_way: str) -> None:
        """Neither cases nor events, obligations, timers, messages, marks, parents, keys, commands, nor what is erased.

        The refusal comes last: whatever a batch holds before it has been looked at by then.
        """
        kept: dict[str, Any] = {"parents": ("p",), "timers": (DueTimer("c-1", "expire", after(5)),)}
        found = {"search": (("client", "old"),), "keys_taken": ("kept",)}
        owed, told = (scheduled(), scheduled(2)), (message(1), message(2))
        store.commit(batch(case(), obligations=owed, messages=told, marks={"m": "old", "n": "old"}, **kept, **found))
        store.commit(batch(case("c-2"), case("c-3"), keys_taken=("theirs",)))
        store.commit(batch(case("c-3", 2)))
        before = _everything(store)
        changed = {"parents": ("q",), "timers": (), "search": (("client", "new"),)}
        first = write(case(version=2), keys_taken=("new",), keys_released=("kept",), **changed)
        last, read = write(case("c-2", 2)), {}
        match stands_in_its_way:
            case "a version written":
                last = write(case("c-3", 2))
            case "a version read":
                read = {"c-3": 1}
            case "a new case":
                last = write(case("c-3"))
            case "a key":
                last = write(case("c-2", 2), keys_taken=("free", "theirs"))
                last = replace(last, case=replace(last.case, id="c-4", version=1), expected=0)
        refused = Batch(
            (first, write(case("c-new"), parents=("p",)), last),
            (event("c-1", 2), event("c-new"), event(last.case.id, last.case.version)),
            NOON,
            read=read,
            obligations=(scheduled(1, 60, due=after(99)), scheduled(3, case_id="c-new")),
            messages=(message(3), message(1, text="another")),
            command=Command("k", "f", "c-1", 2),
            marks={"m": "new", "n": None, "o": "new"},
            erased=(Erased("c-1", {1: None}, ("Договор",), "erased"),),
        )
        with pytest.raises(KeyTaken if stands_in_its_way == "a key" else VersionConflict) as caught:
            store.commit(refused)
        after_it = _everything(store)
        changed_parts = [part for part, stood in before.items() if after_it[part] != stood]
        assert not changed_parts, f"a batch was refused for {stands_in_its_way}, and yet it changed {changed_parts}"
        if isinstance(caught.value, KeyTaken):
            assert (caught.value.key, caught.value.holder) == ("theirs", "c-2")
        elif isinstance(caught.value, VersionConflict):
            assert caught.value.case_id == "c-3"
        alone = replace(refused, read={}, writes=refused.writes[:2], events=refused.events[:2])
        assert store.commit(alone).earlier is None, "a batch that was refused has used up its command key"

    def test_a_case_that_exists_cannot_be_new(self, store: Store) -> None:
        store.commit(batch(case()))
        with pytest.raises(VersionConflict, match="'c-1' exists already"):
            store.commit(batch(case(stage="other")))
        assert store.load(["c-1"]).cases["c-1"].stage == "opening"

    def test_a_case_that_does_not_exist_has_no_next_version(self, store: Store) -> None:
        with pytest.raises(VersionConflict):
            store.commit(batch(case(version=2)))
        assert store.load(["c-1"]).cases == {}

    def test_a_case_read_must_not_have_moved(self, store: Store) -> None:
        store.commit(batch(case("parent")))
        store.commit(batch(case("parent", 2)))
        with pytest.raises(VersionConflict) as caught:
            store.commit(batch(case(), read={"parent": 1}))
        assert caught.value.case_id == "parent"
        assert store.load(["c-1"]).cases == {}
        assert store.commit(batch(case(), read={"parent": 2})) == Committed()

    def test_a_case_read_that_is_gone_or_new_is_a_conflict(self, store: Store) -> None:
        with pytest.raises(VersionConflict):
            store.commit(batch(case(), read={"nobody": 1}))
        store.commit(batch(case(), read={"nobody": 0}))
        store.commit(batch(case("c-2")))
        with pytest.raises(VersionConflict):
            store.commit(batch(case("c-3"), read={"c-2": 0}))

    def test_one_batch_writes_several_cases(self, store: Store) -> None:
        store.commit(batch(case("a")))
        store.commit(batch(case("a", 2), case("b"), case("c")))
        assert {it.id: it.version for it in store.find(CaseQuery())} == {"a": 2, "b": 1, "c": 1}

    def test_one_batch_may_write_a_case_twice(self, store: Store) -> None:
        """A reaction may come back to the case that it came from; each write rests on the one before."""
        store.commit(batch(case(), case(version=2), case("c-2"), case(version=3)))
        assert store.load(["c-1"]).cases["c-1"] == case(version=3)
        assert [it.version for it in store.events("c-1")] == [1, 2, 3]
        with pytest.raises(VersionConflict):
            store.commit(batch(case(version=4), case(version=4)))
        assert store.load(["c-1"]).cases["c-1"].version == 3

    def test_one_write_may_carry_a_case_over_several_versions(self, store: Store) -> None:
        store.commit(batch(case()))
        far = replace(write(case(version=4)), expected=1)
        store.commit(Batch((far,), tuple(event(version=version) for version in (2, 3, 4)), NOON))
        assert store.load(["c-1"]).cases["c-1"] == case(version=4)
        assert [it.version for it in store.events("c-1")] == [1, 2, 3, 4]

    def test_a_unique_key_has_one_holder(self, store: Store) -> None:
        store.commit(batch(case(), keys_taken=("inn:7701", "deal:1")))
        assert store.holder("inn:7701") == "c-1"
        with pytest.raises(KeyTaken) as caught:
            store.commit(batch(case("c-2"), keys_taken=("deal:2", "inn:7701")))
        assert (caught.value.key, caught.value.holder) == ("inn:7701", "c-1")
        assert store.holder("deal:2") is None
        assert store.load(["c-2"]).cases == {}
        store.commit(batch(case(version=2), keys_taken=("inn:7701",)))
        assert store.holder("inn:7701") == "c-1"

    def test_two_cases_of_one_batch_cannot_take_one_key(self, store: Store) -> None:
        writes = (write(case("a"), keys_taken=("k",)), write(case("b"), keys_taken=("k",)))
        with pytest.raises(KeyTaken) as caught:
            store.commit(Batch(writes, (event("a"), event("b")), NOON))
        assert caught.value.holder == "a"
        assert store.holder("k") is None
        assert store.find(CaseQuery()) == []

    def test_a_released_key_is_free(self, store: Store) -> None:
        store.commit(batch(case(), keys_taken=("k",)))
        store.commit(batch(case("c-2"), keys_released=("k",)))
        assert store.holder("k") == "c-1"
        store.commit(batch(case(version=2), keys_released=("k",)))
        assert store.holder("k") is None
        store.commit(batch(case("c-3"), keys_taken=("k",)))
        assert store.holder("k") == "c-3"

    def test_a_key_is_handed_over_in_one_batch(self, store: Store) -> None:
        store.commit(batch(case("a"), keys_taken=("k",)))
        store.commit(batch(case("b")))
        taker, giver = write(case("b", 2), keys_taken=("k",)), write(case("a", 2), keys_released=("k",))
        store.commit(Batch((taker, giver), (event("b", 2), event("a", 2)), NOON))
        assert store.holder("k") == "b"

    def test_a_repeated_command_gives_the_first_and_writes_nothing(self, store: Store) -> None:
        """Even when the case has moved on, and whatever else the batch holds."""
        first = Command("k-1", "print", "c-1", 1)
        store.commit(batch(case(), command=first))
        store.commit(batch(case(version=2)))
        before = _everything(store)
        again = batch(case(), command=replace(first, fingerprint="other"), messages=(message(),), marks={"m": "1"})
        assert store.commit(again) == Committed(first)
        assert _everything(store) == before
        assert store.load(["c-1"], command_key="k-1").command == first

    def test_a_refused_command_may_be_tried_again(self, store: Store) -> None:
        command = Command("k-1", "print", "c-1", 2)
        with pytest.raises(VersionConflict):
            store.commit(batch(case(version=2), command=command))
        assert store.load([], command_key="k-1").command is None
        store.commit(batch(case()))
        assert store.commit(batch(case(version=2), command=command)) == Committed()

    def test_marks_are_set_and_replaced(self, store: Store) -> None:
        assert store.mark("daily") is None
        store.commit(batch(case(), marks={"daily": "2026-03-02", "другая": "да"}))
        store.commit(batch(case(version=2), marks={"daily": "2026-03-03"}))
        assert (store.mark("daily"), store.mark("другая")) == ("2026-03-03", "да")

    def test_marks_are_found_by_how_their_names_begin_and_taken_away(self, store: Store) -> None:
        store.commit(
            batch(case(), marks={"a:2": "two", "a:1": "one", "a:я": "last", "b:1": "other", "a": "short", "ba:3": "in"})
        )
        assert list(store.marks("a:").items()) == [("a:1", "one"), ("a:2", "two"), ("a:я", "last")]
        store.commit(batch(case(version=2), marks={"a:1": None, "b:1": None, "never": None}))
        assert (list(store.marks("a:")), store.mark("b:1")) == (["a:2", "a:я"], None)

    def test_a_batch_need_not_write_a_case(self, store: Store) -> None:
        store.commit(batch(case()))
        alone = Batch((), (), NOON, obligations=(scheduled(),), messages=(message(),), marks={"daily": "1"})
        assert store.commit(alone) == Committed()
        assert store.mark("daily") == "1"
        assert len(store.messages("waiting")) == 1
        assert store.load(["c-1"]).cases["c-1"].obligations == (obligation(),)

    def test_obligations_are_replaced_by_id_and_keep_their_order(self, store: Store) -> None:
        pauses = ((NOON, after(1.5)), (after(3), None))
        paused = obligation(1, due=None, person="anna", role=None, status=ObligationStatus.PAUSED, pauses=pauses)
        paused = replace(paused, due=None, provisional=True)
        store.commit(batch(case(), obligations=(scheduled(9), scheduled(1), scheduled(5))))
        met = obligation(5, status=ObligationStatus.MET_LATE, closed_at=after(90.5))
        changed = (scheduled(2), replace(scheduled(5), obligation=met, wake_at=None))
        store.commit(batch(case(version=2), obligations=(*changed, replace(scheduled(), obligation=paused))))
        assert store.load(["c-1"]).cases["c-1"].obligations == (obligation(9), paused, obligation(2))
        assert store.obligations(ObligationQuery(statuses=(ObligationStatus.MET_LATE,))) == [met]

    def test_regulations_are_kept_by_hash(self, store: Store) -> None:
        assert store.regulation("h") is None
        body = '{"company":"ООО «Ромашка»"}'.encode()
        store.keep_regulation("h", body)
        store.keep_regulation("h", body)
        assert store.regulation("h") == body

    def test_fingerprints_of_pages_are_kept_and_replaced(self, store: Store) -> None:
        assert store.fingerprints() == {}
        for version, rulebook, fingerprint in ((1, "commercial", "a"), (1, "firm", "b"), (2, "firm", "c")):
            store.keep_fingerprint("sale", version, rulebook, fingerprint)
        store.keep_fingerprint("sale", 1, "firm", "d")
        assert store.fingerprints() == {
            ("sale", 1, "commercial"): "a",
            ("sale", 1, "firm"): "d",
            ("sale", 2, "firm"): "c",
        }


def _everything(store: Store) -> dict[str, object]:
    """All that a store keeps and finds, part by part."""
    return {
        "cases": store.find(CaseQuery()),
        "events": list(store.events()),
        "obligations": store.obligations(ObligationQuery()),
        "when obligations are looked at": store.work("obligation", "waiting"),
        "timers": store.work("timer", "waiting"),
        "messages": store.messages("waiting"),
        "the command": store.load([], command_key="k").command,
        "marks": dict(store.marks("")),
        "keys": [store.holder(key) for key in ("kept", "new", "free", "theirs")],
        "parents": [[it.id for it in store.find(CaseQuery(parent=parent))] for parent in "pq"],
        "search values": [store.count(CaseQuery(where={"client": text})) for text in ("old", "new")],
        "the archive": list(store.archive()),
    }
