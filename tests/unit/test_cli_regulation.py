"""`salesreg regulation`: begin, check, show, compare, list and explain, as somebody does it who never saw Python."""

import datetime as dt
import json
import re
import tomllib

import pytest

from salesreg.cli import main
from salesreg.commercial import COMMERCIAL, example
from salesreg.errors import ParameterNotSet
from salesreg.testing.commercial import Desk

HOUR = dt.timedelta(hours=1)


def run(capsys, *argv):
    code = main(["regulation", *map(str, argv)])
    out, err = capsys.readouterr()
    return code, out, err


def filled(text):
    """A beginning with its examples taken for values: the # of each taken off."""
    return re.sub(r"^# (\[|\"|\w+ = )", r"\1", text, flags=re.MULTILINE)


@pytest.fixture
def begun(tmp_path, capsys):
    file = tmp_path / "r.toml"
    file.write_text(run(capsys, "init")[1], encoding="utf-8")
    return file


def test_a_beginning_names_everything_that_is_left_open_and_check_says_so(begun, capsys):
    text = begun.read_text("utf-8")
    with pytest.raises(ParameterNotSet) as missing:
        COMMERCIAL.bind(COMMERCIAL.load(begun))
    code, out, _ = run(capsys, "check", begun)
    assert code == 1
    for name in missing.value.names:
        if name != "schedule":
            assert f'# "{name}" = ' in text
            assert f"error: {name} is not set" in out
    assert "error: working hours are not given (R40, R42)" in out
    assert "a sales manager" not in text
    assert "(R10)" in text


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_filled_in_it_passes(tmp_path, capsys, lang):
    file = tmp_path / "r.toml"
    file.write_text(filled(run(capsys, "init", "--lang", lang, "--id", "vega")[1]), encoding="utf-8")
    code, out, _ = run(capsys, "check", file, "--lang", lang)
    assert code == 0
    assert out.endswith({"en": ": 0 errors, 0 warnings\n", "ru": ": 0 ошибок, 0 замечаний\n"}[lang])
    regulation = COMMERCIAL.load(file)
    COMMERCIAL.bind(regulation)
    assert regulation.id == "vega"
    shared = {one.name: one for one in COMMERCIAL.read()}.values()
    assert regulation.settings.keys() == example().settings.keys()
    assert [regulation.value(one) for one in shared] == [example().value(one) for one in shared]
    assert not [one for one in example().diff(regulation) if one.subject.partition(".")[0] not in {"id", "title"}]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('"sale.deal_openr" = "finance"', ":6: nothing reads the setting 'sale.deal_openr': did you mean"),
        ('"sale.deal_opener" = "lawyer"', ":6: 'sale.deal_opener' names the role 'lawyer'"),
        ('"sale.price_approval" = "soon"', "sale.price_approval must be"),
        ("]", "is not TOML"),
        (
            '[norms."sale.open_del"]\nterm = "1 business day"',
            ":6: no norm is called 'sale.open_del': did you mean 'sale.open_deal'?",
        ),
        ('[norms."own.rule"]\nterm = "1 business day"', ":6: norm 'own.rule' lacks 'text'"),
    ],
)
def test_what_is_wrong_in_a_file_is_named_with_its_line(tmp_path, capsys, line, said):
    file = tmp_path / "slips.toml"
    file.write_text(f'extends = "example"\nid = "slips"\n\n[settings]\n\n{line}\n', encoding="utf-8")
    code, out, err = run(capsys, "check", file)
    assert (code, err) == (1, "")
    assert said in out


@pytest.mark.parametrize(
    ("junk", "said"),
    [
        ('id = "\u0420"'.encode("cp1251"), "junk.toml:1: it is not TOML in UTF-8"),
        (b"a = " + b"[" * 100_000, "nested too deeply"),
        (
            b'extends = "example"\nid = "many"\n[settings]\n' + b"".join(b"k%d = 1\n" % n for n in range(5000)),
            "only the first",
        ),
    ],
)
def test_a_file_in_another_encoding_nested_or_full_of_slips_is_named_at_once(tmp_path, capsys, junk, said):
    file = tmp_path / "junk.toml"
    file.write_bytes(junk)
    code, out, err = run(capsys, "check", file)
    assert (code, err) == (1, "")
    assert said in out


