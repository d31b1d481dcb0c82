"""A company with a version of its regulation in force, in which somebody was late."""

from __future__ import annotations

import datetime as dt

from salesreg.commercial.roles import FINANCE
from salesreg.rules import NormText
from salesreg.testing.commercial import FINN, Desk

NOTICE = dt.timedelta(days=14)
ANSWER = NormText(
    "inquiry.first_response", "Answer within half an hour.", {"ru": "Отвечай за полчаса."}, binds=[FINANCE],
    clause="R24", term="30 working minutes", control="the record", metric="K6",
)  # fmt: skip


ANSWER_ELSEWHERE = NormText(
    "finance.issue", "Issue the invoice.", {"ru": "Выставь счёт."}, binds=[FINANCE],
    clause="R24", term="30 working minutes", control="the record", metric="K6",
)  # fmt: skip


class Company(Desk):
    """A company that has a version of its regulation in force from Monday the 16th of March."""

    def ruled(self, *norms: NormText, sign: bool = True) -> Company:
        version = self.begin("regulation_version", "draft_version", number="1.0", norms=norms or (ANSWER,)).id
        self.take(version, "open_discussion", people=("finn",))
        self.at(20)
        self.take(version, "approve_version")
        self.take(version, "publish_version", effective_from=self.clock.now() + NOTICE, people=("finn",))
        self.at(16, month=3).engine.tick()
        assert self.stage(version) == "in_force"
        if sign:
            self.take(version, "acknowledge", by="finn", content_hash=self.case(version).data.content_hash)
        return self.at(17, month=3)

    def late(self) -> str:
        """An inquiry about an invoice that Finn took and never answered."""
        case = self.begin("inquiry", "receive_inquiry", activity="topic.invoice", received_at=self.clock.now()).id
        self.take(case, "take_inquiry", by=FINN)
        self.at(18, month=3)
        return case

    def reasons(self, case: str) -> list[list[str]]:
        """Of each late first response in a case, why nobody answers for it."""
        late = self.engine.evidence(case).excuses.items()
        return [[one.code for one in why] for owed, why in late if ANSWER.id in owed]
