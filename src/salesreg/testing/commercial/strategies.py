"""Hypothesis strategies for the entities of the commercial service, beside those of the kernel.

Importing this module teaches them to `salesreg.testing.strategies`, so that payloads of the shipped processes can be
drawn, and ``@given`` draws them by their annotations.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import cache, partial
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from msgspec.structs import replace

from salesreg.commercial.domain.clients import ClientDraft, ClientKind, Contact, Counterparty
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.prices import PriceItem, QuoteLine
from salesreg.commercial.domain.questionnaires import Question, QuestionGroup, Questionnaire
from salesreg.commercial.rulebook import example
from salesreg.process import Case, Process
from salesreg.rules import Regulation
from salesreg.testing import strategies as kernel
from salesreg.testing._cases import ONLY
from salesreg.testing.commercial.desk import Desk
from salesreg.testing.commercial.fitted import fitted
from salesreg.testing.commercial.people import STAFF, moscow
from salesreg.testing.strategies import Scene, teach

_TO_CONTRACT: Final = (
    "start_price_negotiation", "complete_questionnaire", "confirm_client_readiness", "submit_for_approval",
    "approve_quote", "open_deal", "assign_specialist", "draft_contract", "obtain_ceo_signature", "hand_over_contract",
    "dispatch_contract", "record_scan_return",
)  # fmt: skip
_TO_WORK: Final = (
    "start_draft",
    "submit_draft_to_client",
    "record_client_approval",
    "launch_order",
    "report_work_done",
)
_OTHERWISE: Final[dict[str, tuple[dict[str, Any], ...]]] = {
    "inquiry.receive_inquiry": ({"activity": "topic.invoice"},),
    "call_contact.record_result": tuple(
        {"disposition": one} for one in ("no_answer", "need_identified", "do_not_call")
    ),
}
"""Where what is usual leads to one end only, what leads to others."""
_WEIGHTS: Final = (2, 4, 10, 3, 5, 9, 4, 6, 8)


def money(*, most: int = 1_000_000) -> SearchStrategy[Money]:
    """Positive amounts in roubles, to the kopeck."""
    return st.decimals(Decimal("0.01"), Decimal(most), places=2, allow_nan=False, allow_infinity=False).map(Money)


@st.composite
def tax_ids(draw: st.DrawFn) -> str:
    """Tax ids of legal entities with a right check digit."""
    body = f"{draw(st.integers(1000, 9999))}{draw(st.integers(1, 99_999)):05}"
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, body, strict=True))
    return f"{body}{total % 11 % 10}"


def quote_lines() -> SearchStrategy[QuoteLine]:
    """Lines of a quote with and without a discount."""
    return st.builds(
        QuoteLine,
        st.sampled_from(["CERT", "TEST", "POLICY"]),
        money(),
        st.integers(0, 30).map(Decimal),
        st.just(Decimal(1)),
    )


def questionnaires() -> SearchStrategy[Questionnaire]:
    """Questionnaires of one section, with one to three questions."""
    questions = st.lists(st.sampled_from(["in_time", "recorded", "polite"]), min_size=1, unique=True)
    scale = ({"en": "no"}, {"en": "in part"}, {"en": "yes"})

    def asked(names: list[str], version: str) -> Questionnaire:
        group = QuestionGroup("work", {"en": "Work"}, tuple(Question(one, {"en": f"{one}?"}, "R43") for one in names))
        return Questionnaire("audit", version, {"en": "Audit"}, scale, (group,))

    return st.builds(asked, questions, st.sampled_from(["1", "2"]))


def price_lists() -> SearchStrategy[tuple[PriceItem, ...]]:
    """Lists of one to six items, each with a code of its own and a positive price."""
    codes = st.lists(st.sampled_from(["CERT", "TEST", "POLICY", "AUDIT", "VISIT", "COPY"]), min_size=1, unique=True)

    def priced(found: list[str]) -> SearchStrategy[tuple[PriceItem, ...]]:
        return st.tuples(*(money().map(partial(PriceItem, code, code.title(), "piece")) for code in found))

    return codes.flatmap(priced)


def usually(scene: Scene) -> SearchStrategy[dict[str, Any]]:
    """What a step is usually given, fitted to the moment; for `process_machine` with the people of the department."""

    def made(serial: int, number: int) -> dict[str, Any]:
        return fitted(
            scene.step,
            at=scene.at,
            case=scene.case,
            known=scene.known,
            serial=serial,
            pick=lambda several: several[number % len(several)],
        )

    return st.builds(made, st.integers(1, 9), st.integers(0, 5))


def _alone(scene: Scene) -> SearchStrategy[dict[str, Any]]:
    """What is usual where no engine stands by: with a number of one's own, and all cases that there are."""
    page: Any = scene.step.page
    fields = page.table.specs[scene.step.id].payload.fields
    numbered = page.id != "regulation_version" and "number" in {field.name for field in fields}
    free = {"number": "N-1"} if numbered else {}
    refs = {field.name: scene.known.get(field.ref.process, ()) for field in fields if field.ref is not None}

    def added(given: dict[str, Any]) -> dict[str, Any]:
        after = {"successor": refs["successor"][0]} if refs.get("successor") else {}
        named = {name: refs[name] for name, it in given.items() if it == () and refs.get(name)}
        return {**free, **given, **named, **after}

    others = st.sampled_from(({}, *_OTHERWISE.get(f"{page.id}.{scene.step.id}", ())))
    return st.builds(lambda given, other: {**added(given), **other}, usually(scene), others)


