"""What the steps of a regulation version demand of their payload, and what they do to the version.

The keyword arguments of a handler are the payload's schema: what a handler does not use is recorded in the event.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final

import attrs

from salesreg.calendars import Term
from salesreg.domain.instants import Instant
from salesreg.domain.people import Employee, Role
from salesreg.domain.plans import CompensationPlan
from salesreg.domain.regulations import Acknowledgement, Comment, Method, NormText, Question, RegulationVersion
from salesreg.errors import Refusal
from salesreg.processes._case import Attempt, CaseId, Ref
from salesreg.processes._guards import built, filled, reason_given
from salesreg.processes._regulation_version_guards import previous_of
from salesreg.regulation import Norm, Parameter

__all__ = [
    "COMMENT_WINDOW",
    "QUESTION_PAUSES",
    "REVIEW",
    "RegulationVersionEffects",
]

COMMENT_WINDOW: Final = Parameter(
    "regulation_version.comment_window",
    Term,
    clause="R83",
    doc="How long everybody may comment on a draft.",
    ru="Сколько времени открыто обсуждение проекта.",
)
QUESTION_PAUSES: Final = Parameter(
    "regulation_version.question_pauses",
    bool,
    clause="R84",
    doc="Whether a question about the text stops the asker's own clock until it is answered.",
    ru="Приостанавливает ли вопрос срок ознакомления того, кто его задал, до ответа.",
    default=True,
)
REVIEW: Final = Norm(
    "regulation_version.review",
    "The head of sales reviews the regulation in force against what is really done, again and again.",
    ru="Руководитель отдела продаж регулярно сверяет действующий регламент с реальной практикой.",
    clause="R97",
    binds=[Role.HEAD_OF_SALES],
    term=Parameter(
        "regulation_version.review",
        Term,
        clause="R97",
        doc="How long after coming into force, or after a review, the next review is due.",
        ru="Через сколько после ввода или пересмотра нужен следующий пересмотр.",
    ),
    control="the record of the review",
    metric="K16",
)

VersionId = Annotated[CaseId, Ref(RegulationVersion, process="regulation_version")]


def _in_force(attempt: Attempt, case_id: str) -> Iterator[Refusal]:
    stage = attempt.related[case_id].stage
    if stage != "in_force":
        yield Refusal(
            "not_in_force",
            f"version {attempt.related[case_id].data.number} is not the one in force",
            ru=f"редакция {attempt.related[case_id].data.number} не действует",
            clause="R82",
            need="the case of the version in force",
            got=stage,
        )


def _asked(version: RegulationVersion, attempt: Attempt, people: tuple[Employee, ...]) -> RegulationVersion:
    """The version with everybody asked whom its rules bind; what has not changed for them is carried over."""
    before = previous_of(version, attempt)
    for person in people:
        if not version.rules(person.roles) or version.acknowledgement(person.id) is not None:
            continue
        asked = Acknowledgement(person.id, version.content_hash, tuple(person.roles), attempt.at)
        known = None if before is None else before.acknowledgement(person.id)
        if (
            before is not None
            and known is not None
            and not before.unacknowledged(person.id, person.roles)
            and not version.changed_rules(before, person.roles)
        ):
            asked = attrs.evolve(asked, acknowledged_at=known.acknowledged_at, method=Method.CARRIED_OVER)
        version = version.with_acknowledgement(asked)
    return version


class RegulationVersionEffects:
    """The handlers of `RegulationVersion`, in the order of its steps."""

    def check_draft_version(
        self,
        attempt: Attempt,
        *,
        number: str,
        norms: tuple[NormText, ...],
        changelog: str = "",
        plans: tuple[CompensationPlan, ...] = (),
        enacts: str = "",
        previous: VersionId | None = None,
    ) -> Iterator[Refusal]:
        yield from built(
            lambda: RegulationVersion(number, attempt.by.id, norms, plans=plans),
            "bad_version",
            ru="ошибка",
            clause="R82",
        )
        if not norms:
            yield Refusal(
                "no_norms",
                "a regulation says something",
                ru="в регламенте нет норм",
                clause="R82",
                need="a norm",
                got=0,
            )
        if previous is not None:
            yield from filled(changelog, "no_changelog", "what is new", ru="что изменилось", clause="R83")
            yield from _in_force(attempt, previous)

    def on_draft_version(
        self,
        attempt: Attempt,
        *,
        number: str,
        norms: tuple[NormText, ...],
        changelog: str = "",
        plans: tuple[CompensationPlan, ...] = (),
        enacts: str = "",
        previous: VersionId | None = None,
    ) -> RegulationVersion:
        author = (attempt.on_behalf_of or attempt.by).id
        drafted = RegulationVersion(number, author, norms, changelog, plans, enacts, previous)
        return drafted.written_by(attempt.by.id)

    def check_revise_version(
        self,
        version: RegulationVersion,
        *,
        norms: tuple[NormText, ...],
        changelog: str,
        number: str | None = None,
        plans: tuple[CompensationPlan, ...] | None = None,
    ) -> Iterator[Refusal]:
        yield from filled(changelog, "no_changelog", "what is new", ru="что изменилось", clause="R83")
        yield from built(
            lambda: attrs.evolve(version, norms=norms, number=number or version.number),
            "bad_version",
            ru="ошибка",
            clause="R82",
        )

    def on_revise_version(
        self,
        version: RegulationVersion,
        attempt: Attempt,
        *,
        norms: tuple[NormText, ...],
        changelog: str,
        number: str | None = None,
        plans: tuple[CompensationPlan, ...] | None = None,
    ) -> RegulationVersion:
        revised = attrs.evolve(
            version,
            norms=norms,
            changelog=changelog,
            number=number or version.number,
            plans=version.plans if plans is None else plans,
        )
        return revised.written_by(attempt.by.id)

    def check_open_discussion(self, version: RegulationVersion, *, people: tuple[Employee, ...]) -> Iterator[Refusal]:
        yield from _somebody(version, people)

    def on_open_discussion(
        self, version: RegulationVersion, attempt: Attempt, *, people: tuple[Employee, ...]
    ) -> RegulationVersion:
        until = attempt.due(attempt.regulation.value(COMMENT_WINDOW))
        return attrs.evolve(version, comments_until=until, invited=tuple(person.id for person in people))

    def check_comment(
        self, version: RegulationVersion, attempt: Attempt, *, text: str, norm: str | None = None
    ) -> Iterator[Refusal]:
        yield from filled(text, "no_comment", "a comment", ru="замечание", clause="R83")
        if norm is not None and norm not in {one.id for one in version.norms}:
            yield Refusal(
                "no_such_norm",
                f"the draft has no norm {norm!r}",
                ru=f"в проекте нет нормы {norm!r}",
                clause="R83",
                need=tuple(one.id for one in version.norms),
                got=norm,
            )
        if version.comments_until is not None and attempt.at > version.comments_until:
            yield Refusal(
                "window_closed",
                "the time for comments is over",
                ru="срок обсуждения истёк",
                clause="R83",
                need=f"at or before {version.comments_until.isoformat()}",
                got=attempt.at.isoformat(),
            )

    def on_comment(
        self, version: RegulationVersion, attempt: Attempt, *, text: str, norm: str | None = None
    ) -> RegulationVersion:
        said = Comment(attempt.by.id, attempt.at, text, norm)
        return attrs.evolve(version, comments=(*version.comments, said))

    def check_approve_version(
        self, version: RegulationVersion, *, content_hash: str | None = None
    ) -> Iterator[Refusal]:
        """Whoever says which text they have read does not approve another one by mistake."""
        return _other_text(version, content_hash)

    def on_approve_version(
        self, version: RegulationVersion, attempt: Attempt, *, content_hash: str | None = None
    ) -> RegulationVersion:
        return attrs.evolve(version, approved_by=attempt.by.id, approved_hash=version.content_hash)

    def check_publish_version(
        self, version: RegulationVersion, attempt: Attempt, *, effective_from: Instant, people: tuple[Employee, ...]
    ) -> Iterator[Refusal]:
        if effective_from < attempt.at:
            yield Refusal(
                "in_the_past",
                "nobody can keep today what comes into force yesterday",
                ru="регламент не вводят задним числом",
                clause="R84",
                need=f"at or after {attempt.at.isoformat()}",
                got=effective_from.isoformat(),
            )
        yield from _somebody(version, people)

    def on_publish_version(
        self, version: RegulationVersion, attempt: Attempt, *, effective_from: Instant, people: tuple[Employee, ...]
    ) -> RegulationVersion:
        return _asked(attrs.evolve(version, effective_from=effective_from), attempt, people)

    def check_ask_to_acknowledge(
        self, version: RegulationVersion, *, people: tuple[Employee, ...]
    ) -> Iterator[Refusal]:
        return _somebody(version, people)

    def on_ask_to_acknowledge(
        self, version: RegulationVersion, attempt: Attempt, *, people: tuple[Employee, ...]
    ) -> RegulationVersion:
        return _asked(version, attempt, people)

    def check_acknowledge(
        self, version: RegulationVersion, attempt: Attempt, *, content_hash: str, roles: tuple[Role, ...] = ()
    ) -> Iterator[Refusal]:
        yield from _other_text(version, content_hash)
        if attempt.on_behalf_of is None and not version.unacknowledged(attempt.by.id, {*attempt.by.roles, *roles}):
            yield Refusal(
                "already_acknowledged",
                f"{attempt.by.full_name} has nothing left to acknowledge",
                ru=f"{attempt.by.full_name} уже ознакомлен(а)",
                clause="R84",
                need="rules that they have not acknowledged",
                got=version.number,
            )

    def on_acknowledge(
        self, version: RegulationVersion, attempt: Attempt, *, content_hash: str, roles: tuple[Role, ...] = ()
    ) -> RegulationVersion:
        """In all roles that the person holds, and in those that they say, such as one they are a deputy in."""
        known = version.acknowledgement(attempt.by.id)
        asked = attempt.at if known is None else known.requested_at
        covered = {*attempt.by.roles, *roles, *(known.roles if known is not None and known.acknowledged_at else ())}
        return version.with_acknowledgement(
            Acknowledgement(attempt.by.id, content_hash, tuple(covered), asked, attempt.at, Method.SIGNED)
        )

    def check_raise_question(self, version: RegulationVersion, attempt: Attempt, *, text: str) -> Iterator[Refusal]:
        yield from filled(text, "no_question", "a question", ru="вопрос", clause="R84")
        if attempt.by.id not in version.awaited:
            yield Refusal(
                "nothing_asked_of_them",
                f"{attempt.by.full_name} is not asked to acknowledge this version",
                ru=f"{attempt.by.full_name} не должен знакомиться с этой редакцией",
                clause="R84",
                need="somebody whose acknowledgement is awaited",
                got=attempt.by.id,
            )

    def on_raise_question(self, version: RegulationVersion, attempt: Attempt, *, text: str) -> RegulationVersion:
        question = Question(attempt.by.id, text, attempt.at, attempt.regulation.value(QUESTION_PAUSES))
        return attrs.evolve(version, questions=(*version.questions, question))

    def check_answer_question(
        self, version: RegulationVersion, *, employee: Employee, answer: str
    ) -> Iterator[Refusal]:
        yield from filled(answer, "no_answer", "an answer", ru="ответ", clause="R84")
        if not any(one.employee == employee.id and one.answer is None for one in version.questions):
            yield Refusal(
                "no_question",
                f"{employee.full_name} has no open question",
                ru=f"у {employee.full_name} нет вопросов без ответа",
                clause="R84",
                need="an open question",
                got=employee.id,
            )

    def on_answer_question(
        self, version: RegulationVersion, attempt: Attempt, *, employee: Employee, answer: str
    ) -> RegulationVersion:
        """Every open question of that person is answered at once."""
        answered = tuple(
            attrs.evolve(one, answer=answer, answered_by=attempt.by.id, answered_at=attempt.at)
            if one.employee == employee.id and one.answer is None
            else one
            for one in version.questions
        )
        return attrs.evolve(version, questions=answered)

    def on_put_in_force(self, version: RegulationVersion, attempt: Attempt) -> RegulationVersion:
        return _to_review(version, attempt)

    def check_supersede_version(
        self, version: RegulationVersion, attempt: Attempt, *, successor: VersionId
    ) -> Iterator[Refusal]:
        return _in_force(attempt, successor)

    def on_supersede_version(
        self, version: RegulationVersion, attempt: Attempt, *, successor: VersionId
    ) -> RegulationVersion:
        return attrs.evolve(version, effective_to=attempt.related[successor].data.effective_from)

    def check_record_review(self, version: RegulationVersion, *, summary: str) -> Iterator[Refusal]:
        return filled(summary, "no_summary", "what the review found", ru="итог пересмотра", clause="R97")

    def on_record_review(self, version: RegulationVersion, attempt: Attempt, *, summary: str) -> RegulationVersion:
        return _to_review(version, attempt)

    def check_withdraw_version(self, version: RegulationVersion, *, reason: str) -> Iterator[Refusal]:
        return reason_given(reason, "R82")

    def on_withdraw_version(self, version: RegulationVersion, *, reason: str) -> RegulationVersion:
        return attrs.evolve(version, withdrawn_because=reason)


def _to_review(version: RegulationVersion, attempt: Attempt) -> RegulationVersion:
    term = attempt.regulation.term(REVIEW)
    return attrs.evolve(version, review_due=None if term is None else attempt.due(term))


def _other_text(version: RegulationVersion, content_hash: str | None) -> Iterator[Refusal]:
    if content_hash is not None and content_hash != version.content_hash:
        yield Refusal(
            "other_text",
            "this is not the text of the version",
            ru="это не текст этой редакции",
            clause="R84",
            need=version.content_hash,
            got=content_hash,
        )


def _somebody(version: RegulationVersion, people: tuple[Employee, ...]) -> Iterator[Refusal]:
    if not any(version.rules(person.roles) for person in people):
        yield Refusal(
            "nobody_affected",
            "none of these people is bound by the version's rules",
            ru="никого из этих сотрудников правила редакции не касаются",
            clause="R83",
            need="the people whom the rules bind",
            got=tuple(person.id for person in people),
        )
