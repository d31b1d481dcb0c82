"""What a store promises of pages and of several conditions together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations_with_replacement
from typing import Any, Final

import pytest

from salesreg.ports import CaseOrder, CaseQuery, ObligationQuery, Scheduled, Store
from salesreg.process import ObligationStatus
from salesreg.testing._bounds import pages
from salesreg.testing._records import NOON, after, batch, case, message, obligation, scheduled

BEYOND: Final = 1003
"""More than any call gives that does not say how many it wants."""
CONDITIONS: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "process": ({"process": "sale"}, "abcd"),
    "stage": ({"stage": "opening"}, "abeg"),
    "running": ({"ended": False}, "abcefg"),
    "key": ({"key": "inn:c"}, "c"),
    "parent": ({"parent": "p"}, "acef"),
    "waits for": ({"waits_for": ("head", "anna")}, "bceg"),
    "where": ({"where": {"client": "vega*"}}, "aceg"),
    "where both": ({"where": {"client": "vega*", "city": "ОМСК"}}, "ace"),
    "since": ({"since": after(2)}, "cdefg"),
    "until": ({"until": after(5)}, "abcde"),
    "idle for": ({"idle_for": ("head",)}, "acdef"),
}
"""Conditions, each with the cases that it describes by itself."""
OWED: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "case": ({"case": "a"}, "1234"),
    "process": ({"process": "sale"}, "123456"),
    "norm": ({"norm": "sale.norm"}, "12567"),
    "owners": ({"owners": ("head", "anna")}, "23568"),
    "statuses": ({"statuses": (ObligationStatus.OPEN, ObligationStatus.PAUSED)}, "125678"),
    "breached by now": ({"statuses": (ObligationStatus.BREACHED,), "at": after(25)}, "12"),
    "due before": ({"due_before": after(50)}, "1234"),
    "due from": ({"due_from": after(20)}, "2345678"),
}


class Pages:
    """Reading page after page, and by several conditions."""

    @pytest.mark.parametrize("order", ["id", "-id", "last_at", "-last_at"])
    @pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 8])
    def test_every_case_is_on_one_page(self, store: Store, order: CaseOrder, limit: int) -> None:
        """Whatever the size of the pages, also where one ends with the last case or between cases of one instant."""
        for number, name in enumerate("caebdfg"):
            store.commit(batch(case(name, last_at=after(number // 3)), parents=("p",)))
        whole = store.find(CaseQuery(order=order))
        for filters in ({}, {"parent": "p"}, {"process": "sale", "ended": False}):
            found = pages(
                lambda last: store.find(CaseQuery(order=order, after=last, limit=limit, **filters)),  # noqa: B023
                lambda it: it.id,
                limit,
            )
            assert found == whole, f"pages of {limit} by {order} lose, repeat or reorder cases of {filters}"
        assert store.count(CaseQuery(limit=limit, after="c")) == len(whole), "a count is of all pages"

    @pytest.mark.parametrize("limit", [1, 2, 5, 6, 7])
    def test_every_event_and_obligation_is_on_one_page(self, store: Store, limit: int) -> None:
        owed = tuple(Scheduled(obligation(number, due=after(number // 2)), None) for number in (5, 3, 1, 4, 2, 0))
        store.commit(batch(case(), case("c-2"), obligations=owed))
        store.commit(batch(case(version=2), case("c-2", 2), case(version=3), case("c-2", 3)))
        for one in (None, "c-1"):
            found = pages(
                lambda last: list(store.events(one, after=last or 0, limit=limit)),  # noqa: B023
                lambda it: it.position,
                limit,
            )
            assert found == list(store.events(one)), f"pages of {limit} lose, repeat or reorder events"
        assert list(store.events(after=found[-1].position + 99)) == []
        by_page = pages(
            lambda last: store.obligations(ObligationQuery(after=last, limit=limit)), lambda it: it.id, limit
        )
        assert [it.id for it in by_page] == [obligation(number).id for number in range(6)]

    def test_more_may_be_asked_for_than_is_given_unasked(self, store: Store) -> None:
        """A thousand by default, in the right order; as many as are asked for; and work beyond it is not forgotten."""
        ids = [f"{number:04}" for number in range(BEYOND)]
        owed = tuple(Scheduled(obligation(number, due=after(number)), after(number)) for number in range(BEYOND))
        told = tuple(message(number, number) for number in range(BEYOND))
        store.commit(batch(*(case(name) for name in ids), case("c-1"), obligations=owed, messages=told))
        everything = 2 * BEYOND
        assert [it.id for it in store.find(CaseQuery())] == ids[:1000]
        assert [it.id for it in store.find(CaseQuery(limit=everything))] == [*ids, "c-1"]
        assert store.count(CaseQuery(limit=5)) == BEYOND + 1
        assert [it.id for it in store.find(CaseQuery(after=ids[999]))] == [*ids[1000:], "c-1"]
        assert len(list(store.events())) == 1000
        assert [it.case for it in store.events(limit=everything)] == [*ids, "c-1"]
        assert len(store.obligations(ObligationQuery())) == len(store.messages("waiting")) == 1000
        assert len(store.work("message", "waiting")) == len(store.work("obligation", "waiting")) == 1000
        assert store.obligations(ObligationQuery(limit=everything)) == [it.obligation for it in owed]
        assert [it for it, _ in store.messages("waiting", everything)] == list(told)
        assert len(store.load(ids).cases) == BEYOND, "load gives every case that it is asked for"
        assert len(store.load(["c-1"]).cases["c-1"].obligations) == BEYOND
        for kind in ("obligation", "message"):
            assert len(store.claim(kind, after(everything), everything, after(9) - NOON)) == BEYOND

    def test_cases_meet_every_condition_of_a_query(self, store: Store) -> None:
        """Any two of them, in any order, page by page, and counted alike."""
        _seven(store)
        for pair, query, expected in _pairs(CONDITIONS):
            found = [it.id for it in store.find(CaseQuery(**query))]
            assert found == expected, f"by {pair} {found} are found, not {expected}"
            assert store.count(CaseQuery(**query)) == len(expected), f"by {pair} are counted others than are found"
            downwards = [it.id for it in store.find(CaseQuery(**query, order="-last_at", limit=2))]
            assert downwards == expected[::-1][:2], f"by {pair}, the last first, {downwards} are found"
            rest = [it.id for it in store.find(CaseQuery(**query, after="c"))]
            assert rest == [it for it in expected if it > "c"], f"by {pair}, {rest} come after 'c'"

    def test_obligations_meet_every_condition_of_a_query(self, store: Store) -> None:
        """Any two of them."""
        _eight(store)
        for pair, query, expected in _pairs(OWED):
            found = [it.id[-1] for it in store.obligations(ObligationQuery(**query))]
            assert found == expected, f"by {pair} {found} are found, not {expected}"


def _pairs(conditions: Mapping[str, tuple[dict[str, Any], str]]) -> Iterator[tuple[str, dict[str, Any], list[str]]]:
    """Any two conditions that do not speak of the same: their names, both together, and what both describe."""
    for (one, (left, its)), (other, (right, others)) in combinations_with_replacement(conditions.items(), 2):
        if one == other or not left.keys() & right.keys():
            yield f"{one} and {other}", {**left, **right}, sorted(set(its) & set(others))


def _seven(store: Store) -> None:
    """Cases by which `CONDITIONS` differ."""
    vega, omsk = (("client", "Vega Lift"),), (("city", "Омск"), ("city", "Tomsk"))
    rows: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
        ("a", {}, {"parents": ("p",), "search": vega + omsk}),
        ("b", {"waits_for": "head"}, {"search": omsk, "parents": ("q",)}),
        ("c", {"stage": "approval", "waits_for": "anna"}, {"parents": ("p", "q"), "search": vega + omsk}),
        ("d", {"stage": "lost", "ended": True, "waits_for": None}, {"parents": ("q",)}),
        ("e", {"process": "order", "waits_for": "head"}, {"parents": ("p",), "search": vega + omsk}),
        ("f", {"process": "order", "stage": "work"}, {"parents": ("p",), "search": (("client", "Veg"),)}),
        ("g", {"process": "order", "waits_for": "head"}, {"search": vega}),
    )
    for number, (name, changes, kept) in enumerate(rows):
        owes = (scheduled(case_id=name, role="head"),) if name in "bg" else (scheduled(case_id=name),)
        it = case(name, last_at=after(number), **changes)
        written = batch(it, keys_taken=(f"inn:{name}",), obligations=owes, **kept)
        store.commit(written)


def _eight(store: Store) -> None:
    """Obligations by which `OWED` differ, due one after the other."""
    met = {"status": ObligationStatus.MET, "closed_at": after(1)}
    rows: tuple[dict[str, Any], ...] = (
        {},
        {"person": "anna"},
        {"role": "head", "norm": "sale.other", **met},
        {"norm": "sale.other", **met},
        {"case_id": "b", "role": "head"},
        {"case_id": "b", "person": "anna", "norm": "sale.norm"},
        {"case_id": "c", "status": ObligationStatus.PAUSED},
        {"case_id": "c", "role": "head", "norm": "order.norm"},
    )
    owed = tuple(
        scheduled(number, due=after(10 * number), **{"case_id": "a", **row}) for number, row in enumerate(rows, 1)
    )
    store.commit(batch(case("a"), case("b"), case("c", process="order"), obligations=owed))
