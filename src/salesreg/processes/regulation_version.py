"""The regulation itself: from a draft that is discussed to a text that everybody has acknowledged (R79–R100)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import salesreg.domain.regulations as texts
from salesreg.calendars import Term
from salesreg.domain.people import STAFF, Role
from salesreg.errors import Refusal
from salesreg.processes import Process, Sla, Stage, Step, Timer, anywhere, assigned, each, start, stay
from salesreg.processes._regulation_version_effects import (
    COMMENT_WINDOW,
    QUESTION_PAUSES,
    REVIEW,
    RegulationVersionEffects,
)
from salesreg.processes._regulation_version_guards import date_reached, lint_clean, number_fits, window_closed
from salesreg.regulation import Norm, Parameter, Strength

__all__ = ["COMMENT_WINDOW", "QUESTION_PAUSES", "RegulationVersion"]

# -- what the source leaves open --------------------------------------------------------------------------------------

APPROVER: Final = Parameter(
    "regulation_version.approver",
    Role,
    clause="R85",
    doc="Who approves a version of the regulation.",
    ru="Кто утверждает редакцию регламента.",
)

# -- the norms --------------------------------------------------------------------------------------------------------

ACKNOWLEDGE: Final = Norm(
    "regulation_version.acknowledge",
    "Whoever is bound by the rules of a published version acknowledges its text in time.",
    ru="Каждый, кого касаются правила опубликованной редакции, в срок знакомится с её текстом и подтверждает это.",
    clause="R84",
    binds=STAFF,
    term=Parameter(
        "regulation_version.acknowledge",
        Term,
        clause="R84",
        doc="How long a person may take to acknowledge a published version.",
        ru="Срок ознакомления с опубликованной редакцией.",
    ),
    control="the acknowledgement with the hash of the text",
    metric="K16",
)
CHANGES_DISCUSSED: Final = Norm(
    "regulation_version.changes_discussed",
    "Changes of the regulation are discussed with those who work by it, and told to them.",
    ru="Изменения регламента обсуждаются с теми, кто по нему работает, и доводятся до них.",
    clause="R83",
    control="the comments and the changelog",
    metric="K16",
)
ONLY_WHAT_CAN_BE_CHECKED: Final = Norm(
    "regulation_version.only_what_can_be_checked",
    "A rule is only what can be checked and bears on the result; a duty names who does what by when.",
    ru="Правилом становится то, что можно проверить и что влияет на результат; обязанность называет, кто, что и когда.",
    clause="R85",
    control="the check of the text before approval",
    metric="K16",
)
IN_WRITING: Final = Norm(
    "regulation_version.in_writing",
    "What is agreed by word of mouth is no part of the regulation.",
    ru="Устные договорённости частью регламента не являются.",
    clause="R86",
    strength=Strength.DEFINITION,
)
NO_LIABILITY_UNREAD: Final = Norm(
    "regulation_version.no_liability_unread",
    "Nobody is held to a rule that they had not acknowledged, and nobody is ever sanctioned over a recommendation.",
    ru="Никто не отвечает за правило, с которым не был ознакомлен; за рекомендации не взыскивают никогда.",
    clause="R88",
    strength=Strength.DEFINITION,
)

# -- who --------------------------------------------------------------------------------------------------------------

AUTHOR: Final = assigned(lambda version: version.author, "the author of the draft", "автор проекта")
WRITERS: Final = each(
    lambda version: (version.author, *version.writers),
    "whoever worked on the text",
    "работавшие над текстом",
)
READERS: Final = each(lambda version: version.readers, "everybody it binds", "все, кого она касается")
INVITED: Final = each(lambda version: version.invited, "those invited to comment", "приглашённые к обсуждению")
ASKERS: Final = each(lambda version: version.answered, "whoever asked", "задавшие вопросы")


class RegulationVersion(RegulationVersionEffects, Process[texts.RegulationVersion]):
    """From a draft of the regulation to a version in force that everybody has acknowledged."""

    id, version = "regulation_version", 1
    title, ru = "Regulation version", "Редакция регламента"
    open_to_newcomers = True

    draft = Stage(
        "Draft",
        ru="Проект",
        owner=Role.HEAD_OF_SALES,
        no_term="nobody waits for a draft",
        no_term_ru="пока это проект, его никто не ждёт",
    )
    discussion = Stage(
        "Discussion",
        ru="Обсуждение",
        owner=Role.HEAD_OF_SALES,
        no_term="comments are open until the instant that the version names",
        no_term_ru="замечания принимаются до момента, указанного в самой редакции",
    )
    approved = Stage(
        "Approved",
        ru="Утверждена",
        owner=Role.HEAD_OF_SALES,
        no_term="the head of sales chooses the day of publication",
        no_term_ru="день публикации выбирает руководитель отдела продаж",
    )
    published = Stage(
        "Published, being acknowledged",
        ru="Опубликована, идёт ознакомление",
        owner=Role.HEAD_OF_SALES,
        no_term="comes into force on its date; each reader has a clock of their own",
        no_term_ru="вступает в силу в свой день; у каждого читателя свой срок ознакомления",
    )
    in_force = Stage(
        "In force",
        ru="Действует",
        owner=Role.HEAD_OF_SALES,
        no_term="its review has a clock of its own",
        no_term_ru="у пересмотра свой срок",
    )
    superseded = Stage("Superseded", ru="Заменена", final=True)
    withdrawn = Stage("Withdrawn", ru="Отозвана", final=True)

    # -- the text -------------------------------------------------------------------------------------------------

    draft_version = Step(
        start(draft),
        "Draft a version",
        ru="Подготовить редакцию",
        by=Role.HEAD_OF_SALES,
        clause="R82",
        norms=[IN_WRITING],
    )
    revise_version = Step(
        stay(draft, discussion), "Revise the draft", ru="Доработать проект", by=Role.HEAD_OF_SALES, clause="R82"
    )
    open_discussion = Step(
        draft.to(discussion),
        "Open the discussion",
        ru="Открыть обсуждение",
        by=Role.HEAD_OF_SALES,
        notify=INVITED,
        clause="R83",
        norms=[CHANGES_DISCUSSED],
    )
    comment = Step(
        stay(discussion),
        "Comment on the draft",
        ru="Высказать замечание",
        by=STAFF,
        notify=AUTHOR,
        clause="R83",
        norms=[CHANGES_DISCUSSED],
    )
    approve_version = Step(
        discussion.to(approved),
        "Approve the version",
        ru="Утвердить редакцию",
        by=APPROVER,
        never=WRITERS,
        requires=[window_closed, number_fits, lint_clean],
        notify=Role.HEAD_OF_SALES,
        clause="R85",
        norms=[ONLY_WHAT_CAN_BE_CHECKED],
    )

    # -- its readers ----------------------------------------------------------------------------------------------

    publish_version = Step(
        approved.to(published),
        "Publish the version",
        ru="Опубликовать редакцию",
        by=Role.HEAD_OF_SALES,
        notify=READERS,
        clause="R83",
    )
    ask_to_acknowledge = Step(
        stay(published, in_force),
        "Ask newcomers to acknowledge it",
        ru="Направить на ознакомление новых сотрудников",
        by=[Role.HEAD_OF_SALES, Role.HR],
        notify=READERS,
        clause="R98",
    )
    acknowledge = Step(
        stay(published, in_force),
        "Acknowledge the text",
        ru="Ознакомлен(а)",
        by=STAFF,
        clause="R84",
        norms=[NO_LIABILITY_UNREAD],
    )
    raise_question = Step(
        stay(published, in_force),
        "Ask about the text",
        ru="Задать вопрос по тексту",
        by=STAFF,
        notify=Role.HEAD_OF_SALES,
        clause="R84",
    )
    answer_question = Step(
        stay(published, in_force),
        "Answer a question",
        ru="Ответить на вопрос",
        by=Role.HEAD_OF_SALES,
        notify=ASKERS,
        clause="R84",
    )

    # -- in force -------------------------------------------------------------------------------------------------

    put_in_force = Step(
        published.to(in_force),
        "Put the version in force",
        ru="Ввести в действие",
        by=Role.SYSTEM,
        requires=[date_reached],
        notify=READERS,
        clause="R98",
    )
    supersede_version = Step(
        in_force.to(superseded), "Supersede the version", ru="Заменить редакцию", by=Role.SYSTEM, clause="R82"
    )
    record_review = Step(
        stay(in_force), "Record a review", ru="Зафиксировать пересмотр", by=Role.HEAD_OF_SALES, clause="R97"
    )
    withdraw_version = Step(
        anywhere(withdrawn, but=[in_force]),
        "Withdraw the version",
        ru="Отозвать редакцию",
        by=[Role.HEAD_OF_SALES, Role.CEO],
        notify=READERS,
        clause="R82",
    )

    # -- clocks ---------------------------------------------------------------------------------------------------

    everybody_acknowledges = Sla(
        ACKNOWLEDGE,
        start=[publish_version, ask_to_acknowledge],
        stop=acknowledge,
        owner=each(
            lambda version: version.awaited,
            "each whom it binds",
            "каждый, кого она касается",
            waiting=lambda version: version.asking,
        ),
    )
    review_comes = Sla(REVIEW, start=[put_in_force, record_review], stop=record_review, owner=Role.HEAD_OF_SALES)
    comes_into_force = Timer(put_in_force, at=lambda version: version.effective_from, during=[published])

    @classmethod
    def keys(cls, data: texts.RegulationVersion) -> Iterable[str]:
        """The number of an approved version, and the version in force."""
        if data.approved_hash is not None and data.withdrawn_because is None:
            yield f"regulation.version:{data.number}"
        if data.review_due is not None and data.effective_to is None:
            yield texts.IN_FORCE_KEY

    @classmethod
    def key_refusal(cls, key: str, holder: str) -> Refusal:
        """Another version has the number, or is in force."""
        kind, _, number = key.partition(":")
        if kind == "regulation.version":
            return Refusal(
                "number_taken",
                f"version {number} is that of case {holder} already",
                ru=f"номер {number} уже у редакции дела {holder}",
                clause="R82",
                need="a number that no other version has",
                got=number,
            )
        return Refusal(
            "version_in_force",
            f"the version of case {holder} is in force: draft the new one as its successor",
            ru=f"действует редакция дела {holder}: готовьте новую на её основе",
            clause="R82",
            need="a version that names the one in force as its previous",
            got=holder,
        )
