"""What testing for an application and for a surveillance have in common: impartial experts, a protocol, four eyes."""

from typing import Any

from certification.declaration import DeclarationProcess
from certification.entities import Application, People, Surveillance
from certification.roles import EXPERT, HEAD
from salesreg import Norm, Refusal
from salesreg.process import Assigned, Attempt, Each, Must, ObligationStatus, Outcome

SEPARATED = Norm(
    "duties.separated",
    "A decision is taken by somebody who took no part in what it decides on.",
    "7.6",
    control="who took part and who decided, in the record of the case",
    metric="decisions that an appeal overturned",
)
IMPARTIAL = Norm(
    "impartiality.no_interest",
    "Nobody judges a client whom they work for, or worked for in the last two years.",
    "4.2",
    (EXPERT, HEAD),
    control="the expert's declaration, at the appointment",
    metric="appointments refused for an interest",
)

Tested = Application | Surveillance
lead = Assigned[Tested](lambda one: one.experts[0] if one.experts else EXPERT, "the leading expert")
took_part = Each[Any](lambda one: one.took_part, "whoever took part")


def failed(one: Tested) -> tuple[str, ...] | None:
    """The requirements that the product does not meet; None before they were tested."""
    return None if one.protocol is None else tuple(name for name, met in one.protocol.met.items() if not met)


conforms = Must[Tested](
    lambda one: failed(one) == (), "does_not_conform", "the product does not meet every requirement: {got}", got=failed
)


def impartial(declarations: tuple[str, ...], client: str, attempt: Attempt) -> Outcome[People]:
    """The experts of some declarations, if those are in force and none has an interest in the client."""
    if not declarations:
        yield Refusal("no_expert", "an appointment names the declaration of one expert at least")
    said = [attempt.related[one] for one in declarations]
    for one in said:
        late = any(due.status_at(attempt.at) is ObligationStatus.BREACHED for due in one.obligations)
        if late or one.stage != DeclarationProcess.in_force.id:
            yield Refusal("lapsed", "the declaration of {got} is not in force", got=one.data.expert, clause="6.1.3")
        if client in one.data.clients:
            yield Refusal("interest", "{got} has an interest in client {need}", client, one.data.expert, clause="4.2")
    return tuple(dict.fromkeys(one.data.expert for one in said))
