"""A rulebook: what it is made of fits together, or every misfit is named at once; and it is extended."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import attrs
import pytest
from ask import (
    ASKER,
    CHIEF,
    DECIDES,
    DOER,
    FINANCE,
    HEAD,
    REGULATION,
    REOPENER,
    ROLES,
    RULES,
    Ask,
    Errand,
)
from tiny import DAY, IDLE, Count, made, page, stage

from salesreg.calendars import Term
from salesreg.errors import (
    DeclarationError,
    ParameterNotSet,
    RegulationFileError,
    RegulationMismatch,
    UnknownProcess,
)
from salesreg.process import Held, NoneLeft, Reaction, Rulebook, Sla, Stage, Step, anywhere, reaction
from salesreg.rules import SYSTEM, Department, Norm, Parameter, Regulation, Responsibility, Role

LAWYER = Role("lawyer", "lawyer", CHIEF)
SIZE = Parameter("acme.size", int, default=3)


@reaction(after=Ask.confirm)
def send_somebody(case: Any, event: Any, look: Any) -> Any:
    yield Errand.send(title=case.data.text)


def problems(**given: Any) -> list[str]:
    """What is wrong with a rulebook, one sentence each."""
    with pytest.raises(DeclarationError) as wrong:
        Rulebook("acme", **{"roles": ROLES, "processes": [Ask, Errand], **given})
    begins = "rulebook 'acme': "
    assert str(wrong.value).startswith(begins)
    return str(wrong.value).removeprefix(begins).split("; ")


def heir(name: str, *parents: Any, **body: Any) -> Any:
    return made(name, *parents, **body)


# -- it fits together -------------------------------------------------------------------------------------------------


def test_every_misfit_is_named_at_once():
    stray = Reaction("ticket", "open", lambda case, event, look: ())
    late = Reaction("request", "forget", lambda case, event, look: ())
    assert problems(
        roles=[HEAD, ASKER, Role("asker", "somebody who asks"), DOER, FINANCE, SYSTEM],
        processes=[Ask, Ask, heir("Other", Ask, version=2), Errand],
        reactions=[stray, late],
        norms=[Norm("acme.law", "Look.", "A1", ["lawyer"]), attrs.evolve(DECIDES, clause="A2")],
        parameters=[attrs.evolve(REOPENER, default=HEAD)],
    ) == [
        "two roles are called 'asker'",
        "the superior of 'head' is 'chief', which nobody declares",
        "the role 'system' is the engine's own",
        "two processes are called 'request'",
        "process 'request' names the role 'chief', which nobody declares",
        "the reaction '<lambda>' follows on process 'ticket', which is not there",
        "the reaction '<lambda>' follows on request.forget, which is not there",
        "norm 'acme.law' names the role 'lawyer', which nobody declares",
        "two parameters are called 'request.reopener'",
        "two norms are called 'request.decide'",
    ]


def test_a_role_is_declared_wherever_it_is_named():
    class Legal(Ask):
        version = 2
        legal = Stage("Legal", LAWYER, no_term="x")

    assert problems(processes=[Legal, Errand]) == ["process 'request' names the role 'lawyer', which nobody declares"]
    with_norm = page(todo=Stage("To do", CHIEF, attrs.evolve(DAY, binds=[LAWYER])))
    assert problems(processes=[with_norm]) == ["norm 'tiny.day' names the role 'lawyer', which nobody declares"]
    with_field = page(act=Step(anywhere(), "Act", by=CHIEF).doing(_named_lawyer))
    assert problems(processes=[with_field]) == ["tiny.act(who) names the role 'lawyer', which nobody declares"]
    assert Rulebook("acme", roles=[*ROLES, LAWYER], processes=[Legal, Errand])


def _named_lawyer(self: Any, count: Count, *, who: Annotated[str, Held(LAWYER)]) -> Count:
    return count


def test_two_roles_of_one_id_are_one_role_however_they_are_made():
    again = Role("asker", "asker", HEAD)
    assert Rulebook("acme", roles=[*ROLES, again], processes=[Ask, Errand]).roles[-1] is again


def test_a_guard_over_children_of_a_process_that_is_not_there_would_let_everything_pass():
    lonely = page(
        close=Step(anywhere(), "Close", by=CHIEF, requires=[NoneLeft("invoise", ["paid"], "unpaid", "{got}")])
    )
    assert problems(processes=[lonely]) == ["tiny.close looks at cases of process 'invoise', which is not there"]
    assert problems(processes=[Ask]) == ["request.wrap_up looks at cases of process 'errand', which is not there"]


def test_a_parameter_that_a_page_declares_and_nothing_on_it_reads():
    assert problems(processes=[page(size=SIZE)]) == ["tiny.size: nothing on the page reads acme.size"]


def test_two_pages_do_not_answer_to_one_version():
    first, second = heir("First", Ask, version=2), heir("Second", Ask, version=2)
    assert problems(processes=[second, Errand], earlier=[first]) == [
        "two pages of 'acme' are version 2 of 'request': raise the new one's"
    ]


def test_its_id_can_be_written_down_and_is_its_own():
    for name in ("", "acme.rules", "a b"):
        with pytest.raises(DeclarationError, match="a rulebook is known by an id"):
            Rulebook(name)
    with pytest.raises(DeclarationError, match="it extends a rulebook of the same id"):
        RULES.extended("requests")


def test_whether_a_reaction_skips_or_refuses():
    with pytest.raises(DeclarationError, match='is to "skip" or "refuse", not \'perhaps\''):
        reaction(after=Ask.confirm, if_refused="perhaps")(lambda case, event, look: ())  # type: ignore[arg-type]


# -- extending --------------------------------------------------------------------------------------------------------


class OurAsk(Ask):
    version = 2
    legal = Stage("Legal", LAWYER, no_term="x")
    look = Step(Ask.checking.to(legal), "Look", by=LAWYER)
    cleared = Step(legal.to(Ask.granted), "Cleared", by=LAWYER)


Ticket: Any = page(id="ticket")


def test_a_process_of_the_same_id_takes_the_place_and_the_old_one_stays_known():
    ours = RULES.extended("acme", roles=[LAWYER], processes=[OurAsk, Ticket])
    assert ours.processes == (OurAsk, Errand, Ticket)
    assert ours.earlier == (Ask,)
    assert ours.process("request") is OurAsk
    assert (ours.base, [book.id for book in ours.lineage()]) == (RULES, ["acme", "requests"])
    assert RULES.processes == (Ask, Errand)


def test_it_adds_and_replaces_norms_and_keeps_what_else_there_is():
    base = Rulebook("base", roles=ROLES, processes=[Ask, Errand], reactions=[send_somebody], norms=[IDLE])
    other = attrs.evolve(IDLE, text="Somebody keeps this.")
    law = Norm("acme.law", "Look.", "A1")
    ours = base.extended("acme", norms=[law, other], parameters=[SIZE], locale=[Path("texts")])
    assert (ours.norms, ours.reactions, ours.parameters) == ((other, law), (send_somebody,), (SIZE,))
    assert (ours.locale, ours.roles) == ((Path("texts"),), ROLES)
    assert {one.id for one in ours.enforced()} >= {"request.decide", "tiny.idle", "acme.law"}


def test_processes_and_reactions_are_left_out():
    base = Rulebook("base", roles=ROLES, processes=[Ask, Errand, Ticket], reactions=[send_somebody])
    ours = base.extended("acme", without=[Ticket, send_somebody])
    assert (ours.processes, ours.reactions, ours.earlier) == ((Ask, Errand), (), ())
    for strange in (OurAsk, send_somebody.do, "ticket"):
        with pytest.raises(DeclarationError, match=r"rulebook 'acme' goes without .*, which 'requests' does not have"):
            RULES.extended("acme", without=[strange])


def test_what_is_given_twice_is_not_lost():
    other = heir("Second", Ask, version=3)
    with pytest.raises(DeclarationError, match="two processes are called 'request'"):
        RULES.extended("acme", roles=[LAWYER], processes=[OurAsk, other])
    with pytest.raises(DeclarationError, match=r"two norms are called 'tiny\.idle'"):
        RULES.extended("acme", norms=[IDLE, attrs.evolve(IDLE, clause="A9")])


def test_the_second_versions_of_two_firms_do_not_collide():
    theirs = heir("TheirAsk", Ask, version=2)
    ours, others = (
        RULES.extended("acme", roles=[LAWYER], processes=[OurAsk]),
        RULES.extended("zeta", processes=[theirs]),
    )
    both = ours.extended("group", processes=[heir("GroupAsk", OurAsk, version=3)], earlier=[theirs])
    assert ours.pages["request", 2, "acme"] is OurAsk
    assert others.pages["request", 2, "zeta"] is theirs
    assert ours.pages["request", 1, "requests"] is others.pages["request", 1, "requests"] is Ask
    assert set(both.pages) == {
        ("request", 1, "requests"), ("request", 2, "acme"), ("request", 2, "group"), ("request", 3, "group"),
        ("errand", 1, "requests"),
    }  # fmt: skip
    homes: Any = both.homes
    assert (homes[OurAsk], homes[Ask], homes[theirs]) == ("acme", "requests", "group")


def test_an_unknown_process_is_named_beside_those_that_are_known():
    with pytest.raises(UnknownProcess, match="no process 'ticket'; rulebook 'requests' has errand, request"):
        RULES.process("ticket")
    with pytest.raises(UnknownProcess, match="rulebook 'empty' has none"):
        Rulebook("empty").process("ticket")
    assert repr(RULES) == "Rulebook('requests', 2 processes, 5 roles)"


def test_roles_above_one_another_and_the_departments_they_work_in():
    sales = Department("sales", "sales")
    seller = Role("seller", "seller", CHIEF, department=sales)
    book = RULES.extended("acme", roles=[seller])
    assert (book.superiors("doer"), book.superiors("seller"), book.superiors("nobody")) == (
        ("head", "chief"), ("chief",), (),
    )  # fmt: skip
    assert book.departments() == {"sales": {"seller"}}
    assert book.english["department.sales"] == "sales"


# -- regulations ------------------------------------------------------------------------------------------------------


def test_a_regulation_gives_what_the_pages_read_and_nothing_else():
    RULES.bind(REGULATION)
    with pytest.raises(ParameterNotSet) as unset:
        RULES.bind(Regulation("bare"))
    assert unset.value.names == (
        "escalation.remind_before", "escalation.superior_after", "escalation.second_superior_after",
        "request.decide", "schedule",
    )  # fmt: skip
    strange = REGULATION.with_settings({"request.decides": "1 week", "request.reopener": "headd"})
    with pytest.raises(RegulationMismatch) as no:
        RULES.bind(strange)
    assert no.value.problems == (
        "nothing reads the setting 'request.decides': did you mean 'request.decide'?",
        "'request.reopener' names the role 'headd', which nobody declares: did you mean 'head'?",
    )


def test_a_role_that_a_parameter_names_is_declared():
    who = Parameter("tiny.who", Role)
    book = Rulebook("acme", roles=[CHIEF], processes=[page(todo=stage(owner=who))])
    book.bind(REGULATION_OF_TINY.with_settings({"tiny.who": "chief"}))
    with pytest.raises(RegulationMismatch, match=r"'tiny\.who' names the role 'lawyer', which nobody declares"):
        book.bind(REGULATION_OF_TINY.with_settings({"tiny.who": "lawyer"}))


REGULATION_OF_TINY = attrs.evolve(
    REGULATION, settings={name: one for name, one in REGULATION.settings.items() if name != "request.decide"}
)


def test_a_regulation_of_the_rulebook_that_one_extends_is_accepted_and_anothers_is_not():
    ours = RULES.extended("acme", roles=[LAWYER], processes=[OurAsk])
    ours.bind(attrs.evolve(REGULATION, rulebook="requests"))
    ours.bind(attrs.evolve(REGULATION, rulebook="acme"))
    with pytest.raises(RegulationMismatch, match="is written for the rulebook 'zeta', not for 'acme', 'requests'"):
        ours.bind(attrs.evolve(REGULATION, rulebook="zeta"))
    with pytest.raises(RegulationMismatch, match="is written for the rulebook 'acme', not for 'requests'"):
        RULES.bind(attrs.evolve(REGULATION, rulebook="acme"))


def test_a_term_that_the_file_gives_is_the_term_that_binds(tmp_path: Path):
    written = tmp_path / "acme.toml"
    base = attrs.evolve(REGULATION, norms=[DECIDES])
    book = attrs.evolve(RULES, regulations={"base": lambda: base})
    written.write_text('id = "acme"\nextends = "base"\n\n[norms."request.decide"]\nterm = "5 business days"\n')
    ours = book.load(written)
    book.bind(ours)
    assert ours.term(DECIDES) == Term.parse("5 business days")
    written.write_text('id = "acme"\nextends = "base"\n\n[settings]\n"request.deside" = "5 business days"\n')
    with pytest.raises(RegulationFileError) as no:
        book.load(written)
    assert str(no.value) == (f"{written}:5: nothing reads the setting 'request.deside': did you mean 'request.decide'?")


def test_what_is_enforced_and_not_written_is_found():
    found = {(one.code, one.subject) for one in RULES.check(REGULATION)}
    assert ("not_written", "request.decide") in found
    written = attrs.evolve(REGULATION, norms=[DECIDES])
    assert ("not_written", "request.decide") not in {(one.code, one.subject) for one in RULES.check(written)}
    drafty = Rulebook("acme", roles=[CHIEF], processes=[page(todo=Stage("To do"))])
    assert ("no_owner", "tiny.todo") in {(one.code, one.subject) for one in drafty.check(REGULATION_OF_TINY)}


def test_a_rulebook_writes_the_regulation_that_its_pages_are():
    zone = Responsibility("topic.pass", CHIEF)
    written = attrs.evolve(RULES, titles={"regulation.title": "Our rules"}).written("ours", [zone])
    assert (written.rulebook, written.title, written.settings, written.schedule) == (RULES.id, "Our rules", {}, None)
    assert (RULES.written("ours").title, written.norms) == ("", RULES.stated())
    zones = [row for page in RULES.processes for row in page.responsibilities()]
    assert written.responsibilities == (zone, *zones)
    with pytest.raises(ParameterNotSet, match=r"request\.decide"):
        RULES.bind(written)


def test_what_a_firm_says_beyond_the_regulation_that_it_extends_joins_it():
    stricter = attrs.evolve(DECIDES, text="The head decides a request, in writing.")

    class Strict(Ask):
        version = 2
        asked = Stage("Asked", HEAD, stricter)
        legal = Stage("Legal", HEAD, DAY)

    base = attrs.evolve(REGULATION, rulebook="requests", norms=[DECIDES], responsibilities=Ask.responsibilities())
    book = attrs.evolve(RULES, regulations={"base": lambda: base})
    ours = book.extended("acme", processes=[Strict])
    adopted = ours.regulation("base")
    assert (adopted.rulebook, [norm.text for norm in adopted.norms]) == ("acme", [stricter.text, DAY.text])
    assert ours.adopted(adopted) is adopted
    assert book.regulation("base") is base
    assert {row.activity for row in adopted.responsibilities} == {
        f"request.{name}" for name in Strict.steps if name != "expire"
    }


# -- what it says in English ------------------------------------------------------------------------------------------


def test_english_is_everything_that_the_declarations_name():
    english = RULES.english
    assert english["role.head"] == "head"
    assert english["role.system"] == "the system"
    assert english["request.title"] == "Request"
    assert english["request.stage.asked"] == "Asked"
    assert english["request.no_term.checking"] == "takes what it takes"
    assert english["request.step.ask_twice"] == "Ask again"
    assert english["norm.request.decide"] == "The head decides a request."
    assert english["parameter.request.reopener"] == "Who reopens."
    assert "parameter.request.decide" not in english, "the norm says it"
    assert english["field.with_help_of"] == "with help of"
    assert english["who.the author"] == "the author"
    assert english["errand.title"] == "Errand"


def test_a_deadline_of_its_own_is_named_too():
    rest = Step(anywhere(), "Rest", by=CHIEF)
    book = Rulebook(
        "acme", roles=[CHIEF], processes=[page(rest=rest, rule=Sla(DAY, start=rest, stop=rest, owner=CHIEF))]
    )
    assert book.english["norm.tiny.day"] == "In a day."
