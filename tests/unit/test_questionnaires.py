"""A questionnaire scores exactly, says what lowered the score, and takes no answer for another (R104)."""

from __future__ import annotations

import json
import re
import tomllib
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesreg.cli.app import run
from salesreg.commercial.domain.questionnaires import Question, QuestionGroup, Questionnaire
from salesreg.commercial.self_diagnosis import SHIPPED, answer_sheet, load_answers, load_questionnaire
from salesreg.errors import DomainError, RegulationFileError

SCALE = ({"en": "no"}, {"en": "in part"}, {"en": "yes"})
WORDS = {"en": "Is it so?"}


def asked(*weights: int | str | Decimal, groups: int = 1) -> Questionnaire:
    """A questionnaire with questions q0, q1, … of those weights, dealt out to sections."""
    questions = [Question(f"q{n}", WORDS, f"R{n % 3 + 1}", Decimal(weight)) for n, weight in enumerate(weights)]
    dealt = [tuple(questions[n::groups]) for n in range(min(groups, len(questions)))]
    sections = tuple(QuestionGroup(f"s{n}", WORDS, group) for n, group in enumerate(dealt))
    return Questionnaire("short", "1", WORDS, SCALE, sections)


@st.composite
def answered(draw: st.DrawFn) -> tuple[Questionnaire, dict[str, int | None]]:
    weights = draw(st.lists(st.sampled_from(["1", "2", "0.5", "3.3"]), min_size=1, max_size=7))
    questions = asked(*weights, groups=draw(st.integers(1, 3)))
    given = {one.id: draw(st.sampled_from([0, 1, 2, None, "left out"])) for one in questions.questions()}
    return questions, {name: one for name, one in given.items() if one != "left out"}


def test_a_score_is_the_weighted_share_of_the_scale_exactly():
    score = asked(2, 1).score({"q0": 1, "q1": 2})
    assert score.total.value == Fraction(2, 3)
    assert [(one.question.id, one.answer, one.share) for one in score.total.lost] == [("q0", 1, Fraction(1, 3))]


def test_what_is_unanswered_and_what_does_not_apply_stand_in_no_score_and_are_told_apart():
    score = asked(1, 1, 2).score({"q0": 2, "q1": None})
    assert (score.total.value, score.total.unanswered, score.total.not_applicable) == (1, ("q2",), ("q1",))
    assert (score.total.lowest, score.total.highest) == (Fraction(1, 3), 1)
    nothing = asked(1).score({}).total
    assert (nothing.value, nothing.lowest, nothing.highest) == (None, 0, 1)
    no_question = asked(1).score({"q0": None}).total
    assert (no_question.value, no_question.lowest, no_question.highest) == (None, None, None)


@given(answered())
def test_what_lowered_a_score_is_all_that_it_lacks(case):
    questions, answers = case
    score = questions.score(answers)
    for one in (score.total, *score.sections):
        if one.value is not None:
            assert sum((lost.share for lost in one.lost), Fraction(0)) == 1 - one.value
            assert one.lowest <= one.value <= one.highest
    assert sum(score.by_clause.values(), Fraction(0)) == sum((lost.share for lost in score.total.lost), Fraction(0))


@given(answered(), st.data())
def test_a_better_answer_never_lowers_a_score_and_an_answer_leaves_it_within_its_bounds(case, data):
    questions, answers = case
    before = questions.score(answers).total
    for name in before.unanswered:
        after = questions.score({**answers, name: data.draw(st.sampled_from([0, 1, 2]))}).total
        assert before.lowest <= after.lowest <= after.value <= after.highest <= before.highest
    for name in [name for name, answer in answers.items() if answer in (0, 1)]:
        assert questions.score({**answers, name: answers[name] + 1}).total.value > before.value


