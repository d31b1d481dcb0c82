"""A regulation: values and where they come from, what is missing, files both ways, hashes and differences."""

from __future__ import annotations

import datetime as dt
import tempfile
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesreg.calendars import Term, WorkSchedule
from salesreg.commercial import COMMERCIAL, commercial_service, example
from salesreg.errors import (
    DeclarationError,
    ParameterNotSet,
    ParameterTypeError,
    RegulationFileError,
    RegulationMismatch,
)
from salesreg.rules import (
    UNSET,
    Dated,
    Letter,
    Norm,
    Origin,
    Parameter,
    Regulation,
    Responsibility,
    Role,
    Setting,
    Strength,
    open_norm,
)
from salesreg.testing.strategies import schedules, terms


class Policy(StrEnum):
    KEEP = "keep"
    DROP = "drop"


TERM = Parameter("a.term", Term, clause="R1")
ROLE = Parameter("a.role", Role, "Who opens it.", clause="R2")
FLAG = Parameter("a.flag", bool)
COUNT = Parameter("a.count", int)
RATE = Parameter("a.rate", Decimal)
TEXT = Parameter("a.text", str)
HOUR = Parameter("a.hour", dt.time)
POLICY = Parameter("a.policy", Policy)
WAYS = Parameter("a.ways", frozenset[str])
POLICIES = Parameter("a.policies", frozenset[Policy])
DAYS = Parameter("a.days", frozenset[int])
VAT = Parameter("a.vat", Dated[Decimal])
LIMIT = Parameter("a.limit", Dated[int])
MERGED = Parameter("a.merged", Dated[bool])
ALL: tuple[Parameter[Any], ...] = (
    TERM, ROLE, FLAG, COUNT, RATE, TEXT, HOUR, POLICY, WAYS, POLICIES, DAYS, VAT, LIMIT, MERGED,
)  # fmt: skip
NEW_YEAR = dt.date(2026, 1, 1)
GIVEN: dict[str, Any] = {
    "a.term": Term.parse("2 business days"),
    "a.role": Role("ceo"),
    "a.flag": False,
    "a.count": 0,
    "a.rate": Decimal("0.20"),
    "a.text": "",
    "a.hour": dt.time(9, 30),
    "a.policy": Policy.DROP,
    "a.ways": frozenset({"fax", "courier"}),
    "a.policies": frozenset({Policy.KEEP}),
    "a.days": frozenset({10, 25}),
    "a.vat": Dated(((None, Decimal("0.20")), (NEW_YEAR, Decimal("0.22")))),
    "a.limit": Dated(((NEW_YEAR, 5),)),
    "a.merged": Dated(((None, True), (NEW_YEAR, False))),
}
OPENS = Norm("a.opens", "It opens.", "R1", "ceo", term=TERM, translations={"ru": "Открывается."})
ISSUE = open_norm("a.issue", "It is issued.", "R2", "finance", default="30 working minutes")
CLOSES = Norm("a.closes", "It closes.", "R3", term=Term.parse("2 business days"))
ONCE = Norm("a.once", "It happens once.", "R4")
ISSUE_TERM = [ISSUE.term] if isinstance(ISSUE.term, Parameter) else []
NORMS = (OPENS, ISSUE, CLOSES, ONCE)
HOURS = WorkSchedule.standard()
ACME = Regulation("acme", schedule=HOURS)
WHOLE = attrs.evolve(ACME, norms=NORMS).with_settings({"a.term": "3 weeks"})


# -- values -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("parameter", ALL, ids=lambda parameter: parameter.name)
def test_a_value_of_every_type_is_kept_as_text_and_read_back(parameter: Parameter[Any]):
    value = GIVEN[parameter.name]
    acme = ACME.with_settings({parameter.name: value})
    assert isinstance(acme.settings[parameter.name].value, str | int)
    found = acme.value(parameter)
    assert (found, type(found)) == (value, type(value))
    assert acme.value(parameter) is found, "it is converted once"


@pytest.mark.parametrize(
    ("parameter", "text"),
    [
        (TERM, "2 рабочих дня"),
        (ROLE, "ceo"),
        (RATE, "0.20"),
        (HOUR, "09:30"),
        (POLICY, "drop"),
        (WAYS, "courier, fax"),
        (WAYS, ["fax", "courier"]),
        (POLICIES, "keep, keep"),
        (DAYS, "10,25"),
        (DAYS, [25, 10]),
        (VAT, "0.20 until 2025-12-31, 0.22 from 2026-01-01"),
        (VAT, "0.20 until 2025-12-31, 0.22"),
        (VAT, "0.20, 0.22 from 2026-01-01"),
        (LIMIT, "5 from 2026-01-01"),
        (MERGED, "true until 2025-12-31, false"),
    ],
)
def test_text_will_do(parameter: Parameter[Any], text: Any):
    assert ACME.with_settings({parameter.name: text}).value(parameter) == GIVEN[parameter.name]


def test_nothing_between_commas_is_nothing():
    assert ACME.with_settings({"a.ways": ""}).value(WAYS) == frozenset()
    assert ACME.with_settings({"a.ways": "fax,, "}).value(WAYS) == {"fax"}


