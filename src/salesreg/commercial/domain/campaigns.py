"""Call campaigns: whom to call, what to say, and when (R54–R56, R62, R65, R68)."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

import attrs

from salesreg.commercial.domain.clients import ClientDraft, ClientKind, Contact
from salesreg.commercial.domain.phones import check_zone
from salesreg.commercial.domain.records import Record, once, repeated, said
from salesreg.errors import DomainError


class BaseSource(StrEnum):
    """Where a base of contacts comes from (R68)."""

    MANUAL = "manual"
    PARSER = "parser"
    PURCHASED = "purchased"
    SMART_SEARCH = "smart_search"
    OWN_RECORDS = "own_records"


@attrs.frozen
class ScriptStep(Record):
    """One step of a call script: its key, and what the caller says or asks there (R65).

    Attributes:
        required: whether nobody can say if there is a need before it is passed.
    """

    key: str
    text: str
    required: bool = attrs.field(default=False, kw_only=True)

    def _check(self) -> None:
        if not self.key.strip() or not self.text.strip():
            raise DomainError("script_step_incomplete", "a script step has a key and a text")


@attrs.frozen
class CallScript(Record):
    """What a caller says, in order; a published version no longer changes (R56, R65).

    Attributes:
        variant: for businesses or for private persons.
        published: whether callers may use it.
        checklist: what a caller goes through before and after a call (R66), each with its result.
    """

    id: str
    version: str
    steps: tuple[ScriptStep, ...]
    variant: ClientKind = ClientKind.B2B
    published: bool = attrs.field(default=False, kw_only=True)
    checklist: tuple[str, ...] = attrs.field(default=(), kw_only=True)

    def _check(self) -> None:
        if not self.id.strip() or not self.version.strip():
            raise DomainError("script_without_version", "a script has an id and a version")
        keys = self.keys
        if not keys or len(set(keys)) < len(keys):
            raise DomainError(
                "script_keys",
                "script {script} needs at least one step and each key once, not {got}",
                script=self.id,
                got=keys,
            )
        once(self.checklist, "checklist_twice", "the checklist has {got} twice: keep each item once")

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of its steps, in order."""
        return tuple(step.key for step in self.steps)

    @property
    def required(self) -> tuple[str, ...]:
        """The keys of the steps without which nobody can say whether there is a need, in order."""
        return tuple(step.key for step in self.steps if step.required)


@attrs.frozen
class CampaignContact(Record):
    """One entry of a base: whom to call, and for which client.

    Attributes:
        zone: the time zone in which the person is, where it is known; it wins over the number's.
    """

    key: str
    client: ClientDraft
    person: Contact
    zone: str | None = attrs.field(default=None, kw_only=True)

    def _check(self) -> None:
        said(self.key, "base_contact_without_key", "the contact {name} needs a key in its base", name=self.person.name)
        phone = self.person.phone or ""
        said(phone, "base_contact_without_phone", "{name} cannot be called: give a number", name=self.person.name)
        if self.zone is not None:
            check_zone(self.zone)

    @property
    def phone(self) -> str:
        """The number as the base has it."""
        return self.person.phone or ""


@attrs.frozen
class ContactBase(Record):
    """The contacts that a caller is given, and where they come from (R56, R68)."""

    source: BaseSource
    contacts: tuple[CampaignContact, ...] = ()

    def _check(self) -> None:
        if twice := repeated(contact.key for contact in self.contacts):
            raise DomainError("base_contact_twice", "the base has {got} twice: keep each contact once", got=twice)


@attrs.frozen
class CallWindow(Record):
    """The time of day in which clients are called, half-open (R62)."""

    opens: dt.time
    closes: dt.time

    def _check(self) -> None:
        if self.closes <= self.opens:
            opens, closes = f"{self.opens:%H:%M}", f"{self.closes:%H:%M}"
            raise DomainError(
                "call_window_reversed", "no window opens at {opens} and closes at {closes}", opens=opens, closes=closes
            )

    def __contains__(self, time: dt.time) -> bool:
        return self.opens <= time < self.closes


@attrs.frozen
class CallCampaign(Record):
    """Calls to a base, with a script, a proposal and one system in which they are recorded (R54).

    Attributes:
        proposal_template: reference of the commercial proposal that callers send.
        system_of_record: the dialler; what is recorded anywhere else does not count (R55).
        window: when to call, where the campaign is narrower than the regulation (R62).
    """

    name: str
    base: ContactBase
    script: CallScript
    system_of_record: str
    proposal_template: str = ""
    window: CallWindow | None = attrs.field(default=None, kw_only=True)
    pause_reason: str | None = attrs.field(default=None, kw_only=True)
    cancel_reason: str | None = attrs.field(default=None, kw_only=True)

    def _check(self) -> None:
        said(self.name, "campaign_without_name", "a campaign needs a name")
        said(self.system_of_record, "campaign_without_system", "a campaign names the system that records its calls")

    @property
    def misfits(self) -> tuple[str, ...]:
        """The keys of contacts whose client is of another kind than the script is made for (R65)."""
        return tuple(one.key for one in self.base.contacts if one.client.kind is not self.script.variant)
