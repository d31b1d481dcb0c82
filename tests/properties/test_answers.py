"""Both stores answer alike what an app asks the engine: cases, their number, obligations, tasks, children, by pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from ask import HEAD, PEOPLE, RULES, Ask, Errand, moscow, requests_engine
from hypothesis import given, settings
from hypothesis import strategies as st

from salesreg import Delegation, ProcessEngine
from salesreg.adapters.memory import MemoryDirectory, MemoryStore
from salesreg.adapters.sqlite import SqliteStore
from salesreg.errors import SalesregError
from salesreg.process import Look, ObligationStatus, reaction
from salesreg.testing import ManualClock

WORDS = st.sampled_from(["Vega", "vega lift", "ВЕГА", "ве", "a*", "%", ""])
WHO = st.sampled_from(["anna", "boris", "helen", "faina", "ivan", "olga"])
CASES = st.sampled_from([f"r{n}" for n in range(3)] + [f"e{n}" for n in range(3)])
START = moscow("2026-03-02 10:00")
TODAY = START.date()
AWAY = [Delegation("helen", "boris", TODAY, TODAY + dt.timedelta(days=1)), Delegation("olga", "ivan", TODAY, TODAY)]

Question = Callable[[ProcessEngine], Any]


# -- what is done -----------------------------------------------------------------------------------------------------


def begun(number: int, word: str, who: str) -> Question:
    return lambda engine: engine.start(Ask.ask(text=word, number=word or None), by=who, case_id=f"r{number}")


def sent(number: int, word: str, who: str, request: int | None) -> Question:
    parent = None if request is None else f"r{request}"
    return lambda engine: engine.start(
        Errand.send(title=word, doer=who, client=word or None, request=parent), by="helen", case_id=f"e{number}"
    )


STEPS = [
    ("r", "answer", "helen"), ("r", "decide", "helen"), ("r", "pause", "helen"), ("r", "resume", "helen"),
    ("r", "renumber", "anna"), ("r", "repeat", "anna"), ("r", "confirm", "faina"), ("r", "deny", "ivan"),
    ("e", "pass_on", "helen"), ("e", "ask_to_read", "helen"), ("e", "belong_to", "helen"), ("e", "finish", "helen"),
    ("e", "reopen", "helen"), ("e", "see", "olga"), ("e", "tell", "olga"), ("e", "confirm_read", "faina"),
]  # fmt: skip
"""Steps of a request or an errand, each with somebody who mostly may."""


def taken(kind: tuple[str, str, str], number: int, who: str, word: str, other: int | None) -> Question:
    prefix, step, by = kind
    payload = {
        "answer": {"text": word},
        "renumber": {"number": word or None},
        "pass_on": {"doer": who},
        "ask_to_read": {"readers": (who,)},
        "belong_to": {"request": None if other is None else f"r{other}"},
    }
    return lambda engine: engine.perform(f"{prefix}{number}", step, payload.get(step, {}), by=by)


ONE = st.integers(0, 2)
done = st.one_of(
    st.builds(begun, ONE, WORDS, st.sampled_from(["anna", "boris"])),
    st.builds(sent, ONE, WORDS, WHO, st.none() | ONE),
    st.builds(taken, st.sampled_from(STEPS), ONE, WHO, WORDS, st.none() | ONE),
    st.builds(taken, st.sampled_from(STEPS), ONE, WHO, WORDS, st.none() | ONE),
)
FIRST = [begun(0, "Vega", "anna"), begun(1, "ве", "boris"), sent(0, "vega lift", "olga", 0), sent(1, "%", "faina", 1)]


# -- what is asked ----------------------------------------------------------------------------------------------------


def pages(ask: Callable[[Any], Any]) -> list[Any]:
    """All that is answered, two at a time."""
    found: list[Any] = []
    while page := ask(found[-1] if found else None):
        found += page
    return found


INSTANTS = st.integers(0, 6).map(lambda hours: START + dt.timedelta(hours=8 * hours))
criteria = st.fixed_dictionaries(
    {},
    optional={
        "stage": st.sampled_from(["asked", "checking", "denied", "todo", "done"]),
        "ended": st.booleans(),
        "owner": WHO | st.just(HEAD),
        "where": st.dictionaries(
            st.sampled_from(["author", "number", "client", "reader"]),
            WORDS.map(lambda word: f"{word}*") | WORDS | WHO,
            max_size=2,
        ),
        "since": INSTANTS,
        "until": INSTANTS,
        "key": WORDS.map(lambda word: f"request.number:{word}"),
        "parent": CASES,
    },
)
orders = st.sampled_from(["id", "-id", "last_at", "-last_at"])


def of_cases(process: Any, given_: dict[str, Any], order: Any) -> Question:
    return lambda engine: (
        pages(lambda last: engine.cases(process, **given_, order=order, after=last, limit=2)),
        engine.cases(process, **given_, order=order),
        engine.count(process, **given_),
    )


def of_obligations(given_: dict[str, Any]) -> Question:
    return lambda engine: (
        pages(lambda last: engine.obligations(**given_, after=last, limit=2)),
        engine.obligations(**given_),
    )


def of_tasks(who: str, process: Any) -> Question:
    return lambda engine: (
        pages(lambda last: engine.tasks(who, process=process, after=last, limit=2)),
        engine.tasks(who, process=process),
    )


kinds = st.sampled_from([None, "request", Errand])
asked = st.one_of(
    st.builds(of_cases, kinds, criteria, orders),
    st.builds(
        of_obligations,
        st.fixed_dictionaries(
            {},
            optional={
                "case": CASES,
                "owner": WHO | st.just(HEAD),
                "process": kinds,
                "norm": st.sampled_from(["request.answer", "request.decide", "errand.finish", "errand.read"]),
                "status": st.sampled_from(ObligationStatus),
            },
        ),
    ),
    st.builds(of_tasks, WHO, kinds),
)


def outcome(do: Question, engine: ProcessEngine) -> Any:
    try:
        return do(engine)
    except SalesregError as refused:
        return type(refused), str(refused)


@settings(max_examples=120)
@given(
    st.lists(st.tuples(done, st.sampled_from([0, 1, 90, 1440])), max_size=14), st.lists(asked, min_size=1, max_size=6)
)
def test_both_stores_answer_alike_and_pages_make_up_the_whole(
    history: list[tuple[Question, int]], questions: list[Question]
) -> None:
    clock = ManualClock(START)
    children: list[Any] = []

    @reaction(after=Errand.finish)
    def look_round(case: Any, event: Any, look: Look) -> Any:
        children.append(sorted(one.id for one in look.children(case.data.request or "", Errand)))
        yield from ()

    people, rules = MemoryDirectory(PEOPLE, AWAY), RULES.extended("looking", reactions=[look_round])
    engines = [
        requests_engine(store, clock, directory=people, rulebook=rules)
        for store in (MemoryStore(), SqliteStore(":memory:"))
    ]
    for do, minutes in [*((do, 1) for do in FIRST), *history]:
        first, second = (outcome(do, engine) for engine in engines)
        assert first == second
        clock.advance(dt.timedelta(minutes=minutes))
    assert children[::2] == children[1::2]
    for question in questions:
        first, second = (outcome(question, engine) for engine in engines)
        assert first == second
        if isinstance(first[0], type):
            continue  # an error, and the same of both
        paged, whole, *counted = first
        assert paged == list(whole)
        assert counted in ([], [len(paged)])
    for engine in engines:
        engine.close()
