"""Moving running cases to another version of their page or to another regulation: planned first, then all at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest
from ask import ANNA, ASKER, FAINA, FINANCE, HEAD, HELEN, PEOPLE, REGULATION, ROLES, moscow, requests_engine

from salesreg import SYSTEM, Norm, Process, ProcessEngine, Regulation, Rulebook, Term
from salesreg.adapters.memory import MemoryDirectory
from salesreg.engine import Migration
from salesreg.errors import MigrationRefused, UnknownProcess, UnknownStage, VersionConflict
from salesreg.ports import CaseQuery, ObligationQuery, Store
from salesreg.process import Event, Sla, Stage, Step, Timer, anywhere, start, stay, step
from salesreg.rules import Instant, Parameter
from salesreg.testing import ManualClock

READ = Norm("note.read", "A note is read in a day.", "R1", term=Term.parse("1 business day"))
WAIT = Norm("note.wait", "Nothing waits for more than three days.", "R2", term=Term.parse("3 business days"))
REPLY = Norm("note.reply", "A note is answered in two days.", "R3", term=Term.parse("2 business days"))
THANK = Norm("note.thank", "Whoever writes is thanked in an hour.", "R4", term=Term.parse("60 working minutes"))
SMALL = Regulation("small", schedule=REGULATION.schedule).with_settings(
    {name: value.value for name, value in REGULATION.settings.items() if name.startswith("escalation.")}
)


@attrs.frozen
class Note:
    author: str
    text: str
    number: str | None = None
    ring_at: Instant | None = None


class Notes(Process[Note]):
    """A note that is read, waits and is filed."""

    id, title = "note", "Note"
    searchable = {"text": lambda note: note.text}

    unread = Stage("Unread", HEAD, READ)
    waiting = Stage("Waiting", FINANCE, WAIT)
    parked = Stage("Parked", FINANCE, no_term="until somebody asks")
    filed = Stage("Filed", ended=True)

    @step(start(unread), "Write", by=ASKER)
    def write(self, *, text: str, number: str | None = None, ring_at: Instant | None = None) -> Note:
        return Note("anna", text, number, ring_at)

    let_wait = Step(unread.to(waiting), "Let wait", by=HEAD)
    park = Step(unread.to(parked), "Park", by=HEAD)
    thank = Step(stay(unread, waiting), "Thank", by=HEAD)
    reply = Step(stay(unread, waiting), "Reply", by=HEAD)
    ring = Step(stay(unread, waiting), "Ring", by=SYSTEM)
    file = Step(anywhere(filed), "File", by=[HEAD, FINANCE])

    thanked = Sla(THANK, start=write, stop=thank, owner=HEAD)
    replied = Sla(REPLY, start=write, stop=reply, owner=HEAD)
    ringing = Timer(ring, at=lambda note: note.ring_at)

    @classmethod
    def keys(cls, data: Note) -> tuple[str, ...]:
        return () if data.number is None else (f"note:{data.number}",)


@attrs.frozen
class Memo:
    author: str
    words: str
    priority: str
    number: str | None = None
    ring_at: Instant | None = None


class Memos(Process[Memo]):
    """The next edition: other words, a priority, one stage less, one deadline less."""

    id, version, title = "note", 2, "Note"
    searchable = {"words": lambda memo: memo.words, "priority": lambda memo: memo.priority}

    unread = Stage("Unread", HEAD, READ)
    waiting = Stage("Waiting", ASKER, WAIT)
    filed = Stage("Filed", ended=True)

    @step(start(unread), "Write", by=ASKER)
    def write(self, *, words: str, priority: str = "low", number: str | None = None) -> Memo:
        return Memo("anna", words, priority, number)

    let_wait = Step(unread.to(waiting), "Let wait", by=HEAD)
    reply = Step(stay(unread, waiting), "Reply", by=HEAD)
    hurry = Step(stay(unread, waiting), "Hurry", by=SYSTEM)
    file = Step(anywhere(filed), "File", by=[HEAD, FINANCE])

    replied = Sla(REPLY, start=write, stop=reply, owner=HEAD)
    hurrying = Timer(hurry, at=lambda memo: memo.ring_at)

    @classmethod
    def keys(cls, data: Memo) -> tuple[str, ...]:
        return () if data.number is None else (f"memo:{data.number.upper()}",)


FIRST = Rulebook("notes", roles=ROLES, processes=[Notes])
SECOND = Rulebook("notes", roles=ROLES, processes=[Memos], earlier=[Notes])
ONLY_SECOND = Rulebook("notes", roles=ROLES, processes=[Memos])
RENAMED: dict[str, Any] = {
    "stages": {"parked": "waiting"},
    "data": lambda old: {"words": old["text"], "text": None, "priority": "high" if "!" in old["text"] else "low"},
}


def engine_of(store: Store, clock: ManualClock, rulebook: Rulebook, **others: Any) -> ProcessEngine:
    return requests_engine(store, clock, rulebook=rulebook, **{"regulation": SMALL, **others})


def everything(store: Store) -> Any:
    return (
        store.find(CaseQuery()),
        list(store.events()),
        store.obligations(ObligationQuery()),
        store.messages("waiting"),
    )


@pytest.fixture
def second(store: Store, clock: ManualClock) -> ProcessEngine:
    """The next edition over cases of the first: unread, waiting, parked, and one that has ended."""
    engine = engine_of(store, clock, FIRST)
    for case_id, text in (("n1", "one"), ("n2", "two!"), ("n3", "three"), ("n4", "four")):
        engine.start(Notes.write(text=text, number=case_id), by=ANNA, case_id=case_id)
    engine.perform("n2", Notes.let_wait(), by=HELEN)
    engine.perform("n3", Notes.park(), by=HELEN)
    engine.perform("n4", Notes.file(), by=HELEN)
    clock.move_to(moscow("2026-03-02 12:00"))
    return engine_of(store, clock, SECOND)


# -- the plan ---------------------------------------------------------------------------------------------------------


def test_a_dry_run_lists_every_running_case_with_what_becomes_of_it_and_changes_nothing(
    second: ProcessEngine, store: Store
):
    before = everything(store)
    plan = second.migrate("note", **RENAMED)
    assert (plan.process, plan.to, plan.dry_run, plan.problems) == ("note", "2 of notes", True, ())
    assert [str(move) for move in plan.moves] == [
        "n1 (version 1 of notes, unread): to unread",
        "n2 (version 1 of notes, waiting): to waiting",
        "n3 (version 1 of notes, parked): to waiting",
    ]
    assert everything(store) == before


def test_a_dry_run_lists_for_every_case_all_that_is_in_the_way(second: ProcessEngine, store: Store):
    before = everything(store)
    plan = second.migrate(Memos)
    assert [(move.case, len(move.problems)) for move in plan.problems] == [("n1", 3), ("n2", 3), ("n3", 4)]
    assert plan.problems[-1].problems == (
        "the stage 'parked' is gone: say where it leads with stages={'parked': ...}",
        "text has no place in Memo any more: let it go with data={'text': None}",
        "words has no value: give one with data={'words': ...}",
        "priority has no value: give one with data={'priority': ...}",
    )
    assert everything(store) == before


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"stages": {"parked": "waiting"}},
        {"data": RENAMED["data"]},
        {**RENAMED, "data": {"words": "x", "text": None, "priority": 5}},
        {**RENAMED, "data": {"words": "x", "text": None, "priority": "low", "colour": "red"}},
        {**RENAMED, "data": lambda old: {**RENAMED["data"](old), "number": 7 if old["number"] == "n3" else "7"}},
        {**RENAMED, "data": lambda old: {**RENAMED["data"](old), "number": "same"}},
    ],
    ids=[
        "nothing said",
        "no data",
        "no stage",
        "a wrong type",
        "a strange name",
        "one wrong in three",
        "one key for all",
    ],
)
def test_a_migration_that_cannot_map_one_case_moves_none(second: ProcessEngine, store: Store, wrong: dict[str, Any]):
    before = everything(store)
    plan = second.migrate("note", **wrong)
    with pytest.raises(MigrationRefused) as refused:
        second.migrate("note", **wrong, dry_run=False)
    assert refused.value.cases == tuple((move.case, move.problems) for move in plan.problems)
    assert all(move.case in str(refused.value) for move in plan.problems)
    assert everything(store) == before


@pytest.mark.parametrize(
    ("wrong", "error", "said"),
    [
        ({"to": 3}, UnknownProcess, "no version 3 of process 'note'"),
        ({"stages": {"parkd": "waiting"}}, UnknownStage, "'parkd'"),
        ({"stages": {"parked": "wating"}}, UnknownStage, "'wating'"),
    ],
)
def test_a_name_that_nothing_has_is_an_error_in_a_dry_run_too(
    second: ProcessEngine, wrong: dict[str, Any], error: type[Exception], said: str
):
    with pytest.raises(error, match=said):
        second.migrate("note", **{**RENAMED, **wrong})


# -- the move ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def moved(second: ProcessEngine) -> Migration:
    return second.migrate("note", **RENAMED, dry_run=False)


def test_every_running_case_is_moved_by_one_event(second: ProcessEngine, moved: Migration, clock: ManualClock):
    assert [move.case for move in moved.moves] == ["n1", "n2", "n3"]
    assert not moved.dry_run
    two = second.case("n2")
    assert (two.process_version, two.stage, two.version) == (2, "waiting", 3)
    assert two.data == Memo("anna", "two!", "high", "n2")
    assert [event.step for event in second.history("n2")] == ["write", "let_wait", "migrated"]
    event = second.history("n2")[-1]
    assert (event.by, event.source, event.target, event.at) == ("system", "waiting", "waiting", clock.now())
    assert event.payload == {"process_version": 1, "rulebook": "notes", "regulation": two.regulation}
    assert second.case("n4").process_version == 1, "what has ended stays as it was"
    assert second.verify() == ()


def test_a_second_migration_has_nothing_to_move(second: ProcessEngine, moved: Migration):
    assert second.migrate("note", dry_run=False).moves == ()


def test_a_moved_case_goes_on_under_the_new_page(second: ProcessEngine, moved: Migration, clock: ManualClock):
    assert second.perform("n3", Memos.reply(), by=HELEN).version == 4
    assert second.perform("n3", Memos.file(), by=FAINA).stage == "filed"
    assert second.start(Memos.write(words="five"), by=ANNA).process_version == 2
    assert second.verify() == ()


def test_running_obligations_keep_their_due_instants_and_those_of_no_rule_any_more_are_given_up(
    second: ProcessEngine, moved: Migration
):
    owed = {one.id: (str(one.status), one.due) for one in second.obligations() if one.case != "n4"}
    assert owed == {
        "n1:note.read:1": ("open", moscow("2026-03-03 18:00")),
        "n1:note.reply:1": ("open", moscow("2026-03-04 18:00")),
        "n1:note.thank:1": ("breached", moscow("2026-03-02 11:00")),
        "n2:note.read:1": ("met", moscow("2026-03-03 18:00")),
        "n2:note.reply:1": ("open", moscow("2026-03-04 18:00")),
        "n2:note.thank:1": ("breached", moscow("2026-03-02 11:00")),
        "n2:note.wait:2": ("open", moscow("2026-03-05 18:00")),
        "n3:note.read:1": ("met", moscow("2026-03-03 18:00")),
        "n3:note.reply:1": ("open", moscow("2026-03-04 18:00")),
        "n3:note.thank:1": ("breached", moscow("2026-03-02 11:00")),
        "n3:note.wait:3": ("open", moscow("2026-03-05 18:00")),
    }
    assert [one.id for one in second.case("n3").obligations] == ["n3:note.reply:1", "n3:note.wait:3"]


def test_the_clock_of_a_stage_that_a_case_leaves_is_given_up(second: ProcessEngine):
    second.migrate("note", **{**RENAMED, "stages": {"unread": "waiting", "parked": "unread"}}, dry_run=False)
    assert [one.norm for one in second.case("n1").obligations] == ["note.reply", "note.wait"]
    assert {one.id: str(one.status) for one in second.obligations(case="n1", norm="note.read")} == {
        "n1:note.read:1": "cancelled"
    }
    assert [one.norm for one in second.case("n3").obligations] == ["note.reply", "note.read"]
    assert second.verify() == ()


def test_a_case_may_be_moved_to_its_end(second: ProcessEngine):
    second.migrate("note", **{**RENAMED, "stages": {"parked": "filed"}}, dry_run=False)
    three = second.case("n3")
    assert (three.stage, three.obligations) == ("filed", ())
    assert [case.id for case in second.cases(ended=True)] == ["n3", "n4"]
    assert second.verify() == ()


def test_whom_a_case_waits_for_and_what_it_is_found_by_follow_the_new_page(second: ProcessEngine, moved: Migration):
    assert [case.id for case in second.cases(where={"words": "tw*"})] == ["n2"]
    assert [case.id for case in second.cases(where={"priority": "low"})] == ["n1", "n3"]
    assert [case.id for case in second.cases(where={"text": "*"})] == ["n4"], "by the page that it ended under"
    assert [case.id for case in second.cases(owner=ASKER)] == ["n2", "n3"]
    assert [task.id for task in second.tasks(FAINA)] == []


def test_unique_keys_follow_the_new_page(second: ProcessEngine, moved: Migration, store: Store):
    assert [store.holder(f"memo:N{n}") for n in (1, 2, 3)] == ["n1", "n2", "n3"]
    assert [store.holder(f"note:n{n}") for n in (1, 2, 3, 4)] == [None, None, None, "n4"]


def test_timers_follow_the_new_page(store: Store, clock: ManualClock):
    first = engine_of(store, clock, FIRST)
    first.start(Notes.write(text="x", ring_at=moscow("2026-03-03 10:00")), by=ANNA, case_id="n1")
    second = engine_of(store, clock, SECOND)
    second.migrate("note", **RENAMED, dry_run=False)
    clock.move_to(moscow("2026-03-03 10:00"))
    report = second.tick()
    assert (report.fired, report.failed) == ([("n1", "hurrying")], [])


def test_what_is_owed_after_a_move_is_reminded_of_and_climbs(
    second: ProcessEngine, moved: Migration, clock: ManualClock
):
    clock.move_to(moscow("2026-03-05 18:01"))
    breached = [one for one in second.tick().breached if one.endswith((":2", ":3"))]
    assert breached == ["n2:note.wait:2", "n3:note.wait:3"]


def test_what_is_overdue_stays_with_whoever_let_it_become_so(second: ProcessEngine, clock: ManualClock):
    clock.move_to(moscow("2026-03-05 18:01"))
    second.migrate("note", **RENAMED, dry_run=False)
    owed = {one.case: one.role for one in second.obligations(norm=WAIT.id)}
    assert owed == {"n2": FINANCE.id, "n3": ASKER.id}, "a new clock is the new owner's"


def test_a_fault_of_the_function_that_gives_the_data_is_that_cases_problem(second: ProcessEngine, store: Store):
    before = everything(store)
    plan = second.migrate("note", stages={"parked": "waiting"}, data=lambda old: {"words": old["txet"]})
    assert [move.problems for move in plan.moves] == [("data= cannot give its values: KeyError: 'txet'",)] * 3
    assert everything(store) == before


# -- after the old page is gone ---------------------------------------------------------------------------------------


def test_history_reads_and_the_record_holds_after_the_old_page_is_gone(
    second: ProcessEngine, moved: Migration, store: Store, clock: ManualClock
):
    before = {case.id: second.history(case) for case in second.cases() if case.id != "n4"}
    last = engine_of(store, clock, ONLY_SECOND)
    assert [case.id for case in last.cases()] == ["n1", "n2", "n3", "n4"]
    assert {case.id: last.history(case) for case in last.cases() if case.id != "n4"} == before
    assert last.case("n4").data["text"] == "four"
    assert [line for line in last.verify() if not line.startswith("n4")] == []
    assert last.perform("n1", Memos.file(), by=HELEN).stage == "filed"


def test_the_events_before_a_move_stay_as_they_were(second: ProcessEngine, store: Store):
    before = [event.body for event in store.events()]
    second.migrate("note", **RENAMED, dry_run=False)
    assert [event.body for event in store.events()][: len(before)] == before


# -- there and back ---------------------------------------------------------------------------------------------------


def test_a_case_may_be_moved_back(second: ProcessEngine, moved: Migration):
    back: Callable[[Any], Any] = lambda new: {"text": new["words"], "words": None, "priority": None}  # noqa: E731
    second.migrate("note", to=1, data=back, dry_run=False)
    assert second.case("n2").data == Note("anna", "two!", "n2")
    assert [event.step for event in second.history("n2")][-2:] == ["migrated", "migrated"]
    assert second.verify() == ()


# -- two firms --------------------------------------------------------------------------------------------------------


class Acme(Notes):
    """A firm's own edition."""

    version = 2
    ours = Stage("Ours", HEAD, no_term="a test")
    take = Step(Notes.unread.to(ours), "Take", by=HEAD)


