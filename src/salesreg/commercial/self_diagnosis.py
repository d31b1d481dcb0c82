"""Questionnaires and answers from TOML files, and both as a page: what a score lacks, and by which clause (R104)."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from salesreg.commercial.domain.questionnaires import (
    Answers,
    Question,
    QuestionGroup,
    Questionnaire,
    Score,
    SectionScore,
    Words,
    in_language,
)
from salesreg.commercial.indicators.reports import percent
from salesreg.documents import Sheet
from salesreg.documents.sections import Section
from salesreg.errors import DomainError, RegulationFileError, safe
from salesreg.rules import Locale
from salesreg.rules.tables import line_of, table, texts_of

SHIPPED: Final = Path(__file__).with_suffix(".toml")
"""The questionnaire that comes with the commercial service."""
NOT_APPLICABLE: Final = "n/a"
_NEEDS: Final = ("id", "version", "title", "scale", "section")


def load_questionnaire(path: str | Path = SHIPPED) -> Questionnaire:
    """The questionnaire of a file, by default the shipped one.

    >>> load_questionnaire().id
    'department'

    Raises:
        RegulationFileError: the file cannot be opened, is not TOML, or is no questionnaire; names the line.
    """
    text, raw = _read(path, "the questionnaire")
    try:
        given = table("the questionnaire", raw, needs=_NEEDS, may=_NEEDS, texts=("id", "version"))
        scale = tuple(texts_of("a step of the scale", one) for one in _several("scale", given["scale"]))
        sections = tuple(_section(one) for one in _several("section", given["section"]))
        return Questionnaire(given["id"], given["version"], texts_of("'title'", given["title"]), scale, sections)
    except (RegulationFileError, DomainError) as wrong:
        raise RegulationFileError(f"{path}{line_of(text, str(wrong))}: {wrong}") from wrong


def load_answers(path: str | Path, questionnaire: Questionnaire) -> Answers:
    """The answers of a file to a questionnaire: steps of its scale by the question's id, or ``"n/a"``.

    Raises:
        RegulationFileError: the file cannot be opened, is not TOML, or holds no answers to the questionnaire. Names the
            line where it can.
    """
    text, raw = _read(path, "the answers")
    try:
        given = table("the file", raw, needs=("answers",), may=("questionnaire", "answers"), texts=("questionnaire",))
        _meant(given.get("questionnaire"), f"{questionnaire.id} {questionnaire.version}")
        answers = {name: _answer(name, one) for name, one in table("[answers]", given["answers"]).items()}
        questionnaire.score(answers)
    except (RegulationFileError, DomainError) as wrong:
        raise RegulationFileError(f"{path}{line_of(text, str(wrong))}: {wrong}") from wrong
    return answers


def answer_sheet(questionnaire: Questionnaire, lang: str) -> Iterator[str]:
    """A file of answers to fill in, line by line."""
    yield f"questionnaire = {json.dumps(f'{questionnaire.id} {questionnaire.version}', ensure_ascii=False)}"
    for number, step in enumerate(questionnaire.scale):
        yield f"# {number}: {_line(step, lang)}"
    yield "[answers]"
    for section in questionnaire.sections:
        yield ""
        yield f"# -- {_line(section.title, lang)}"
        for one in section.questions:
            yield f"# {_line(one.text, lang)} ({' '.join(one.clause.split())})"
            yield f"# {one.id} = "


def _line(words: Words, lang: str) -> str:
    """What is said, in one line."""
    return safe(" ".join(in_language(words, lang).split()))


class QuestionnairePage:
    """A questionnaire, perhaps answered, in one language.

    Args:
        questionnaire: what is asked.
        answers: None shows the questions alone.
        locale: the language; a question that nobody has translated is asked in English.
    """

    def __init__(self, questionnaire: Questionnaire, answers: Answers | None, locale: Locale) -> None:
        self._asked, self._answers, self._locale = questionnaire, answers, locale
        self.score: Score | None = None if answers is None else questionnaire.score(answers)

    @property
    def title(self) -> str:
        """What it is called."""
        return in_language(self._asked.title, self._locale.lang)

    @property
    def edition(self) -> str:
        """Which version, and what may be answered."""
        steps = "; ".join(f"{n} — {in_language(one, self._locale.lang)}" for n, one in enumerate(self._asked.scale))
        text = "{id}, version {version}. Scale: {steps}."
        asked = self._asked
        return self._locale.say("doc.diagnosis.edition", text, id=asked.id, version=asked.version, steps=steps)

    def sections(self) -> tuple[Section, ...]:
        """Everything that the page says, in order."""
        score = () if self.score is None else (self._scores(self.score), self._lost(self.score))
        return (*score, *map(self._section, self._asked.sections))

    def _scores(self, score: Score) -> Section:
        say = self._locale.say
        head = (
            say("doc.diagnosis.section", "Section"), say("doc.diagnosis.score", "Score"),
            say("doc.diagnosis.bounds", "If the rest were answered"), say("doc.diagnosis.unanswered", "Unanswered"),
            say("doc.diagnosis.not_applicable", "Not applicable"),
        )  # fmt: skip
        titles = {one.id: in_language(one.title, self._locale.lang) for one in self._asked.sections}
        rows = [self._row(titles[one.section], one) for one in score.sections]
        rows.append(self._row(say("doc.diagnosis.total", "In total"), score.total))
        return Section("score", say("doc.diagnosis.score", "Score"), (Sheet("", head, tuple(rows)),))

    def _row(self, title: str, one: SectionScore) -> tuple[str, ...]:
        bounds = [percent(bound, self._locale) for bound in (one.lowest, one.highest)]
        within = "–".join(bounds) if one.unanswered else "—"
        left = len(one.unanswered), len(one.not_applicable)
        return title, percent(one.value, self._locale), within, *map(str, left)

    def _lost(self, score: Score) -> Section:
        say = self._locale.say
        head = (
            say("page.clause", "Clause"), say("doc.diagnosis.lost", "Taken from the total"),
            say("doc.diagnosis.by", "By the answers to"),
        )  # fmt: skip
        rows = tuple(
            (
                clause,
                percent(share, self._locale),
                ", ".join(one.question.id for one in score.total.lost if one.question.clause == clause),
            )
            for clause, share in score.by_clause.items()
        )
        blocks = (
            (Sheet("", head, rows),) if rows else (say("doc.diagnosis.nothing_lost", "Nothing was taken from it."),)
        )
        return Section("lost", say("doc.diagnosis.what_lowered", "What lowered the score"), blocks)

    def _section(self, section: QuestionGroup) -> Section:
        say, answers = self._locale.say, self._answers or {}
        head = (
            "id", say("doc.diagnosis.question", "Question"), say("page.clause", "Clause"),
            say("doc.diagnosis.weight", "Weight"), say("doc.diagnosis.answer", "Answer"),
        )  # fmt: skip
        rows = tuple(
            (one.id, in_language(one.text, self._locale.lang), one.clause, str(one.weight), self._answer(one, answers))
            for one in section.questions
        )
        return Section(section.id, in_language(section.title, self._locale.lang), (Sheet("", head, rows),))

    def _answer(self, one: Question, answers: Answers) -> str:
        if one.id not in answers:
            return "—"
        answer = answers[one.id]
        if answer is None:
            return self._locale.say("doc.diagnosis.does_not_apply", "does not apply")
        return f"{answer} — {in_language(self._asked.scale[answer], self._locale.lang)}"


def plain_score(score: Score) -> dict[str, Any]:
    """A score as JSON-like values; shares are exact, as ``"2/3"``."""

    def of(one: SectionScore) -> dict[str, Any]:
        shares = {"value": one.value, "lowest": one.lowest, "highest": one.highest}
        return {
            **{name: None if share is None else str(share) for name, share in shares.items()},
            "unanswered": list(one.unanswered),
            "not_applicable": list(one.not_applicable),
            "lost": [{"question": x.question.id, "clause": x.question.clause, "share": str(x.share)} for x in one.lost],
        }

    by_clause = {clause: str(share) for clause, share in score.by_clause.items()}
    return {
        "total": of(score.total),
        "sections": {one.section: of(one) for one in score.sections},
        "clauses": by_clause,
    }


# -- reading ----------------------------------------------------------------------------------------------------------


def _read(path: str | Path, what: str) -> tuple[str, dict[str, Any]]:
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
        return text, tomllib.loads(text, parse_float=Decimal)
    except OSError as wrong:
        raise RegulationFileError(f"cannot read {what} {str(path)!r}: {wrong.strerror}") from wrong
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise RegulationFileError(f"{str(path)!r} is not TOML: {wrong}") from wrong


def _meant(named: str | None, asked: str) -> None:
    if named not in (None, asked):
        raise RegulationFileError(f"these are answers to {named!r}, and not to {asked!r}")


def _several(name: str, given: object) -> list[Any]:
    if not isinstance(given, list):
        raise RegulationFileError(f"{name!r} must be a list, not {given!r}")
    return given


def _section(given: object) -> QuestionGroup:
    needs = ("id", "title", "question")
    raw = table("a section", given, needs=needs, may=needs, texts=("id",))
    questions = tuple(_question(raw["id"], one) for one in _several("question", raw["question"]))
    return QuestionGroup(raw["id"], texts_of(f"the title of {raw['id']!r}", raw["title"]), questions)


def _question(section: str, given: object) -> Question:
    needs = ("id", "text", "clause")
    raw = table(f"a question of {section!r}", given, needs=needs, may=(*needs, "weight"), texts=("id", "clause"))
    weight: Mapping[str, Any] = {"weight": raw["weight"]} if "weight" in raw else {}
    if weight and (isinstance(raw["weight"], bool) or not isinstance(raw["weight"], int | Decimal)):
        raise RegulationFileError(f"the weight of {raw['id']!r} must be a number such as 2, not {raw['weight']!r}")
    return Question(raw["id"], texts_of(f"the text of {raw['id']!r}", raw["text"]), raw["clause"], **weight)


def _answer(name: str, given: object) -> int | None:
    if given == NOT_APPLICABLE:
        return None
    if type(given) is not int:
        such = f'a step of the scale such as 2, or "{NOT_APPLICABLE}"'
        raise RegulationFileError(f"the answer to {name!r} must be {such}, not {given!r}")
    return given