@given(answered())
def test_neither_the_order_of_answers_nor_the_sections_change_the_total(case):
    questions, answers = case
    turned = dict(reversed(answers.items()))
    whole = Questionnaire("short", "1", WORDS, SCALE, (QuestionGroup("all", WORDS, tuple(questions.questions())),))
    assert questions.score(answers) == questions.score(turned)
    assert whole.score(answers).total == questions.score(answers).total


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({"q9": 1}, "answer_to_nothing"),
        ({"q0": 3}, "answer_off_scale"),
        ({"q0": -1}, "answer_off_scale"),
        ({"q0": True}, "answer_off_scale"),
        ({"q0": 1.0}, "answer_off_scale"),
    ],
)
def test_an_answer_is_to_a_question_and_on_the_scale(answers, code):
    with pytest.raises(DomainError) as wrong:
        asked(1).score(answers)
    assert wrong.value.code == code


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (lambda: asked(0), "question_weight"),
        (lambda: asked("NaN"), "question_weight"),
        (lambda: asked("Infinity"), "question_weight"),
        (lambda: Question("q", WORDS, "R1", 0.5), "question_weight"),
        (lambda: Question("q", WORDS, " "), "question_without_clause"),
        (lambda: Question("", WORDS, "R1"), "question_unnamed"),
        (lambda: Question("a.b", WORDS, "R1"), "question_unnamed"),
        (lambda: Question("q\nzones = 3", WORDS, "R1"), "question_unnamed"),
        (lambda: asked("1e999999"), "question_weight"),
        (lambda: asked("1e-999999"), "question_weight"),
        (lambda: asked("1.0000001"), "question_weight"),
        (lambda: Question("q", {"ru": "Так ли это?"}, "R1"), "questionnaire_unsaid"),
        (lambda: QuestionGroup("s", WORDS, ()), "questions_missing"),
        (lambda: QuestionGroup(" ", WORDS, (Question("q", WORDS, "R1"),)), "question_unnamed"),
        (lambda: Questionnaire("", "1", WORDS, SCALE, asked(1).sections), "question_unnamed"),
        (lambda: Questionnaire("x", "1", WORDS, SCALE[:1], asked(1).sections), "questionnaire_scale"),
        (lambda: Questionnaire("x", "1", WORDS, SCALE, ()), "questions_missing"),
        (lambda: Questionnaire("x", "1", WORDS, SCALE, asked(1).sections * 2), "question_twice"),
    ],
)
def test_a_questionnaire_that_could_not_be_answered_is_none(made, code):
    with pytest.raises(DomainError) as wrong:
        made()
    assert wrong.value.code == code


def test_the_shipped_one_is_asked_in_both_languages_and_cites_requirements():
    shipped = load_questionnaire()
    for one in shipped.questions():
        assert re.fullmatch(r"R\d+", one.clause)
        assert one.text.keys() == {"en", "ru"}
        assert re.search("[а-я]", one.text["ru"])
    assert all(one.keys() == {"en", "ru"} for one in (shipped.title, *shipped.scale))


def written(folder: Path, text: str) -> Path:
    path = folder / "given.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[answers", "is not TOML"),
        ("x = 1\n[answers]", "unknown key 'x'"),
        ("zones = 1", "unknown key 'zones'"),
        ('questionnaire = "department 1"', "lacks 'answers'"),
        (
            'questionnaire = "other 1"\n[answers]',
            "given.toml:1: these are answers to 'other 1', and not to 'department 1'",
        ),
        (
            '[answers]\nzones = "yes"',
            "given.toml:2: the answer to 'zones' must be a step of the scale such as 2, or \"n/a\"",
        ),
        ("[answers]\nzones = true", "not True"),
        ("[answers]\nzones.deep = 1", "the answer to 'zones'"),
        ("[answers]\n\nzones = 9", "given.toml:3: 9 is no answer to 'zones': the scale goes from 0 to 3"),
        ("[answers]\nzonen = 1", "given.toml:2: the questionnaire has no question 'zonen'"),
    ],
)
def test_a_file_of_answers_that_cannot_be_meant_is_refused_with_its_line(tmp_path, text, said):
    with pytest.raises(RegulationFileError, match=re.escape(said)):
        load_answers(written(tmp_path, text), load_questionnaire())