class Beta(Notes):
    """Another firm's, under the same number."""

    version = 2
    theirs = Stage("Theirs", HEAD, no_term="a test")
    give = Step(Notes.unread.to(theirs), "Give", by=HEAD)


ACME = FIRST.extended("acme", processes=[Acme])
BETA = FIRST.extended("beta", processes=[Beta])


def test_the_second_versions_of_two_rulebooks_do_not_collide(store: Store, clock: ManualClock):
    both = BETA.extended("group", processes=[Acme], earlier=[Beta])
    acme = Rulebook("acme", roles=ROLES, processes=[Acme], earlier=[Notes], base=FIRST)
    engine_of(store, clock, acme).start(Notes.write(text="x"), by=ANNA, case_id="a1")
    engine_of(store, clock, acme).perform("a1", Acme.take(), by=HELEN)
    with pytest.raises(Exception, match="rulebook 'acme'"):
        engine_of(store, clock, BETA)
    group = Rulebook("beta", roles=ROLES, processes=[Beta], base=acme, earlier=[Acme, Notes])
    engine = engine_of(store, clock, group)
    engine.start(Notes.write(text="y"), by=ANNA, case_id="b1")
    engine.perform("b1", Beta.give(), by=HELEN)
    assert {case.id: (case.process_version, case.rulebook, case.stage) for case in engine.cases()} == {
        "a1": (2, "acme", "ours"),
        "b1": (2, "beta", "theirs"),
    }
    assert engine.verify() == ()
    assert both.homes[Beta] == "beta"


