"""What people are told: one message for each person that a notice or a rung of the ladder is for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from salesreg.decide.ladder import Rung
from salesreg.engine.people import People, Recipient
from salesreg.ports import Message
from salesreg.process.case import Event, Notice, Obligation
from salesreg.process.rulebook import Rulebook
from salesreg.rules.regulation import Regulation


class Letters:
    """Words messages in a language of the rulebook.

    Args:
        people: who is told.
        rulebook: the texts, and the norms of every page that cases run on.
        regulation: whom its norms bind, where it says so.
        lang: the language.
    """

    def __init__(self, people: People, rulebook: Rulebook, regulation: Regulation, lang: str) -> None:
        self._people = people
        self._locale = rulebook.texts.locale(lang)
        earlier = [norm for page in rulebook.earlier for norm in page.norms()]
        self._norms = {norm.id: regulation.norm(norm) for norm in (*earlier, *rulebook.enforced())}

    def of_notice(self, notice: Notice, event: Event) -> Iterator[Message]:
        """One message for each person that a notice is for; nobody is told of what they did themselves."""
        say = self._locale.say
        title = self._locale.title(f"{event.process}.step.{notice.step}")
        clauses = f" ({', '.join(event.clauses)})" if event.clauses else ""
        facts: dict[str, Any] = {"title": title, "case": event.case, "by": event.by, "clauses": clauses}
        for one in self._people.told(notice.kind, notice.to, notice.at):
            if one.to != event.by:
                yield Message(
                    id=f"{notice.case}:{event.version}:{one.to}",
                    to=one.to,
                    address=one.address,
                    locale=self._locale.lang,
                    template=notice.step,
                    subject=say("letter.step_subject", "{title} — {case}", **facts),
                    text=say("letter.step", "{title}: case {case}, by {by}{clauses}.", **facts),
                    case=notice.case,
                    at=notice.at,
                    payload={"step": event.step, "by": event.by, "stage": event.target, **_unheld(one)},
                )

    def of_rung(self, obligation: Obligation, rung: Rung) -> Iterator[Message]:
        """One message for each person that a rung is for."""
        say, norm = self._locale.say, self._norms.get(obligation.norm)
        due = "" if obligation.due is None else obligation.due.isoformat()
        subjects = {
            "remind": say("letter.remind", "Due soon"),
            "overdue": say("letter.overdue", "Overdue"),
            "superior": say("letter.superior", "Overdue, for the superior"),
            "second_superior": say("letter.second_superior", "Overdue, for the superior's superior"),
        }
        facts: dict[str, Any] = {
            "rung": subjects[rung.name],
            "title": self._locale.title(f"norm.{obligation.norm}"),
            "clause": obligation.clause,
            "case": obligation.case,
            "due": due,
        }
        for one in self._people.on_rung(obligation, norm, rung.above, rung.at):
            yield Message(
                id=f"{obligation.id}:{due}:{rung.name}:{one.to}",
                to=one.to,
                address=one.address,
                locale=self._locale.lang,
                template=rung.name,
                subject=say("letter.rung_subject", "{rung}: {title} — {case}", **facts),
                text=say("letter.rung", "{title} ({clause}). Case {case}, due {due}.", **facts),
                case=obligation.case,
                at=rung.at,
                payload={"obligation": obligation.id, "rung": rung.name, "due": due, **_unheld(one)},
            )


def _unheld(one: Recipient) -> dict[str, str]:
    """A role that nobody holds: the message can only become a dead letter that says so."""
    return {} if one.role is None else {"unheld": one.role}
