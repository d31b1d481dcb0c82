"""A process is written over one entity, and its steps and stages are what they say."""

from collections.abc import Iterator
from decimal import Decimal

import attrs

from salesreg.calendars import Term
from salesreg.process import (
    STAGE_OWNER,
    Assigned,
    Attempt,
    Each,
    Must,
    Outcome,
    Past,
    Process,
    Refusal,
    Sla,
    Stage,
    Step,
    Text,
    Timer,
    built,
    need,
    start,
    stay,
    step,
)
from salesreg.rules import SYSTEM, Dated, Norm, Parameter, Role


@attrs.frozen
class Parcel:
    """What is sent."""

    weight: int
    carrier: str | None = None


@attrs.frozen
class Letter:
    """Not a parcel."""

    words: int


PACK = Norm("parcel.pack", "A parcel is packed within an hour.", "P1", term=Term.parse("1 working hour"))
LATE = Norm("parcel.late", "Too late.", "P2", term="1 working hour")  # E
CLERK = Role("clerk", "clerk")
CLIENT = Role("client", "client")
carrier = Assigned[Parcel](lambda parcel: parcel.carrier, "the carrier")
both = Each[Parcel](lambda parcel: (parcel.carrier, CLERK))
light = Must[Parcel](lambda parcel: parcel.weight < 30, "heavy", "{got} is too heavy", got=lambda parcel: parcel.weight)
strange = Assigned[Parcel](lambda parcel: parcel.words, "nobody")  # E
odd = Must[Parcel](lambda parcel: parcel.words < 3, "odd", "odd")  # E


def dry(parcel: Parcel, attempt: Attempt) -> Iterator[Refusal]:
    """A guard sees the entity and the attempt."""
    if attempt.today.day > parcel.weight:
        yield Refusal("wet", "it is too wet", need=30, got=parcel.weight)


class Sending(Process[Parcel]):
    """From an order to a parcel sent."""

    id, version = "sending", 1
    searchable = {"carrier": lambda parcel: parcel.carrier}
    sender = Parameter("sending.sender", Role)
    limit = Parameter("sending.limit", int)
    rate = Parameter("sending.rate", Dated[Decimal])
    sizes = Parameter("sending.sizes", frozenset[str])

    packing = Stage("Packing", CLERK, PACK)
    sent = Stage("Sent", final=True)
    nobody = Stage("Nobody", "clerk")  # E
    untimed = Stage("Untimed", CLERK, "1 working hour")  # E

    @step(start(packing), "Order", by=CLIENT)
    def order(self, attempt: Attempt, *, weight: int, ordered_at: Past | None = None) -> Outcome[Parcel]:
        """Right: yields refusals and returns the data."""
        if weight > self.limit:
            yield Refusal("heavy", "too heavy", need=self.limit, got=weight)
        rate: Decimal = self.rate.on(attempt.today)
        fits: bool = "large" in self.sizes
        wrong: str = self.limit  # E
        print(self.rate + 1, self.sender.nothing)  # E
        print(rate, fits, wrong, self.sender.superior)
        return Parcel(weight)

    @step(stay(packing), "Weigh", by=[CLERK, sender, carrier], only=carrier, never=both, requires=[light, dry])
    def weigh(self, parcel: Parcel, *, weight: int, note: Text = "") -> Parcel:
        """Right: a plain function that returns the data."""
        return attrs.evolve(parcel, weight=weight)

    @step(stay(packing), "Address", by=CLERK)
    def address(self, parcel: Parcel) -> Outcome[Parcel]:
        """Right: `need` narrows, and `built` gives what it built."""
        who = yield from need(parcel.carrier, Refusal("nobody", "nobody carries it"))
        made = yield from built(lambda: Parcel(len(who)))
        return made

    send = Step(packing.to(sent, when=lambda parcel: parcel.weight > 0), "Send", by=[STAGE_OWNER, SYSTEM])

    lose = Step(packing, "Lose", by=CLERK)  # E
    find = Step(packing.to("sent"), "Find", by=CLERK)  # E
    sign = Step(stay(packing), "Sign", by="clerk")  # E
    seal = Step(stay(packing), "Seal", by=CLERK, notify="clerk")  # E
    bind = Step(stay(packing), "Bind", by=CLERK, only=CLERK)  # E
    tie = Step(stay(packing), "Tie", by=CLERK, requires=[PACK])  # E
    hide = Step(stay(packing), "Hide", by=CLERK, whom=CLERK)  # E
    open = Step(start(packing), "Open", by=CLERK)  # E
    burn = Step(stay(packing), "Burn", by=limit)  # E

    @step(stay(packing), "Write", by=CLERK)  # E
    def write(self, parcel: Parcel) -> Letter:
        """It returns another entity."""
        return Letter(parcel.weight)

    @step(stay(packing), "Say", by=CLERK)
    def say(self, parcel: Parcel) -> Outcome[Parcel]:
        """It yields no refusal."""
        yield "no"  # E
        return parcel

    @step(start(packing), "Take", by=Parameter("x.y", Decimal))  # E
    def take(self) -> Parcel:
        """A parameter that gives no role."""
        return Parcel(1)

    packed = Sla(PACK, start=order, stop=send, owner=CLERK, occurred="ordered_at")
    unpacked = Sla(PACK, start="order", stop=send, owner=CLERK)  # E
    unowned = Sla(PACK, start=order, stop=send, owner="clerk")  # E
    bell = Timer(send, at=lambda parcel: None)
    chime = Timer(order, at=lambda parcel: None)  # E


parameter: Parameter[int] = Sending.limit
print(Sending.table.stage(3), parameter)  # E