def test_seconds_of_a_time_are_kept():
    acme = ACME.with_settings({"a.hour": dt.time(9, 30, 15)})
    assert acme.value(HOUR) == dt.time(9, 30, 15)


def test_a_dated_value_is_asked_for_by_the_day_that_matters():
    vat = ACME.with_settings({"a.vat": "0.18, 0.20 from 2019-01-01 until 2025-12-31, 0.22"}).value(VAT)
    days = [dt.date(2018, 12, 31), dt.date(2019, 1, 1), dt.date(2025, 12, 31), NEW_YEAR]
    assert [str(vat.on(day)) for day in days] == ["0.18", "0.20", "0.20", "0.22"]
    assert str(vat) == "0.18 until 2018-12-31, 0.20 from 2019-01-01 until 2025-12-31, 0.22 from 2026-01-01"
    limit = ACME.with_settings({"a.limit": 5}).value(LIMIT)
    assert limit.on(dt.date.min) == 5


def test_a_day_before_the_first_value_has_none():
    limit = ACME.with_settings({"a.limit": "5 from 2026-01-01"}).value(LIMIT)
    with pytest.raises(ParameterTypeError, match="no value is given for 2025-12-31: the first is from 2026-01-01"):
        limit.on(dt.date(2025, 12, 31))


@pytest.mark.parametrize(
    ("parameter", "value", "said"),
    [
        (TERM, "2 furlongs", "a.term must be a term such as \"2 business days\", not '2 furlongs': "),
        (TERM, 2, "a.term must be a term such as"),
        (ROLE, "two words", "a.role must be the id of a role, not 'two words'"),
        (FLAG, 1, "a.flag must be true or false, not 1"),
        (FLAG, "true", "a.flag must be true or false, not 'true'"),
        (COUNT, True, "a.count must be a whole number, not True"),
        (COUNT, "5", "a.count must be a whole number, not '5'"),
        (RATE, "a fifth", "a.rate must be a decimal number such as \"0.20\", not 'a fifth'"),
        (RATE, "Infinity", "a.rate must be a decimal number such as \"0.20\", not 'Infinity'"),
        (RATE, Decimal("NaN"), "a.rate must be a decimal number"),
        (TEXT, 5, "a.text must be text, not 5"),
        (HOUR, "9 o'clock", 'a.hour must be a time of day such as "09:00"'),
        (HOUR, "09:00+03:00", 'a.hour must be a time of day such as "09:00"'),
        (POLICY, "burn", "a.policy must be one of keep, drop, not 'burn'"),
        (WAYS, True, "a.ways must be several, with commas between them, each text, not True: True is no list"),
        (POLICIES, "keep, burn", "a.policies must be several, with commas between them, each one of keep, drop, not"),
        (DAYS, "10, many", "a.days must be several, with commas between them, each a whole number, not '10, many'"),
        (MERGED, "yes", "a.merged must be true or false, also by date, not 'yes'"),
        (VAT, "a fifth", "a.vat must be a decimal number such as \"0.20\", also by date, not 'a fifth'"),
        (VAT, "1 until 2025-12-31", 'a.vat must be a decimal number such as "0.20", also by date, not \'1 until'),
        (VAT, "1 until then, 2", "a.vat must be a decimal number"),
    ],
)
def test_a_value_of_another_type_is_refused_with_what_would_be_right(parameter: Any, value: Any, said: str):
    acme = ACME.with_settings({parameter.name: value})
    with pytest.raises(ParameterTypeError) as wrong:
        acme.value(parameter)
    assert str(wrong.value).startswith(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1 until 2025-12-31", "does not say what holds after 2025-12-31"),
        ("1 until 2025-12-31, 2 from 2026-02-01", "'2 from 2026-02-01' does not follow on what stands before it"),
        ("1 until 2025-12-31, 2 from 2025-12-31", "does not follow on what stands before it"),
        ("1 from 2026-01-01, 2 from 2025-01-01", "does not follow on what stands before it"),
        ("1, 2", "'2' does not follow on what stands before it"),
        ("1 until 9999-12-31, 2", "nothing follows on 9999-12-31"),
        ("1 until then, 2", "'then' is no day such as 2026-01-01"),
    ],
)
def test_dates_that_leave_a_gap_or_overlap_are_refused(text: str, said: str):
    with pytest.raises(ParameterTypeError) as wrong:
        VAT.convert(text)
    assert said in str(wrong.value)


@pytest.mark.parametrize("value", [None, UNSET])
def test_nothing_is_no_value(value: object):
    with pytest.raises(ParameterTypeError, match="is no value: leave the setting out"):
        ACME.with_settings({"a.text": value})


@pytest.mark.parametrize("value", [["fax, courier"], {" fax"}, ("",)])
def test_one_of_several_that_would_read_as_others_is_refused(value: Any):
    with pytest.raises(ParameterTypeError, match="cannot stand among several"):
        ACME.with_settings({"a.ways": value})