def test_a_file_that_an_editor_marks_as_utf_8_is_read(tmp_path, capsys):
    file = tmp_path / "marked.toml"
    file.write_bytes(b'\xef\xbb\xbfextends = "example"\nid = "marked"\n')
    assert run(capsys, "check", file)[0] == 0


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_values_that_cannot_be_meant_are_found_beside_the_example(tmp_path, capsys, lang):
    file = tmp_path / "odd.toml"
    file.write_text(
        """extends = "example"
id = "odd"
country = "XX"
[settings]
"bonus.salary_days" = "1 business day"
"bonus.leave_pay_before" = "3 calendar days"
"escalation.superior_after" = "-1 business day"
"call_campaign.quota" = -5
"meeting.team_minutes" = 0
"invoice.vat_rate" = "20"
"sale.discount_limit" = "0.20"
""",
        encoding="utf-8",
    )
    code, out, _ = run(capsys, "check", file, "--json", "--lang", lang)
    found = {one["subject"]: one for one in json.loads(out)["problems"]}
    assert code == 1
    assert {name: one["code"] for name, one in found.items()} == {
        "bonus.salary_days": "other_kind",
        "bonus.leave_pay_before": "other_kind",
        "escalation.superior_after": "other_kind",
        "call_campaign.quota": "other_kind",
        "meeting.team_minutes": "other_kind",
        "invoice.vat_rate": "far",
        "sale.discount_limit": "far",
        "country": "no_calendar",
    }
    wanted = {"en": "on the 10th and 25th, preceding", "ru": "10-го и 25-го числа, с переносом назад"}[lang]
    assert wanted in found["bonus.salary_days"]["text"]


@pytest.mark.parametrize("argv", [("init", "--id", " "), ("show", "--name", "Irina")])
def test_options_that_say_nothing_are_refused(capsys, argv):
    code, _, err = run(capsys, *argv)
    assert code == 2
    assert argv[1] in err


def test_what_is_left_open_is_said_once_in_the_language_with_the_example(begun, capsys):
    _, out, _ = run(capsys, "check", begun, "--lang", "ru")
    (line,) = [one for one in out.splitlines() if "sale.price_approval" in one]
    assert line.endswith("Укажите: срок, например «2 рабочих дня». В примере: 1 рабочий день.")
    assert "a term such as" not in out


@pytest.mark.parametrize("junk", [b"\xff\xfe\x00", b"", b"id = 5", b"x" * 3_000_000, b'id = "\x1b[31m"'])
def test_what_is_no_regulation_is_one_clear_error_and_no_traceback(tmp_path, capsys, junk):
    file = tmp_path / "junk.toml"
    file.write_bytes(junk)
    code, out, err = run(capsys, "check", file)
    assert code in (1, 2)
    assert "Traceback" not in out + err
    assert "\x1b" not in out + err
    assert len(out + err) < 2_000


def test_check_as_json(begun, capsys):
    code, out, _ = run(capsys, "check", begun, "--json")
    told = json.loads(out)
    assert code == 1
    assert {"severity": "error", "code": "open"}.items() <= told["problems"][0].items()


def test_two_regulations_are_compared_in_words(tmp_path, capsys):
    old, new = tmp_path / "old.toml", tmp_path / "new.toml"
    old.write_text('extends = "example"\nid = "vega"\n', encoding="utf-8")
    new.write_text(
        'extends = "example"\nid = "vega"\n[norms."inquiry.first_response"]\nterm = "1 working hour"\n',
        encoding="utf-8",
    )
    code, out, _ = run(capsys, "diff", old, new)
    assert code == 0
    assert out.splitlines()[0] == "inquiry.first_response.term: 30 working minutes → 1 working hour"
    assert out.splitlines()[1].startswith("to acknowledge anew: ")
    assert run(capsys, "diff", old, old)[1] == "nothing differs\n"
    assert run(capsys, "diff", old, old, "--lang", "ru")[1] == "различий нет\n"
    told = json.loads(run(capsys, "diff", old, new, "--json")[1])
    assert [one["subject"] for one in told["changes"]] == ["inquiry.first_response"]
    assert "secretary" in told["acknowledge"]


def test_values_are_compared_and_explained_in_the_language_of_the_reader(tmp_path, capsys):
    old, new = tmp_path / "old.toml", tmp_path / "new.toml"
    begin = 'extends = "example"\nid = "vega"\n[settings]\n"invoice.send" = '
    old.write_text(begin + '"2 working hours"\n', encoding="utf-8")
    new.write_text(begin + '"не позднее следующего рабочего дня"\n', encoding="utf-8")
    for lang, line in {
        "en": "invoice.send: 2 working hours → 1 business day — How long sending",
        "ru": "invoice.send: 2 рабочих часа → 1 рабочий день — Срок отправки счёта клиенту",
    }.items():
        assert run(capsys, "diff", old, new, "--lang", lang)[1].startswith(line)
    new.write_text(begin + '"2 рабочих часа"\n', encoding="utf-8")
    assert run(capsys, "diff", old, new)[1] == "nothing differs\n"
    said = run(capsys, "explain", "sale.price_approval", "--lang", "ru")[1]
    assert "срок: 1 рабочий день" in said
    assert "контроль: решение по прайсу в сделке" in said
    assert "показатель: K8: Прайсы, утверждённые с первого раза" in said


