"""Nobody who asked not to be called is called: however the number is written, wherever and whenever they said so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Final

from hypothesis import example, given, settings
from hypothesis import strategies as st

from salesreg.commercial.domain.campaigns import BaseSource, CampaignContact, ContactBase
from salesreg.commercial.domain.clients import ClientDraft, Contact
from salesreg.commercial.domain.phones import spelled
from salesreg.errors import DomainError, StepRefused
from salesreg.testing.commercial import STAFF, Desk, moscow

PEOPLE: Final = ("4951111111", "4232223344", "9161234567")
SIGNS: Final = st.text("0123456789+-() .,;/#*~доб.внx\u00a0", max_size=24)


@st.composite
def ways_to_write(draw: st.DrawFn, digits: str) -> str:
    """One Russian number, as different people write it."""
    gap = draw(st.sampled_from(["", " ", "-", ".", "\u00a0"]))
    code = draw(st.sampled_from([digits[:3], f"({digits[:3]})"]))
    rest = gap.join((digits[3:6], digits[6:8], digits[8:]))
    prefix = draw(st.sampled_from(["+7", "8", "", "+7 ", "8 ", "8-", "810 7 ", "7"]))
    extension = draw(st.sampled_from(["", "", " доб. 12", ", доб.7", " (вн. 3)", " x5", " ext. 88", " добавочный 4"]))
    return f"{prefix}{code}{gap}{rest}{extension}"


@settings(max_examples=300)
@given(st.sampled_from(PEOPLE).flatmap(lambda one: st.tuples(st.just(one), ways_to_write(one))))
def test_every_way_to_write_a_number_is_spelled_alike(written: tuple[str, str]):
    digits, phone = written
    assert spelled(phone, "RU") == f"+7{digits}"


@settings(max_examples=500)
@given(SIGNS | st.sampled_from(PEOPLE).flatmap(ways_to_write), st.sampled_from(["RU", "DE", "IT", "AR", "US"]))
@example("+7 495 111-11-11 доб. 12", "RU")
def test_spelling_what_is_spelled_changes_nothing(phone: str, region: str):
    try:
        once = spelled(phone, region)
    except DomainError:
        return
    assert {spelled(once, other) for other in (region, "RU", "US")} == {once}


class Office:
    """Campaigns, letters and sales about three people; who has asked for no calls is remembered here, by heart."""

    def __init__(self) -> None:
        rest = {"call_contact__recycle_after": "1 calendar day"}
        self.desk = Desk(start=moscow(2, month=3), call_contact__retries=2, **rest)
        self.silent: set[str] = set()
        self.digits: dict[str, str] = {}
        self.number = 0

    def campaign(self, one: str, phone: str, flagged: bool) -> None:
        person = Contact("Ivan", phone=phone, do_not_call=flagged)
        contact = CampaignContact("p", ClientDraft("OOO Romashka"), person, zone="Europe/Moscow")
        base = ContactBase(BaseSource.PURCHASED, (contact,))
        campaign = self.desk.begin("call_campaign", "draft_campaign", base=base)
        self.desk.take(campaign, "issue_campaign", "start_campaign")
        (entered,) = self.desk.engine.cases("call_contact", parent=campaign.id)
        self.digits[entered.id] = one
        if flagged:
            self.silent.add(one)

    def letter(self, one: str, phone: str, flagged: bool) -> None:
        self.desk.begin("inquiry", "receive_inquiry", sender=Contact("Ivan", phone=phone, do_not_call=flagged))
        if flagged:
            self.silent.add(one)

    def prospect(self, one: str, phone: str, flagged: bool) -> None:
        people = (Contact("Ivan", phone=phone, do_not_call=flagged),)
        self.desk.begin("sale", "register_prospect", client=ClientDraft("OOO Iris", contacts=people))
        if flagged:
            self.silent.add(one)

    def refusal(self, one: str, phone: str, flagged: bool) -> None:
        people = (Contact("Ivan", phone=phone),)
        sale = self.desk.begin("sale", "register_prospect", client=ClientDraft("OOO Iris", contacts=people))
        self.desk.take(sale, "record_client_refusal", do_not_call=flagged)
        if flagged:
            self.silent.add(one)

    def word(self, one: str, phone: str, flagged: bool) -> None:
        """Somebody tells anybody of the staff."""
        self.number += 1
        by = STAFF[self.number % len(STAFF)]
        try:
            self.desk.begin("do_not_call", "enter_refusal", phone=phone, by=by)
        except StepRefused:
            (entry,) = self.desk.engine.cases("do_not_call", where={"phone": f"+7{one}"})
            self.desk.take(entry, "record_refusal", by=by)
        self.silent.add(one)

    def consent(self, one: str, phone: str, flagged: bool) -> None:
        for entry in self.desk.engine.cases("do_not_call", where={"phone": f"+7{one}"}):
            self.desk.take(entry, "record_consent", given_at=self.desk.clock.now())
            self.silent.discard(one)

    def work(self, step: str, **payload: Any) -> None:
        """Take a step on every contact that lets it be taken; what is dialled must not have asked for silence."""
        for contact, one in self.digits.items():
            try:
                self.desk.take(contact, step, **payload)
            except StepRefused:
                continue
            assert step not in {"claim_contact", "place_call", "recycle_contact"} or one not in self.silent, (
                f"{step} of {contact}, though {one} asked not to be called"
            )
            if payload.get("disposition") == "do_not_call":
                self.silent.add(one)


CALL: Final[tuple[tuple[str, dict[str, Any]], ...]] = (("claim_contact", {}), ("place_call", {}), ("end_call", {}))
AGAIN: Final = (("recycle_contact", {}), ("schedule_retry", {"next_at": None}))
CALL: Final[tuple[tuple[str, dict[str, Any]], ...]] = (("claim_contact", {}), ("place_call", {}), ("end_call", {}))
AGAIN: Final = (("recycle_contact", {}), ("schedule_retry", {"next_at": None}))
RESULTS: Final = [(*CALL, ("record_result", {"disposition": how})) for how in ("do_not_call", "busy", "not_now")]
WORK: Final = st.sampled_from([*(CALL[:done] for done in range(4)), *RESULTS, AGAIN])
SAYS: Final[tuple[Callable[..., None], ...]] = (
    Office.campaign,
    Office.campaign,
    Office.letter,
    Office.prospect,
    Office.refusal,
    Office.word,
    Office.consent,
)


@st.composite
def said(draw: st.DrawFn) -> list[tuple[Any, ...]]:
    """What one person says by any channel, and what the callers do after each word; in the end they dial them all."""
    one = draw(st.sampled_from(PEOPLE))
    words = st.tuples(st.sampled_from(SAYS), ways_to_write(one), st.booleans(), WORK, st.booleans())
    return [(*move[:1], one, *move[1:]) for move in draw(st.lists(words, min_size=2, max_size=8))]


@settings(max_examples=150, deadline=None)
@given(said())
def test_nobody_who_asked_not_to_be_called_is_called(moves: list[tuple[Any, ...]]):
    office = Office()
    last = (Office.campaign, moves[0][1], moves[0][2], False, CALL, False)
    for says, one, phone, flagged, work, rests in (*moves, last):
        says(office, one, phone, flagged)
        for step, payload in work:
            soon = {name: office.desk.clock.now() + dt.timedelta(minutes=1) for name in payload if name == "next_at"}
            office.work(step, **{**payload, **soon})
        if rests:
            office.desk.later(dt.timedelta(days=1))
            office.desk.engine.tick()
    assert office.desk.engine.verify() == ()
    office.desk.engine.close()