@pytest.mark.parametrize("kind", [float, dt.date, frozenset, frozenset[float], Dated[dt.date], dict[str, str]])
def test_a_parameter_that_no_text_could_give_is_not_declared(kind: Any):
    with pytest.raises(DeclarationError, match=r"a\.x cannot be a .*: use Term, Role"):
        Parameter("a.x", kind)


@pytest.mark.parametrize("name", ["", "two words"])
def test_a_parameter_has_a_name_without_blanks(name: str):
    with pytest.raises(DeclarationError, match="a parameter needs a name"):
        Parameter(name, int)


def test_a_default_stands_in_until_a_value_is_given():
    hours = Parameter("a.hours", Term, default=Term.parse("2 working hours"))
    assert ACME.value(hours) == Term.parse("2 working hours")
    assert ACME.with_settings({"a.hours": "3 working hours"}).value(hours) == Term.parse("3 working hours")


def test_unset_is_false_and_says_its_name():
    assert not UNSET
    assert repr(UNSET) == "UNSET"


# -- the terms of norms -----------------------------------------------------------------------------------------------


def test_a_norms_term_is_its_own_or_its_parameters():
    acme = Regulation("acme").with_settings({"a.term": "3 weeks"})
    assert acme.term(OPENS) == Term.parse("3 weeks")
    assert acme.term(CLOSES) == Term.parse("2 business days")
    assert acme.term(ONCE) is None


def test_the_term_that_a_regulation_states_is_the_term_that_binds():
    shorter = attrs.evolve(CLOSES, term=Term.parse("1 business day"))
    fixed = attrs.evolve(OPENS, term=Term.parse("5 weeks"))
    acme = attrs.evolve(ACME, norms=(shorter, fixed))
    assert (acme.term(CLOSES), acme.term(OPENS)) == (shorter.term, fixed.term)
    assert acme.norm(CLOSES) is shorter
    assert acme.norm(ONCE) is ONCE, "a norm that it does not state is as it is declared"


def test_what_an_open_norm_gives_by_itself_survives_a_file():
    read = Regulation.from_dict(WHOLE.to_dict())
    assert read == WHOLE
    assert read.term(ISSUE) == WHOLE.term(ISSUE) == Term.parse("30 working minutes")
    assert {norm.id: norm for norm in read.texts()} == {norm.id: norm for norm in WHOLE.texts()}


def test_a_file_that_only_names_a_parameter_leaves_its_default_to_the_declaration():
    raw = {"id": "acme", "norms": {"a.issue": {"text": "T", "clause": "R2", "term": {"parameter": "a.issue"}}}}
    acme = Regulation.from_dict(raw)
    assert acme.term(ISSUE) == Term.parse("30 working minutes")
    assert acme.with_settings({"a.issue": "1 working hour"}).term(ISSUE) == Term.parse("1 working hour")


def test_an_open_norm_and_its_parameter_share_an_id_and_a_sentence_unless_a_title_is_given():
    assert isinstance(ISSUE.term, Parameter)
    assert (ISSUE.term.name, ISSUE.term.title, ISSUE.term.clause) == ("a.issue", ISSUE.text, "R2")
    titled = open_norm("a.x", "It comes back.", "R1", title="How often.")
    assert isinstance(titled.term, Parameter)
    assert (titled.term.title, titled.term.default) == ("How often.", UNSET)


def test_a_norm_keeps_the_ids_of_those_it_binds_and_takes_no_text_for_a_term():
    assert Norm("a", "T", "R1", Role("ceo")).binds == Norm("a", "T", "R1", ["ceo"]).binds == {"ceo"}
    with pytest.raises(DeclarationError, match="norm 'a': term must be a Term or a Parameter of one, not '2 days'"):
        Norm("a", "T", "R1", term="2 days")  # type: ignore[arg-type]


# -- what is missing, and what nothing reads --------------------------------------------------------------------------


def test_everything_missing_is_named_at_once_with_clause_and_remedy():
    with pytest.raises(ParameterNotSet) as missing:
        Regulation("acme").with_settings({"a.flag": True}).bind([*ALL[:8], TERM])
    assert missing.value.names == (
        "a.term", "a.role", "a.count", "a.rate", "a.text", "a.hour", "a.policy", "schedule",
    )  # fmt: skip
    said = str(missing.value)
    assert said.startswith("the regulation leaves open 8 values that this needs: a.term (R1; give a term such as ")
    assert "a.count (no clause; give a whole number)" in said
    assert "schedule (R40, R42; give working hours such as WorkSchedule.standard(" in said
    assert said.endswith("or start from salesreg.example()")


def test_everything_wrong_and_everything_missing_is_named_together():
    acme = Regulation("acme").with_settings({"a.cuont": 5, "a.flag": "yes"})
    with pytest.raises(RegulationMismatch) as wrong:
        acme.bind([COUNT, FLAG])
    misspelt, mistyped, missing = wrong.value.problems
    assert misspelt == "nothing reads the setting 'a.cuont': did you mean 'a.count'?"
    assert mistyped == "a.flag must be true or false, not 'yes'"
    assert missing.startswith("the regulation leaves open 2 values that this needs: a.count")
    assert all(problem in str(wrong.value) for problem in wrong.value.problems)