def test_cases_of_another_rulebooks_version_of_the_same_number_are_moved_too(store: Store, clock: ManualClock):
    acme = engine_of(store, clock, ACME)
    acme.start(Notes.write(text="x"), by=ANNA, case_id="a1")
    acme.perform("a1", Acme.take(), by=HELEN)
    beta = engine_of(store, clock, Rulebook("beta", roles=ROLES, processes=[Beta], base=ACME, earlier=[Acme, Notes]))
    plan = beta.migrate("note", stages={"ours": "theirs"}, dry_run=False)
    assert [str(move) for move in plan.moves] == ["a1 (version 2 of acme, ours): to theirs"]
    one = beta.case("a1")
    assert (one.process_version, one.rulebook, one.stage) == (2, "beta", "theirs")
    assert beta.verify() == ()
    assert engine_of(store, clock, BETA).case("a1") == one


# -- another regulation -----------------------------------------------------------------------------------------------

SOONER = attrs.evolve(SMALL, norms=[attrs.evolve(WAIT, term=Term.parse("1 business day"))])


def test_running_cases_may_be_moved_to_another_regulation(store: Store, clock: ManualClock):
    engine = engine_of(store, clock, FIRST)
    engine.start(Notes.write(text="x"), by=ANNA, case_id="n1")
    engine.start(Notes.write(text="y"), by=ANNA, case_id="n2")
    engine.perform("n2", Notes.let_wait(), by=HELEN)
    before = engine.case("n2").obligations
    plan = engine.migrate(Notes, regulation=SOONER)
    assert [move.problems for move in plan.moves] == [(), ()]
    assert store.regulation(SOONER.content_hash) is None, "a dry run keeps nothing"
    engine.migrate(Notes, regulation=SOONER, dry_run=False)
    assert {case.regulation for case in engine.cases()} == {SOONER.content_hash}
    assert engine.case("n2").obligations == before, "what runs keeps its due instant"
    engine.perform("n1", Notes.let_wait(), by=HELEN)
    due = {one.case: one.due for one in engine.obligations(norm="note.wait")}
    assert due == {"n1": moscow("2026-03-03 18:00"), "n2": moscow("2026-03-05 18:00")}
    assert engine.verify() == ()
    assert engine_of(store, clock, FIRST).perform("n1", Notes.file(), by=HELEN).stage == "filed"
    assert engine.migrate(Notes, regulation=SOONER).moves == ()


