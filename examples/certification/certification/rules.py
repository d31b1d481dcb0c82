"""The body's rulebook: `salesreg process list --rulebook certification.rules:RULES`."""

from collections.abc import Iterator
from pathlib import Path

from certification.appeal import CONTESTED, AppealProcess
from certification.application import ApplicationProcess
from certification.certificate import CertificateProcess
from certification.declaration import DeclarationProcess
from certification.entities import Appeal, Application, Certificate, Surveillance
from certification.evaluation import SEPARATED
from certification.roles import DECIDER, DIRECTOR, EXPERT, HEAD, OFFICE, PANEL
from certification.surveillance import SurveillanceProcess
from salesreg import Case, Event, Norm, Regulation, Rulebook
from salesreg.process import Follow, Look, Opening, reaction
from salesreg.rules import Chapter, Strength


@reaction(after=ApplicationProcess.grant, then=CertificateProcess.issue, clause="7.7")
def issue(case: Case[Application], _: Event, __: Look) -> Iterator[Opening[Certificate]]:
    yield CertificateProcess.issue(application=case.id)


@reaction(after=CertificateProcess.look_again, then=SurveillanceProcess.begin, clause="7.9")
def begin_surveillance(case: Case[Certificate], _: Event, __: Look) -> Iterator[Opening[Surveillance]]:
    yield SurveillanceProcess.begin(certificate=case.id)


@reaction(after=SurveillanceProcess.fail, then=CertificateProcess.suspend_after, clause="7.11")
def suspend(case: Case[Surveillance], _: Event, look: Look) -> Iterator[Follow]:
    if look.case(case.data.certificate, CertificateProcess).stage == "valid":
        yield CertificateProcess.suspend_after(surveillance=case.id).on(case.data.certificate)


def stop_looking(case: Case[Certificate], _: Event, look: Look) -> Iterator[Follow]:
    for one in look.children(case.id, SurveillanceProcess):
        if not SurveillanceProcess.stages[one.stage].ended:
            yield SurveillanceProcess.drop().on(one)


@reaction(after=AppealProcess.agree, then=[ApplicationProcess.reopen, CertificateProcess.reinstate], clause="7.13")
def set_right(case: Case[Appeal], _: Event, look: Look) -> Iterator[Follow]:
    application, certificate = case.data.application, case.data.certificate
    if case.stage != AppealProcess.upheld.id:
        return
    if application is not None:
        yield ApplicationProcess.reopen().on(application)
    elif certificate is not None and look.case(certificate, CertificateProcess).stage in CONTESTED:
        yield CertificateProcess.reinstate().on(certificate)


def term(id: str, text: str, clause: str) -> Norm:
    return Norm(id, text, clause, strength=Strength.DEFINITION)


def always(id: str, text: str, clause: str) -> Norm:
    """What holds for every step, in this body's words and by its clause; audits know it by this id."""
    return Norm(id, text, clause, control="the audit of the records", metric="findings of audits")


def published() -> Regulation:
    """What the pages say; what a body sets for itself is left open."""
    return RULES.written("published")


def example() -> Regulation:
    """The same with the terms of one body."""
    return RULES.load(Path(__file__).with_name("example.toml"))


RULES = Rulebook(
    "certification",
    roles=[DIRECTOR, HEAD, OFFICE, EXPERT, DECIDER, PANEL],
    processes=[DeclarationProcess, ApplicationProcess, CertificateProcess, SurveillanceProcess, AppealProcess],
    reactions=[
        issue,
        begin_surveillance,
        suspend,
        reaction(after=CertificateProcess.withdraw, then=SurveillanceProcess.drop, clause="7.9")(stop_looking),
        reaction(after=CertificateProcess.expire, then=SurveillanceProcess.drop, clause="7.9")(stop_looking),
        set_right,
    ],
    norms=[
        SEPARATED,
        always("order", "Steps are taken in the order of the process.", "7.1"),
        always("roles", "A step is taken by whoever is appointed to it.", "6.1"),
        always("evidence", "What is not on record was not done.", "7.12"),
        term("term.took_part", "Whoever reviewed, tested or decided took part.", "7.6"),
        term("term.interest", "An interest is work for the client, now or in the last two years.", "4.2"),
    ],
    chapters=[
        Chapter(
            "file",
            "What an application brings along",
            ("the product, as it is sold", "drawings and instructions", "earlier test protocols", "who answers for it"),
            clause="7.2",
            boxes=True,
        )
    ],
    titles={"regulation.title": "Regulation of a product certification body"},
    locale=[Path(__file__).parent / "locale"],
    regulations={"published": published, "example": example},
)
