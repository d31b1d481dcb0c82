"""Acme, a firm that writes its own regulation on the library: its story, its rules, its texts, its people."""

from __future__ import annotations

import datetime as dt
import importlib.util
from pathlib import Path

import pytest
from acme.people import Staff
from acme.refund import RefundProcess
from acme.rules import RULES
from acme.sale import LAWYER, OurSale

from salesreg import COMMERCIAL, Employee, Money, StepRefused, example, open_engine
from salesreg.cli import main as salesreg
from salesreg.commercial import Sale
from salesreg.commercial.domain.clients import ClientDraft, Contact
from salesreg.commercial.domain.price_changes import ChangeLine
from salesreg.commercial.domain.prices import PriceItem, QuoteLine
from salesreg.commercial.domain.work import Work, WorkRequest
from salesreg.errors import ParameterNotSet, UnknownEmployee
from salesreg.ports import Directory
from salesreg.process import ObligationStatus
from salesreg.testing.commercial import STAFF, Desk

FOLDER = Path(__file__).parents[2] / "examples" / "acme"
ACME = RULES.load(FOLDER / "acme.toml")
LARA = Employee("lara", "Lara", [LAWYER], position="lawyer")
TO_APPROVAL = ("start_price_negotiation", "complete_questionnaire", "confirm_client_readiness", "submit_for_approval")
TO_CONTRACT = ("open_deal", "assign_specialist", "draft_contract", "obtain_ceo_signature", "hand_over_contract")
TO_INVOICE = ("start_draft", "submit_draft_to_client", "record_client_approval", "request_invoice")
VEGA = ClientDraft(
    "Vega", inn="7707083893", kpp="770701001", contacts=(Contact("Ivan Petrov", is_decision_maker=True),)
)
ORDERED = WorkRequest("letter 17", (Work("1", "audit"),))