def test_what_nothing_reads_does_not_pass_in_silence():
    optional = Parameter("sale.questionnaire_keys", frozenset[str], default=frozenset())
    near = ACME.with_settings({"sale.questionaire_keys": "activity"})
    with pytest.raises(RegulationMismatch, match=r"nothing reads .*: did you mean 'sale\.questionnaire_keys'\?"):
        near.bind([optional])
    far = ACME.with_settings({"bonus.pay_day": "on the 10th"})
    assert list(far.mismatches([optional])) == ["nothing reads the setting 'bonus.pay_day'"]
    ACME.with_settings({"sale.questionnaire_keys": "activity"}).bind([optional])


def test_a_term_that_nothing_enforces_is_named_with_the_nearest_norm():
    stray = attrs.evolve(CLOSES, id="a.close")
    said = list(attrs.evolve(ACME, norms=(stray, ONCE)).mismatches([], NORMS))
    assert said == ["nothing enforces the term of norm 'a.close': did you mean 'a.closes'?"]
    timed = attrs.evolve(ONCE, term=Term.parse("1 week"))
    assert list(attrs.evolve(ACME, norms=(timed,)).mismatches([], NORMS)) == [
        "nothing enforces the term of norm 'a.once'"
    ]


def test_a_norm_without_a_term_may_be_stated_though_nothing_enforces_it():
    advice = Norm("b.advice", "Be polite.", "R1", strength=Strength.RECOMMENDATION)
    assert list(attrs.evolve(ACME, norms=(advice,)).mismatches([], NORMS)) == []


def test_a_norm_that_takes_its_term_from_nowhere_is_named():
    adrift = attrs.evolve(CLOSES, term=Parameter("a.drift", Term))
    assert list(attrs.evolve(ACME, norms=(adrift,)).mismatches([], NORMS)) == [
        "norm 'a.closes' takes its term from 'a.drift', which nothing declares"
    ]


def test_one_norm_does_not_get_two_terms():
    fixed = attrs.evolve(OPENS, term=Term.parse("5 weeks"))
    both = attrs.evolve(ACME, norms=(fixed,)).with_settings({"a.term": "3 weeks"})
    assert list(both.mismatches([TERM], NORMS)) == [
        "the setting 'a.term' is the term of norm 'a.opens', which has one of its own: give one"
    ]


def test_every_role_that_nobody_declares_is_named_with_the_nearest():
    rows = [Responsibility("topic.pass", "finanse"), Responsibility("topic.x", None, parameter="a.rule")]
    acme = attrs.evolve(ACME, norms=(attrs.evolve(ONCE, binds=["ceo", "boss"]),), responsibilities=rows)
    said = list(acme.with_settings({"a.role": "chief"}).mismatches([ROLE], NORMS, {"ceo", "finance"}))
    assert said == [
        "'topic.x' takes its role from 'a.rule', which nothing declares: did you mean 'a.role'?",
        "'a.role' names the role 'chief', which nobody declares",
        "'a.once' names the role 'boss', which nobody declares",
        "'topic.pass' names the role 'finanse', which nobody declares: did you mean 'finance'?",
    ]
    assert len(list(acme.mismatches([ROLE], NORMS))) == 1, "without a list of roles any role may be"


def test_a_role_that_a_parameter_gives_by_default_is_declared_too():
    opener = Parameter("a.opener", Role, default=Role("ceo"))
    assert list(ACME.mismatches([opener], (), {"ceo"})) == []
    assert len(list(ACME.mismatches([opener], (), {"hr"}))) == 1
    assert list(ACME.mismatches([ROLE], (), {"hr"})) == [], "what is missing is another matter"


def test_a_parameter_whose_norm_has_a_term_of_its_own_needs_no_value():
    fixed = attrs.evolve(OPENS, term=Term.parse("5 weeks"))
    attrs.evolve(ACME, norms=(fixed,)).bind([TERM], NORMS)
    with pytest.raises(ParameterNotSet, match=r"a\.term"):
        ACME.bind([TERM], NORMS)


def test_one_missing_value_is_one_value():
    with pytest.raises(ParameterNotSet, match=r"leaves open 1 value that this needs: a\.role") as missing:
        ACME.value(ROLE)
    assert missing.value.names == ("a.role",)
    with pytest.raises(ParameterNotSet) as hours:
        _ = Regulation("acme").calendar
    assert hours.value.names == ("schedule",)


def test_binding_looks_at_types_too_and_passes_what_is_whole():
    with pytest.raises(RegulationMismatch, match=r"a\.count must be a whole number"):
        ACME.with_settings({"a.count": "many"}).bind([COUNT])
    ACME.with_settings(GIVEN).bind(ALL)
    with pytest.raises(ParameterNotSet) as hours:
        Regulation("acme").with_settings(GIVEN).bind(ALL)
    assert hours.value.names == ("schedule",)


