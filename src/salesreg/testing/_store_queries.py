"""What a store answers: events in order, cases and obligations in every dimension, children, what is running."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from salesreg.errors import CaseNotFound
from salesreg.ports import Batch, CaseOrder, CaseQuery, ObligationQuery, Running, Scheduled, Store, StoredCase
from salesreg.process import Obligation, ObligationStatus
from salesreg.testing._bounds import pages
from salesreg.testing._records import NOON, after, batch, case, event, obligation, scheduled, write

OPEN, PAUSED, MET, MET_LATE, BREACHED, CANCELLED = ObligationStatus


class Queries:
    """Reading what has been written."""

    def test_events_come_in_the_order_of_the_log(self, store: Store) -> None:
        for it in (case("b"), case("a"), case("b", 2), case("a", 2)):
            store.commit(batch(it))
        found = list(store.events())
        assert [(it.case, it.version) for it in found] == [("b", 1), ("a", 1), ("b", 2), ("a", 2)]
        assert [it.position for it in found] == sorted({it.position for it in found})
        assert found[2] == event("b", 2, position=found[2].position)

    def test_events_of_one_batch_keep_their_order(self, store: Store) -> None:
        cases = [case(name) for name in ("z", "m", "a")]
        store.commit(batch(*cases))
        assert [it.case for it in store.events()] == ["z", "m", "a"]

    def test_events_of_one_case(self, store: Store) -> None:
        store.commit(batch(case("a"), case("b"), case("a", 2)))
        assert [(it.case, it.version) for it in store.events("a")] == [("a", 1), ("a", 2)]
        assert list(store.events("nobody")) == []

    @pytest.mark.parametrize("case_id", [None, "a"])
    def test_events_are_paged_by_position(self, store: Store, case_id: str | None) -> None:
        for version in range(1, 8):
            store.commit(batch(case("a", version), case("b", version)))
        paged = pages(
            lambda last: list(store.events(case_id, after=last or 0, limit=3)), lambda event: event.position, 3
        )
        assert paged == list(store.events(case_id))

    def test_a_store_may_be_written_while_events_are_read(self, store: Store) -> None:
        store.commit(batch(case(), case(version=2)))
        for it in store.events():
            store.commit(batch(case(f"copy-{it.version}")))
        assert len(list(store.events())) == 4

    def test_cases_are_found_in_every_dimension(self, store: Store) -> None:
        store.commit(batch(case("sale-1"), keys_taken=("inn:1",)))
        store.commit(batch(case("sale-2", stage="lost", ended=True)))
        store.commit(batch(case("sale-3", stage="approval")))
        store.commit(batch(case("work-1", process="work_order"), parents=("sale-1",)))
        store.commit(batch(case("work-2", process="work_order", ended=True), parents=("sale-1", "sale-3")))
        expected = (
            (CaseQuery(), "sale-1 sale-2 sale-3 work-1 work-2"),
            (CaseQuery(process="sale"), "sale-1 sale-2 sale-3"),
            (CaseQuery(stage="opening"), "sale-1 work-1 work-2"),
            (CaseQuery(process="sale", stage="opening"), "sale-1"),
            (CaseQuery(ended=True), "sale-2 work-2"),
            (CaseQuery(process="sale", ended=False), "sale-1 sale-3"),
            (CaseQuery(key="inn:1"), "sale-1"),
            (CaseQuery(key="inn:2"), ""),
            (CaseQuery(parent="sale-1"), "work-1 work-2"),
            (CaseQuery(parent="sale-1", ended=False), "work-1"),
            (CaseQuery(parent="sale-3"), "work-2"),
            (CaseQuery(parent="work-1"), ""),
            (CaseQuery(after="sale-2"), "sale-3 work-1 work-2"),
            (CaseQuery(process="work_order", after="work-1"), "work-2"),
            (CaseQuery(limit=2), "sale-1 sale-2"),
            (CaseQuery(process="sale", after="sale-1", limit=1), "sale-2"),
        )
        for query, found in expected:
            assert _ids(store, query) == found
            if query.after is None and query.limit == 1000:
                assert store.count(query) == len(found.split())

    def test_cases_come_in_the_order_of_their_ids(self, store: Store) -> None:
        for case_id in ("b", "Б", "a", "B", "é", "a.1"):
            store.commit(batch(case(case_id)))
        assert [it.id for it in store.find(CaseQuery())] == ["B", "a", "a.1", "b", "é", "Б"]

    def test_cases_are_found_with_their_open_obligations(self, store: Store) -> None:
        met = obligation(2, status=MET, closed_at=after(1))
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

    def test_cases_are_found_by_whom_they_wait_for(self, store: Store) -> None:
        store.commit(batch(case("a", waits_for="anna"), case("b", waits_for="head"), case("c", waits_for=None)))
        store.commit(batch(case("a", 2, waits_for="boris")))
        expected = (
            (CaseQuery(waits_for=("boris",)), "a"),
            (CaseQuery(waits_for=("anna",)), ""),
            (CaseQuery(waits_for=("head", "boris", "head")), "a b"),
            (CaseQuery(waits_for=("head", "boris"), stage="approval"), ""),
            (CaseQuery(waits_for=("head", "boris"), process="sale", ended=False, order="-id"), "b a"),
        )
        for query, found in expected:
            assert _ids(store, query) == found

    def test_cases_are_found_by_their_searchable_values(self, store: Store) -> None:
        """Exactly or by how they begin, in upper or lower case; every name must fit, and one value of a name does."""
        store.commit(batch(case("a"), search=(("client", "ООО «Ёлка»"), ("number", "2026-17"), ("number", "A%_*"))))
        store.commit(batch(case("b"), search=(("client", "ООО «Ель»"), ("number", "2026-18"))))
        store.commit(batch(case("c"), search=(("client", "STRASSE 1"),)))
        expected = {
            "client=ооо «ёлка»": "a",
            "client=ооо «ё": "",
            "client=ООО*": "a b",
            "client=*": "a b c",
            "client=лка*": "",
            "client=straße*": "c",
            "number=2026-1*": "a b",
            "number=a%_*": "a",
            "number=a*": "a",
            "number=2026-18": "b",
            "number=2026-17&client=ООО*": "a",
            "number=2026-18&client=ООО «Ёлка»": "",
            "nothing=*": "",
        }
        assert {text: _ids(store, CaseQuery(where=_conditions(text))) for text in expected} == expected

    def test_a_case_changes_what_it_is_found_by(self, store: Store) -> None:
        store.commit(batch(case(), search=(("client", "Vega"), ("client", "Vega Lift"), ("client", "VEGA"))))
        store.commit(batch(case(version=2), search=(("client", "Vega Lift"), ("city", "Omsk"))))
        store.commit(batch(case(version=3)))
        found = [
            _ids(store, CaseQuery(where=_conditions(text))) for text in ("client=vega", "client=vega*", "city=omsk")
        ]
        assert found == ["", "c-1", "c-1"]
        store.commit(batch(case(version=4), search=()))
        assert store.count(CaseQuery(where={"client": "*"})) == 0

    def test_cases_are_found_by_the_date_of_their_last_event(self, store: Store) -> None:
        for number, name in enumerate("abcd"):
            store.commit(batch(case(name, last_at=after(number))))
        for order in ("id", "last_at"):
            assert _ids(store, CaseQuery(since=after(1), until=after(3), order=order)) == "b c"
            assert _ids(store, CaseQuery(since=after(2), order=order)) == "c d"
            assert _ids(store, CaseQuery(until=after(2), order=order)) == "a b"
        assert store.count(CaseQuery(since=after(1), until=after(3))) == 2

    @pytest.mark.parametrize("order", ["id", "-id", "last_at", "-last_at"])
    @pytest.mark.parametrize(
        "filters", [{}, {"process": "sale"}, {"parent": "p"}, {"where": {"client": "v*"}}], ids=str
    )
    def test_cases_are_paged_in_every_order(self, store: Store, order: CaseOrder, filters: dict[str, Any]) -> None:
        """Every case once, whatever the size of a page; those of one instant in the order of their ids."""
        for number, name in enumerate("caebdfg"):
            changes: dict[str, Any] = {"stage": ("opening", "approval", "lost")[number % 3], "ended": number % 3 == 2}
            it = case(name, last_at=after(number // 2), **changes)
            store.commit(batch(it, parents=("p",), search=(("client", f"Vega {number}"), ("client", "V"))))
        keys = {"id": lambda it: it.id, "last_at": lambda it: (it.last_at, it.id)}
        everything = store.find(CaseQuery())
        expected = sorted(everything, key=keys[order.lstrip("-")], reverse=order.startswith("-"))
        found = pages(
            lambda last: store.find(CaseQuery(order=order, after=last, limit=3, **filters)), lambda it: it.id, 3
        )
        assert found == expected

    @pytest.mark.parametrize("order", ["last_at", "-last_at"])
    def test_a_page_goes_on_from_where_its_last_case_stood(self, store: Store, order: CaseOrder) -> None:
        """Whatever has happened to that case since."""
        for number, name in enumerate("abcd"):
            store.commit(batch(case(name, last_at=after(number))))
        first = store.find(CaseQuery(order=order, limit=2))
        last = first[-1]
        store.commit(batch(case(last.id, version=2, last_at=after(9))))
        rest = store.find(CaseQuery(order=order, after=last.id, after_at=last.last_at))
        assert {it.id for it in (*first, *rest)} == set("abcd")

    def test_a_page_cannot_follow_a_case_that_is_not_there(self, store: Store) -> None:
        """Save in the order of the ids, in which every id has its place."""
        store.commit(batch(case("b")))
        assert _ids(store, CaseQuery(after="a")) == "b"
        with pytest.raises(CaseNotFound, match="'a'"):
            store.find(CaseQuery(after="a", order="-last_at"))

    def test_cases_in_which_somebody_owes_something_are_left_out(self, store: Store) -> None:
        """By role or in person, while it is open or paused, whoever they wait for and whatever came before."""
        owed = (scheduled(1, case_id="a"), scheduled(1, case_id="b", role="head", person="anna"))
        store.commit(batch(case("a"), case("b"), case("c"), case("d", waits_for="head"), obligations=owed))
        manager: dict[str, Any] = {"waits_for": ("sales_manager",)}
        assert _ids(store, CaseQuery(idle_for=("sales_manager",))) == "b c d"
        assert _ids(store, CaseQuery(idle_for=("anna", "sales_manager"))) == "c d"
        assert _ids(store, CaseQuery(idle_for=("sales_manager",), **manager)) == "b c"
        assert _ids(store, CaseQuery(idle_for=("anna",), order="last_at", **manager)) == "a c"
        assert store.count(CaseQuery(idle_for=("sales_manager", "anna"), **manager)) == 1
        met = scheduled(1, case_id="a", status=MET)
        paused = scheduled(2, case_id="c", status=PAUSED)
        store.commit(batch(case("a", 2), obligations=(met, paused)))
        assert _ids(store, CaseQuery(idle_for=("sales_manager",), **manager)) == "a b"
        store.commit(batch(case("c", 2, waits_for="head", stage="approval"), case("d", 2, waits_for="sales_manager")))
        assert _ids(store, CaseQuery(idle_for=("sales_manager",), **manager)) == "a b d"
        assert _ids(store, CaseQuery(idle_for=("head",), waits_for=("head",))) == "c"

    def test_a_case_keeps_the_instant_of_its_first_event(self, store: Store) -> None:
        it = case()
        new = StoredCase("new", it.process, 1, it.stage, 1, it.data, it.regulation, after(7), False)
        store.commit(batch(new))
        assert store.load(["new"]).cases["new"].begun_at == after(7)
        store.commit(batch(case(begun_at=after(-5))))
        store.commit(batch(case(version=2, begun_at=after(9))))
        store.commit(batch(case(version=3, begun_at=after(9), stage="approval")))
        assert store.find(CaseQuery(limit=1))[0].begun_at == store.load(["c-1"]).cases["c-1"].begun_at == after(-5)

    def test_obligations_are_found_in_every_dimension(self, store: Store) -> None:
        numbers = _various(store)
        expected = {
            ObligationQuery(): "3 1 4 2 5",
            ObligationQuery(case="c-1"): "3 1 2",
            ObligationQuery(case="nobody"): "",
            ObligationQuery(process="sale"): "3 1 2",
            ObligationQuery(process="invoice", owners=("head",)): "4 5",
            ObligationQuery(norm="invoice.norm"): "4",
            ObligationQuery(norm="sale.norm", process="invoice"): "5",
            ObligationQuery(norm="sale.norm", owners=("anna",), case="c-1"): "2",
            ObligationQuery(owners=("sales_manager",)): "1",
            ObligationQuery(owners=("anna",)): "2 5",
            ObligationQuery(owners=("head", "anna")): "3 4 2 5",
            ObligationQuery(owners=("head", "anna"), limit=3): "3 4 2",
            ObligationQuery(due_before=after(20)): "3 1",
            ObligationQuery(due_before=after(30)): "3 1",
            ObligationQuery(due_from=after(30)): "4 2 5",
            ObligationQuery(due_from=after(10), due_before=after(30)): "1",
            ObligationQuery(owners=("anna",), case="c-2"): "5",
            ObligationQuery(owners=("anna",), process="sale", due_before=after(30)): "",
        }
        found = {query: " ".join(numbers[it.id] for it in store.obligations(query)) for query in expected}
        assert found == expected

    @pytest.mark.parametrize("dimension", [{}, {"case": "c-1"}, {"owners": ("sales_manager",)}, {"norm": "sale.norm"}])
    def test_obligations_are_found_as_they_stand(self, store: Store, dimension: dict[str, Any]) -> None:
        """At an instant an open one past its due instant is breached; without an instant it is what is stored."""
        stored = (OPEN, OPEN, PAUSED, MET, MET_LATE, BREACHED, CANCELLED)
        owed = [obligation(number, due=after(number), status=status) for number, status in enumerate(stored)]
        store.commit(batch(case(), obligations=tuple(Scheduled(it, None) for it in owed)))
        at = after(0.5)
        for instant, breached, still_open in ((None, "5", "0 1"), (at, "0 5", "1"), (after(0), "5", "0 1")):
            expected = {OPEN: still_open, PAUSED: "2", MET: "3", MET_LATE: "4", BREACHED: breached}
            for status, numbers in expected.items():
                assert _numbers(store, ObligationQuery(statuses=(status,), at=instant, **dimension)) == numbers
        both = (BREACHED, OPEN)
        assert _numbers(store, ObligationQuery(statuses=both, at=at, **dimension)) == "0 1 5"
        assert _numbers(store, ObligationQuery(statuses=both, at=at, limit=2, **dimension)) == "0 1"
        assert _numbers(store, ObligationQuery(statuses=(BREACHED,), at=at, limit=1, **dimension)) == "0"
        assert _numbers(store, ObligationQuery(statuses=both, at=at, due_from=after(1), **dimension)) == "1 5"
        assert _numbers(store, ObligationQuery(at=at, due_before=after(2), **dimension)) == "0 1"

    @pytest.mark.parametrize("dimension", [{}, {"owners": ("anna", "head", "sales_manager")}, {"process": "sale"}])
    def test_obligations_are_paged(self, store: Store, dimension: dict[str, Any]) -> None:
        owed = [obligation(number, due=after(number // 3), person="anna", role="head") for number in range(7)]
        owed += [_without_due(obligation(number, status=PAUSED)) for number in (7, 8)]
        store.commit(batch(case(), obligations=tuple(Scheduled(it, None) for it in reversed(owed))))
        found = pages(
            lambda last: store.obligations(ObligationQuery(after=last, limit=2, **dimension)), lambda it: it.id, 2
        )
        assert found == owed
        with pytest.raises(CaseNotFound, match="no obligation 'c-1:no"):
            store.obligations(ObligationQuery(after="c-1:no.such:1", **dimension))

    def test_obligations_due_together_come_in_the_order_of_their_ids(self, store: Store) -> None:
        due = tuple(Scheduled(obligation(number, due=after(5)), None) for number in (3, 1, 2))
        store.commit(batch(case(), obligations=due))
        assert store.obligations(ObligationQuery()) == [obligation(number, due=after(5)) for number in (1, 2, 3)]

    def test_what_is_running_is_counted(self, store: Store) -> None:
        various: list[dict[str, Any]] = [{}, {}, {"stage": "approval"}, {"regulation": "hash-2"}, {"rulebook": "firm"}]
        for number, changes in enumerate([*various, {"process_version": 2}, {"ended": True}]):
            store.commit(batch(case(f"c-{number}", **changes)))
        assert sorted(store.running(), key=repr) == sorted(
            [
                Running("sale", 1, "opening", "hash-1", "commercial", 2),
                Running("sale", 1, "approval", "hash-1", "commercial", 1),
                Running("sale", 1, "opening", "hash-2", "commercial", 1),
                Running("sale", 1, "opening", "hash-1", "firm", 1),
                Running("sale", 2, "opening", "hash-1", "commercial", 1),
            ],
            key=repr,
        )


def _ids(store: Store, query: CaseQuery) -> str:
    return " ".join(it.id for it in store.find(query))


def _numbers(store: Store, query: ObligationQuery) -> str:
    return " ".join(it.id.rpartition(":")[2] for it in store.obligations(query))


def _conditions(text: str) -> dict[str, str]:
    return dict(each.split("=") for each in text.split("&"))


def _various(store: Store) -> dict[str, str]:
    """Obligations of two cases, by id the number each goes by."""
    various: dict[str, Obligation] = {
        "1": obligation(1, due=after(10)),
        "2": _without_due(obligation(2, role=None, person="anna", status=PAUSED)),
        "3": obligation(3, due=after(5), role="head", status=CANCELLED, closed_at=after(1)),
        "4": obligation(4, "c-2", due=after(30), role="head", norm="invoice.norm"),
        "5": _without_due(obligation(5, "c-2", role="head", person="anna", status=PAUSED)),
    }
    cases = (case("c-1"), case("c-2", process="invoice"))
    writes, events = tuple(write(it) for it in cases), tuple(event(it.id) for it in cases)
    opened = tuple(Scheduled(it, None) for it in various.values())
    store.commit(Batch(writes, events, NOON, obligations=opened))
    return {it.id: number for number, it in various.items()}


def _without_due(it: Obligation) -> Obligation:
    return msgspec.structs.replace(it, due=None)
