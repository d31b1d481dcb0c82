"""What the body keeps on record, and what is true of it whatever the process."""

from collections.abc import Mapping
from typing import Annotated

from attrs import frozen

from salesreg import DomainError
from salesreg.process import CaseId, Ref
from salesreg.rules import Instant

People = tuple[str, ...]


@frozen
class Declaration:
    """Whom an expert works for, or did in the last two years, each by tax number."""

    expert: str
    clients: tuple[str, ...]


Declarations = tuple[Annotated[CaseId, Ref(Declaration, process="declaration")], ...]


@frozen
class Protocol:
    """What was tested: whether the product meets each requirement."""

    number: str
    met: Mapping[str, bool]

    def __attrs_post_init__(self) -> None:
        if not self.met:
            raise DomainError(
                "empty_protocol", "protocol {number} says of no requirement whether it is met", number=self.number
            )


@frozen
class Application:
    """A client asks for a certificate of a product."""

    number: str
    client: str
    product: str
    experts: People = ()  # the first of them leads
    took_part: People = ()  # whoever reviewed, tested or decided
    protocol: Protocol | None = None


ApplicationId = Annotated[CaseId, Ref(Application, process="application")]


@frozen
class Certificate:
    """What the body says of a product, until when, and when it looks again."""

    application: ApplicationId
    number: str
    client: str
    experts: People
    took_part: People
    valid_until: Instant
    look_at: Instant


CertificateId = Annotated[CaseId, Ref(Certificate, process="certificate")]


@frozen
class Surveillance:
    """Is the product still what was certified?"""

    certificate: CertificateId
    client: str
    experts: People = ()
    took_part: People = ()
    protocol: Protocol | None = None


SurveillanceId = Annotated[CaseId, Ref(Surveillance, process="surveillance")]


@frozen
class Appeal:
    """A client contests a refusal, a suspension or a withdrawal."""

    client: str
    application: ApplicationId | None
    certificate: CertificateId | None
    took_part: People  # in what is contested, and whoever proposes the answer
    uphold: bool | None = None
    answered: bool = False
