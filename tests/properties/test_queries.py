"""The stores give the same answers: whatever is in them, in memory and in databases, filtered, ordered, paged alike."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from typing import Any, TypeVar

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from salesreg.adapters.memory import MemoryStore
from salesreg.adapters.postgres import PostgresStore, create_schema
from salesreg.adapters.sql import cases
from salesreg.adapters.sqlite import SqliteStore
from salesreg.errors import CaseNotFound
from salesreg.ports import CaseQuery, ObligationQuery, Scheduled, Store
from salesreg.process import Obligation, ObligationStatus
from salesreg.testing._records import after, batch, case, obligation

Q = TypeVar("Q")
T = TypeVar("T")

CASES = ("a", "a:b", "b", "Я")
PEOPLE = ("anna", "boris", "head")
NORMS = ("sale.reply", "sale.offer")
VALUES = st.sampled_from(["Vega", "VEGA Lift", "ve", "straße", ""]) | st.text("aA*%\ud7ff\ue000\U0010ffff", max_size=3)
INSTANTS = st.integers(0, 4).map(after)
some = st.none() | st.sampled_from(PEOPLE)


def written() -> st.SearchStrategy[dict[str, Any]]:
    """How a case is to stand, and what else its write says."""
    it = st.fixed_dictionaries(
        {
            "process": st.sampled_from(["sale", "invoice"]),
            "stage": st.sampled_from(["opening", "approval", "won"]),
            "ended": st.booleans(),
            "last_at": INSTANTS,
            "waits_for": some,
        }
    )
    also = st.fixed_dictionaries(
        {},
        optional={
            "parents": st.sets(st.sampled_from(CASES)).map(tuple),
            "search": st.lists(st.tuples(st.sampled_from(["client", "number"]), VALUES), max_size=4).map(tuple),
            "obligations": st.lists(owed(), max_size=3),
        },
    )
    return st.tuples(it, also).map(lambda pair: {"case": pair[0], **pair[1]})


def owed() -> st.SearchStrategy[Callable[[str], Obligation]]:
    """An obligation, when it is known of which case."""
    fields = st.fixed_dictionaries(
        {
            "number": st.integers(1, 3),
            "norm": st.sampled_from(NORMS),
            "role": some,
            "person": some,
            "due": INSTANTS,
            "status": st.sampled_from(ObligationStatus),
        }
    )
    return fields.map(lambda given: lambda case_id: _obligation(case_id, **given))


def _obligation(case_id: str, *, number: int, norm: str, **given: Any) -> Obligation:
    if given["status"] is ObligationStatus.PAUSED:
        return obligation(number, case_id, **{**given, "norm": norm, "id": f"{case_id}:{norm}:{number}", "due": None})
    return obligation(number, case_id, norm=norm, id=f"{case_id}:{norm}:{number}", **given)


histories = st.lists(st.tuples(st.sampled_from(CASES), written()), max_size=8)

case_queries = st.builds(
    CaseQuery,
    process=st.none() | st.sampled_from(["sale", "invoice"]),
    stage=st.none() | st.sampled_from(["opening", "won"]),
    ended=st.none() | st.booleans(),
    key=st.none() | st.sampled_from(["key:a", "key:b"]),
    parent=st.none() | st.sampled_from(CASES),
    waits_for=st.lists(st.sampled_from(PEOPLE), max_size=3).map(tuple),
    where=st.dictionaries(st.sampled_from(["client", "number"]), VALUES | VALUES.map("{}*".format), max_size=2),
    since=st.none() | INSTANTS,
    until=st.none() | INSTANTS,
    idle_for=st.lists(st.sampled_from(PEOPLE), max_size=3).map(tuple),
    order=st.sampled_from(["id", "-id", "last_at", "-last_at"]),
    after=st.none() | st.sampled_from(CASES),
    limit=st.integers(0, 4) | st.just(1000),
)
obligation_queries = st.builds(
    ObligationQuery,
    case=st.none() | st.sampled_from(CASES),
    owners=st.lists(st.sampled_from(PEOPLE), max_size=3).map(tuple),
    process=st.none() | st.sampled_from(["sale", "invoice"]),
    norm=st.none() | st.sampled_from(NORMS),
    statuses=st.sets(st.sampled_from(ObligationStatus)).map(tuple),
    at=st.none() | INSTANTS,
    due_before=st.none() | INSTANTS,
    due_from=st.none() | INSTANTS,
    after=st.none() | st.builds("{}:{}:{}".format, st.sampled_from(CASES), st.sampled_from(NORMS), st.integers(1, 3)),
    limit=st.integers(0, 4) | st.just(1000),
)


def written_to(*stores: Store, history: list[tuple[str, dict[str, Any]]]) -> None:
    """The same batches in each store."""
    versions: dict[str, tuple[int, str]] = {}
    for case_id, said in history:
        version, process = versions.get(case_id, (0, said["case"]["process"]))
        versions[case_id] = version + 1, process
        it = case(case_id, version + 1, **{**said["case"], "process": process})
        keys = {"keys_taken": (f"key:{case_id}",)} if said["case"]["ended"] else {"keys_released": (f"key:{case_id}",)}
        also = {name: said[name] for name in ("parents", "search") if name in said}
        obligations = tuple(Scheduled(make(case_id), None) for make in said.get("obligations", ()))
        for store in stores:
            store.commit(batch(it, obligations=obligations, **keys, **also))


def answer(ask: Callable[[Q], T], query: Q) -> T | str:
    try:
        return ask(query)
    except CaseNotFound as error:
        return str(error)


@pytest.fixture(params=[0, 1, 1000], ids="few are {}".format, scope="module")
def _few(request: pytest.FixtureRequest) -> Any:
    """So that lists of few cases and of many are both met."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cases, "FEW", request.param)
        yield


