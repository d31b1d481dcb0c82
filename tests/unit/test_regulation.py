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
from ask import DECIDES, REGULATION, Ask
from hypothesis import given, settings
from hypothesis import strategies as st

from salesreg import UNSET, Norm, Parameter, Regulation, Role, Term
from salesreg.calendars import WorkSchedule
from salesreg.domain.responsibilities import Letter, Responsibility
from salesreg.errors import ParameterNotSet, ParameterTypeError, RegulationFileError
from salesreg.regulation import Origin, Setting, Strength
from salesreg.regulations import commercial_service, example
from salesreg.testing.strategies import schedules, terms


class Policy(StrEnum):
    KEEP = "keep"
    DROP = "drop"


TERM = Parameter("a.term", Term, clause="R1")
ROLE = Parameter("a.role", Role, clause="R2")
FLAG = Parameter("a.flag", bool)
COUNT = Parameter("a.count", int)
RATE = Parameter("a.rate", Decimal)
TEXT = Parameter("a.text", str)
HOUR = Parameter("a.hour", dt.time)
POLICY = Parameter("a.policy", Policy)
ALL: tuple[Parameter[Any], ...] = (TERM, ROLE, FLAG, COUNT, RATE, TEXT, HOUR, POLICY)
GIVEN: dict[str, Any] = {
    "a.term": Term.parse("2 business days"),
    "a.role": Role.CEO,
    "a.flag": False,
    "a.count": 0,
    "a.rate": Decimal("0.20"),
    "a.text": "",
    "a.hour": dt.time(9, 30),
    "a.policy": Policy.DROP,
}
OPEN = Norm("a.open", "It opens.", ru="Открывается.", clause="R1", term=TERM, binds=[Role.CEO])


# -- values -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("parameter", ALL, ids=lambda parameter: parameter.type.__name__)
def test_a_value_of_every_type_is_kept_as_text_and_read_back(parameter: Parameter[Any]):
    value = GIVEN[parameter.name]
    acme = Regulation("acme").with_settings({parameter.name: value})
    assert isinstance(acme.settings[parameter.name].value, str | int)
    found = acme.value(parameter)
    assert (found, type(found)) == (value, type(value))
    assert acme.value(parameter) is found, "it is converted once"


@pytest.mark.parametrize(
    ("parameter", "text"),
    [(TERM, "2 рабочих дня"), (ROLE, "ceo"), (RATE, "0.20"), (HOUR, "09:30"), (POLICY, "drop")],
)
def test_text_will_do(parameter: Parameter[Any], text: str):
    assert Regulation("acme").with_settings({parameter.name: text}).value(parameter) == GIVEN[parameter.name]


def test_seconds_of_a_time_are_kept():
    acme = Regulation("acme").with_settings({"a.hour": dt.time(9, 30, 15)})
    assert acme.value(HOUR) == dt.time(9, 30, 15)


@pytest.mark.parametrize(
    ("parameter", "value", "said"),
    [
        (TERM, "2 furlongs", "a.term must be a term such as \"2 business days\", not '2 furlongs': "),
        (TERM, 2, "a.term must be a term such as"),
        (ROLE, "boss", "a.role must be one of sales_manager, head_of_commercial,"),
        (FLAG, 1, "a.flag must be true or false, not 1"),
        (FLAG, "true", "a.flag must be true or false, not 'true'"),
        (COUNT, True, "a.count must be a whole number, not True"),
        (COUNT, "5", "a.count must be a whole number, not '5'"),
        (RATE, "a fifth", "a.rate must be a decimal number such as \"0.20\", not 'a fifth'"),
        (TEXT, 5, "a.text must be text, not 5"),
        (HOUR, "9 o'clock", 'a.hour must be a time of day such as "09:00"'),
        (POLICY, "burn", "a.policy must be one of keep, drop, not 'burn'"),
        (Parameter("a.day", dt.date), "2026-03-02", "a.day must be date, not '2026-03-02'"),
    ],
)
def test_a_value_of_another_type_is_refused_with_what_would_be_right(parameter: Any, value: Any, said: str):
    acme = Regulation("acme").with_settings({parameter.name: value})
    with pytest.raises(ParameterTypeError) as wrong:
        acme.value(parameter)
    assert str(wrong.value).startswith(said)