def test_the_source_document_leaves_open_what_the_example_fills():
    with pytest.raises(ParameterNotSet) as missing:
        COMMERCIAL.bind(commercial_service())
    COMMERCIAL.bind(example())
    filled = {name for name, setting in example().settings.items() if setting.origin is Origin.EXAMPLE}
    assert set(missing.value.names) - {"schedule"} <= filled


def test_where_a_value_comes_from_is_explained():
    acme = Regulation("acme", settings={"a.term": Setting("1 business day", Origin.SOURCE)})
    assert acme.explain(TERM) == "a.term = 1 business day (source (R1))"
    assert acme.with_settings({"a.flag": True}).explain(FLAG) == "a.flag = True (yours)"
    assert acme.explain(Parameter("a.hours", Term, clause="R9", default=Term.parse("1 week"))) == (
        "a.hours = 1 week (default (R9))"
    )
    assert acme.explain(ROLE) == "a.role is not set (R2): give the id of a role"
    assert acme.with_settings({"a.vat": GIVEN["a.vat"]}).explain(VAT) == (
        "a.vat = 0.20 until 2025-12-31, 0.22 from 2026-01-01 (yours)"
    )


# -- identity ---------------------------------------------------------------------------------------------------------


def test_a_regulation_is_the_same_if_it_says_the_same():
    one = Regulation("acme", norms=[OPENS]).with_settings({"a.count": 1, "a.flag": True})
    other = Regulation("acme", norms=[OPENS]).with_settings({"a.flag": True}).with_settings({"a.count": 1})
    assert one == other
    assert hash(one) == hash(other)
    assert len(one.content_hash) == 64
    assert one != one.with_settings({"a.count": 2})
    assert one != one.with_schedule(HOURS)
    assert one != attrs.evolve(one, rulebook="acme")
    assert one != attrs.evolve(one, translations={"ru": "Акме"})
    assert one != "acme"


def test_what_a_norm_gives_by_default_is_part_of_what_it_says():
    other = open_norm("a.issue", "It is issued.", "R2", "finance", default="1 working hour")
    assert attrs.evolve(WHOLE, norms=(ISSUE,)) != attrs.evolve(WHOLE, norms=(other,))


def test_values_that_read_alike_are_told_apart():
    one = Regulation("acme").with_settings({"a.x": 1})
    assert len({one, one.with_settings({"a.x": "1"}), one.with_settings({"a.x": True})}) == 3


def test_a_regulation_does_not_change():
    acme = Regulation("acme").with_settings({"a.count": 1})
    before = acme.content_hash
    acme.with_settings({"a.count": 2})
    with pytest.raises(TypeError):
        acme.settings["a.count"] = Setting(2)  # type: ignore[index]
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        acme.version = "2.0"  # type: ignore[misc]
    assert attrs.evolve(acme).content_hash == before


def test_it_shows_what_it_is():
    assert repr(Regulation("acme")) == "Regulation('acme', version='1.0', 0 settings, no working hours)"
    assert repr(WHOLE).startswith("Regulation('acme', version='1.0', 1 setting, hours WorkSchedule")


# -- differences ------------------------------------------------------------------------------------------------------


def test_differences_name_norms_values_and_roles():
    before = Regulation("acme", norms=[OPENS]).with_settings({"a.count": 1, "a.flag": True})
    other = Norm("a.shut", "It shuts.", "R2", translations={"ru": "Закрывается."})
    after = attrs.evolve(
        before,
        version="1.1",
        schedule=HOURS,
        norms=[attrs.evolve(OPENS, text="It opens at nine."), other],
        settings={"a.count": Setting(2), "a.text": Setting("x")},
    )
    assert [(one.subject, one.kind) for one in before.diff(after)] == [
        ("version", "changed"), ("a.opens", "changed"), ("a.count", "changed"), ("a.flag", "removed"),
        ("schedule", "added"), ("a.shut", "added"), ("a.text", "added"),
    ]  # fmt: skip
    changes = {one.subject: one for one in before.diff(after)}
    assert changes["a.opens"].roles == {"ceo"}
    assert (changes["a.count"].before, changes["a.count"].after) == (1, 2)
    assert changes["a.shut"].before is None
    assert before.diff(before) == ()


def test_another_translation_is_a_difference():
    before = attrs.evolve(ACME, norms=(OPENS,), translations={"ru": "Акме"})
    reworded = attrs.evolve(OPENS, translations={"ru": "Открывается в девять."})
    after = attrs.evolve(before, norms=(reworded,), translations={"ru": "АКМЕ"})
    assert [one.subject for one in before.diff(after)] == ["translations", "a.opens"]


def test_a_norm_and_a_parameter_of_one_name_are_two_differences():
    before = attrs.evolve(ACME, norms=NORMS)
    reworded = attrs.evolve(before, norms=(OPENS, attrs.evolve(ISSUE, text="Quickly."), CLOSES, ONCE))
    assert [one.subject for one in before.diff(reworded)] == ["a.issue"]
    both = reworded.with_settings({"a.issue": "1 business day"})
    assert [(one.subject, type(one.after)) for one in before.diff(both)] == [("a.issue", dict), ("a.issue", str)]


