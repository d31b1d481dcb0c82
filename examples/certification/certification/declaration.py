"""The declaration of interests: what an expert says of themselves once a year."""

from collections.abc import Iterable

from attrs import evolve

from certification.entities import Declaration
from certification.roles import EXPERT, HEAD, deadline
from salesreg import Process
from salesreg.process import Assigned, Attempt, Sla, Stage, Step, Text, start, stay, step

RENEW = deadline("declaration.renew", "An expert declares their interests anew in time.", "6.1.3", EXPERT)

expert = Assigned[Declaration](lambda declaration: declaration.expert, "the expert who declares")


class DeclarationProcess(Process[Declaration]):
    """What an expert declares; it is renewed until they leave."""

    id, version, title = "declaration", 1, "Declaration of interests"
    searchable = {"expert": lambda declaration: declaration.expert}
    facts = {"what": lambda declaration: declaration.expert}

    in_force = Stage("In force", expert, no_term="it is renewed once a year")
    closed = Stage("Closed", final=True)

    @step(start(in_force), "Declare interests", by=EXPERT, notify=HEAD, clause="6.1.3")
    def declare(self, attempt: Attempt, *, clients: tuple[Text, ...]) -> Declaration:
        return Declaration(attempt.principal.id, clients)

    @step(stay(in_force), "Declare anew", by=EXPERT, only=expert, notify=HEAD, clause="6.1.3")
    def declare_anew(self, declaration: Declaration, *, clients: tuple[Text, ...]) -> Declaration:
        return evolve(declaration, clients=clients)

    close = Step(in_force.to(closed), "Close: the expert leaves", by=HEAD, clause="6.1.3")

    renewed = Sla(RENEW, start=[declare, declare_anew], stop=declare_anew, owner=expert)

    @classmethod
    def keys(cls, data: Declaration) -> Iterable[str]:
        """One declaration an expert."""
        yield f"declaration:{data.expert}"