@pytest.fixture(params=["sqlite", "postgres"], scope="module")
def opened(request: pytest.FixtureRequest) -> Iterator[Callable[[], AbstractContextManager[Store]]]:
    """An empty store on a database, as often as one is asked for."""
    if request.param == "sqlite":
        yield lambda: SqliteStore(":memory:")
        return
    with psycopg.connect(request.getfixturevalue("postgres_url")) as app:
        create_schema(app, "queries")

        @contextmanager
        def undone() -> Iterator[Store]:
            with app.transaction(force_rollback=True):
                yield PostgresStore(connection=app, schema="queries")

        with app.transaction(force_rollback=True):
            yield undone
        app.execute("DROP SCHEMA queries CASCADE")


@pytest.mark.usefixtures("_few")
@given(histories, st.lists(case_queries, min_size=1, max_size=6), st.lists(obligation_queries, min_size=1, max_size=6))
def test_memory_and_databases_answer_alike(opened, history, asked, owed_asked):
    with closing(MemoryStore()) as memory, opened() as store:
        written_to(memory, store, history=history)
        for query in asked:
            assert answer(store.find, query) == answer(memory.find, query)
            assert store.count(query) == memory.count(query)
        for query in owed_asked:
            assert answer(store.obligations, query) == answer(memory.obligations, query)


@pytest.mark.usefixtures("_few")
@given(histories, case_queries, obligation_queries, st.integers(1, 3))
def test_pages_give_everything_once_and_in_order(opened, history, asked, owed_asked, size):
    with opened() as store:
        written_to(store, history=history)
        assert paged(store.find, asked, size) == store.find(whole(asked))
        assert store.count(asked) == len(store.find(whole(asked)))
        assert paged(store.obligations, owed_asked, size) == store.obligations(whole(owed_asked))


def whole(query: Any) -> Any:
    return replace(query, after=None, limit=1000)


def paged(find: Callable[[Any], list[Any]], query: Any, size: int) -> list[Any]:
    found: list[Any] = []
    last = None
    while page := find(replace(query, after=last, limit=size)):
        found += page
        last = page[-1].id
    return found