def test_differences_in_zones_of_responsibility():
    before = Regulation("acme", responsibilities=[Responsibility("topic.pass", "hr")])
    after = attrs.evolve(before, responsibilities=[Responsibility("topic.pass", "ceo")])
    (change,) = before.diff(after)
    assert (change.subject, change.before, change.after) == ("responsible:topic.pass", ["R hr R79"], ["R ceo R79"])


def test_the_matrix_reads_roles_from_parameters_and_leaves_open_ones_out():
    rows = [Responsibility("topic.price", None, Letter.RESPONSIBLE, parameter="a.role")]
    acme = Regulation("acme", responsibilities=rows)
    assert acme.matrix.who_is_responsible("topic.price") == ()
    assert acme.with_settings({"a.role": "finance"}).matrix.who_is_responsible("topic.price") == ("finance",)


# -- files ------------------------------------------------------------------------------------------------------------

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
PARAMETERS = NAMES.filter(lambda name: not any(sign.isspace() for sign in name))
ROLES = st.sampled_from(["ceo", "hr", "lawyer"])
LANGUAGES = st.dictionaries(st.sampled_from(["ru", "de"]), TEXTS)
NORM_VALUES = st.builds(
    Norm,
    NAMES,
    TEXTS,
    TEXTS,
    st.frozensets(ROLES, max_size=3),
    strength=st.sampled_from(Strength),
    term=st.none() | terms() | st.builds(Parameter, PARAMETERS, st.just(Term), default=st.just(UNSET) | terms()),
    pausable=st.booleans(),
    control=TEXTS,
    metric=TEXTS,
    translations=LANGUAGES,
)
SETTINGS = st.dictionaries(
    NAMES,
    st.builds(
        Setting,
        TEXTS | st.booleans() | st.integers(-(2**63), 2**63 - 1),
        st.sampled_from(Origin),
        st.none() | NAMES,
    ),
    max_size=4,
)
REGULATIONS = st.builds(
    Regulation,
    NAMES,
    TEXTS,
    title=TEXTS,
    translations=LANGUAGES,
    rulebook=TEXTS,
    settings=SETTINGS,
    schedule=st.none() | schedules(),
    subdivision=st.none() | NAMES,
    norms=st.lists(NORM_VALUES, max_size=3, unique_by=lambda norm: norm.id),
    responsibilities=st.lists(
        st.builds(
            Responsibility, st.sampled_from(["topic.a", "x.*", "тема"]), ROLES, st.sampled_from(Letter), st.just("R79")
        ),
        max_size=3,
    ),
).filter(lambda one: not any(n.id in one.settings and isinstance(n.term, Term) for n in one.norms))


@settings(max_examples=30)
@given(REGULATIONS)
def test_what_is_dumped_is_loaded_as_it_was(regulation: Regulation):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "regulation.toml"
        regulation.dump(path)
        found = Regulation.load(path)
    assert found == regulation
    assert found.diff(regulation) == ()
    assert (found.settings, found.schedule) == (regulation.settings, regulation.schedule)
    assert {norm.id: norm.translations for norm in found.norms} == {n.id: n.translations for n in regulation.norms}


def test_the_shipped_regulations_survive_a_file(tmp_path: Path):
    for regulation in (commercial_service(), example()):
        regulation.dump(tmp_path / "r.toml")
        found = COMMERCIAL.load(tmp_path / "r.toml")
        assert found.content_hash == regulation.content_hash
        assert found.texts() == tuple(sorted(regulation.texts(), key=lambda norm: norm.id))


def load(tmp_path: Path, text: str, **given: Any) -> Regulation:
    path = tmp_path / "r.toml"
    path.write_text(text, encoding="utf-8")
    return Regulation.load(path, **given)


def test_a_file_by_hand_may_give_bare_values_and_lists(tmp_path: Path):
    text = 'id = "acme"\n[settings]\n"a.count" = 3\n"a.term" = {value = "1 week", origin = "source"}\n'
    acme = load(tmp_path, text + '"a.ways" = ["fax", "courier"]\n"a.days" = [25, 10]\n"a.none" = []\n')
    assert acme.settings == {
        "a.count": Setting(3),
        "a.term": Setting("1 week", Origin.SOURCE),
        "a.ways": Setting("courier, fax"),
        "a.days": Setting("10, 25"),
        "a.none": Setting(""),
    }
    assert acme.value(WAYS) == GIVEN["a.ways"]
    assert acme.schedule is None


# -- overlays ---------------------------------------------------------------------------------------------------------

BASES = {"whole": lambda: WHOLE}


def over(text: str) -> Regulation:
    import tomllib

    return Regulation.from_dict(tomllib.loads("extends = 'whole'\n" + text), BASES)


def test_an_overlay_says_only_what_differs():
    ours = over("id = 'ours'\n[settings]\n'a.term' = '1 week'\n'a.count' = 2")
    assert ours == attrs.evolve(WHOLE, id="ours").with_settings({"a.term": "1 week", "a.count": 2})
    assert over("") == WHOLE