def test_a_default_stands_in_until_a_value_is_given():
    hours = Parameter("a.hours", Term, default=Term.parse("2 working hours"))
    assert Regulation("acme").value(hours) == Term.parse("2 working hours")
    assert Regulation("acme").with_settings({"a.hours": "3 working hours"}).value(hours) == Term.parse(
        "3 working hours"
    )


def test_unset_is_false_and_says_its_name():
    assert not UNSET
    assert repr(UNSET) == "UNSET"


# -- what is missing --------------------------------------------------------------------------------------------------


def test_everything_missing_is_named_at_once_with_clause_and_remedy():
    with pytest.raises(ParameterNotSet) as missing:
        Regulation("acme").with_settings({"a.flag": True}).bind([*ALL, TERM])
    assert missing.value.names == (
        "a.term", "a.role", "a.count", "a.rate", "a.text", "a.hour", "a.policy", "schedule",
    )  # fmt: skip
    said = str(missing.value)
    assert said.startswith("the regulation leaves open 8 values that this needs: a.term (R1; give a term such as ")
    assert "a.count (no clause; give a whole number)" in said
    assert "schedule (R40, R42; give working hours such as WorkSchedule.standard(" in said
    assert said.endswith("or start from regulations.example()")


def test_a_misspelt_name_does_not_pass_in_silence():
    optional = Parameter("sale.questionnaire_keys", str, default="")
    acme = Regulation("acme", schedule=WorkSchedule.standard())
    with pytest.raises(ParameterNotSet, match=r"nothing reads the setting .*: did you mean 'sale\.questionnaire_keys'"):
        acme.with_settings({"sale.questionaire_keys": "activity"}).bind([optional])
    acme.with_settings({"bonus.pay_day": "on the 10th"}).bind([optional])  # another process may read it


def test_one_missing_value_is_one_value():
    with pytest.raises(ParameterNotSet, match=r"leaves open 1 value that this needs: a\.role") as missing:
        REGULATION.value(ROLE)
    assert missing.value.names == ("a.role",)
    with pytest.raises(ParameterNotSet) as hours:
        _ = Regulation("acme").calendar
    assert hours.value.names == ("schedule",)


def test_binding_looks_at_types_too_and_passes_what_is_whole():
    with pytest.raises(ParameterTypeError, match=r"a\.count must be a whole number"):
        REGULATION.with_settings({"a.count": "many"}).bind([COUNT])
    REGULATION.with_settings(GIVEN).bind(ALL)
    with pytest.raises(ParameterNotSet) as hours:
        Regulation("acme").with_settings(GIVEN).bind(ALL)
    assert hours.value.names == ("schedule",)


def test_the_source_document_leaves_open_what_the_example_fills():
    from salesreg.regulations import PROCESSES

    needed = [parameter for process in PROCESSES for parameter in process.parameters()]
    with pytest.raises(ParameterNotSet) as missing:
        commercial_service().bind(needed)
    example().bind(needed)
    filled = {name for name, setting in example().settings.items() if setting.origin is Origin.EXAMPLE}
    assert set(missing.value.names) - {"schedule"} <= filled


def test_where_a_value_comes_from_is_explained():
    acme = Regulation("acme", settings={"a.term": Setting("1 business day", Origin.SOURCE)})
    assert acme.explain(TERM) == "a.term = 1 business day (source (R1))"
    assert acme.with_settings({"a.flag": True}).explain(FLAG) == "a.flag = True (yours)"
    assert acme.explain(Parameter("a.hours", Term, clause="R9", default=Term.parse("1 week"))) == (
        "a.hours = 1 week (default (R9))"
    )
    assert acme.explain(ROLE).startswith("a.role is not set (R2): give one of sales_manager,")


def test_a_norms_term_is_its_own_or_its_parameters():
    acme = Regulation("acme").with_settings({"a.term": "3 weeks"})
    assert acme.term(OPEN) == Term.parse("3 weeks")
    assert acme.term(attrs.evolve(OPEN, term=Term.parse("1 week"))) == Term.parse("1 week")
    assert acme.term(attrs.evolve(OPEN, term=None)) is None


# -- identity ---------------------------------------------------------------------------------------------------------


