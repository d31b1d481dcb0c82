"""A process is written over one entity, and its steps and stages are what they say."""

from collections.abc import Iterator

import attrs

from salesreg import Norm, Parameter, Process, Refusal, Role, Stage, Step, Term, start, stay
from salesreg.processes import Attempt


@attrs.frozen
class Parcel:
    """What is sent."""

    weight: int


PACK = Norm("parcel.pack", "A parcel is packed within an hour.", ru="…", clause="P1", term=Term.parse("1 working hour"))
CARRIER = Parameter("parcel.carrier", Role)
LATE = Norm("parcel.late", "Too late.", ru="…", clause="P2", term="1 working hour")  # E


def light(parcel: Parcel, attempt: Attempt) -> Iterator[Refusal]:
    """A guard sees the entity and the attempt."""
    if parcel.weight > 30:
        yield Refusal("heavy", "it is too heavy", need=30, got=parcel.weight)


class Sending(Process[Parcel]):
    """From an order to a parcel sent."""

    id, version = "sending", 1

    packing = Stage("Packing", owner=Role.SECRETARY, term=PACK)
    sent = Stage("Sent", final=True)

    order = Step(start(packing), "Order", by=Role.CLIENT)
    weigh = Step(stay(packing), "Weigh", by=[Role.SECRETARY, CARRIER], requires=[light])
    send = Step(packing.to(sent), "Send", by=CARRIER)
    lose = Step(packing, "Lose", by=CARRIER)  # E
    find = Step(packing.to("sent"), "Find", by=CARRIER)  # E
    sign = Step(stay(packing), "Sign", by="secretary")  # E

    def on_order(self, *, weight: int) -> Parcel:
        """A new parcel."""
        return Parcel(weight)


print(Sending.stage(3))  # E