def test_an_overlay_may_say_one_thing_about_a_norm():
    ours = over("norms.'a.closes'.term = '3 business days'\nnorms.'a.once'.translations.ru = 'Один раз.'")
    assert ours.norm(CLOSES) == attrs.evolve(CLOSES, term=Term.parse("3 business days"))
    assert ours.norm(ONCE).translations == {"ru": "Один раз."}
    assert ours.norm(OPENS) == WHOLE.norm(OPENS)


def test_the_term_that_an_overlay_gives_a_norm_takes_the_place_of_the_setting_for_it():
    ours = over("norms.'a.opens'.term = '5 weeks'")
    assert ours.term(OPENS) == Term.parse("5 weeks")
    assert "a.term" not in ours.settings, "the parameter is called otherwise than the norm"
    assert list(ours.mismatches([TERM, *ISSUE_TERM], NORMS)) == []


def test_an_overlay_gives_other_hours_and_other_zones():
    zones = attrs.evolve(WHOLE, responsibilities=[Responsibility("topic.a", "hr"), Responsibility("topic.b", "hr")])
    hours = WorkSchedule.standard(start="08:00", end="17:00")
    raw = {"extends": "z", "schedule": hours.to_dict(), "responsibilities": {"topic.b": ["R ceo R1"]}}
    ours = Regulation.from_dict(raw, {"z": lambda: zones})
    assert ours.schedule == hours
    assert ours.matrix.who_is_responsible("topic.a") == ("hr",)
    assert ours.matrix.who_is_responsible("topic.b") == ("ceo",)


@pytest.mark.parametrize("base", ["'acme'", "['whole']", "5"])
def test_an_overlay_of_nothing_is_refused(tmp_path: Path, base: str):
    with pytest.raises(RegulationFileError, match=r"it extends .*, and the regulations known here are: whole"):
        load(tmp_path, f"extends = {base}", bases=BASES)


def test_an_overlay_without_known_bases_is_refused(tmp_path: Path):
    with pytest.raises(RegulationFileError, match="it extends 'whole', and the regulations known here are: none"):
        load(tmp_path, "extends = 'whole'")


# -- what is wrong with a file ----------------------------------------------------------------------------------------

