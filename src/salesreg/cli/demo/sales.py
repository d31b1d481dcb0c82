"""Three working weeks of sales: a price refused once, a client who comes back, an original that is late, a refusal."""

from __future__ import annotations

from salesreg.cli.demo import firm
from salesreg.cli.demo.play import Play
from salesreg.domain.clients import ClientDraft
from salesreg.domain.prices import QuoteLine

__all__ = ["play_sales"]


def play_sales(play: Play) -> None:
    """Play the whole story."""
    say = _WORDS[play.lang]

    def client(name: str) -> ClientDraft:
        return firm.client(name, play.lang)

    def quote(discount: int = 0) -> tuple[QuoteLine, ...]:
        return firm.quote(play.lang, discount=discount)

    play.until("2026-03-02 10:00")
    vega = play.start("sale", say["vega"], "anna", source=say["exhibition"], client=client("vega"))
    play.until("2026-03-02 11:30")
    vega = play.do(
        vega,
        "start_price_negotiation",
        "anna",
        contact_ref=say["call"],
        base_version="2026-1",
        lines=quote(discount=30),
    )
    play.until("2026-03-02 15:00")
    vega = play.do(vega, "complete_questionnaire", "anna", meeting=say["meeting"], answers=firm.ANSWERS)
    play.refused(vega, "submit_for_approval", "anna")
    vega = play.do(vega, "confirm_client_readiness", "anna", evidence=say["letter"])
    vega = play.do(vega, "submit_for_approval", "anna")
    play.until("2026-03-02 15:20")
    play.refused(vega, "approve_quote", "anna")

    play.until("2026-03-03 11:00")
    vega = play.do(vega, "reject_quote", "boris", reason=say["too_deep"])
    play.until("2026-03-03 16:00")
    sever = play.start("sale", say["sever"], "denis", source=say["site"], client=client("sever"))
    play.until("2026-03-04 10:00")
    vega = play.do(vega, "revise_quote", "anna", lines=quote(discount=10))
    vega = play.do(vega, "confirm_client_readiness", "anna", evidence=say["letter2"])
    vega = play.do(vega, "submit_for_approval", "anna")
    polus = play.start("sale", say["polus"], "denis", source=say["referral"], client=client("polus"))
    play.until("2026-03-05 12:00")
    vega = play.do(vega, "approve_quote", "boris")
    polus = play.do(
        polus, "start_price_negotiation", "denis", contact_ref=say["call"], base_version="2026-1", lines=quote()
    )
    play.until("2026-03-06 11:00")
    vega = play.do(vega, "open_deal", "igor", number="2026-014", existing=None)
    vega = play.do(vega, "assign_specialist", "boris", specialist="olga", contact_email=firm.email("vega"))
    play.do(polus, "record_client_refusal", "denis", reason=say["rival"])

    play.until("2026-03-10 11:00")
    vega = play.do(vega, "draft_contract", "faina", number="D-14", template_version="7")
    vega = play.do(vega, "obtain_ceo_signature", "faina", signed_by="viktor")
    vega = play.do(vega, "hand_over_contract", "faina")
    play.until("2026-03-11 10:00")
    vega = play.do(vega, "dispatch_contract", "olga", channel="email")
    play.until("2026-03-11 12:00")
    again = play.start("sale", say["again"], "anna", source=say["client"], client=client("vega"))
    again = play.do(
        again, "start_price_negotiation", "anna", contact_ref=say["call"], base_version="2026-1", lines=quote()
    )
    again = play.do(again, "complete_questionnaire", "anna", meeting=say["meeting"], answers=firm.ANSWERS)
    again = play.do(again, "confirm_client_readiness", "anna", evidence=say["letter"])
    again = play.do(again, "submit_for_approval", "anna")
    play.until("2026-03-12 10:30")
    again = play.do(again, "approve_quote", "boris")
    play.until("2026-03-12 15:00")
    play.refused(again, "open_deal", "igor", number="2026-015", existing=None)
    again = play.do(again, "open_deal", "igor", number="2026-015", existing=vega.id)
    again = play.do(again, "assign_specialist", "boris", specialist="olga", contact_email=firm.email("vega"))
    play.until("2026-03-13 12:00")
    vega = play.do(vega, "record_scan_return", "faina", scan_ref="scan-14.pdf", signatory=say["director"])

    play.until("2026-03-17 10:30")
    vega = play.do(vega, "remind_contract_return", "faina")
    again = play.do(again, "draft_contract", "faina", number="D-15", template_version="7")
    again = play.do(again, "obtain_ceo_signature", "faina", signed_by="viktor")
    again = play.do(again, "hand_over_contract", "faina")
    play.until("2026-03-18 16:00")
    sever = play.do(
        sever, "start_price_negotiation", "denis", contact_ref=say["call"], base_version="2026-1", lines=quote()
    )
    play.until("2026-03-19 11:00")
    play.do(vega, "record_original_return", "faina", archive_ref="A-14")
    again = play.do(again, "dispatch_contract", "olga", channel="email")
    sever = play.do(sever, "complete_questionnaire", "denis", meeting=say["meeting"], answers=firm.ANSWERS)
    sever = play.do(sever, "confirm_client_readiness", "denis", evidence=say["letter"])
    play.do(sever, "submit_for_approval", "denis")
    play.until("2026-03-20 18:30")


_WORDS = {
    "en": {
        "vega": "Vega Lift", "again": "Vega Lift, again", "polus": "Polus Energo", "sever": "Sever Trans",
        "exhibition": "exhibition", "site": "website", "referral": "referral", "client": "existing client",
        "call": "telephone call", "meeting": "meeting at the client's", "letter": "letter of the client",
        "letter2": "second letter of the client", "too_deep": "a discount of 30 % is not covered",
        "rival": "chose another certifier", "director": "D. Ivanov, director",
    },
    "ru": {
        "vega": "Вега Лифт", "again": "Вега Лифт, повторно", "polus": "Полюс Энерго", "sever": "Север Транс",
        "exhibition": "выставка", "site": "сайт", "referral": "рекомендация", "client": "действующий клиент",
        "call": "телефонный разговор", "meeting": "встреча у клиента", "letter": "письмо клиента",
        "letter2": "второе письмо клиента", "too_deep": "скидка 30 % не обоснована",
        "rival": "выбрал другой орган по сертификации", "director": "Д. Иванов, директор",
    },
}  # fmt: skip