def test_a_changed_term_changes_the_deadline_the_document_and_the_difference_and_nothing_else(tmp_path, capsys):
    old, new = tmp_path / "old.toml", tmp_path / "new.toml"
    old.write_text(filled(run(capsys, "init", "--id", "vega")[1]), encoding="utf-8")
    changed = '[norms."inquiry.first_response"]\nterm = "1 working hour"\n'
    new.write_text(old.read_text("utf-8") + changed, encoding="utf-8")
    owed, pages = [], []
    for file in (old, new):
        desk = Desk(regulation=COMMERCIAL.load(file))
        case = desk.begin("inquiry", "receive_inquiry", received_at=desk.clock.now())
        owed.append({one.norm: one.due - one.started_at for one in desk.engine.obligations(case=case)})
        pages.append(run(capsys, "show", file, "--on", "2026-03-02")[1].splitlines())
    before, after = owed
    assert (before.pop("inquiry.first_response"), after.pop("inquiry.first_response")) == (HOUR / 2, HOUR)
    assert before == after != {}
    differ = [(was, now) for was, now in zip(*pages, strict=True) if was != now]
    prints = re.compile(r"text [0-9a-f]{12}")
    assert {prints.sub("", was.replace("30 working minutes", "1 working hour")) for was, _ in differ} == {
        prints.sub("", now) for _, now in differ
    }
    assert len(differ) > 2
    assert run(capsys, "diff", old, new)[1].startswith(
        "inquiry.first_response.term: 30 working minutes → 1 working hour\nto "
    )


def test_a_setting_alone_makes_nobody_acknowledge_anew(tmp_path, capsys):
    old, new = tmp_path / "old.toml", tmp_path / "new.toml"
    old.write_text('extends = "example"\nid = "vega"\n', encoding="utf-8")
    new.write_text('extends = "example"\nid = "vega"\n[settings]\n"call_campaign.quota" = 50\n', encoding="utf-8")
    out = run(capsys, "diff", old, new)[1]
    assert out.startswith("call_campaign.quota: 40 → 50 — How many calls")
    assert out.endswith("\nno rule has changed: nobody acknowledges anew\n")


def test_parameters_are_listed_with_their_value_origin_and_requirement(capsys):
    rows = {row["name"]: row for row in json.loads(run(capsys, "params", "--json")[1])}
    assert rows["sale.price_approval"]["value"] == "1 business day"
    assert rows["sale.price_approval"]["origin"] == "example"
    assert rows["sale.price_approval"]["clause"] == "R10"
    assert {one.name for one in COMMERCIAL.read()} <= rows.keys()
    assert "Срок" in run(capsys, "params", "--lang", "ru")[1]


def test_a_parameter_and_a_norm_are_explained(capsys):
    said = run(capsys, "explain", "sale.price_approval")[1]
    assert "value: 1 business day" in said
    assert "origin: example" in said
    assert "read by: sale" in said
    norm = run(capsys, "explain", "inquiry.first_response", "--lang", "ru")[1]
    assert "срок: 30 рабочих минут" in norm
    code, _, err = run(capsys, "explain", "sale.price_aproval")
    assert code == 2
    assert err == "salesreg: no parameter or norm is called 'sale.price_aproval': did you mean 'sale.price_approval'?\n"


def test_a_whole_file_is_shown_and_reads_back(capsys):
    raw = tomllib.loads(run(capsys, "show", "--format", "toml")[1])
    assert type(example()).from_dict(raw) == example()


def test_the_document_is_shown_and_so_is_what_one_role_acknowledges(capsys):
    whole = run(capsys, "show", "--lang", "ru", "--on", "2026-03-02")[1]
    assert whole.startswith("# Регламент работы коммерческой службы\n")
    assert "на 02.03.2026" in whole
    mine = run(capsys, "show", "--lang", "ru", "--role", "secretary", "--name", "Ольга")[1]
    assert "Правила, обязательные для сотрудника: Ольга (секретарь)" in mine
    assert len(mine) < len(whole) / 5
    assert run(capsys, "show", "--role", "secretery")[2] == (
        "salesreg: no role is called 'secretery': did you mean 'secretary'?\n"
    )
    page = run(capsys, "show", "--format", "html", "--on", "2026-03-02")[1]
    assert page.startswith("<!doctype html>")
    code, _, err = run(capsys, "show", "--on", "yesterday")
    assert (code, "2026-03-02" in err) == (2, True)
