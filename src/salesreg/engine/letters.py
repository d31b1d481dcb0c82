"""What people are told: a message for each person that a notice or a rung of the ladder is for, in their own words."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from salesreg.decide.ladder import Rung
from salesreg.engine.hours import A_MOMENT, Hours
from salesreg.engine.people import People, Recipient
from salesreg.errors import RegulationMismatch, SalesregError, StoreUnavailable, placeholders
from salesreg.ports import Message
from salesreg.process.case import Case, Event, Notice, Obligation
from salesreg.process.page import Process
from salesreg.process.rulebook import Rulebook
from salesreg.process.templates import CLIENT, RUNGS
from salesreg.rules.conduct import COMPANY, URGENT
from salesreg.rules.people import Employee
from salesreg.rules.regulation import Regulation
from salesreg.rules.roles import SYSTEM
from salesreg.rules.texts import Locale

_URGENT: Final = "urgent"
_Facts: TypeAlias = dict[str, Callable[[], Any]]
"""What a template may name, each with how it is found out."""

_log: Final = logging.getLogger("salesreg")


class _Reader(msgspec.Struct, frozen=True):
    """Somebody who is told something: in which language and zone, and the instant at which they can first read it."""

    one: Recipient
    locale: Locale
    zone: ZoneInfo
    now: dt.datetime
    not_before: dt.datetime | None = None
    digest: bool = False
    urgent: bool = False

    def when(self, instant: dt.datetime) -> str:
        return self.locale.when(instant, self.zone, self.now)

    def said(self, value: Any) -> Any:
        """A fact as it is said; several things are read more than once."""
        if isinstance(value, dt.datetime) and value.tzinfo is not None:
            return self.when(value)
        if isinstance(value, dt.date):
            return self.locale.day(value)
        return tuple(value) if isinstance(value, Iterable) and not isinstance(value, str) else value


class Letters:
    """Words messages, each in its recipient's language and zone.

    Args:
        people: who is told.
        rulebook: the templates and texts, and the norms of every page that cases run on.
        regulation: whom its norms bind, where it says so; the company's hours and name.
        lang: the language of those of whom no other is known.
        case_of: the case of an id.
        now: the clock, for what was queued may be told of long after.

    Raises:
        RegulationMismatch: the regulation calls urgent what is not there.
    """

    def __init__(
        self,
        people: People,
        rulebook: Rulebook,
        regulation: Regulation,
        lang: str,
        case_of: Callable[[str], Case[Any]],
        now: Callable[[], dt.datetime],
    ) -> None:
        self._people = people
        self._rulebook = rulebook
        self._default = rulebook.texts.locale(lang)
        self._case_of = case_of
        self._now = now
        earlier = [norm for page in rulebook.earlier for norm in page.norms()]
        self._norms = {norm.id: regulation.norm(norm) for norm in (*earlier, *rulebook.enforced())}
        self._company = regulation.value(COMPANY) if COMPANY.name in regulation.settings else ""
        urgent = regulation.value(URGENT) if URGENT.name in regulation.settings else frozenset()
        steps = {f"{page.id}.{step}" for page in rulebook.processes for step in page.steps}
        if strange := sorted(urgent - steps - self._norms.keys() - {*RUNGS}):
            raise RegulationMismatch(f"{URGENT.name} names {', '.join(strange)}, which is no step, norm or rung")
        self._hours = Hours(regulation.calendar, urgent)

    def of_notice(self, notice: Notice, event: Event, case: Case[Any]) -> Iterator[Message]:
        """One message for each person that a notice is for; nobody is told of what they did themselves."""
        about, outside = f"{event.process}.{notice.step}", notice.kind == "address"
        due = min((one.due for one in event.opened if one.due is not None), default=None)
        payload = {"step": event.step, "by": event.by, "stage": event.target}
        signature = ""
        if outside:
            contact = self._contact(case, event)
            person = () if contact is None else (contact.full_name, contact.email)
            signature = "\n".join(filter(None, (", ".join(filter(None, person)), self._company)))
            payload |= {"reply_to": contact.email} if contact is not None and contact.email else {}
        for one in self._people.told(notice.kind, notice.to, notice.at):
            if one.to == event.by:
                continue
            reader = self._reader(one, notice.at, due, (about,))
            facts: _Facts = {name: partial(reader.said, value) for name, value in event.payload.items()}
            facts |= self._facts(reader, case, clauses=event.clauses, at=notice.at)
            facts |= self._step_facts(reader, event, notice.step, signature)
            roles = (CLIENT,) if outside else _roles(one, notice.to if notice.kind == "role" else None)
            kinds = [*(f"{about}.{role}" for role in roles), *([CLIENT] if outside else [about, "step"])]
            yield self._message(
                reader,
                self._worded(kinds, event.process, reader, facts),
                id=f"{notice.case}:{event.version}:{one.to}",
                template=notice.step,
                case=notice.case,
                at=notice.at,
                payload=payload,
            )

    def of_rung(self, obligation: Obligation, rung: Rung) -> Iterator[Message]:
        """A message for each person that a rung is for: the facts, which are put into words when they are sent."""
        norm, due = self._norms.get(obligation.norm), obligation.due or rung.at
        for one in self._people.on_rung(obligation, norm, rung.above, rung.at):
            reader = self._reader(one, max(rung.at, self._now()), due, (obligation.norm, rung.name))
            yield self._message(
                reader,
                ("", ""),
                id=f"{obligation.id}:{due.isoformat()}:{rung.name}:{one.to}",
                template=rung.name,
                case=obligation.case,
                at=rung.at,
                payload={"obligation": obligation.id, "rung": rung.name, "due": due.isoformat()},
            )

    def worded(self, message: Message, obligation: Obligation) -> Message:
        """A rung's message in words, with the case as it stands now."""
        reader = self._reading(message, max(message.wake_at, self._now()))
        case, rung = self._found(obligation.case), message.payload["rung"]
        facts = self._facts(reader, case, clauses=(obligation.clause,), at=message.at)
        facts |= self._rung_facts(reader, obligation, dt.datetime.fromisoformat(message.payload["due"]))
        roles = (*(f".{role}" for role in _roles(reader.one, obligation.role)), "")
        kinds = [f"{about}{role}" for about in (f"{rung}.{obligation.norm}", rung) for role in roles]
        subject, text = self._worded(kinds, case.process if case else "", reader, facts)
        return replace(message, subject=subject, text=text)

    def gathered(self, messages: Sequence[Message]) -> Message:
        """Messages of one recipient as one; a single one stays as it is. The same ones always make the same one."""
        first, *others = messages
        if not others:
            return first
        at = max(one.wake_at for one in messages) + A_MOMENT
        reader = self._reading(first, at)
        listed = "\n\n".join(f"{n}. {one.subject}\n{one.text}" for n, one in enumerate(messages, 1))
        facts: _Facts = {"n": lambda: len(messages), "at": lambda: reader.when(at), "messages": lambda: listed}
        subject, text = self._worded(["digest"], "", reader, facts)
        ids = "\n".join(sorted(one.id for one in messages))
        return replace(
            first,
            id=f"digest:{hashlib.sha256(ids.encode()).hexdigest()[:32]}:{first.to}",
            template="digest",
            subject=subject,
            text=text,
            at=at,
            payload={"messages": ids},
        )

    def quiet_until(self, message: Message, person: Employee | None, now: dt.datetime) -> dt.datetime | None:
        """Until when a message has to wait that comes late, or again, in the quiet hours of its recipient."""
        if message.digest or _URGENT in message.payload:
            return None
        return self._hours.opens(person, now)

    # -- inside -------------------------------------------------------------------------------------------------------

    def _reader(self, one: Recipient, at: dt.datetime, due: dt.datetime | None, about: tuple[str, ...]) -> _Reader:
        """How somebody is told of something that is due at an instant, if at any."""
        person, urgent = one.person, self._hours.is_urgent(about)
        not_before, digest = (None, False) if urgent else self._hours.held(person, at, due)
        locale = self._locale(None if person is None else person.lang)
        return _Reader(one, locale, self._hours.zone(person), not_before or at, not_before, digest, urgent)

    def _reading(self, message: Message, at: dt.datetime) -> _Reader:
        """Whoever a message is for, as they read it at an instant."""
        person = self._people.named([message.to]).get(message.to)
        one = Recipient(message.to, message.address, person=person)
        return _Reader(one, self._locale(message.locale), self._hours.zone(person), at)

    def _locale(self, lang: str | None) -> Locale:
        texts = self._rulebook.texts
        return texts.locale(lang) if lang in texts.languages else self._default

    def _message(self, reader: _Reader, words: tuple[str, str], *, payload: Mapping[str, str], **said: Any) -> Message:
        person, role = reader.one.person, reader.one.role
        # A role that nobody holds: the message can only become a dead letter that says so.
        marks = ({} if role is None else {"unheld": role}) | ({_URGENT: "yes"} if reader.urgent else {})
        return Message(
            to=reader.one.to,
            address=reader.one.address,
            locale=reader.locale.lang,
            subject=words[0],
            text=words[1],
            payload={**payload, **marks},
            name="" if person is None else person.full_name,
            channel=None if person is None else person.channel,
            not_before=reader.not_before,
            digest=reader.digest,
            **said,
        )

    def _worded(self, kinds: Iterable[str], process: str, reader: _Reader, facts: _Facts) -> tuple[str, str]:
        """Subject and text by the most special template that there is; only the facts that it names are looked up."""
        kind = next(one for one in kinds if one in self._rulebook.words)
        words, locale = self._rulebook.words[kind], reader.locale
        subject = locale.text(f"template.{kind}.subject", words.subject)
        text = locale.text(f"template.{kind}.text", words.text)
        try:
            said = {name: facts[name]() for name in placeholders(subject) | placeholders(text) if name in facts}
            return " ".join(locale.fill(subject, process, said).split()), locale.fill(text, process, said).strip()
        except Exception:  # noqa: BLE001 - a step is never lost over the words in which it is told
            _log.exception("the template %r cannot be filled in in %r: it is left out", kind, locale.lang)
            what = " — ".join(str(facts[name]()) for name in ("title", "what") if name in facts)
            return what, what

    def _facts(self, reader: _Reader, case: Case[Any] | None, *, clauses: tuple[str, ...], at: dt.datetime) -> _Facts:
        """What every template may name, and what the page's own may."""
        person, page = reader.one.person, None if case is None else self._page(case)
        found: _Facts = {"process": str, "what": lambda: "" if case is None else case.id}
        if case is not None and page is not None:
            told = {name: partial(_read, page, name, case, reader) for name in page.told()}
            found |= {"process": partial(reader.locale.title, f"{page.id}.title"), **told}
            found["what"] = partial(page.known_as, case, lambda name: told[name]())
        return found | {
            "case": lambda: "" if case is None else case.id,
            "name": lambda: "" if person is None else person.full_name,
            "at": partial(reader.when, at),
            "clauses": lambda: f" ({', '.join(clauses)})" if any(clauses) else "",
            "company": lambda: self._company,
        }

    def _step_facts(self, reader: _Reader, event: Event, step: str, signature: str) -> _Facts:
        return {
            "title": partial(reader.locale.title, f"{event.process}.step.{step}"),
            "by": partial(self._called, event.by, reader),
            "owed": partial(self._owed, event, reader),
            "signature": lambda: signature,
        }

    def _rung_facts(self, reader: _Reader, obligation: Obligation, due: dt.datetime) -> _Facts:
        title, owner = reader.locale.title, obligation.person
        return {
            "case": lambda: obligation.case,
            "title": lambda: title(f"norm.{obligation.norm}").rstrip("."),
            "due": partial(reader.when, due),
            "owner": lambda: self._called(owner, reader) if owner else title(f"role.{obligation.role}"),
            "by": partial(self._called, SYSTEM.id, reader),
        }

    def _owed(self, event: Event, reader: _Reader) -> str:
        """What a step has opened for the one who is told of it, a line each."""
        one, title, say = reader.one, reader.locale.title, reader.locale.say
        roles = frozenset() if one.person is None else one.person.roles
        lines = [
            say("letter.owed", "due {due}: {title}", title=title(f"norm.{owed.norm}").rstrip("."), due=reader.when(due))
            for owed in event.opened
            if (due := owed.due) is not None and (owed.person == one.to if owed.person else owed.role in roles)
        ]
        return "".join(f"\n— {line}" for line in lines)

    def _contact(self, case: Case[Any], event: Event) -> Employee | None:
        """Whom a client writes back to: whoever is in charge of the case, else whoever acted."""
        page = self._page(case)
        charges = () if page is None else page.charges
        holders = [holder for charge in reversed(charges) if (holder := charge.holder(case.data)) is not None]
        known = self._people.named([*holders, event.by])
        return next((known[one] for one in (*holders, event.by) if one in known), None)

    def _called(self, who: str, reader: _Reader) -> str:
        if who == SYSTEM.id:
            return reader.locale.title(f"role.{who}")
        person = self._people.named([who]).get(who)
        return who if person is None else person.full_name

    def _found(self, case_id: str) -> Case[Any] | None:
        try:
            return self._case_of(case_id)
        except StoreUnavailable:
            raise
        except SalesregError as wrong:
            _log.warning("who owes something in case %s is told without its facts: %s", case_id, wrong)
            return None

    def _page(self, case: Case[Any]) -> type[Process[Any]] | None:
        """The page of a case; None for one that ended on a page which is gone."""
        return self._rulebook.pages.get((case.process, case.process_version, case.rulebook))


def _roles(one: Recipient, told_as: str | None) -> tuple[str, ...]:
    """The roles by which a template may be for somebody, the one that they are told in first."""
    held = () if one.person is None else tuple(sorted(one.person.roles))
    return held if told_as is None else tuple(dict.fromkeys((told_as, *held)))


def _read(page: type[Process[Any]], name: str, case: Case[Any], reader: _Reader) -> Any:
    """A fact of a page; one that cannot be read stays a placeholder, for a message is never lost over its words."""
    try:
        return reader.said(page.told()[name](case.data))
    except Exception:  # noqa: BLE001 - a page's own function may fail in any way
        _log.exception("%s.facts[%r] fails for case %s: left out", page.__name__, name, case.id)
        return f"{{{name}}}"