def test_a_regulation_is_the_same_if_it_says_the_same():
    one = Regulation("acme", norms=[OPEN]).with_settings({"a.count": 1, "a.flag": True})
    other = Regulation("acme", norms=[OPEN]).with_settings({"a.flag": True}).with_settings({"a.count": 1})
    assert one == other
    assert hash(one) == hash(other)
    assert len(one.content_hash) == 64
    assert one != one.with_settings({"a.count": 2})
    assert one != one.with_schedule(WorkSchedule.standard())
    assert one != "acme"


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
    assert repr(REGULATION).startswith("Regulation('test', version='1.0', 4 settings, hours WorkSchedule")


# -- differences ------------------------------------------------------------------------------------------------------


def test_differences_name_norms_values_and_roles():
    before = Regulation("acme", norms=[OPEN]).with_settings({"a.count": 1, "a.flag": True})
    other = Norm("a.shut", "It shuts.", ru="Закрывается.", clause="R2")
    after = attrs.evolve(
        before,
        version="1.1",
        schedule=WorkSchedule.standard(),
        norms=[attrs.evolve(OPEN, text="It opens at nine."), other],
        settings={"a.count": Setting(2), "a.text": Setting("x")},
    )
    assert [(one.subject, one.kind) for one in before.diff(after)] == [
        ("version", "changed"), ("a.open", "changed"), ("a.count", "changed"), ("a.flag", "removed"),
        ("schedule", "added"), ("a.shut", "added"), ("a.text", "added"),
    ]  # fmt: skip
    changes = {one.subject: one for one in before.diff(after)}
    assert changes["a.open"].roles == {"ceo"}
    assert (changes["a.count"].before, changes["a.count"].after) == (1, 2)
    assert changes["a.shut"].before is None
    assert before.diff(before) == ()


def test_a_norm_and_a_parameter_of_one_name_are_two_differences():
    assert DECIDES.id == DECIDES.term.name, "as in the process"  # type: ignore[union-attr]
    before = attrs.evolve(REGULATION, norms=Ask.norms())
    reworded = attrs.evolve(before, norms=[attrs.evolve(DECIDES, text="Quickly."), *Ask.norms()[1:]])
    assert [one.subject for one in before.diff(reworded)] == ["request.decide"]
    both = reworded.with_settings({"request.decide": "1 business day"})
    assert [(one.subject, type(one.after)) for one in before.diff(both)] == [
        ("request.decide", dict),
        ("request.decide", str),
    ]


def test_differences_in_zones_of_responsibility():
    before = Regulation("acme", responsibilities=[Responsibility("topic.pass", Role.HR)])
    after = attrs.evolve(before, responsibilities=[Responsibility("topic.pass", Role.CEO)])
    (change,) = before.diff(after)
    assert (change.subject, change.before, change.after) == ("responsible:topic.pass", ["R hr R79"], ["R ceo R79"])


def test_the_matrix_reads_roles_from_parameters_and_leaves_open_ones_out():
    rows = [Responsibility("topic.price", None, Letter.RESPONSIBLE, parameter="a.role")]
    acme = Regulation("acme", responsibilities=rows)
    assert acme.matrix.who_is_responsible("topic.price") == ()
    assert acme.with_settings({"a.role": "finance"}).matrix.who_is_responsible("topic.price") == (Role.FINANCE,)


# -- files ------------------------------------------------------------------------------------------------------------

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
NORMS = st.builds(
    Norm,
    NAMES,
    TEXTS,
    ru=TEXTS,
    clause=TEXTS,
    strength=st.sampled_from(Strength),
    binds=st.frozensets(st.sampled_from(Role), max_size=3),
    term=st.none() | terms() | NAMES.map(lambda name: Parameter(name, Term)),
    pausable=st.booleans(),
    control=TEXTS,
    metric=TEXTS,
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
    ru=TEXTS,
    settings=SETTINGS,
    schedule=st.none() | schedules(),
    subdivision=st.none() | NAMES,
    norms=st.lists(NORMS, max_size=3, unique_by=lambda norm: norm.id),
    responsibilities=st.lists(
        st.builds(
            Responsibility,
            st.sampled_from(["topic.a", "x.*", "тема"]),
            st.sampled_from([Role.CEO, Role.HR]),
            st.sampled_from(Letter),
            st.just("R79"),
        ),
        max_size=3,
    ),
)


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
    assert {norm.id: norm.words("ru") for norm in found.norms} == {norm.id: norm.ru for norm in regulation.norms}


