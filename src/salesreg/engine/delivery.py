"""Sending what waits in the outbox: whether it is still needed is asked again, and the notifier's answer is checked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from salesreg.decide.ladder import Rung
from salesreg.engine.attempts import failed, given_up, line
from salesreg.engine.letters import Letters
from salesreg.engine.people import People, Recipient
from salesreg.engine.report import TickReport
from salesreg.engine.turns import Turns
from salesreg.errors import StoreUnavailable
from salesreg.ports import (
    Claim,
    Dead,
    Delivered,
    Delivery,
    Done,
    Dropped,
    Later,
    Message,
    Notifier,
    ObligationQuery,
    Outcome,
    Permanent,
    Store,
    Temporary,
    Unknown,
)
from salesreg.process.case import Obligation, ObligationStatus

_AT_A_TIME: Final = 50
_ABOVE: Final = {"remind": 0, "overdue": 0, "superior": 1, "second_superior": 2}
_LONGEST_WISH: Final = dt.timedelta(days=7)
"""How long a notifier may ask to be left alone."""


class Courier:
    """Hands messages over, with no transaction open while the notifier works."""

    def __init__(self, store: Store, people: People, letters: Letters, notifier: Notifier) -> None:
        self._store = store
        self._people = people
        self._letters = letters
        self._notifier = notifier

    def deliver(self, turns: Turns, limit: int, report: TickReport) -> None:
        """Deliver what is due."""
        for claims in turns.together("message", min(limit, _AT_A_TIME), _digest):
            needed: list[tuple[Claim, Message]] = []
            outcomes: list[tuple[Claim, Outcome]] = []
            for claim in claims:
                try:
                    found = self._today(claim, turns.now())
                except StoreUnavailable:
                    raise
                except Exception as fault:  # noqa: BLE001 - the directory's fault must not hold up all behind it
                    found = failed(claim, fault, turns.now())
                if isinstance(found, Message):
                    needed.append((claim, found))
                else:
                    outcomes.append((claim, found))
            if needed:
                sent = self._outcome(needed[0][0], [message for _, message in needed], turns.now)
                outcomes += [(claim, _kept(sent, message)) for claim, message in needed]
            turns.settle_many(outcomes)
            for claim, outcome in outcomes:
                _count(report, claim, outcome)

    def _outcome(self, claim: Claim, messages: list[Message], now: Callable[[], dt.datetime]) -> Outcome:
        """What becomes of messages whose turn it is: those of a digest go and come back together."""
        try:
            sent = self._sent(self._letters.gathered(messages))
        except Exception as fault:  # noqa: BLE001 - a digest that cannot be written must not hold up all behind it
            return failed(claim, fault, now())
        if isinstance(sent, Delivered):
            return Done()
        if isinstance(sent, Permanent):
            return Dead(line(sent.reason))
        wish = sent.retry_after if isinstance(sent, Temporary) else None
        return failed(claim, sent.reason, now(), not_before=min(wish or dt.timedelta(), _LONGEST_WISH))

    def _sent(self, message: Message) -> Delivery:
        """What the notifier says; a role that nobody holds has nobody to be told."""
        if message.address is None and "unheld" in message.payload:
            return Permanent(f"nobody holds the role {message.to!r}")
        try:
            answer: object = self._notifier.send(message)
        except KeyboardInterrupt:
            raise
        except BaseException as fault:  # noqa: BLE001 - nor may a stranger's channel end the worker, as sys.exit does
            return Unknown(f"the notifier failed: {line(fault)}")
        if not isinstance(answer, Delivered | Temporary | Permanent | Unknown):
            return Unknown(f"the notifier answered with a {type(answer).__name__}, which says not what became of it")
        if isinstance(answer, Temporary) and not _is_a_while(answer.retry_after):
            return Unknown(f"the notifier asks to try again after {line(answer.retry_after)}, which is no timedelta")
        return answer

    # -- asked again --------------------------------------------------------------------------------------------------

    def _today(self, claim: Claim, now: dt.datetime) -> Message | Outcome:
        """The message as it is sent today; or why it is no longer needed, with what takes its place."""
        message = claim.body
        if (spent := given_up(claim, now)) is not None:
            return spent
        if not isinstance(message, Message):
            return failed(claim, getattr(message, "reason", message), now)
        if "obligation" in message.payload:
            today = self._of_rung(message, now)
            if isinstance(today, Dropped):
                return today
            message = today
        elif "unheld" in message.payload:
            holders = [one for one in self._people.told("role", message.to, now) if one.role is None]
            if holders:
                facts = {name: fact for name, fact in message.payload.items() if name != "unheld"}
                others = tuple(_to(replace(message, payload=facts), one) for one in holders)
                return Dropped("somebody holds the role now", others)
        person = self._people.named([message.to]).get(message.to)
        if person is None:
            return message
        if person.left_on is not None and person.left_on <= self._people.day(now):
            others = tuple(
                _to(message, one) for one in self._people.told("person", message.to, now) if one.to != message.to
            )
            return Dropped(f"{message.to} does not work here any more", others)
        if (quiet := self._letters.quiet_until(message, person, now)) is not None:
            return Later(quiet)
        return message if message.address else replace(message, address=person.told_at)

    def _of_rung(self, message: Message, now: dt.datetime) -> Message | Dropped:
        """A rung's message in words, or why it is no longer needed."""
        wanted, rung = message.payload["obligation"], message.payload["rung"]
        found = obligation_of(self._store, message)
        if found is None:
            return Dropped(f"there is no obligation {wanted!r} any more")
        if (reason := _settled(found, message.payload["due"], rung, now)) is not None:
            return Dropped(reason)
        today = tuple(self._letters.of_rung(found, Rung(rung, now, _ABOVE[rung])))
        if message.id not in {one.id for one in today}:
            return Dropped(f"{message.to} is not whom it concerns any more", today)
        return self._letters.worded(message, found)