def test_a_regulation_that_leaves_open_what_the_new_page_reads_moves_nothing(store: Store, clock: ManualClock):
    class Counted(Notes):
        version = 2
        limit = Parameter("note.limit", int, "How many notes there may be.", clause="R9")

        @Notes.write.doing
        def write(self, *, text: str, number: str | None = None, ring_at: Instant | None = None) -> Note:
            return Note("anna", text[: self.limit], number, ring_at)

    engine_of(store, clock, FIRST).start(Notes.write(text="x"), by=ANNA, case_id="n1")
    counted = Rulebook("notes", roles=ROLES, processes=[Counted], earlier=[Notes])
    given = SMALL.with_settings({"note.limit": 5})
    engine = engine_of(store, clock, counted, regulation=given)
    (move,) = engine.migrate("note").moves
    assert any("note.limit" in problem for problem in move.problems), (
        "it keeps its own regulation unless told otherwise"
    )
    engine.migrate("note", regulation=given, dry_run=False)
    assert engine.case("n1").regulation == given.content_hash


# -- somebody else at work --------------------------------------------------------------------------------------------


class Meddled:
    """A store in which somebody gets in just before the first commit."""

    def __init__(self, store: Store, meddle: Callable[[], object]) -> None:
        self._store, self._meddle = store, [meddle]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def commit(self, batch: Any) -> Any:
        if self._meddle:
            self._meddle.pop()()
        return self._store.commit(batch)


