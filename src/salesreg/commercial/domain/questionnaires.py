"""Questionnaires: questions with a weight and a clause, one scale, and what answers score, exactly (R104)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Final, TypeAlias

import attrs

from salesreg.commercial.domain.records import Record, exact, once, said
from salesreg.errors import DomainError
from salesreg.rules.texts import says_nothing

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,80}")
_LEAST, _MOST, _PLACES = Decimal("0.001"), Decimal(1000), 6

Words: TypeAlias = Mapping[str, str]
"""What a sentence says in each language, by its code; English is always there."""

Answers: TypeAlias = Mapping[str, int | None]
"""The step of the scale that answers each question, by the question's id, 0 for the lowest; None: not applicable."""


def in_language(words: Words, lang: str) -> str:
    """What is said in a language; in English where nobody has translated it."""
    return words.get(lang) or words["en"]


def _named(id: str) -> None:
    if not _NAME.fullmatch(id):
        text = "'{got}' is no id: it has letters of the Latin alphabet, digits, _ and -"
        raise DomainError("question_unnamed", text, got=id[:80])


def _worded(what: str, words: Words) -> None:
    if says_nothing(words.get("en", "")):
        raise DomainError("questionnaire_unsaid", "'{what}' says nothing in English (en)", what=what)


@attrs.frozen
class Question(Record):
    """One question.

    Attributes:
        weight: how much it counts beside the others, from 0.001 to 1000, with six places at most.
        clause: the requirement that it asks about.
    """

    id: str
    text: Words
    clause: str
    weight: Decimal = Decimal(1)

    def _check(self) -> None:
        _named(self.id)
        _worded(self.id, self.text)
        said(self.clause, "question_without_clause", "the question '{got}' names no clause", got=self.id)
        text, need = "the weight of the question '{name}' is a number from {need}, not {got}", f"{_LEAST} to {_MOST}"
        weight = exact(self.weight, "question_weight", text, name=self.id, need=need)
        finite = weight.is_finite() and _LEAST <= weight <= _MOST
        if not finite or -int(weight.as_tuple().exponent) > _PLACES:
            raise DomainError("question_weight", text, name=self.id, need=need, got=str(weight))
        self._set("weight", weight)


@attrs.frozen
class QuestionGroup(Record):
    """Questions about one subject, scored together."""

    id: str
    title: Words
    questions: tuple[Question, ...]

    def _check(self) -> None:
        _named(self.id)
        _worded(self.id, self.title)
        if not self.questions:
            raise DomainError("questions_missing", "the section '{got}' asks nothing", got=self.id)


@attrs.frozen
class Questionnaire(Record):
    """A questionnaire.

    Attributes:
        scale: what may be answered, the worst first; the best scores all, and the others are evenly apart.
    """

    id: str
    version: str
    title: Words
    scale: tuple[Words, ...]
    sections: tuple[QuestionGroup, ...]

    def _check(self) -> None:
        _named(self.id)
        _worded(self.id, self.title)
        for number, step in enumerate(self.scale):
            _worded(f"{self.id}.scale.{number}", step)
        if len(self.scale) < 2:
            raise DomainError("questionnaire_scale", "a scale has two steps at least, the worst first")
        if not self.sections:
            raise DomainError("questions_missing", "the section '{got}' asks nothing", got=self.id)
        twice = "'{got}' stands twice in the questionnaire: answers could not tell which is meant"
        once((one.id for one in self.sections), "question_twice", twice)
        once((one.id for one in self.questions()), "question_twice", twice)

    def questions(self) -> Iterator[Question]:
        """All of them, in order."""
        return (question for section in self.sections for question in section.questions)

    def score(self, answers: Answers) -> Score:
        """What the answers score: each question its share of the scale, weighted.

        What is unanswered or not applicable stands in no score; both are told apart, and what the unanswered ones could
        still make of the total are its bounds.

        Raises:
            DomainError: an answer is to no question, or is no step of the scale.
        """
        known, best = {one.id for one in self.questions()}, len(self.scale) - 1
        for name, answer in answers.items():
            if name not in known:
                text = "the questionnaire has no question '{got}'"
                raise DomainError("answer_to_nothing", text, need=tuple(sorted(known)), got=name)
            if answer is not None and (type(answer) is not int or not 0 <= answer <= best):
                text = "{got} is no answer to '{question}': the scale goes from 0 to {need}"
                raise DomainError("answer_off_scale", text, need=best, got=answer, question=name)
        sections = tuple(_scored(section.id, section.questions, answers, best) for section in self.sections)
        return Score(sections, _scored("", tuple(self.questions()), answers, best))


@attrs.frozen
class Lost:
    """What one answer takes from a score: so much of the whole, by which clause."""

    question: Question
    answer: int
    share: Fraction


@attrs.frozen
class SectionScore:
    """What the answers of a section score, or of all sections.

    Attributes:
        section: the id of the section; empty for all.
        value: the weighted share of what could be scored, from 0 to 1; None where nothing is answered.
        lowest, highest: the same if every unanswered question had the worst, or the best answer; None where no question
            applies.
        unanswered, not_applicable: the ids of the questions.
        lost: what lowered the value, most first; together they are what it lacks to 1.
    """

    section: str
    value: Fraction | None
    lowest: Fraction | None
    highest: Fraction | None
    unanswered: tuple[str, ...]
    not_applicable: tuple[str, ...]
    lost: tuple[Lost, ...]


@attrs.frozen
class Score:
    """What the answers to a questionnaire score, by section and in total."""

    sections: tuple[SectionScore, ...]
    total: SectionScore

    @property
    def by_clause(self) -> Mapping[str, Fraction]:
        """How much of the total is lost by each clause, most first."""
        found: dict[str, Fraction] = {}
        for one in self.total.lost:
            found[one.question.clause] = found.get(one.question.clause, Fraction(0)) + one.share
        return dict(sorted(found.items(), key=lambda one: (-one[1], one[0])))


def _scored(section: str, questions: tuple[Question, ...], answers: Answers, best: int) -> SectionScore:
    given = {one.id: answer for one in questions if (answer := answers.get(one.id)) is not None}
    weighed = {one.id: Fraction(one.weight) for one in questions}
    answered = sum((weighed[name] for name in given), Fraction(0))
    scored = sum((weighed[name] * answer / best for name, answer in given.items()), Fraction(0))
    unanswered = tuple(one.id for one in questions if one.id not in answers)
    left = sum((weighed[name] for name in unanswered), Fraction(0))
    lost = (
        Lost(one, given[one.id], weighed[one.id] * (best - given[one.id]) / best / answered)
        for one in questions
        if one.id in given and given[one.id] < best
    )
    return SectionScore(
        section,
        scored / answered if answered else None,
        scored / (answered + left) if answered + left else None,
        (scored + left) / (answered + left) if answered + left else None,
        unanswered,
        tuple(one.id for one in questions if one.id in answers and answers[one.id] is None),
        tuple(sorted(lost, key=lambda one: -one.share)),
    )
