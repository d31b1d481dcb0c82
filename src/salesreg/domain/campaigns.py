"""Call campaigns: whom to call, what to say, and when (R54–R56, R62, R65, R68)."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

import attrs

from salesreg.domain.clients import ClientDraft, ClientKind, Contact
from salesreg.errors import DomainError

__all__ = [
    "BaseSource",
    "CallCampaign",
    "CallScript",
    "CallWindow",
    "CampaignContact",
    "ContactBase",
    "ScriptStep",
]


class BaseSource(StrEnum):
    """Where a base of contacts comes from (R68)."""

    MANUAL = "manual"
    PARSER = "parser"
    PURCHASED = "purchased"
    SMART_SEARCH = "smart_search"
    OWN_RECORDS = "own_records"


@attrs.frozen
class ScriptStep:
    """One step of a call script: its key, and what the caller says or asks there (R65)."""

    key: str
    text: str

    def __attrs_post_init__(self) -> None:
        if not self.key.strip() or not self.text.strip():
            raise DomainError('a script step has a key and a text, such as ScriptStep("need", "Who audits you now?")')


@attrs.frozen
class CallScript:
    """What a caller says, in order; a published version no longer changes (R56, R65).

    Attributes:
        id: which script.
        version: which version of it.
        steps: from the greeting to the agreement.
        variant: for businesses or for private persons.
        published: whether callers may use it.
        checklist: what a caller goes through before and after a call (R66).
    """

    id: str
    version: str
    steps: tuple[ScriptStep, ...]
    variant: ClientKind = ClientKind.B2B
    published: bool = attrs.field(default=False, kw_only=True)
    checklist: tuple[str, ...] = attrs.field(default=(), kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not self.id.strip() or not self.version.strip():
            raise DomainError("a script has an id and a version, so that one knows what was said in a call")
        keys = self.keys
        if not keys or len(set(keys)) < len(keys):
            raise DomainError(f"script {self.id!r} needs at least one step and each key once, not {list(keys)}")

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of its steps, in order."""
        return tuple(step.key for step in self.steps)


@attrs.frozen
class CampaignContact:
    """One entry of a base: whom to call, and for which client."""

    key: str
    client: ClientDraft
    person: Contact

    def __attrs_post_init__(self) -> None:
        if not self.key.strip():
            raise DomainError(f"the contact {self.person.name!r} needs a key in its base")
        if not (self.person.phone or "").strip():
            raise DomainError(f"the contact {self.person.name!r} cannot be called: give a phone number")

    @property
    def number(self) -> str:
        """The phone number's digits, by which one person is recognised in several bases.

        >>> CampaignContact("1", ClientDraft("OOO Romashka"), Contact("Ivan", phone="+7 (495) 123-45-67")).number
        '74951234567'
        """
        return "".join(sign for sign in self.person.phone or "" if sign.isdigit())


@attrs.frozen
class ContactBase:
    """The contacts that a caller is given, and where they come from (R56, R68)."""

    source: BaseSource
    contacts: tuple[CampaignContact, ...] = ()

    def __attrs_post_init__(self) -> None:
        keys = [contact.key for contact in self.contacts]
        if len(set(keys)) < len(keys):
            twice = sorted({key for key in keys if keys.count(key) > 1})
            raise DomainError(f"the base has {', '.join(map(repr, twice))} more than once: keep each contact once")


@attrs.frozen
class CallWindow:
    """The time of day in which clients are called, half-open (R62)."""

    opens: dt.time
    closes: dt.time

    def __attrs_post_init__(self) -> None:
        if self.closes <= self.opens:
            raise DomainError(f"a calling window that opens at {self.opens} cannot close at {self.closes}")

    def __contains__(self, time: dt.time) -> bool:
        return self.opens <= time < self.closes


@attrs.frozen
class CallCampaign:
    """Calls to a base, with a script, a proposal and one system in which they are recorded (R54).

    Attributes:
        name: for people.
        base: whom to call.
        script: what to say.
        proposal_template: reference of the commercial proposal that callers send.
        system_of_record: the dialler; what is recorded anywhere else does not count (R55).
        window: when to call, where the campaign is narrower than the regulation (R62).
        pause_reason: why it rests, if it does.
        cancel_reason: why it was given up, if it was.
    """

    name: str
    base: ContactBase
    script: CallScript
    system_of_record: str
    proposal_template: str = ""
    window: CallWindow | None = attrs.field(default=None, kw_only=True)
    pause_reason: str | None = attrs.field(default=None, kw_only=True)
    cancel_reason: str | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not self.name.strip():
            raise DomainError("a campaign needs a name")
        if not self.system_of_record.strip():
            raise DomainError("a campaign names the one system in which its calls are recorded")