def steps(events: tuple[Event, ...]) -> list[str]:
    return [event.step for event in events]


def test_a_case_on_which_somebody_acts_meanwhile_is_moved_as_it_then_stands(
    second: ProcessEngine, store: Store, clock: ManualClock
):
    meddled: Any = Meddled(store, lambda: second.perform("n1", Notes.let_wait(), by=HELEN))
    engine_of(meddled, clock, SECOND).migrate("note", **RENAMED, dry_run=False)
    assert steps(second.history("n1")) == ["write", "let_wait", "migrated"]
    assert second.case("n1").stage == "waiting"
    assert second.verify() == ()


def test_a_case_that_ends_meanwhile_is_left_as_it_ended(second: ProcessEngine, store: Store, clock: ManualClock):
    meddled: Any = Meddled(store, lambda: second.perform("n1", Notes.file(), by=HELEN))
    engine_of(meddled, clock, SECOND).migrate("note", **RENAMED, dry_run=False)
    assert steps(second.history("n1")) == ["write", "file"]
    assert (second.case("n1").process_version, second.case("n2").process_version) == (1, 2)


class Counting(Meddled):
    """A store that counts its commits, in whose way somebody always gets."""

    commits = 0

    def commit(self, batch: Any) -> Any:
        self.commits += 1
        self._meddle[0]()
        return self._store.commit(batch)


