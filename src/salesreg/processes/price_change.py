"""The base price list: from a manager's proposal to the prices in force (R35–R39)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from salesreg.calendars import Term
from salesreg.domain.people import Role
from salesreg.domain.price_changes import IN_FORCE_KEY, OpenQuotes, PriceChangeProposal
from salesreg.errors import Refusal
from salesreg.processes import STAGE_OWNER, Process, Stage, Step, Timer, assigned, each, start, stay
from salesreg.processes._price_change_effects import RETROACTIVE, PriceChangeEffects
from salesreg.processes._price_change_guards import (
    COMPOSITION,
    base_stands,
    composition_allowed,
    date_reached,
    has_lines,
    lines_fit,
    rationale_given,
)
from salesreg.regulation import Norm, Parameter

__all__ = ["COMPOSITION", "OPEN_QUOTES", "RETROACTIVE", "PriceChange"]

# -- what the source leaves open --------------------------------------------------------------------------------------

OPEN_QUOTES: Final = Parameter(
    "price_change.open_quotes",
    OpenQuotes,
    clause="R38",
    doc="What a new base price list does to quotes that name a changed item; signed contracts always keep theirs.",
    ru="Что новый базовый прайс меняет в открытых прайсах клиентов; подписанные договоры сохраняют свои цены.",
)


def _open_term(name: str, clause: str, doc: str, ru: str) -> Parameter[Term]:
    return Parameter(f"price_change.{name}", Term, clause=clause, doc=doc, ru=ru)


# -- by when ----------------------------------------------------------------------------------------------------------

HEAD_DECIDES: Final = Norm(
    "price_change.head_decides",
    "The head of the commercial department passes a proposal on, returns it or rejects it in time.",
    ru="Руководитель коммерческого отдела в срок передаёт предложение дальше, возвращает или отклоняет его.",
    clause="R36",
    binds=[Role.HEAD_OF_COMMERCIAL],
    term=_open_term("head_decides", "R36", "How long the head may take.", "Срок рассмотрения у руководителя."),
    control="the head's decision on the proposal",
    metric="share of proposals decided in time",
)
CEO_DECIDES: Final = Norm(
    "price_change.ceo_decides",
    "The general director approves a proposal, returns it or rejects it in time.",
    ru="Генеральный директор в срок утверждает предложение, возвращает или отклоняет его.",
    clause="R36",
    binds=[Role.CEO],
    term=_open_term("ceo_decides", "R36", "How long the general director may take.", "Срок у генерального директора."),
    control="the general director's decision on the proposal",
    metric="share of proposals decided in time",
)
APPLY: Final = Norm(
    "price_change.apply",
    "IT enters the approved prices in the system in time, and nothing else.",
    ru="IT-отдел в срок вносит в систему утверждённые цены — и только их.",
    clause="R37",
    binds=[Role.IT_STAFF],
    term=_open_term("apply", "R37", "How long entering the prices may take.", "Срок внесения цен в систему."),
    control="the content hash of what was entered",
    metric="share of price lists entered in time",
)

# -- what must be so --------------------------------------------------------------------------------------------------

ONE_LIST_IN_FORCE: Final = Norm(
    "price_change.one_list_in_force",
    "From the first base price list on, exactly one is in force at every moment; a new one ends the one before it.",
    ru="С первого базового прайса в каждый момент действует ровно один; новый прекращает действие прежнего.",
    clause="R37",
    control="the unique key of the list in force",
    metric="K17",
)
ONE_PROPOSAL_PER_ITEM: Final = Norm(
    "price_change.one_proposal_per_item",
    "Until approved prices are in force, no other proposal on the same item is approved.",
    ru="Пока утверждённые цены не введены, другое предложение по той же позиции не утверждается.",
    clause="R36",
    control="the unique key of the item",
    metric="K17",
)

# -- who --------------------------------------------------------------------------------------------------------------

AUTHOR: Final = assigned(lambda proposal: proposal.author, "the author of the proposal", "автор предложения")
AUTHORS: Final = each(
    lambda proposal: (proposal.author, *proposal.deputies),
    "the author of the proposal or a deputy who worked on it",
    "автор предложения и работавший над ним заместитель",
)


class PriceChange(PriceChangeEffects, Process[PriceChangeProposal]):
    """From a manager's proposal to a base price list in force."""

    id, version = "price_change", 1
    title, ru = "Base price list change", "Изменение базового прайса"

    draft = Stage(
        "Draft",
        ru="Черновик",
        owner=AUTHOR,
        no_term="nobody waits for a proposal that is not yet made",
        no_term_ru="пока предложение не внесено, его никто не ждёт",
    )
    submitted = Stage("With the head", ru="У руководителя", owner=Role.HEAD_OF_COMMERCIAL, term=HEAD_DECIDES)
    awaiting_ceo = Stage("With the general director", ru="У генерального директора", owner=Role.CEO, term=CEO_DECIDES)
    approved = Stage(
        "Approved",
        ru="Утверждено",
        owner=Role.HEAD_OF_COMMERCIAL,
        no_term="the head chooses the date on which the prices change",
        no_term_ru="дату смены цен выбирает руководитель",
    )
    scheduled = Stage("With IT", ru="Передано в IT", owner=Role.IT_STAFF, term=APPLY)
    applied = Stage(
        "Applied",
        ru="Внесено",
        owner=Role.SYSTEM,
        no_term="starts on its date",
        no_term_ru="вступит в действие в назначенный день",
    )
    in_force = Stage(
        "In force",
        ru="Действует",
        owner=Role.HEAD_OF_COMMERCIAL,
        no_term="applies until another list takes its place",
        no_term_ru="действует, пока его не сменит другой прайс",
    )
    returned = Stage(
        "Returned for rework",
        ru="На доработке",
        owner=AUTHOR,
        no_term="the author may also withdraw it",
        no_term_ru="автор вправе и отозвать предложение",
    )
    superseded = Stage("Superseded", ru="Заменено", final=True)
    rejected = Stage("Rejected", ru="Отклонено", final=True)
    withdrawn = Stage("Withdrawn", ru="Отозвано", final=True)

    # -- the proposal ---------------------------------------------------------------------------------------------

    draft_proposal = Step(
        start(draft), "Draft a proposal", ru="Подготовить предложение", by=Role.SALES_MANAGER, clause="R35"
    )
    edit_proposal = Step(
        stay(draft, returned),
        "Edit the proposal",
        ru="Изменить предложение",
        by=Role.SALES_MANAGER,
        only=AUTHOR,
        clause="R35",
    )
    submit_proposal = Step(
        draft.to(submitted) | returned.to(submitted),
        "Submit the proposal",
        ru="Внести предложение",
        by=Role.SALES_MANAGER,
        only=AUTHOR,
        requires=[rationale_given, has_lines, base_stands, lines_fit, composition_allowed],
        notify=Role.HEAD_OF_COMMERCIAL,
        clause="R35",
    )
    endorse_proposal = Step(
        submitted.to(awaiting_ceo),
        "Pass to the general director",
        ru="Передать генеральному директору",
        by=Role.HEAD_OF_COMMERCIAL,
        never=AUTHORS,
        notify=Role.CEO,
        clause="R36",
    )
    return_proposal = Step(
        submitted.to(returned) | awaiting_ceo.to(returned),
        "Return for rework",
        ru="Вернуть на доработку",
        by=STAGE_OWNER,
        notify=AUTHOR,
        clause="R36",
    )
    reject_proposal = Step(
        submitted.to(rejected) | awaiting_ceo.to(rejected),
        "Reject the proposal",
        ru="Отклонить предложение",
        by=STAGE_OWNER,
        notify=AUTHOR,
        clause="R36",
    )
    approve_proposal = Step(
        awaiting_ceo.to(approved),
        "Approve the proposal",
        ru="Утвердить предложение",
        by=Role.CEO,
        never=AUTHORS,
        requires=[base_stands],
        notify=[Role.HEAD_OF_COMMERCIAL, Role.IT_STAFF],
        clause="R36",
        norms=[ONE_PROPOSAL_PER_ITEM],
    )
    withdraw_proposal = Step(
        draft.to(withdrawn) | returned.to(withdrawn) | submitted.to(withdrawn) | awaiting_ceo.to(withdrawn),
        "Withdraw the proposal",
        ru="Отозвать предложение",
        by=AUTHOR,
        notify=Role.HEAD_OF_COMMERCIAL,
        clause="R35",
    )
    # The approval is of the resulting list, so the same lines on another base list are approved anew.
    rebase_proposal = Step(
        stay(draft, returned, submitted, awaiting_ceo)
        | approved.to(awaiting_ceo)
        | scheduled.to(awaiting_ceo)
        | applied.to(awaiting_ceo),
        "Rebase on the list in force",
        ru="Перенести на действующий прайс",
        by=[AUTHOR, Role.HEAD_OF_COMMERCIAL, Role.SYSTEM],
        notify=[AUTHOR, STAGE_OWNER],
        clause="R36",
    )
    revoke_approval = Step(
        approved.to(returned) | scheduled.to(returned) | applied.to(returned),
        "Revoke the approval",
        ru="Отозвать утверждение",
        by=Role.CEO,
        notify=[AUTHOR, Role.HEAD_OF_COMMERCIAL, Role.IT_STAFF],
        clause="R36",
    )

    # -- the list -------------------------------------------------------------------------------------------------

    adopt_base_list = Step(
        start(in_force),
        "Adopt the first base price list",
        ru="Принять первый базовый прайс",
        by=[Role.IT_STAFF, Role.CEO],
        clause="R37",
        norms=[ONE_LIST_IN_FORCE],
    )
    schedule_application = Step(
        approved.to(scheduled),
        "Set the date",
        ru="Назначить дату ввода",
        by=Role.HEAD_OF_COMMERCIAL,
        requires=[base_stands],
        notify=Role.IT_STAFF,
        clause="R37",
    )
    # Entering the same list again changes nothing: IT may repeat what it is not sure of.
    apply_price_list = Step(
        scheduled.to(applied) | stay(applied),
        "Enter the prices in the system",
        ru="Внести в систему",
        by=Role.IT_STAFF,
        notify=Role.HEAD_OF_COMMERCIAL,
        clause="R37",
    )
    put_in_force = Step(
        applied.to(in_force),
        "Put the list in force",
        ru="Ввести в действие",
        by=Role.SYSTEM,
        requires=[date_reached, base_stands],
        notify=[Role.SALES_MANAGER, Role.COMMERCIAL_SPECIALIST, Role.FINANCE],
        clause="R37",
        norms=[ONE_LIST_IN_FORCE],
    )
    supersede_price_list = Step(
        in_force.to(superseded),
        "Supersede the list",
        ru="Заменить прайс",
        by=Role.SYSTEM,
        clause="R37",
        norms=[ONE_LIST_IN_FORCE],
    )
    revert_price_list = Step(
        start(awaiting_ceo),
        "Propose to take the last change back",
        ru="Предложить вернуть прежний прайс",
        by=Role.HEAD_OF_COMMERCIAL,
        notify=Role.CEO,
        clause="R36",
    )

    comes_into_force = Timer(put_in_force, at=lambda proposal: proposal.effective_from, during=[applied])

    # -- one of each ----------------------------------------------------------------------------------------------

    @classmethod
    def keys(cls, data: PriceChangeProposal) -> Iterable[str]:
        """The list in force, the names of lists, and the items that approved prices are about to change."""
        if data.price_list is not None:
            yield f"base_price_list.version:{data.version}"
            if data.price_list.effective_to is None:
                yield IN_FORCE_KEY
        elif data.approval is not None:
            yield f"base_price_list.version:{data.version}"
            yield from (f"price_item:{code}" for code in sorted(data.touched))

    @classmethod
    def key_refusal(cls, key: str, holder: str) -> Refusal:
        """Another proposal on the item is approved, a list of that name exists, or one is in force already."""
        kind, _, what = key.partition(":")
        if kind == "price_item":
            return Refusal(
                "item_in_another_proposal",
                f"the approved proposal {holder} changes {what!r} and is not in force yet",
                ru=f"позицию {what!r} меняет утверждённое и ещё не введённое предложение {holder}",
                clause="R36",
                need="an item that no other approved proposal changes",
                got=what,
            )
        if kind == "base_price_list.version":
            return Refusal(
                "version_taken",
                f"the base price list of case {holder} has the version {what!r} already",
                ru=f"версия {what!r} уже есть у прайса дела {holder}",
                clause="R37",
                need="a version that no other list has",
                got=what,
            )
        return Refusal(
            "list_in_force",
            f"the base price list of case {holder} is in force: propose a change of it",
            ru=f"действует базовый прайс дела {holder}: внесите предложение о его изменении",
            clause="R37",
            need="no base price list in force",
            got=holder,
        )