def test_the_shipped_regulations_survive_a_file(tmp_path: Path):
    for regulation in (commercial_service(), example()):
        regulation.dump(tmp_path / "r.toml")
        assert Regulation.load(tmp_path / "r.toml").content_hash == regulation.content_hash


def load(tmp_path: Path, text: str) -> Regulation:
    path = tmp_path / "r.toml"
    path.write_text(text, encoding="utf-8")
    return Regulation.load(path)


def test_a_file_by_hand_may_give_bare_values(tmp_path: Path):
    acme = load(tmp_path, 'id = "acme"\n[settings]\n"a.count" = 3\n"a.term" = {value = "1 week", origin = "source"}\n')
    assert acme.settings == {"a.count": Setting(3), "a.term": Setting("1 week", Origin.SOURCE)}
    assert acme.schedule is None


NORM = '[norms."a.b"]\ntext = "T"\nru = "Т"\nclause = "R1"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version = '1.0'", "the regulation lacks 'id'"),
        ("id = 'a'\nversion = 1.0", """'version' in the regulation must be a text, such as version = "1.0", not 1.0"""),
        ("id = 5", """'id' in the regulation must be a text, such as id = "5", not 5"""),
        ("id = 'a'\nnorm = 1", "unknown key 'norm' in the regulation; it may have schedule, settings, norms,"),
        ("id = 'a'\nsettings = 5", "[settings] must be a table, not 5"),
        ("id = 'a'\nschedule = '9-18'", "[schedule] must be a table, not '9-18'"),
        ("id = 'a'\n[schedule]\nday = ['nine']", "the regulation cannot be read: "),
        ("id = 'a'\n[settings]\nx = 0.5", "setting 'x' must be a text, a whole number, true, false or a table, not"),
        ("id = 'a'\n[settings]\nx = [1]", "setting 'x' must be a text, a whole number,"),
        ("id = 'a'\n[settings.x]\norigin = 'yours'", "setting 'x' lacks 'value'"),
        ("id = 'a'\n[settings.x]\nvalue = 1\norigin = 'mine'", "the origin of setting 'x' must be one of source,"),
        ("id = 'a'\n[settings.x]\nvalue = 1\nwhy = ''", "unknown key 'why' in setting 'x'; it may have value, origin,"),
        ("id = 'a'\n[norms]\n'a.b' = 'T'", "norm 'a.b' must be a table, not 'T'"),
        ("id = 'a'\n[norms.'a.b']\nru = ''", "norm 'a.b' lacks 'text'"),
        (f"id = 'a'\n{NORM}colour = 'red'", "unknown key 'colour' in norm 'a.b'; it may have text, ru,"),
        (f"id = 'a'\n{NORM}strength = 'law'", "the strength of norm 'a.b' must be one of rule, recommendation,"),
        (f"id = 'a'\n{NORM}binds = ['boss']", "what norm 'a.b' binds must be one of sales_manager,"),
        (f"id = 'a'\n{NORM}binds = 'ceo'", """what norm 'a.b' binds must be a list of texts such as ["finance"]"""),
        (f"id = 'a'\n{NORM}pausable = 'yes'", "'pausable' in norm 'a.b' must be true or false, not 'yes'"),
        (f"id = 'a'\n{NORM}term = '2 furlongs'", "the regulation cannot be read: "),
        (f"id = 'a'\n{NORM}term = {{name = 'x'}}", "the term of norm 'a.b' lacks 'parameter'"),
        ("id = 'a'\n[responsibilities]\nx = 'R hr R1'", "responsibility 'x' must be a list of texts such as"),
        ("id = 'a'\n[responsibilities]\nx = ['R boss R1']", "the regulation cannot be read: 'boss' is no role: "),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_with_one_clear_sentence(tmp_path: Path, text: str, said: str):
    with pytest.raises(RegulationFileError) as wrong:
        load(tmp_path, text)
    found = str(wrong.value)
    assert found.startswith(said)
    assert "\n" not in found
    assert "__init__" not in found


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
