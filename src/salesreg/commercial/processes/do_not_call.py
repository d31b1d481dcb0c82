"""The do-not-call register: one entry a number, and what the person there said about being called (R57, R67)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from salesreg.commercial.domain.channels import Channel
from salesreg.commercial.domain.phones import CallPreference, Statement, spelled
from salesreg.commercial.parameters import PHONE_REGION
from salesreg.commercial.roles import HEAD_OF_SALES, STAFF
from salesreg.process import (
    Attempt,
    Outcome,
    Past,
    Process,
    Refusal,
    Retention,
    Stage,
    Text,
    not_before,
    start,
    stay,
    step,
)
from salesreg.rules import SYSTEM, Norm

RESPECTED: Final = Norm(
    "do_not_call.respected",
    "Nobody who has asked not to be called is called, from whichever base, until they agree to it themselves.",
    "R67",
    control="the register's entry for the number",
    metric="K3",
)
RECORDED: Final = Norm(
    "do_not_call.recorded",
    "Whoever hears or reads that somebody does not want to be called enters that in the register at once.",
    "R67",
    STAFF,
    control="the evidence in the register",
    metric="K3",
)

ANYONE: Final = (*STAFF, SYSTEM)


def key_of(number: str) -> str:
    """The key under which the register has a number, given in its one spelling."""
    return f"phone:{number}"


class DoNotCallProcess(Process[CallPreference]):
    """What the person at one number has said about calls; an entry waits for nobody, and is never closed for good.

    Numbers are entered with the bases that name them, so that a step on a contact looks at the entry as it stands.
    """

    id, version, title = "do_not_call", 1, "Do-not-call register"
    retention = Retention("the refusal of calls is respected by it (38-FZ art. 18)", 100)
    searchable = {"phone": lambda preference: preference.number}
    facts = {"what": lambda preference: preference.number}

    region = PHONE_REGION

    unasked = Stage("Nothing said about calls", ended=True)
    refused = Stage("Asked not to be called", ended=True)
    consented = Stage("Agreed to be called", ended=True)

    @step(start(unasked), "Enter a number", by=SYSTEM, clause="R57")
    def enter_number(self, *, phone: Text) -> CallPreference:
        return CallPreference(spelled(phone, self.region))

    @step(start(refused), "Enter a number that is not to be called", by=ANYONE, clause="R67", norms=[RECORDED])
    def enter_refusal(self, attempt: Attempt, *, phone: Text, channel: Channel, evidence: Text) -> CallPreference:
        no = Statement(False, attempt.at, attempt.principal.id, channel, evidence)
        return CallPreference(spelled(phone, self.region), (no,))

    @step(
        (unasked | consented).to(refused) | stay(refused),
        "Record that they do not want to be called",
        by=ANYONE,
        clause="R67",
        norms=[RECORDED],
    )
    def record_refusal(
        self, preference: CallPreference, attempt: Attempt, *, channel: Channel, evidence: Text
    ) -> CallPreference:
        return preference.with_statement(Statement(False, attempt.at, attempt.principal.id, channel, evidence))

    @step(
        (unasked | refused).to(consented) | stay(consented),
        "Record their consent to calls",
        by=HEAD_OF_SALES,
        clause="R67",
        norms=[RESPECTED],
    )
    def record_consent(
        self, preference: CallPreference, attempt: Attempt, *, channel: Channel, evidence: Text, given_at: Past
    ) -> Outcome[CallPreference]:
        """Only what they said after their last refusal clears it."""
        yield from not_before(given_at, preference.refused_at, "given_at")
        return preference.with_statement(Statement(True, given_at, attempt.principal.id, channel, evidence))

    @step(start(consented), "Enter a number with consent to calls", by=HEAD_OF_SALES, clause="R67")
    def enter_consent(
        self, attempt: Attempt, *, phone: Text, channel: Channel, evidence: Text, given_at: Past
    ) -> CallPreference:
        yes = Statement(True, given_at, attempt.principal.id, channel, evidence)
        return CallPreference(spelled(phone, self.region), (yes,))

    @classmethod
    def began(cls, data: CallPreference) -> None:
        """What somebody has consented to or refused may be older than the record of their number."""

    @classmethod
    def keys(cls, data: CallPreference) -> Iterable[str]:
        """The number in its one spelling."""
        yield key_of(data.number)

    @classmethod
    def key_refusal(cls, key: str, holder: str) -> Refusal:
        """A number is in the register once."""
        said: dict[str, Any] = {"got": key.removeprefix("phone:"), "facts": {"holder": holder}, "process": cls.id}
        return Refusal("entered", "{got} is in the register, as {holder}: record it there", clause="R67", **said)
