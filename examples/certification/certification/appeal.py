"""The appeal: answered by two who took no part in what is contested."""

from collections.abc import Iterable

from attrs import evolve

from certification.entities import Appeal, ApplicationId, CertificateId
from certification.evaluation import took_part
from certification.roles import OFFICE, PANEL, deadline
from salesreg import Process, Refusal
from salesreg.process import Attempt, Outcome, Sla, Stage, Text, need, start, step

ANSWER = deadline("appeal.answer", "The panel answers an appeal in time.", "7.13", PANEL)
CONTESTED = ("refused", "suspended", "withdrawn")


class AppealProcess(Process[Appeal]):
    """From the client's appeal to the answer."""

    id, version, title = "appeal", 1, "Appeal"
    searchable = {"client": lambda appeal: appeal.client}

    lodged = Stage("Lodged", PANEL, no_term="one term holds for the whole appeal")
    proposed = Stage("An answer is proposed", PANEL, no_term="one term holds for the whole appeal")
    upheld = Stage("Upheld", final=True)
    dismissed = Stage("Dismissed", final=True)

    @step(start(lodged), "Lodge an appeal", by=OFFICE, notify=PANEL, clause="7.13")
    def lodge(
        self, attempt: Attempt, *, grounds: Text,
        application: ApplicationId | None = None, certificate: CertificateId | None = None,
    ) -> Outcome[Appeal]:  # fmt: skip
        named = [attempt.related[one] for one in (application, certificate) if one is not None]
        found = [one.data for one in named if one.stage in CONTESTED and len(named) == 1]
        wrong = Refusal("nothing_to_contest", "an appeal is against one refusal, suspension or withdrawal")
        of = yield from need(found[0] if found else None, wrong)
        return Appeal(of.client, application, certificate, of.took_part)

    @step(lodged.to(proposed), "Propose an answer", by=PANEL, never=took_part, notify=PANEL, clause="7.13")
    def propose(self, appeal: Appeal, attempt: Attempt, *, uphold: bool, reason: Text) -> Appeal:
        return evolve(appeal, uphold=uphold, took_part=(*appeal.took_part, attempt.principal.id))

    @step(
        proposed.to(upheld, when=lambda appeal: appeal.uphold) | proposed.to(dismissed),
        "Agree to the answer", by=PANEL, never=took_part, notify=OFFICE, clause="7.13",
    )  # fmt: skip
    def agree(self, appeal: Appeal) -> Appeal:
        return evolve(appeal, answered=True)

    @step(proposed.to(lodged), "Disagree", by=PANEL, never=took_part, notify=PANEL, clause="7.13")
    def disagree(self, appeal: Appeal, *, reason: Text) -> Appeal:
        return evolve(appeal, took_part=appeal.took_part[:-1])  # whoever proposed it may think again

    answered_in_time = Sla(ANSWER, start=lodge, stop=agree, owner=PANEL)

    @classmethod
    def keys(cls, data: Appeal) -> Iterable[str]:
        """Of one decision one appeal at a time."""
        if not data.answered:
            yield f"appeal:{data.application or data.certificate}"