@cache
def _example() -> Regulation:
    """The example, but that whoever was not reached is called again, lest a stage be out of reach."""
    return example().with_settings({"call_contact.retries": 2})


@cache
def _department() -> tuple[Case[Any], ...]:
    """A deal in force, its order done and its papers handed over, a price list and a campaign: what payloads name."""
    desk = Desk()
    desk.begin("sale", "register_prospect", case="D")
    desk.take("D", *_TO_CONTRACT)
    desk.begin("work_order", "receive_work_order", case="W")
    desk.take("W", *_TO_WORK)
    desk.begin("document_package", "open_day", case="P")
    desk.take("P", "request_signed_package", "hand_over_package")
    desk.begin("price_change", "adopt_base_list", case="B")
    desk.begin("call_campaign", "draft_campaign", case="C")
    desk.take("C", "issue_campaign", "start_campaign")
    return desk.engine.cases()


@cache
def _paid() -> Case[Any]:
    """An invoice for the order that is drawn, paid."""
    desk = Desk()
    desk.begin("sale", "register_prospect", case="D")
    desk.take("D", *_TO_CONTRACT)
    desk.begin("work_order", "receive_work_order", case=ONLY)
    desk.take(ONLY, *_TO_WORK)
    (invoice,) = desk.engine.cases("invoice")
    desk.take(invoice, "issue_invoice", "send_invoice")
    return desk.take(invoice, "record_payment", amount=desk.case(invoice.id).data.remaining)


@cache
def _successors() -> tuple[Case[Any], ...]:
    """A price list and a version of the regulation that come after any that is drawn."""
    desk = Desk(start=moscow(2).replace(year=2029))
    desk.begin("price_change", "adopt_base_list", case="A")
    desk.begin("regulation_version", "draft_version", case="A.regulation")
    desk.take("A.regulation", "open_discussion")
    desk.later(dt.timedelta(days=30)).take("A.regulation", "approve_version")
    desk.take("A.regulation", "publish_version", effective_from=desk.clock.now() + dt.timedelta(days=30))
    desk.later(dt.timedelta(days=30)).take("A.regulation", "put_in_force")
    return tuple(replace(one, last_at=moscow(2)) for one in desk.engine.cases() if one.id.startswith("A"))


def _beside(process: type[Process[Any]], stage: object) -> tuple[Case[Any], ...]:
    """What there is beside a case: no list of prices but to those that change it; some ends follow from other cases."""
    found = tuple(one for one in _department() if one.process != "price_change" or process.id == "price_change")
    match process.id, getattr(stage, "id", stage):
        case "work_order", "closed":
            return (*found, _paid())
        case _, "superseded":
            return (*_successors(), *found)
    return found


def cases(process: type[Process[Any]], **given: Any) -> SearchStrategy[Case[Any]]:
    """Cases of a shipped process in any stage, or in the one that is asked for, led there by the department's staff.

    Args:
        process: the process.
        given: as to `salesreg.testing.strategies.cases`; the regulation is the example, and there is a deal in force.
    """
    beside = _beside(process, given.get("stage"))
    usual = {"regulation": _example(), "related": beside, "people": STAFF, "usually": _alone}
    return kernel.cases(process, **{**usual, **given})


def _contacts() -> SearchStrategy[Contact]:
    phones = st.sampled_from(["+7 495 000-00-01", "+7 495 000-00-02"])
    return st.builds(Contact, st.just("D. Ivanov"), phone=phones, email=st.just("ivanov@client.example"))


def _drafts() -> SearchStrategy[ClientDraft]:
    firms = st.sampled_from([("7707083893", "770701001"), ("7736050003", "773601001")])
    return firms.map(lambda ids: ClientDraft("Client", ClientKind.B2B, inn=ids[0], kpp=ids[1]))


def _counterparties() -> SearchStrategy[Counterparty]:
    return tax_ids().map(lambda inn: Counterparty(f"cp-{inn}", "Client", inn, "770701001"))


for _kind, _strategy in (
    (Money, money),
    (QuoteLine, quote_lines),
    (Contact, _contacts),
    (ClientDraft, _drafts),
    (Counterparty, _counterparties),
    (Questionnaire, questionnaires),
):
    teach(_kind, _strategy)