def obligation_of(store: Store, message: Message) -> Obligation | None:
    """What a rung's message is about."""
    wanted = message.payload["obligation"]
    return next((one for one in store.obligations(ObligationQuery(case=message.case)) if one.id == wanted), None)


def _kept(sent: Outcome, message: Message) -> Outcome:
    """What became of a message, with what it said if it waited without words."""
    if isinstance(sent, Done) and "obligation" in message.payload:
        return replace(sent, words=(message.subject, message.text))
    return sent


def _settled(obligation: Obligation, due: str, rung: str, now: dt.datetime) -> str | None:
    """Why nobody need be told of an obligation any more."""
    if obligation.closed_at is not None:
        return f"what it is about is {obligation.status.value} by now"
    if obligation.status is ObligationStatus.PAUSED or obligation.due is None:
        return "its clock stands still"
    if due != obligation.due.isoformat():
        return f"it is due at {obligation.due.isoformat()} now"
    if rung == "remind" and obligation.due < now:
        return "it is overdue by now"
    return None


def _is_a_while(wish: object) -> bool:
    """Whether a notifier has said how long it wishes to be left alone, or has no wish."""
    return wish is None or isinstance(wish, dt.timedelta)


def _to(message: Message, one: Recipient) -> Message:
    """The same message for somebody else."""
    name, channel = (None, None) if one.person is None else (one.person.full_name, one.person.channel)
    new_id = f"{message.id.removesuffix(f':{message.to}')}:{one.to}"
    return replace(message, id=new_id, to=one.to, address=one.address, name=name or "", channel=channel)


def _digest(claim: Claim) -> object:
    """Under what messages go out together."""
    message = claim.body
    if isinstance(message, Message) and message.digest:
        return message.to, message.channel, message.address
    return claim.id


def _count(report: TickReport, claim: Claim, outcome: Outcome) -> None:
    if isinstance(outcome, Dead):
        report.dead.append((claim.id, outcome.reason))
    elif isinstance(outcome, Dropped):
        report.dropped.append((claim.id, outcome.reason))
    elif isinstance(outcome, Done):
        report.delivered += 1
    else:
        report.postponed += 1