@pytest.fixture(scope="module")
def story():
    """`main.py`, which is a script of its folder."""
    spec = importlib.util.spec_from_file_location("acme_story", FOLDER / "main.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Office(Desk):
    """Acme at work, with sales that come to some point in one word."""

    def __init__(self, **settings):
        super().__init__(staff=(*STAFF, LARA), rulebook=RULES, regulation=ACME, **settings)

    def reviewed(self, name="D", **quote):
        """A sale under legal review."""
        self.begin("sale", "register_prospect", case=name, client=VEGA)
        for step in TO_APPROVAL:
            self.take(name, step, **(quote if step == "start_price_negotiation" else {}))
        return self.take(name, "approve_quote").id

    def cleared(self, name="D"):
        return self.engine.perform(self.reviewed(name), OurSale.clear_sale(opinion="fine"), by="lara").id

    def refunded(self, name="D"):
        """The refund that is owed for a sale's only invoice."""
        self.take(self.cleared(name), *TO_CONTRACT, "dispatch_contract")
        self.take(name, "record_scan_return", requests=(ORDERED,))
        [order] = self.engine.cases("work_order", parent=name)
        self.take(order, *TO_INVOICE)
        [invoice] = self.engine.cases("invoice", parent=order)
        self.take(invoice, "issue_invoice", "send_invoice")
        self.take(invoice, "record_payment", amount=invoice.data.totals.gross)
        self.take(invoice, "refund_payment")
        [refund] = self.engine.cases("refund", parent=invoice)
        return refund


@pytest.fixture
def office():
    return Office()


# -- the story, as main.py tells it -----------------------------------------------------------------------------------


def test_the_story_is_told(story, tmp_path, capsys):
    url = f"sqlite:///{tmp_path}/acme.db"
    story.before(url)
    story.after(url)
    told = capsys.readouterr().out.splitlines()
    moves = [
        "  lyra (version 1 of commercial, opening): to legal_review",
        "  vega (version 1 of commercial, awaiting_price_approval): to awaiting_price_approval",
    ]
    assert told[:6] == ["Would move:", *moves, "Moved:", *moves]
    assert told[6:9] == [
        "Lev, in Lara's place:",
        *(f"  {name} by 2026-03-05 14:00:00+00:00" for name in ("lyra", "vega")),
    ]
    assert told[9:12] == [
        "Refused:",
        "  a lawyer clears a sale once it is known who may sign for Lyra (A1.2)",
        "  юрист согласует сделку, когда известно, кто вправе подписать договор за Lyra (A1.2)",
    ]
    assert told[12] == "Vega: deal D-1, awaiting_assignment"
    assert told[13] == "Owed to Vega: 50000.00 RUB by 2026-03-06 14:00:00+00:00"
    assert told[14].startswith("By the clock: [('vega:")
    assert told[15:] == ["Refund: paid_back met"]
    with open_engine(url, rulebook=RULES, regulation=ACME, directory=Staff()) as engine:
        assert engine.verify() == ()
        assert [(one.id, one.stage, one.process_version, one.rulebook) for one in engine.cases(Sale)] == [
            ("lyra", "negotiating_price", 2, "acme"),
            ("vega", "in_force", 2, "acme"),
        ]
        assert [event.step for event in engine.history("lyra")][-2:] == ["migrated", "send_back"]


def test_what_a_moved_sale_owed_in_the_stage_it_left_is_given_up(story, tmp_path):
    url = f"sqlite:///{tmp_path}/acme.db"
    story.before(url)
    with open_engine(url, rulebook=RULES, regulation=ACME, directory=Staff()) as engine:
        assert [one.norm for one in engine.case("lyra").obligations] == ["sale.open_deal"]
        engine.migrate(Sale, stages={"opening": "legal_review"}, regulation=ACME, dry_run=False)
        assert [one.norm for one in engine.case("lyra").obligations] == ["sale.legal_review"]
        assert [one.norm for one in engine.history("lyra")[-1].closed] == ["sale.open_deal"]
        assert [one.norm for one in engine.case("vega").obligations] == ["sale.price_approval"]


def test_a_sale_on_hold_is_moved_with_its_clock_standing_still(office):
    office.take(office.reviewed(), "hold_deal")
    assert office.owed("D")["sale.legal_review"].status is ObligationStatus.OPEN  # the lawyer's clock never rests
    slower = ACME.with_settings({"sale.legal_review": "3 business days"})
    office.engine.migrate(Sale, stages={"legal_review": "opening"}, regulation=slower, dry_run=False)
    assert {one.norm: one.status for one in office.owed("D").values()} == {"sale.open_deal": ObligationStatus.PAUSED}
    assert office.engine.verify() == ()


# -- the rules --------------------------------------------------------------------------------------------------------


def test_the_rules_have_no_findings():
    assert [page.check() for page in RULES.processes] == [()] * len(RULES.processes)
    assert RULES.check(ACME) == ()
    RULES.bind(ACME)


def test_only_what_differs_stands_in_the_file():
    assert len((FOLDER / "acme.toml").read_text("utf-8").splitlines()) < 20
    changed = {one.subject for one in RULES.regulation("example").diff(ACME)}
    settings = {"notices.company", "meeting.daily_at", "sale.price_approval", "sale.legal_review", "refund.ask_again"}
    assert changed == {"id", "version", "title", "translations", "schedule", "sale.open_deal", *settings}
    assert str(next(norm.term for norm in ACME.norms if norm.id == "sale.open_deal")) == "1 business day"


def test_a_regulation_of_the_shipped_rulebook_is_taken_over_with_what_acme_adds():
    taken = RULES.adopted(example())
    assert (taken.rulebook, RULES.adopted(taken), COMMERCIAL.adopted(example())) == ("acme", taken, example())
    new = {norm.id for norm in taken.norms} - {norm.id for norm in example().norms}
    assert new == {"sale.legal_review", "refund.pay_back"}
    assert all("ru" in norm.translations for norm in taken.norms)
    assert taken.matrix.who_is_responsible("sale.clear_sale") == ("lawyer",)
    assert taken.matrix.who_is_responsible("sale.open_deal") == ("it_staff",)
    assert [one.code for one in RULES.check(taken)] == ["no_deadline"]
    with pytest.raises(ParameterNotSet) as missing:
        RULES.bind(taken)
    assert set(missing.value.names) == {"sale.legal_review", "refund.ask_again"}


def test_the_shipped_page_stays_known_beside_acmes():
    assert RULES.pages.keys() >= {("sale", 1, "commercial"), ("sale", 2, "acme"), ("refund", 1, "acme")}
    assert Sale.steps.keys() | {"clear_sale", "send_back"} == OurSale.steps.keys()


def test_everything_that_acme_says_is_said_in_russian():
    russian, english = RULES.texts.locale("ru"), RULES.texts.english
    assert [key for key in english if key not in russian.sentences] == []
    assert russian.title("role.lawyer", "ins") == "юристом"


# -- the sale ---------------------------------------------------------------------------------------------------------


def test_a_lawyer_clears_an_approved_sale_before_it_is_opened(office):
    assert office.stage(office.reviewed()) == "legal_review"
    assert office.told("D") == {"anna", "lara"}
    owed = office.owed("D")["sale.legal_review"]
    assert (owed.role, owed.clause, owed.term) == ("lawyer", "A1", "2 business days")
    assert office.refused("D", "open_deal", "wrong_stage").refusals[0].need == ("opening",)
    for somebody in ("irina", "boss"):
        with pytest.raises(StepRefused) as refused:
            office.engine.perform("D", OurSale.clear_sale(opinion="fine"), by=somebody)
        assert [(one.code, one.clause) for one in refused.value.refusals] == [("wrong_role", "A1")]
    cleared = office.engine.perform("D", OurSale.clear_sale(opinion="fine"), by="lara")
    assert (cleared.stage, office.closed("D")) == ("opening", {"sale.legal_review": ObligationStatus.MET})
    assert office.owed("D")["sale.open_deal"].term == "1 business day"


def test_a_sale_that_is_sent_back_is_approved_and_reviewed_again(office):
    office.engine.perform(office.reviewed(), OurSale.send_back(reason="the terms"), by="lara")
    deal = office.case("D")
    assert (deal.stage, deal.data.approval, office.told("D")) == ("negotiating_price", None, {"anna"})
    office.take("D", "revise_quote", *TO_APPROVAL[1:], "approve_quote")
    assert office.stage("D") == "legal_review"


def test_a_sale_reopened_after_its_opening_goes_on_from_where_it_stood(office):
    office.take(office.cleared(), "open_deal")
    office.take("D", *TO_CONTRACT[1:], "dispatch_contract")
    office.take("D", "record_client_changes", price_affected=True)
    office.take("D", "revise_quote", *TO_APPROVAL[2:], "approve_quote")
    again = office.engine.perform("D", OurSale.clear_sale(opinion="fine"), by="lara")
    assert again.stage == "preparing_contract"


def test_the_shipped_reactions_follow_acmes_sale(office):
    office.take(office.cleared(), *TO_CONTRACT, "dispatch_contract")
    office.take("D", "record_scan_return", requests=(ORDERED,))
    [order] = office.engine.cases("work_order", parent="D")
    assert (order.stage, order.data.request, order.process_version) == ("received", "letter 17", 1)
    assert office.last(order.id).cause == office.last("D").id
    office.take("D", "reassign_specialist")
    assert office.case(order.id).data.specialist == "dina"


@pytest.mark.parametrize(("policy", "price"), [("reprice", Money(12000)), ("require_reapproval", Money(10000))])
def test_a_new_price_list_reaches_a_sale_under_review(policy, price):
    office = Office(price_change__open_quotes=policy)
    audit = PriceItem("audit", "Audit", "day", Money(10000))
    base = office.begin("price_change", "adopt_base_list", version="1", items=(audit,))
    office.reviewed(base_version="1", lines=(QuoteLine("audit", Money(10000)),))
    dearer = (ChangeLine.change(audit, price=Money(12000)),)
    new = office.begin("price_change", "draft_proposal", base=base.id, version="2", lines=dearer).id
    office.take(new, "submit_proposal", "endorse_proposal", "approve_proposal")
    office.take(new, "schedule_application", effective_from=office.clock.now() + dt.timedelta(days=1))
    office.take(new, "apply_price_list", content_hash=office.case(new).data.content_hash)
    office.later(dt.timedelta(days=1)).engine.tick()
    deal = office.case("D")
    assert (office.stage(new), deal.stage, deal.data.approval) == ("in_force", "negotiating_price", None)
    assert deal.data.quote.lines[0].price == price


# -- the refund -------------------------------------------------------------------------------------------------------


def test_a_refunded_invoice_is_owed_to_the_client(office):
    refund = office.refunded()
    invoice = office.case(refund.data.invoice)
    assert (refund.stage, refund.data.amount) == ("owed", invoice.data.totals.gross)
    assert office.last(refund.id).cause == office.last(invoice.id).id
    assert {one.term for one in refund.obligations} == {"3 business days"}
    assert office.told(refund.id) == {"finn"}


def test_its_clock_stands_still_while_the_account_is_awaited(office):
    refund = office.refunded()
    office.engine.perform(refund, RefundProcess.ask_for_account(), by="finn")
    assert office.owed(refund.id)["refund.pay_back"].status is ObligationStatus.PAUSED
    assert office.told(refund.id) == {"buyer@example.com"}
    [letter] = [one for one in office.notifier.delivered if one.template == "ask_for_account"]
    assert letter.text == "Hello,\n\nhow shall we pay you 9000.00 RUB?\n\nFinn\nAcme"
    for day in (5, 9):
        assert (refund.id, "client_is_asked_again") in office.at(day, "18:00").engine.tick().fired
    with pytest.raises(StepRefused) as refused:
        office.engine.perform(refund, RefundProcess.pay_back(payment_order="17"), by="finn")
    assert [one.code for one in refused.value.refusals] == ["no_account"]
    assert refused.value.reasons("ru") == ("реквизиты клиента неизвестны (A2)",)
    office.engine.perform(refund, RefundProcess.record_account(account="40702810500000000001"), by="finn")
    assert office.owed(refund.id)["refund.pay_back"].status is ObligationStatus.OPEN
    done = office.engine.perform(refund, RefundProcess.pay_back(payment_order="17"), by="finn")
    assert (done.stage, office.closed(refund.id)) == ("paid_back", {"refund.pay_back": ObligationStatus.MET})


def test_an_account_that_is_none_is_refused_in_the_firms_own_words(office):
    refund = office.refunded()
    with pytest.raises(StepRefused) as refused:
        office.engine.perform(refund, RefundProcess.record_account(account="17"), by="finn")
    assert [(one.code, one.clause) for one in refused.value.refusals] == [("refund_account", "A2")]
    assert refused.value.reasons() == ("an account has 20 digits, and 17 is none (A2)",)
    assert refused.value.reasons("ru") == ("в номере счёта 20 цифр, а 17 — не такой номер (A2)",)


# -- the people -------------------------------------------------------------------------------------------------------


def test_the_staff_is_read_from_the_firms_own_tables():
    staff = Staff()
    assert isinstance(staff, Directory)
    assert staff.employee("lev").manager == "lara"
    assert [one.id for one in staff.holders("lawyer", dt.date(2026, 3, 2))] == ["lara"]
    assert staff.holders("lawyer", dt.date(2022, 12, 30)) == ()
    assert [(one.employee, one.deputy) for one in staff.absences(dt.date(2026, 3, 6))] == [("lara", "lev")]
    assert staff.absences(dt.date(2026, 3, 7)) == staff.delegations("lev", dt.date(2026, 3, 6)) == ()
    with pytest.raises(UnknownEmployee):
        staff.employee("nobody")


def test_a_breach_of_the_lawyers_goes_to_whoever_stands_above():
    office = Office()
    office.reviewed()
    escalated = office.at(9).engine.tick().escalated
    assert [rung for one, rung in escalated if one.startswith("D:sale.legal_review")] == ["superior"]
    assert "boss" in {one.to for one in office.notifier.delivered if one.template == "superior"}


# -- the command line -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("argv", [
    ["process", "show", "refund"],
    ["process", "show", "refund", "--rulebook", "acme.rules:RULES"],
    ["--rulebook", "acme.rules:RULES", "process", "show", "refund"],
    ["--rulebook", "nobody.rules:RULES", "process", "show", "refund", "--rulebook", "acme.rules:RULES"],
])  # fmt: skip
def test_the_command_finds_acmes_rules(argv, monkeypatch, capsys):
    monkeypatch.chdir(FOLDER)
    assert salesreg([*argv, "--lang", "ru"]) == 0
    assert "Возврат денег" in capsys.readouterr().out


def test_the_command_moves_the_sales_that_began_before(story, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(FOLDER)
    db = str(tmp_path / "old.db")
    story.before(f"sqlite:///{db}")
    move = ["db", "migrate", "migrate.toml", "--db", db, "--regulation", "acme.toml"]
    for argv, last in (
        (move, "add --apply"),
        ([*move, "--apply"], "2 of acme"),
        (["db", "check", "--db", db], "0 problems"),
    ):
        assert salesreg(argv) == 0
        assert capsys.readouterr().out.rstrip().endswith(last)


def test_it_is_read_in_ten_minutes():
    files = [path for path in FOLDER.rglob("*.*") if path.suffix in {".md", ".py", ".sql", ".toml"}]
    assert sum(len(path.read_text("utf-8").splitlines()) for path in files) < 400
