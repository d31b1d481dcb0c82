"""The work order: from a client's order to the main documents in the client's hands (R22–R28, R33, R34)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from attrs import evolve

from salesreg.calendars import Term
from salesreg.commercial.domain.accounts import clients_of
from salesreg.commercial.domain.channels import Channel
from salesreg.commercial.domain.deals import Deal, DealId, Hold
from salesreg.commercial.domain.invoices import SETTLED, UNISSUED, uninvoiced
from salesreg.commercial.domain.numbers import counted, number_key
from salesreg.commercial.domain.packages import PackageId
from salesreg.commercial.domain.payment_terms import InvoiceBasis, PaymentTerms, TermsChoice
from salesreg.commercial.domain.work import DraftedDocument, MainDocument, SignedCopy, Work, WorkDone, WorkOrder
from salesreg.commercial.parameters import NUMBER_PERIOD
from salesreg.commercial.roles import FINANCE, HEAD, SPECIALIST, Specialist
from salesreg.process import (
    Attempt,
    CaseId,
    Charge,
    Checks,
    Contact,
    Must,
    NoneLeft,
    Outcome,
    Past,
    Process,
    Refusal,
    Sla,
    Stage,
    Step,
    Text,
    anywhere,
    built,
    not_before,
    start,
    stay,
    step,
)
from salesreg.rules import SYSTEM, Instant, Norm, Parameter, Role, open_norm
from salesreg.rules.conduct import OWN_ONLY

# -- by when ----------------------------------------------------------------------------------------------------------

START_DRAFT = open_norm(
    "work_order.start_draft",
    "The specialist takes up an order in time.",
    "R23",
    SPECIALIST,
    pausable=True,
    control="the start of the draft",
    metric="share of drafts begun in time",
)
DRAFT = open_norm(
    "work_order.draft",
    "The specialist prepares the drafts of the main documents in time, not counting the wait for the client's answers.",
    "R22",
    SPECIALIST,
    pausable=True,
    control="the draft sent to the client",
    metric="share of drafts made in time",
)
CLIENT_INFO = open_norm(
    "work_order.client_info",
    "The specialist sees to it that the client sends what is missing.",
    "R25",
    SPECIALIST,
    pausable=True,
    control="the items received or waived",
    metric="share of orders that wait for information",
)
CLIENT_REVIEW = open_norm(
    "work_order.client_review",
    "The specialist sees to it that the client agrees to the draft or says what to change.",
    "R24",
    SPECIALIST,
    pausable=True,
    control="the client's agreement or corrections",
    metric="share of drafts answered in time",
)
LAUNCH_TERM = Parameter("work_order.launch", Term, "How long launching an order may take.", clause="R34")
LAUNCH = Norm(
    "work_order.launch",
    "An agreed order is launched, or its prepayment asked for, in time.",
    "R34",
    SPECIALIST,
    term=LAUNCH_TERM,
    pausable=True,
    control="the launch, or the request for the invoice",
    metric="share of orders launched in time",
)
LAUNCH_PREPAID = Norm(
    "work_order.launch_prepaid",
    "An order whose prepayment has come is launched in time.",
    "R34",
    SPECIALIST,
    term=LAUNCH_TERM,
    pausable=True,
    control="the launch",
    metric="share of orders launched in time",
)
INVOICE_AGAIN = Norm(
    "work_order.invoice_again",
    "An order whose invoice has fallen away is invoiced again, or cancelled, in time.",
    "R30",
    SPECIALIST,
    term=LAUNCH_TERM,
    pausable=True,
    control="the request for the invoice",
    metric="K12",
)
ISSUE_DOCUMENTS = open_norm(
    "work_order.issue_documents",
    "The main documents of finished work are issued in time.",
    "R34",
    [FINANCE, SPECIALIST],
    pausable=True,
    control="the documents' numbers",
    metric="share of documents issued in time",
)
SEND_DOCUMENTS = open_norm(
    "work_order.send_documents",
    "The specialist sends the signed documents to the client in time.",
    "R34",
    SPECIALIST,
    pausable=True,
    control="the record of dispatch",
    metric="share of documents sent in time",
)

# -- what must be so --------------------------------------------------------------------------------------------------

PAYMENT_BY_FACT = Norm(
    "work_order.payment_by_fact",
    "Work is paid for when it is done, unless the client has asked for it in so many words.",
    "R27",
    control="the order's payment terms and the clause beside them",
    metric="share of invoices paid in time",
)
PREPAYMENT_ON_REQUEST = Norm(
    "work_order.prepayment_on_request",
    "Work that the client asks for in so many words is paid for in advance.",
    "R28",
    control="the order's payment terms and the clause beside them",
    metric="share of invoices paid in time",
)
AGREED_IS_ISSUED = Norm(
    "work_order.agreed_is_issued",
    "What is issued is the version that the client has agreed to.",
    "R24",
    control="the hash of the agreed draft and of the document",
    metric="share of documents made anew",
)
DATA_FOR_INVOICE = Norm(
    "work_order.data_for_invoice",
    "The specialist gives finance what it needs for the invoice.",
    "R26",
    SPECIALIST,
    control="the request for the invoice",
    metric="K12",
)

# -- who, and what must hold ------------------------------------------------------------------------------------------

Items = tuple[str, ...]

specialist = Charge[WorkOrder]("specialist", SPECIALIST, "the order's specialist")
client = Contact[WorkOrder](lambda order: order.contact_email)

info_complete = Must[WorkOrder](
    lambda order: not order.open_items,
    "info_missing",
    "the client still owes {got}",
    got=lambda order: order.open_items,
    clause="R25",
)
prepaid = Must[WorkOrder](
    lambda order: order.terms.terms is PaymentTerms.POSTPAY or bool(order.prepaid_by),
    "not_prepaid",
    "an order to be paid for in advance ({got}) is launched when its money has come",
    got=lambda order: order.terms.because,
    clause="R28",
)

still_prepaid = Must[WorkOrder](
    lambda order: order.terms.terms is PaymentTerms.POSTPAY or bool(order.prepaid_by),
    "no_longer_prepaid",
    "the prepayment was given back: the order is paid for again, or cancelled",
    clause="R28",
)

unpaid = UNISSUED | {"issued", "sent", "void", "refunded"}
all_paid = NoneLeft("invoice", SETTLED, "invoices_open", "invoices {got} are not paid")
none_issued = NoneLeft("invoice", UNISSUED | SETTLED, "invoices_unpaid", "invoices {got} are issued: void them")


def none_paid(_: WorkOrder, attempt: Attempt) -> Checks:
    """An order is given up when its money has gone back; an invoice on which nothing was to be paid is voided."""
    paid = [case for case in attempt.related.children("invoice") if case.stage not in unpaid]
    if owed := tuple(case.id for case in paid if case.data.payments):
        yield Refusal("not_refunded", "invoices {got} are paid: give the money back", got=owed)
    if free := tuple(case.id for case in paid if not case.data.payments):
        yield Refusal("invoices_unpaid.free", "invoices {got} came to nothing: void them", got=free)


def none_shared(_: WorkOrder, attempt: Attempt) -> Checks:
    """A request for an invoice falls with the order, unless it is for other orders too (R34)."""
    open_requests = [case for case in attempt.related.children("invoice") if case.stage in UNISSUED]
    if shared := tuple(case.id for case in open_requests if set(case.data.orders) != {attempt.case}):
        yield Refusal("invoice_shared", "invoices {got} cover other orders too: withdraw them", got=shared)


def theirs(order: WorkOrder, attempt: Attempt) -> Checks:
    """A specialist works on their own orders, unless the firm shares its work; other roles on any."""
    me, own = attempt.principal.id, attempt.regulation.value(OWN_ONLY)
    if own and attempt.role == SPECIALIST.id and me != order.specialist:
        text = "the order is in the charge of {need}"
        yield Refusal("not_in_charge", text, need=order.specialist, got=me, clause="R14")


def not_resting(order: WorkOrder, _: Attempt) -> Checks:
    """Nobody works on an order whose deal is on hold: its clocks stand still (R91)."""
    if order.hold is not None:
        yield Refusal("deal_on_hold", "the deal is on hold", need=order.hold.until, got=order.deal, clause="R91")


def invoice_is_due(order: WorkOrder, _: Attempt) -> Checks:
    """What is paid for by fact is invoiced when the work is done (R27)."""
    if order.terms.terms is PaymentTerms.POSTPAY and not order.done:
        yield Refusal("work_not_done", "work paid for by fact is invoiced when it is done", clause="R27")


def works_left_to_invoice(order: WorkOrder, attempt: Attempt) -> Checks:
    """A work is invoiced once (R30)."""
    left = _uninvoiced(order, attempt)
    if left and order.terms.terms is PaymentTerms.POSTPAY and order.done and set(left) <= set(order.undone):
        yield Refusal("work_not_done.left", "the works {got} are still to be done", got=left, clause="R27")
    if not left:
        holders = tuple(case.id for case in attempt.related.children("invoice") if case.data.stands)
        yield Refusal("already_invoiced", "every work of the order is in invoices {got}", got=holders, clause="R30")


def all_invoiced(order: WorkOrder, attempt: Attempt) -> Checks:
    """An order is closed when all its work is invoiced (R34)."""
    if left := _uninvoiced(order, attempt):
        yield Refusal("not_invoiced", "works {got} are in no invoice", got=left)


def _uninvoiced(order: WorkOrder, attempt: Attempt) -> tuple[str, ...]:
    return uninvoiced(attempt.case, order.works, (case.data for case in attempt.related.children("invoice")))


def _names(order: WorkOrder) -> tuple[str, ...]:
    """What people call the works of an order."""
    return tuple(dict.fromkeys(work.subject or work.item for work in order.works))


class WorkOrderProcess(Process[WorkOrder]):
    """From a client's order to the main documents in the client's hands."""

    id, version, title = "work_order", 1, "Work order"

    number_period = NUMBER_PERIOD
    signed_copy = Parameter(
        "work_order.signed_copy", SignedCopy, "Which copy signed by the client is enough for a draft.", clause="R22"
    )
    launcher = Parameter("work_order.launcher", Role, "Who launches an agreed order.", clause="R34")
    performer = Parameter("work_order.performer", Role, "Who does the work and reports it done.", clause="R34")
    issuer = Parameter("work_order.issuer", Role, "Who issues the main documents.", clause="R34")

    received = Stage("Order received", specialist, START_DRAFT)
    drafting = Stage("Drafting the documents", specialist, no_term="the draft has a clock of its own")
    awaiting_info = Stage("Awaiting the client's information", specialist, CLIENT_INFO)
    client_review = Stage("With the client for review", specialist, CLIENT_REVIEW)
    agreed = Stage("Draft agreed", specialist, no_term="the launch or the request for prepayment has its own clock")
    awaiting_prepayment = Stage(
        "Awaiting the prepayment", specialist, no_term="the invoice has a clock, and then the launch one of its own"
    )
    in_progress = Stage("Work in progress", performer, no_term="how long the work takes lies in the work")
    work_done = Stage("Work done", issuer, ISSUE_DOCUMENTS)
    documents_issued = Stage("Documents issued", specialist, SEND_DOCUMENTS)
    delivered = Stage("Documents sent to the client", specialist, no_term="the payment has its clock in the invoice")
    closed = Stage("Closed", ended=True)
    cancelled = Stage("Cancelled", final=True)

    # -- the order and its draft --------------------------------------------------------------------------------------

    @step(
        start(received),
        "Receive the order",
        by=[SPECIALIST, SYSTEM],
        children=["work_order"],
        notify=specialist,
        clause="R23",
        norms=[PAYMENT_BY_FACT, PREPAYMENT_ON_REQUEST],
    )
    def receive_work_order(
        self,
        attempt: Attempt,
        *,
        deal: DealId,
        works: tuple[Work, ...],
        request: Text | None = None,
        payment_terms: PaymentTerms | None = None,
        terms_reason: str = "",
        basis: InvoiceBasis = InvoiceBasis.AUTO,
    ) -> Outcome[WorkOrder]:
        """No request says that the client has not asked in so many words (R27, R28)."""
        parent: Deal = attempt.related[deal].data
        yield from _under_the_deal(deal, works, attempt)
        written = request or None  # a blank one is refused by its type
        terms = yield from built(lambda: TermsChoice.of(written, payment_terms, terms_reason))
        order = yield from built(lambda: WorkOrder(deal, works, terms, written, basis=basis))
        yield from _within_the_quote(order, parent, attempt)
        clients = clients_of(parent)
        order = evolve(order, specialist=parent.specialist, contact_email=parent.contact_email, clients=clients)
        return evolve(order, quote_hash=parent.quote_hash)

    def client_signed(self, order: WorkOrder, attempt: Attempt) -> Checks:
        """Drafting begins on a contract that the client has signed (R22)."""
        contract = attempt.related[order.deal].data.contract
        scan = self.signed_copy is SignedCopy.SCAN
        if scan and (contract is None or contract.scan_returned_at is None):
            yield Refusal("not_signed_by_client.scan", "the scan of the signed contract has not come back")
        if not scan and (contract is None or contract.original_returned_at is None):
            yield Refusal("not_signed_by_client.original", "the original of the signed contract has not come back")

    start_draft = Step(
        received.to(drafting),
        "Start the draft",
        by=SPECIALIST,
        only=specialist,
        requires=[not_resting, client_signed],
        clause="R22",
    )

    @step(
        drafting.to(awaiting_info),
        "Ask for missing information",
        by=SPECIALIST,
        only=specialist,
        requires=[not_resting],
        notify=client,
        clause="R25",
    )
    def request_missing_info(self, order: WorkOrder, attempt: Attempt, *, items: Items) -> Outcome[WorkOrder]:
        """The clock stands still meanwhile, so what was asked for before is asked for again by the head alone."""
        if again := tuple(item for item in items if order.has_asked_for(item)):
            yield Refusal("asked_before", "the client was asked for {got} before: the head asks again", got=again)
        return (yield from built(lambda: order.asked_for(items, attempt.at)))

    @step(
        drafting.to(awaiting_info),
        "Ask for the same information again",
        by=HEAD,
        requires=[not_resting],
        notify=[client, specialist],
        clause="R25",
    )
    def request_info_again(
        self, order: WorkOrder, attempt: Attempt, *, items: Items, reason: Text
    ) -> Outcome[WorkOrder]:
        return (yield from built(lambda: order.asked_for(items, attempt.at)))

    @step(
        awaiting_info.to(drafting, when=lambda order: not order.open_items) | stay(awaiting_info),
        "Receive the information",
        by=SPECIALIST,
        requires=[not_resting],
        only=specialist,
        clause="R25",
    )
    def receive_info(
        self, order: WorkOrder, attempt: Attempt, *, received: Items = (), waived: Items = (), reason: str = ""
    ) -> Outcome[WorkOrder]:
        """An item that turns out to be unnecessary is waived for a reason."""
        if not received and not waived:
            yield Refusal("no_items", "an answer says which of {need} have come or are waived", need=order.open_items)
        return order.answered(received, waived, by=attempt.by.id, reason=reason, at=attempt.at)

    @step(
        drafting.to(client_review),
        "Send the draft to the client",
        by=SPECIALIST,
        only=specialist,
        requires=[not_resting, info_complete],
        notify=client,
        clause="R24",
    )
    def submit_draft_to_client(
        self, order: WorkOrder, attempt: Attempt, *, documents: tuple[DraftedDocument, ...]
    ) -> Outcome[WorkOrder]:
        yield from _one_for_each_work(order, documents, clause="R22")
        return (yield from built(lambda: order.drafted(documents, attempt.at)))

    @step(
        client_review.to(agreed),
        "Record the client's agreement",
        by=SPECIALIST,
        requires=[not_resting],
        only=specialist,
        notify=launcher,
        clause="R24",
    )
    def record_client_approval(
        self, order: WorkOrder, attempt: Attempt, *, evidence: Text, version: int | None = None
    ) -> Outcome[WorkOrder]:
        """Whoever says which version the client has agreed to does not record another one by mistake."""
        last = len(order.drafts)
        if version is not None and version != last:
            yield Refusal("other_draft", "version {got} is not the last, which is {need}", need=last, got=version)
        return order.with_last_draft(agreed_at=attempt.at, evidence=evidence)

    @step(
        client_review.to(drafting),
        "Record the client's corrections",
        by=SPECIALIST,
        requires=[not_resting],
        only=specialist,
        clause="R24",
    )
    def record_client_corrections(self, order: WorkOrder, *, corrections: Text) -> WorkOrder:
        return order.with_last_draft(corrections=corrections)

    # -- the money and the work ---------------------------------------------------------------------------------------

    request_invoice = Step(
        agreed.to(awaiting_prepayment) | stay(awaiting_prepayment, in_progress, work_done, documents_issued, delivered),
        "Hand over the data for the invoice",
        by=SPECIALIST,
        only=specialist,
        requires=[invoice_is_due, works_left_to_invoice],
        children=["invoice"],
        notify=FINANCE,
        clause="R26",
        norms=[DATA_FOR_INVOICE, PAYMENT_BY_FACT, PREPAYMENT_ON_REQUEST],
    )

    @step(
        stay(agreed, awaiting_prepayment, in_progress, work_done, documents_issued, delivered),
        "Note the prepayment",
        by=SYSTEM,
        notify=[launcher, specialist],
        clause="R28",
    )
    def note_prepayment(self, order: WorkOrder, *, invoices: tuple[CaseId, ...]) -> WorkOrder:
        return evolve(order, prepaid_by=invoices)

    @step(
        awaiting_prepayment.to(agreed) | stay(agreed, in_progress, work_done, documents_issued, delivered),
        "Note that the prepayment was given back",
        by=SYSTEM,
        notify=[launcher, specialist],
        clause="R28",
    )
    def withdraw_prepayment(self, order: WorkOrder, *, invoice: CaseId) -> WorkOrder:
        """What was prepaid and given back is prepaid no longer, however far the work has come."""
        return evolve(order, prepaid_by=())

    @step(
        awaiting_prepayment.to(agreed) | stay(agreed, in_progress, work_done, documents_issued, delivered),
        "Note that an invoice has fallen away",
        by=SYSTEM,
        notify=specialist,
        clause="R30",
    )
    def lose_invoice(self, order: WorkOrder, *, invoice: CaseId) -> WorkOrder:
        """Somebody asks for another, or the order is cancelled."""
        return evolve(order, uninvoiced=True)

    @step(
        agreed.to(awaiting_prepayment) | stay(awaiting_prepayment, in_progress, work_done, documents_issued, delivered),
        "Note that another invoice has been asked for",
        by=SYSTEM,
        clause="R30",
    )
    def note_invoice(self, order: WorkOrder) -> WorkOrder:
        return evolve(order, uninvoiced=False)

    @step(
        (agreed | awaiting_prepayment).to(in_progress),
        "Launch the order",
        by=launcher,
        requires=[theirs, not_resting, prepaid],
        notify=performer,
        clause="R34",
        norms=[PREPAYMENT_ON_REQUEST],
    )
    def launch_order(self, order: WorkOrder, attempt: Attempt) -> WorkOrder:
        return evolve(order, launched_at=attempt.at)

    @step(
        in_progress.to(work_done, when=lambda order: not order.undone) | stay(in_progress),
        "Report the work done",
        by=performer,
        requires=[theirs, not_resting],
        notify=[FINANCE, issuer],
        clause="R27",
    )
    def report_work_done(
        self,
        order: WorkOrder,
        attempt: Attempt,
        *,
        result: Text,
        works: tuple[str, ...] = (),
        done_at: Past | None = None,
    ) -> Outcome[WorkOrder]:
        """Works are done and invoiced one by one; none named means all that are left."""
        if strange := tuple(work for work in works if work not in order.undone):
            yield Refusal("not_to_be_done", "{got} is not to be done: {need} is", need=order.undone, got=strange)
        yield from not_before(done_at, order.launched_at, "done_at")
        at = done_at or attempt.at
        done = tuple(WorkDone(work, at, result) for work in dict.fromkeys(works or order.undone))
        return evolve(order, done=(*order.done, *done))

    @step(
        stay(in_progress, work_done, documents_issued, delivered),
        "Record the act of acceptance",
        by=[SPECIALIST, FINANCE],
        requires=[theirs, not_resting],
        notify=FINANCE,
        clause="R27",
    )
    def record_acceptance(
        self, order: WorkOrder, attempt: Attempt, *, act: Text, works: tuple[str, ...] = ()
    ) -> Outcome[WorkOrder]:
        """The client accepts works that are done; none named means all of them."""
        ready = tuple(one.work for one in order.done if one.act is None)
        strange = tuple(work for work in works if work not in ready)
        if strange or not ready:
            yield Refusal("not_to_be_accepted", "{got} is not to be accepted: {need} is", need=ready, got=strange)
        named = set(works or ready)
        return evolve(order, done=tuple(evolve(one, act=act) if one.work in named else one for one in order.done))

    # -- the documents ------------------------------------------------------------------------------------------------

    @step(
        work_done.to(documents_issued),
        "Issue the main documents",
        by=issuer,
        requires=[theirs, not_resting],
        notify=specialist,
        clause="R34",
        norms=[AGREED_IS_ISSUED],
    )
    def issue_main_documents(
        self, order: WorkOrder, attempt: Attempt, *, documents: tuple[MainDocument, ...]
    ) -> Outcome[WorkOrder]:
        """What is issued is what the client has agreed to, word for word."""
        yield from _one_for_each_work(order, documents)
        for document in documents:
            wanted = order.agreed and order.agreed.hash_of(document.work)
            if wanted is not None and document.content_hash != wanted:
                yield Refusal(
                    "not_the_agreed_draft",
                    "document {number} is not the draft that the client has agreed to",
                    need=wanted,
                    got=document.content_hash,
                    facts={"number": document.number},
                    clause="R24",
                )
        period = self.number_period.of(attempt.today)
        return (yield from built(lambda: evolve(order, documents=documents, number_period=period)))

    @step(
        documents_issued.to(delivered),
        "Send the main documents to the client",
        by=SPECIALIST,
        requires=[not_resting, still_prepaid],
        only=specialist,
        notify=client,
        clause="R34",
    )
    def dispatch_main_documents(
        self, order: WorkOrder, attempt: Attempt, *, packages: tuple[PackageId, ...], channel: Channel
    ) -> Outcome[WorkOrder]:
        """Only signed documents are sent: those in a package that finance has handed over (R33)."""
        cases = [attempt.related[package] for package in packages]
        if early := tuple(case.id for case in cases if case.stage != "received"):
            yield Refusal("package_not_received", "packages {got} have not come from finance", got=early, clause="R33")
        signed = {number for case in cases for number in case.data.documents}
        if lacking := tuple(document.number for document in order.documents if document.number not in signed):
            yield Refusal("not_in_a_package", "documents {got} are in no package named here", got=lacking, clause="R33")
        return evolve(order, packages=packages, sent_by=channel)

    # -- the end, and what the deal brings with it --------------------------------------------------------------------

    close_work_order = Step(
        delivered.to(closed),
        "Close the order",
        by=[SPECIALIST, SYSTEM],
        only=specialist,
        requires=[still_prepaid, all_invoiced, all_paid],
        clause="R34",
    )

    @step(closed.to(delivered), "Reopen the order", by=SYSTEM, notify=[specialist, HEAD], clause="R34")
    def reopen_work_order(self, order: WorkOrder, *, reason: Text) -> WorkOrder:
        """Money given back leaves work that nobody has paid for."""
        return order

    @step(
        anywhere(cancelled),
        "Cancel the order",
        by=[HEAD, specialist, SYSTEM],
        requires=[none_issued, none_paid, none_shared],
        children=["invoice"],
        notify=[specialist, FINANCE],
        clause="R34",
    )
    def cancel_work_order(self, order: WorkOrder, *, reason: Text) -> WorkOrder:
        return evolve(order, cancel_reason=reason)

    @step(anywhere(), "Hand the order to the deal's new specialist", by=SYSTEM, notify=specialist, clause="R14")
    def reassign_work_order(self, order: WorkOrder, *, specialist: Specialist) -> WorkOrder:
        return evolve(order, specialist=specialist)

    @step(anywhere(), "Rest with the deal", by=SYSTEM, clause="R91")
    def hold_work_order(self, order: WorkOrder, attempt: Attempt, *, reason: str, until: Instant) -> WorkOrder:
        return evolve(order, hold=Hold(reason, attempt.at, until))

    @step(anywhere(), "Go on with the deal", by=SYSTEM, clause="R91")
    def resume_work_order(self, order: WorkOrder) -> WorkOrder:
        return evolve(order, hold=None)

    # -- clocks -------------------------------------------------------------------------------------------------------

    draft_is_ready = Sla(
        DRAFT,
        start=[start_draft, record_client_corrections],
        stop=submit_draft_to_client,
        owner=specialist,
        pause_in=[awaiting_info],
    )
    order_moves_on = Sla(LAUNCH, start=record_client_approval, stop=[launch_order, request_invoice], owner=specialist)
    order_is_invoiced_again = Sla(
        INVOICE_AGAIN, start=lose_invoice, stop=[request_invoice, note_invoice], owner=specialist
    )
    prepaid_order_is_launched = Sla(
        LAUNCH_PREPAID, start=note_prepayment, stop=launch_order, void=withdraw_prepayment, owner=launcher
    )

    charges = (specialist,)
    searchable = {
        "owner": lambda order: order.specialist,
        "number": lambda order: [one.number for one in order.documents],
    }
    facts = {
        "what": lambda order: ", ".join((*_names(order), *filter(None, (order.request,)))),
        "works": _names,
        "documents": lambda order: [one.number for one in order.documents],
    }

    @classmethod
    def keys(cls, data: WorkOrder) -> Iterable[str]:
        """The numbers of the main documents, and the client's letter, which is one order until that is cancelled."""
        yield from (number_key("document", data.number_period, one.number) for one in data.documents)
        if data.request is not None and data.cancel_reason is None:
            yield from (f"work_order.letter:{client}:{counted(data.request)}" for client in data.clients)

    @classmethod
    def key_refusal(cls, key: str, holder: str) -> Refusal:
        """Two documents never share a number, and one letter is one order."""
        if key.startswith("work_order.letter:"):
            letter, by = key.rpartition(":")[2], {"holder": holder}
            return Refusal("letter_taken", "{got} is entered as order {holder}", got=letter, facts=by, clause="R23")
        number, by = key.split(":", 2)[2], {"holder": holder}
        return Refusal(
            "number_taken", "order {holder} has a document {got} already", got=number, facts=by, clause="R34"
        )

    @classmethod
    def on_hold(cls, data: WorkOrder) -> bool:
        """Whether the order rests because its deal does."""
        return data.hold is not None