NORM = '[norms."a.b"]\ntext = "T"\nclause = "R1"\n'


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("version = '1.0'", "", "the regulation lacks 'id'"),
        (
            "id = 'a'\nversion = 1.0", ":2",
            """'version' in the regulation must be a text, such as version = "1.0", not 1.0""",
        ),
        ("id = 5", ":1", """'id' in the regulation must be a text, such as id = "5", not 5"""),
        ("id = 'a'\nnorm = 1", ":2", "unknown key 'norm' in the regulation; it may have translations, schedule,"),
        ("id = 'a'\nsettings = 5", "", "[settings] must be a table, not 5"),
        ("id = 'a'\nschedule = '9-18'", ":2", "[schedule] must be a table, not '9-18'"),
        ("id = 'a'\n[translations]\nru = 5", ":3", "'ru' in [translations] must be a text"),
        ("id = 'a'\n[schedule]\nday = ['nine']", ":3", "the regulation cannot be read: "),
        ("id = 'a'\n[schedule]\nday = ['09:00-25:00']", ":3", "the regulation cannot be read: '25:00' is not a time"),
        ("id = ''", ":1", "'id' is a short name"),
        ("id = 'a'\n[settings]\nsale.price = 5", ":3", "unknown key 'price' in setting 'sale': a name with a dot"),
        ("id = 'a'\n'sale.price' = 5", ":2", "unknown key 'sale.price' in the regulation; it may have translations,"),
        ("id = 'a'\n[setings]\nx = 5", ":2", "unknown key 'setings' in the regulation"),
        ("extends = 'nothing'\nid = 'a'", ":1", "it extends 'nothing'"),
        ("id = 'a'\n[settings]\nx = 0.5", ":3", "setting 'x' must be a text, a whole number, true, false, a list of"),
        ("id = 'a'\n[settings]\nx = [0.5]", ":3", "setting 'x' must be a text, a whole number,"),
        ("id = 'a'\n[settings]\nx = ['a, b']", ":3", "setting 'x' cannot be read: 'a, b' cannot stand among several"),
        ("id = 'a'\n[settings.x]\norigin = 'yours'", ":2", "setting 'x' lacks 'value'"),
        ("id = 'a'\n[settings.x]\nvalue = 1\norigin = 'mine'", ":2", "the origin of setting 'x' must be one of"),
        ("id = 'a'\n[settings.x]\nvalue = 1\nwhy = ''", ":4", "unknown key 'why' in setting 'x'; it may have value,"),
        ("id = 'a'\n[norms]\n'a.b' = 'T'", ":3", "norm 'a.b' must be a table, not 'T'"),
        ("id = 'a'\n[norms.'a.b']\ncontrol = ''", ":2", "norm 'a.b' lacks 'text'"),
        (f"id = 'a'\n{NORM}colour = 'red'", ":5", "unknown key 'colour' in norm 'a.b'; it may have text, clause,"),
        (f"id = 'a'\n{NORM}ru = 'Т'", ":5", "unknown key 'ru' in norm 'a.b'"),
        (f"id = 'a'\n{NORM}translations = {{ru = 5}}", ":2", "'ru' in the translations of norm 'a.b' must be a text"),
        (f"id = 'a'\n{NORM}strength = 'law'", ":2", "the strength of norm 'a.b' must be one of rule, recommendation,"),
        (f"id = 'a'\n{NORM}binds = 'ceo'", ":2", "what norm 'a.b' binds must be a list of texts such as"),
        (f"id = 'a'\n{NORM}pausable = 'yes'", ":5", "'pausable' in norm 'a.b' must be true or false, not 'yes'"),
        (f"id = 'a'\n{NORM}term = '2 furlongs'", ":2", "the term of norm 'a.b' cannot be read: "),
        (f"id = 'a'\n{NORM}term = {{default = '1 day'}}", ":2", "the term of norm 'a.b' lacks 'parameter'"),
        (f"id = 'a'\n{NORM}term = {{parameter = 'x y'}}", ":2", "the term of norm 'a.b' cannot be read: a parameter"),
        (f"id = 'a'\n{NORM}term = {{parameter = 'x', default = 'soon'}}", ":2", "the term of norm 'a.b' cannot"),
        (f"id = 'a'\n{NORM}term = '1 week'\n[settings]\n'a.b' = '1 day'", ":2", "'a.b' has a term among the norms and"),
        ("id = 'a'\n[responsibilities]\nx = 'R hr R1'", ":3", "responsibility 'x' must be a list of texts such as"),
        ("id = 'a'\n[responsibilities]\nx = ['R hr']", ":3", "the regulation cannot be read: 'R hr' is no"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_with_one_clear_sentence_and_where(tmp_path: Path, text: str, line: str, said: str):
    with pytest.raises(RegulationFileError) as wrong:
        load(tmp_path, text)
    found = str(wrong.value)
    assert found.startswith(f"{tmp_path / 'r.toml'}{line}: {said}")
    assert "\n" not in found
    assert "__init__" not in found


def test_what_nothing_reads_is_refused_with_every_line_and_the_nearest_name(tmp_path: Path):
    text = """
        id = "acme"
        [settings]
        "a.cuont" = 3
        "a.flag" = "yes"
        "unheard.of" = "x"
        [norms."a.close"]
        text = "It closes."
        clause = "R3"
        term = "1 week"
        [responsibilities]
        "topic.pass" = ["R finanse R1"]
    """
    with pytest.raises(RegulationFileError) as wrong:
        load(tmp_path, text, parameters=ALL, norms=NORMS, roles={"ceo", "finance"})
    path = tmp_path / "r.toml"
    assert str(wrong.value).split("; ") == [
        f"{path}:4: nothing reads the setting 'a.cuont': did you mean 'a.count'?",
        f"{path}:5: a.flag must be true or false, not 'yes'",
        f"{path}:6: nothing reads the setting 'unheard.of'",
        f"{path}:7: nothing enforces the term of norm 'a.close': did you mean 'a.closes'?",
        f"{path}:12: 'topic.pass' names the role 'finanse', which nobody declares: did you mean 'finance'?",
    ]


def test_a_problem_that_comes_from_the_base_has_no_line_of_the_overlay(tmp_path: Path):
    base = WHOLE.with_settings({"a.cuont": 3})
    with pytest.raises(RegulationFileError) as wrong:
        load(tmp_path, "extends = 'b'\nsettings.'a.count' = 3", bases={"b": lambda: base}, parameters=ALL, norms=NORMS)
    assert str(wrong.value).startswith(f"{tmp_path / 'r.toml'}: nothing reads the setting 'a.cuont'")


def test_a_file_that_is_none_or_no_toml(tmp_path: Path):
    with pytest.raises(RegulationFileError, match=r"cannot read the regulation '.*none.toml': No such file"):
        Regulation.load(tmp_path / "none.toml")
    with pytest.raises(RegulationFileError, match=r"r\.toml' is not TOML: "):
        load(tmp_path, "id = ")
    (tmp_path / "r.toml").write_bytes(b"id = '\xff'")
    with pytest.raises(RegulationFileError, match="is not TOML"):
        Regulation.load(tmp_path / "r.toml")
    with pytest.raises(RegulationFileError, match="cannot read the regulation"):
        Regulation.load(tmp_path)


@pytest.mark.parametrize(
    ("form", "given"),
    [
        (frozenset[Role], frozenset({Role("ceo"), Role("boss")})),
        (Dated[Role], Dated(((None, Role("ceo")), (dt.date(2026, 1, 1), Role("boss"))))),
    ],
    ids=["one of several", "from a day on"],
)
def test_a_role_inside_a_value_is_declared_too(form: Any, given: Any):
    several = Parameter("a.several", form, "Who.", clause="R1", default=given)
    said = list(ACME.mismatches([ROLE, several], NORMS, {"ceo", "finance"}))
    assert said == ["'a.several' names the role 'boss', which nobody declares"]