def test_all_cases_are_moved_in_one_commit(second: ProcessEngine, store: Store, clock: ManualClock):
    counting: Any = Counting(store, lambda: None)
    assert len(engine_of(counting, clock, SECOND).migrate("note", **RENAMED, dry_run=False).moves) == 3
    assert counting.commits == 1


def test_a_migration_that_somebody_always_comes_before_moves_nothing(
    second: ProcessEngine, store: Store, clock: ManualClock
):
    counting: Any = Counting(store, lambda: second.perform("n1", Notes.thank(), by=HELEN))
    with pytest.raises(VersionConflict):
        engine_of(counting, clock, SECOND).migrate("note", **RENAMED, dry_run=False)
    assert counting.commits > 1
    assert {case.process_version for case in second.cases()} == {1}
    assert second.verify() == ()


def test_cases_that_a_program_with_a_later_page_wrote_meanwhile_can_be_moved_back(
    second: ProcessEngine, store: Store, clock: ManualClock
):
    class Later(Memos):
        version = 3

    second.migrate("note", **RENAMED, dry_run=False)
    later = engine_of(store, clock, Rulebook("notes", roles=ROLES, processes=[Later], earlier=[Memos, Notes]))
    later.start(Later.write(words="from there", number="x"), by=ANNA, case_id="n9")
    assert second.case("n9").data["words"] == "from there", "no page for it here: as it is written"
    plan = second.migrate("note", dry_run=False)
    assert [str(move) for move in plan.moves] == ["n9 (version 3 of notes, unread): to unread"]
    assert second.perform("n9", Memos.file(), by=HELEN).stage == "filed"
    assert second.verify() == ()


def test_nobody_needs_to_be_known_for_a_migration(second: ProcessEngine, store: Store, clock: ManualClock):
    nobody = engine_of(store, clock, SECOND, directory=MemoryDirectory(PEOPLE[:1]))
    assert len(nobody.migrate("note", **RENAMED, dry_run=False).moves) == 3