def _under_the_deal(deal_id: CaseId, works: tuple[Work, ...], attempt: Attempt) -> Checks:
    """Work is ordered under a contract in force, at an agreed price, from the specialist in charge (R14, R23, R30)."""
    parent = attempt.related[deal_id]
    deal: Deal = parent.data
    if parent.stage != "in_force":
        yield Refusal(
            "contract_not_in_force", "work is ordered under a contract in force", need="in_force", got=parent.stage
        )
    contract = deal.contract
    if contract is not None and contract.ends_at is not None and contract.has_ended(attempt.at):
        end, facts = contract.ends_at.isoformat(), {"number": contract.number}
        text = "contract {number} ended on {need}: renew it, and then take the order"
        yield Refusal("contract_ended", text, end, attempt.at.isoformat(), facts, clause="R20")
    if deal.on_hold:
        yield Refusal("deal_on_hold", "the deal is on hold", got=parent.id, clause="R91")
    me = attempt.principal.id
    if attempt.role != SYSTEM.id and attempt.regulation.value(OWN_ONLY) and deal.specialist != me:
        yield Refusal(
            "not_assigned.deal", "orders go to the deal's specialist {need}", need=deal.specialist, got=me, clause="R14"
        )
    priced = () if deal.quote is None else tuple(line.item for line in deal.quote.lines)
    if strange := tuple(work.item for work in works if work.item not in priced):
        yield Refusal("not_quoted", "no price is agreed for {got}", need=priced, got=strange, clause="R30")


def _within_the_quote(order: WorkOrder, deal: Deal, attempt: Attempt) -> Checks:
    """A price agreed for a quantity is no price for more, in however many orders (R30)."""
    orders = [case.data for case in attempt.related.children("work_order") if case.stage != "cancelled"]
    for line in () if deal.quote is None else deal.quote.lines:
        wanted = order.quantity_of(line.item)
        before = sum((one.quantity_of(line.item) for one in orders), Decimal(0))
        if wanted and wanted + before > line.quantity:
            yield Refusal(
                "beyond_the_quote",
                "{item} is quoted for {need} and ordered for {before}: {got} more needs a new approved price",
                need=str(line.quantity),
                got=str(wanted),
                facts={"item": line.item, "before": str(before)},
                clause="R30",
            )


def _one_for_each_work(
    order: WorkOrder, documents: Iterable[DraftedDocument | MainDocument], clause: str | None = None
) -> Checks:
    """Every work of the order ends in one document."""
    wanted = tuple(work.id for work in order.works)
    named = tuple(document.work for document in documents)
    if sorted(named) != sorted(wanted):
        yield Refusal(
            "not_every_work", "each work of the order has one document: {need}", need=wanted, got=named, clause=clause
        )
