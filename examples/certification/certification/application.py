"""The application: reviewed, tested by experts without an interest, decided by somebody who took no part."""

from collections.abc import Iterable, Mapping

from attrs import evolve

from certification.entities import Application, Declarations, Protocol
from certification.evaluation import IMPARTIAL, conforms, impartial, lead, took_part
from certification.roles import DECIDER, EXPERT, HEAD, OFFICE, deadline
from salesreg import SYSTEM, Process
from salesreg.process import Attempt, Outcome, Stage, Step, Text, anywhere, built, start, stay, step

REVIEW = deadline("application.review", "An application is accepted in time, or it is said why not.", "7.3", HEAD)
APPOINT = deadline("application.appoint", "Experts are appointed in time, by their declarations.", "7.4", HEAD)
TEST = deadline("application.test", "The leading expert files the test protocol in time.", "7.4", EXPERT)
DECIDE = deadline("application.decide", "Whether to grant is decided in time, on the protocol.", "7.6", DECIDER)


class ApplicationProcess(Process[Application]):
    """From a client's application to a decision."""

    id, version, title = "application", 1, "Application"
    searchable = {"client": lambda one: one.client, "number": lambda one: one.number}

    received = Stage("Received", HEAD, REVIEW)
    accepted = Stage("Accepted", HEAD, APPOINT)
    in_test = Stage("Under test", lead, TEST)
    tested = Stage("Tested", DECIDER, DECIDE)
    granted = Stage("Granted", final=True)
    refused = Stage("Refused", ended=True)  # until an appeal reopens it
    rejected = Stage("Not accepted", final=True)
    withdrawn = Stage("Withdrawn", final=True)

    @step(start(received), "Register an application", by=OFFICE, notify=HEAD, clause="7.2")
    def register(self, *, number: Text, client: Text, product: Text) -> Application:
        return Application(number, client, product)

    @step(received.to(accepted), "Accept", by=HEAD, notify=OFFICE, clause="7.3")
    def accept(self, one: Application, attempt: Attempt) -> Application:
        return evolve(one, took_part=(attempt.principal.id,))

    @step(received.to(rejected), "Do not accept", by=HEAD, notify=OFFICE, clause="7.3")
    def reject(self, one: Application, *, reason: Text) -> Application:
        return one

    @step(
        accepted.to(in_test) | stay(in_test), "Appoint experts", by=HEAD, notify=lead, clause="7.4", norms=[IMPARTIAL]
    )
    def appoint(self, one: Application, attempt: Attempt, *, declarations: Declarations) -> Outcome[Application]:
        experts = yield from impartial(declarations, one.client, attempt)
        return evolve(one, experts=experts, took_part=(*one.took_part, *experts))

    @step(in_test.to(tested), "File the protocol", by=EXPERT, only=lead, notify=DECIDER, clause="7.4")
    def file_protocol(self, one: Application, *, number: Text, met: Mapping[str, bool]) -> Outcome[Application]:
        return evolve(one, protocol=(yield from built(lambda: Protocol(number, met))))

    @step(tested.to(granted), "Grant", by=DECIDER, never=took_part, requires=[conforms], notify=OFFICE, clause="7.6")
    def grant(self, one: Application, attempt: Attempt) -> Application:
        return evolve(one, took_part=(*one.took_part, attempt.principal.id))

    @step(tested.to(refused), "Refuse", by=DECIDER, never=took_part, notify=OFFICE, clause="7.6")
    def refuse(self, one: Application, attempt: Attempt, *, reason: Text) -> Application:
        return evolve(one, took_part=(*one.took_part, attempt.principal.id))

    reopen = Step(refused.to(tested), "Reopen on appeal", by=SYSTEM, notify=DECIDER, clause="7.13")

    @step(anywhere(withdrawn), "Withdraw at the client's wish", by=OFFICE, notify=HEAD, clause="7.2")
    def withdraw(self, one: Application, *, letter: Text) -> Application:
        return one

    @classmethod
    def keys(cls, data: Application) -> Iterable[str]:
        """A number is given once."""
        yield f"application:{data.number}"
