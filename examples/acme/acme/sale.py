"""Acme's sale: the shipped one with a lawyer between the approval of the price and the opening of the deal."""

from salesreg import Role
from salesreg.commercial import Sale
from salesreg.commercial.domain.deals import Deal
from salesreg.commercial.roles import CEO
from salesreg.process import Assigned, Must, Stage, Text, step
from salesreg.rules import open_norm

LAWYER = Role("lawyer", "lawyer", superior=CEO)
LEGAL_REVIEW = open_norm(
    "sale.legal_review",
    "A lawyer clears every sale whose price is approved, or sends it back, in time.",
    "A1",
    LAWYER,
    control="the lawyer's step on the sale",
    metric="share of sales reviewed in time",
)

manager = Assigned[Deal](lambda deal: deal.owner, "the deal's sales manager")
somebody_signs = Must[Deal](
    lambda deal: any(contact.is_decision_maker for contact in deal.client.contacts),
    "no_signatory",
    "a lawyer clears a sale once it is known who may sign for {got}",
    got=lambda deal: deal.client.legal_name,
    clause="A1.2",
)


class OurSale(Sale):
    """From a prospect to a contract in force, past the lawyer."""

    version = 2
    legal_review = Stage("Legal review", LAWYER, LEGAL_REVIEW)

    approve_quote = Sale.approve_quote.rerouted(Sale.beyond_authority | Sale.awaiting_price_approval.to(legal_review))
    confirm_quote = Sale.confirm_quote.rerouted(Sale.awaiting_director_approval.to(legal_review))
    back = legal_review.to(Sale.negotiating_price)  # also what a new price list does to a sale under review
    reprice_quote = Sale.reprice_quote.rerouted(Sale.reprice_quote.route | back)
    require_reapproval = Sale.require_reapproval.rerouted(Sale.require_reapproval.route | back)

    # A deal that was opened before its price was reopened has its number, and perhaps its specialist, already.
    @step(
        legal_review.to(Sale.preparing_contract, when=Sale.was_assigned)
        | legal_review.to(Sale.awaiting_assignment, when=Sale.was_opened)
        | legal_review.to(Sale.opening),
        "Clear the sale",
        by=LAWYER,
        requires=[somebody_signs],
        notify=[manager, Sale.opener],
        clause="A1",
    )
    def clear_sale(self, deal: Deal, *, opinion: Text) -> Deal:
        return deal

    @step(back, "Send the sale back", by=LAWYER, notify=manager, clause="A1")
    def send_back(self, deal: Deal, *, reason: Text) -> Deal:
        return deal.price_reopened(reason)
