"""What every process promises: as it is written, and as a machine drives it, on memory and on SQLite."""

import pytest
from body import GOOD, Body
from certification.appeal import AppealProcess
from certification.application import ApplicationProcess
from certification.certificate import CertificateProcess
from certification.declaration import DeclarationProcess
from certification.people import PEOPLE
from certification.rules import RULES, example
from certification.surveillance import SurveillanceProcess
from hypothesis import settings
from hypothesis import strategies as st

from salesreg.testing import check_process, strategies

settings.register_profile("certification", derandomize=True, database=None)
settings.load_profile("certification")
BEFORE = {
    DeclarationProcess: None,
    ApplicationProcess: Body,
    CertificateProcess: lambda engine: Body(engine).certificate(),
    SurveillanceProcess: lambda engine: Body(engine).certificate(),
    AppealProcess: lambda engine: Body(engine).refused_application(),
}
USUAL = {
    "appoint": {"declarations": ["egor"]},
    "file_protocol": {"number": "P-1", "met": GOOD},
    "lodge": {"grounds": "mended", "application": "A-1"},
}


def usually(scene):
    """What a step is given most of the time; the rest is drawn from its types."""
    given = USUAL.get(scene.step.id)
    return strategies.payloads(scene.step, scene.known, PEOPLE, at=scene.at) if given is None else st.just(given)


@pytest.mark.parametrize("page", RULES.processes)
def test_every_process_keeps_its_promises(page):
    run = {"before": BEFORE[page], "usually": usually, "max_examples": 8, "steps": 8}
    check_process(page, rulebook=RULES, regulation=example(), people=PEOPLE, **run)


def test_the_rules_have_no_findings():
    assert RULES.check(example(), held=lambda role: any(role in one.roles for one in PEOPLE)) == ()