SHORT = """\
id = "short"
version = "1"
title = { en = "In short" }
scale = [{ en = "no" }, { en = "yes" }]
[[section]]
id = "calls"
title = { en = "Calls" }
[[section.question]]
id = "called"
clause = "R57"
text = { en = "Is everybody called?" }
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('id = "short"\n', "", "lacks 'id'"),
        ('version = "1"', "version = 1", "'version' in the questionnaire must be a text"),
        ("scale = [", "scales = [", "unknown key 'scales'"),
        ('[{ en = "no" }, { en = "yes" }]', '"no, yes"', "'scale' must be a list"),
        ('clause = "R57"\n', "", "lacks 'clause'"),
        ('clause = "R57"', 'clause = "R57"\nweight = "2"', "the weight of 'called' must be a number such as 2"),
        ('clause = "R57"', 'clause = "R57"\nweight = true', "the weight of 'called' must be a number such as 2"),
        ('clause = "R57"', 'clause = "R57"\nweight = -1', "the weight of the question 'called'"),
        ('{ en = "Is everybody called?" }', '"Is everybody called?"', "the text of 'called' must be a table"),
        ('{ en = "Is everybody called?" }', '{ ru = "Всем ли?" }', "'called' says nothing in English"),
        ("[[section]]", "[section]", "'section' must be a list"),
        ("[[section.question]]", "[section.question]", "'question' must be a list"),
    ],
)
def test_a_file_that_is_no_questionnaire_is_refused_with_its_line(tmp_path, old, new, said):
    assert SHORT.count(old)
    with pytest.raises(RegulationFileError, match=re.escape(said)) as wrong:
        load_questionnaire(written(tmp_path, SHORT.replace(old, new, 1)))
    assert "given.toml" in str(wrong.value)
    assert load_questionnaire(written(tmp_path, SHORT)).id == "short"


def test_the_sheet_of_answers_is_a_file_of_answers_once_it_is_filled_in(tmp_path):
    shipped = load_questionnaire()
    sheet = "\n".join(answer_sheet(shipped, "ru"))
    assert load_answers(written(tmp_path, sheet), shipped) == {}
    filled = re.sub(r"(?m)^# (\w+) = $", r"\1 = 3", sheet)
    answers = load_answers(written(tmp_path, filled), shipped)
    assert shipped.score(answers).total.value == 1
    assert shipped.score(answers).total.unanswered == ()
    assert SHIPPED.name == "self_diagnosis.toml"


def test_the_command_shows_the_questions_the_score_and_a_sheet(tmp_path, capsys):
    def printed(*words: str) -> str:
        assert run(["audit", "questionnaire", *words]) == 0
        return capsys.readouterr().out

    answers = str(written(tmp_path, '[answers]\nzones = 1\nacknowledged = 3\ncovered = "n/a"\n'))
    assert "| zones | Does everybody know" in printed()
    assert "Нет" not in printed("--lang", "ru")
    scored = printed("--answers", answers, "--lang", "ru")
    assert "| R79 | 33,3 % | zones |" in scored
    assert (
        "| covered | Обзвонен ли каждый контакт базы и есть ли у каждого звонка результат? | R57 | 2 | неприменимо |"
        in scored
    )
    plain = json.loads(printed("--answers", answers, "--json"))
    assert (plain["total"]["value"], plain["clauses"]) == ("2/3", {"R79": "1/3"})
    assert plain["total"]["not_applicable"] == ["covered"]
    assert "zones" not in plain["total"]["unanswered"]
    assert json.loads(printed("--json"))["sections"][0]["questions"][0]["weight"] == "2"
    assert tomllib.loads(printed("--format", "toml")) == {"questionnaire": "department 1", "answers": {}}


def test_a_hostile_questionnaire_steers_neither_terminal_nor_page(tmp_path, capsys):
    bad = written(tmp_path, SHORT.replace("Is everybody called?", "<script>x</script>\\u001b[2J | a\\nzones = 3"))
    for how in ("md", "html", "toml"):
        assert run(["audit", "questionnaire", str(bad), "--format", how]) == 0
        out = capsys.readouterr().out
        assert "\x1b" not in out
        assert how == "toml" or "<script" not in out
        assert how != "toml" or tomllib.loads(out)["answers"] == {}


def test_what_cannot_be_shown_ends_with_one_line_and_two(tmp_path, capsys):
    from salesreg.cli import main

    answers = str(written(tmp_path, "[answers]\nzones = 7\n"))
    for words in (["nowhere.toml"], ["--answers", answers], ["--answers", answers, "--format", "toml"]):
        assert main(["audit", "questionnaire", *words]) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1
