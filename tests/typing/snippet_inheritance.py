"""A process that extends another keeps its types, and `super()` gives what the parent's step gives."""

from attrs import evolve

from salesreg.commercial import Sale
from salesreg.commercial.domain.deals import Deal
from salesreg.commercial.roles import CEO, HEAD
from salesreg.process import Attempt, Command, Outcome, Refusal, Stage, Text, start
from salesreg.rules import Parameter, Role

LAWYER = Role("lawyer", "lawyer", CEO)


class OurSale(Sale, without=[Sale.recall_submission]):
    """A sale with a lawyer in it."""

    version = 2
    shortest = Parameter("acme.shortest", int, default=5)
    legal_review = Stage("Legal review", LAWYER, no_term="x")

    approve_quote = Sale.approve_quote.rerouted(Sale.awaiting_price_approval.to(legal_review))
    open_deal = Sale.open_deal.changed(by=[HEAD, LAWYER], never=None)
    astray = Sale.open_deal.rerouted(start(legal_review))  # E
    nobodys = Sale.open_deal.changed(by="lawyer")  # E
    renamed = Sale.open_deal.changed(whom=LAWYER)  # E

    @Sale.reject_quote.doing
    def reject_quote(self, deal: Deal, attempt: Attempt, *, reason: Text) -> Outcome[Deal]:
        """Right: beside the parent's reasons."""
        if len(reason) < self.shortest:
            yield Refusal("short", "say more", got=reason)
        rejected: Deal = yield from super().reject_quote(deal, attempt, reason=reason)
        return evolve(rejected, loss_reason=None)

    @Sale.reopen_deal.doing
    def reopen_deal(self, deal: Deal, attempt: Attempt, *, reason: Text) -> Outcome[Deal]:
        """Wrong: another field than the parent's."""
        return (yield from super().reopen_deal(deal, attempt, why=reason))  # E

    @Sale.cancel_deal.doing
    def cancel_deal(self, deal: Deal, attempt: Attempt, *, reason: Text) -> Outcome[Deal]:
        """Wrong: another type than the parent's."""
        return (yield from super().cancel_deal(deal, attempt, reason=5))  # E

    @Sale.close_deal.doing
    def close_deal(self, deal: Deal, attempt: Attempt, *, note: str = "") -> Outcome[Deal]:
        """Wrong: the attempt is left out."""
        return (yield from super().close_deal(deal, note=note))  # E

    @Sale.resume_deal.doing  # E
    def wake_up(self, deal: Deal) -> str:
        """Wrong: it returns no deal."""
        return deal.source


command: Command[Deal] = OurSale.approve_quote(quote_hash=None)
other: Command[Deal] = OurSale.reject_quote(reason="too dear")
OurSale.approve_quote(hash="x")  # E
OurSale.reject_quote(cause="x")  # E
