"""What a store answers: events in order, cases and obligations in every dimension, children, what is running."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from salesreg.domain.people import Role
from salesreg.ports import Batch, CaseQuery, ObligationQuery, Running, Scheduled, Store
from salesreg.processes import Obligation, ObligationStatus
from salesreg.testing._records import NOON, after, batch, case, event, obligation, write


class Queries:
    """Reading what has been written."""

    def test_events_come_in_the_order_of_the_log(self, store: Store) -> None:
        """Of all cases, with growing positions, every field as it was written."""
        for it in (case("b"), case("a"), case("b", 2), case("a", 2)):
            store.commit(batch(it))
        found = list(store.events())
        assert [(it.case, it.version) for it in found] == [("b", 1), ("a", 1), ("b", 2), ("a", 2)]
        assert [it.position for it in found] == sorted({it.position for it in found})
        assert found[2] == event("b", 2, position=found[2].position)

    def test_events_of_one_batch_keep_their_order(self, store: Store) -> None:
        """Cause before effect."""
        cases = [case(name) for name in ("z", "m", "a")]
        store.commit(batch(*cases))
        assert [it.case for it in store.events()] == ["z", "m", "a"]

    def test_events_of_one_case(self, store: Store) -> None:
        """And of no other."""
        store.commit(batch(case("a"), case("b"), case("a", 2)))
        assert [(it.case, it.version) for it in store.events("a")] == [("a", 1), ("a", 2)]
        assert list(store.events("nobody")) == []

    @pytest.mark.parametrize("case_id", [None, "a"])
    def test_events_are_paged_by_position(self, store: Store, case_id: str | None) -> None:
        """Every event once, whatever the size of a page."""
        for version in range(1, 8):
            store.commit(batch(case("a", version), case("b", version)))
        whole = list(store.events(case_id))
        paged, after_position = [], None
        while page := list(store.events(case_id, after=after_position, limit=3)):
            assert len(page) <= 3
            paged += page
            after_position = page[-1].position
        assert paged == whole

    def test_a_store_may_be_written_while_events_are_read(self, store: Store) -> None:
        """A reader holds nothing up."""
        store.commit(batch(case(), case(version=2)))
        for it in store.events():
            store.commit(batch(case(f"copy-{it.version}")))
        assert len(list(store.events())) == 4

    def test_cases_are_found_in_every_dimension(self, store: Store) -> None:
        """By process, stage, whether they have ended, key and parent, alone and together."""
        store.commit(batch(case("sale-1"), keys_taken=("inn:1",)))
        store.commit(batch(case("sale-2", stage="lost", ended=True)))
        store.commit(batch(case("sale-3", stage="approval")))
        store.commit(batch(case("work-1", process="work_order"), parents=("sale-1",)))
        store.commit(batch(case("work-2", process="work_order", ended=True), parents=("sale-1", "sale-3")))
        expected = {
            CaseQuery(): "sale-1 sale-2 sale-3 work-1 work-2",
            CaseQuery(process="sale"): "sale-1 sale-2 sale-3",
            CaseQuery(stage="opening"): "sale-1 work-1 work-2",
            CaseQuery(process="sale", stage="opening"): "sale-1",
            CaseQuery(ended=True): "sale-2 work-2",
            CaseQuery(process="sale", ended=False): "sale-1 sale-3",
            CaseQuery(key="inn:1"): "sale-1",
            CaseQuery(key="inn:2"): "",
            CaseQuery(parent="sale-1"): "work-1 work-2",
            CaseQuery(parent="sale-1", ended=False): "work-1",
            CaseQuery(parent="sale-3"): "work-2",
            CaseQuery(parent="work-1"): "",
            CaseQuery(after="sale-2"): "sale-3 work-1 work-2",
            CaseQuery(process="work_order", after="work-1"): "work-2",
            CaseQuery(limit=2): "sale-1 sale-2",
            CaseQuery(process="sale", after="sale-1", limit=1): "sale-2",
        }
        assert {query: " ".join(it.id for it in store.find(query)) for query in expected} == expected

    def test_cases_come_in_the_order_of_their_ids(self, store: Store) -> None:
        """Whatever the order they began in; by code point, not by a language's alphabet."""
        for case_id in ("b", "Б", "a", "B", "é", "a.1"):
            store.commit(batch(case(case_id)))
        assert [it.id for it in store.find(CaseQuery())] == ["B", "a", "a.1", "b", "é", "Б"]

    def test_cases_are_found_with_their_open_obligations(self, store: Store) -> None:
        """The same that `load` gives."""
        met = obligation(2, status=ObligationStatus.MET, closed_at=after(1))
        store.commit(batch(case(), obligations=(Scheduled(obligation(1), None), Scheduled(met, None))))
        store.commit(batch(case("c-2")))
        found = store.find(CaseQuery())
        assert [it.obligations for it in found] == [(obligation(1),), ()]
        assert {it.id: it for it in found} == store.load(["c-1", "c-2"]).cases

    def test_a_case_changes_its_parents(self, store: Store) -> None:
        """The parents of the last write are all it has; a write that says nothing of them leaves them."""
        store.commit(batch(case("child"), parents=("a", "b")))
        store.commit(batch(case("child", 2), parents=("b", "c")))
        assert [bool(store.find(CaseQuery(parent=parent))) for parent in "abc"] == [False, True, True]
        store.commit(batch(case("child", 3)))
        assert [one.id for one in store.find(CaseQuery(parent="b"))] == ["child"]
        store.commit(batch(case("child", 4), parents=()))
        assert store.find(CaseQuery(parent="b")) == []

    def test_obligations_are_found_in_every_dimension(self, store: Store) -> None:
        """By case, owner, whether they are open, and due instant."""
        numbers = _various(store)
        head, manager = Role.HEAD_OF_COMMERCIAL.value, Role.SALES_MANAGER.value
        expected = {
            ObligationQuery(): "3 1 4 2 5",
            ObligationQuery(case="c-1"): "3 1 2",
            ObligationQuery(case="nobody"): "",
            ObligationQuery(owners=(manager,)): "1",
            ObligationQuery(owners=("anna",)): "2 5",
            ObligationQuery(owners=(head, "anna")): "3 4 2 5",
            ObligationQuery(open=True): "1 4 2 5",
            ObligationQuery(open=False): "3",
            ObligationQuery(due_before=after(20)): "3 1",
            ObligationQuery(due_before=after(30)): "3 1",
            ObligationQuery(due_from=after(30)): "4 2 5",
            ObligationQuery(due_from=after(10), due_before=after(30)): "1",
            ObligationQuery(open=True, limit=2): "1 4",
            ObligationQuery(open=True, owners=("anna",), case="c-2"): "5",
        }
        found = {query: " ".join(numbers[it.id] for it in store.obligations(query)) for query in expected}
        assert found == expected

    def test_obligations_due_together_come_in_the_order_of_their_ids(self, store: Store) -> None:
        """So that a page is the same twice."""
        due = tuple(Scheduled(obligation(number, due=after(5)), None) for number in (3, 1, 2))
        store.commit(batch(case(), obligations=due))
        assert store.obligations(ObligationQuery()) == [obligation(number, due=after(5)) for number in (1, 2, 3)]

    def test_what_is_running_is_counted(self, store: Store) -> None:
        """By process, version, stage and regulation; what has ended is not."""
        various: list[dict[str, Any]] = [{}, {}, {"stage": "approval"}, {"regulation": "hash-2"}]
        for number, changes in enumerate([*various, {"process_version": 2}, {"ended": True}]):
            store.commit(batch(case(f"c-{number}", **changes)))
        assert sorted(store.running(), key=repr) == sorted(
            [
                Running("sale", 1, "opening", "hash-1", 2),
                Running("sale", 1, "approval", "hash-1", 1),
                Running("sale", 1, "opening", "hash-2", 1),
                Running("sale", 2, "opening", "hash-1", 1),
            ],
            key=repr,
        )


def _various(store: Store) -> dict[str, str]:
    """Obligations of two cases, by id the number each goes by."""
    head = Role.HEAD_OF_COMMERCIAL
    various: dict[str, Obligation] = {
        "1": obligation(1, due=after(10)),
        "2": obligation(2, role=None, person="anna", status=ObligationStatus.PAUSED),
        "3": obligation(3, due=after(5), role=head, status=ObligationStatus.CANCELLED, closed_at=after(1)),
        "4": obligation(4, "c-2", due=after(30), role=head),
        "5": obligation(5, "c-2", role=head, person="anna", status=ObligationStatus.PAUSED),
    }
    for number in ("2", "5"):
        various[number] = _without_due(various[number])
    cases = (case("c-1"), case("c-2"))
    writes, events = tuple(write(it) for it in cases), tuple(event(it.id) for it in cases)
    opened = tuple(Scheduled(it, None) for it in various.values())
    store.commit(Batch(writes, events, NOON, obligations=opened))
    return {it.id: number for number, it in various.items()}


def _without_due(it: Obligation) -> Obligation:
    return attrs.evolve(it, due=None)
