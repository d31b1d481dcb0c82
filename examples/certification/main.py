"""Three years of one certificate: `python main.py body.db`."""

import datetime as dt
import sys
from typing import Any

from certification.appeal import AppealProcess
from certification.application import ApplicationProcess
from certification.certificate import CertificateProcess
from certification.declaration import DeclarationProcess
from certification.people import DIRECTORY
from certification.rules import RULES, example
from certification.surveillance import SurveillanceProcess

from salesreg import Command, ProcessEngine, StepRefused
from salesreg.engine import open_engine
from salesreg.testing import ManualClock

VEGA = "7707083893"


def story(url: str) -> None:
    clock = ManualClock(dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC))
    with open_engine(url, rulebook=RULES, regulation=example(), directory=DIRECTORY, clock=clock) as engine:
        do = engine.perform
        elsa = engine.start(DeclarationProcess.declare(clients=(VEGA,)), by="elsa", case_id="elsa")
        egor = engine.start(DeclarationProcess.declare(clients=()), by="egor", case_id="egor")
        lift = ApplicationProcess.register(number="A-17", client=VEGA, product="a lift")
        engine.start(lift, by="olga", case_id="A-17")
        do("A-17", ApplicationProcess.accept(), by="hugo")
        refused(engine, "A-17", ApplicationProcess.appoint(declarations=(elsa.id,)), by="hugo")
        do("A-17", ApplicationProcess.appoint(declarations=(egor.id,)), by="hugo")
        do("A-17", ApplicationProcess.file_protocol(number="P-1", met={"brakes": True, "doors": True}), by="egor")
        refused(engine, "A-17", ApplicationProcess.grant(), by="egor")
        do("A-17", ApplicationProcess.grant(), by="dina")
        (certificate,) = engine.cases(CertificateProcess, parent="A-17")
        print(f"Certificate {certificate.data.number}: valid until {certificate.data.valid_until:%d.%m.%Y}")

        clock.move_to(dt.datetime(2027, 3, 3, 9, tzinfo=dt.UTC))
        print("A year later:", *(timer for _, timer in engine.tick().fired))
        do(egor, DeclarationProcess.declare_anew(clients=()), by="egor")
        (look,) = engine.cases(SurveillanceProcess, parent=certificate)
        do(look, SurveillanceProcess.appoint(declarations=(egor.id,)), by="hugo")
        do(look, SurveillanceProcess.file_protocol(number="P-2", met={"brakes": True, "doors": False}), by="egor")
        refused(engine, look.id, SurveillanceProcess.keep(), by="dina")
        do(look, SurveillanceProcess.fail(reason="the doors do not close"), by="dmitri")
        print("After surveillance:", engine.case(certificate.id))

        appeal = engine.start(AppealProcess.lodge(grounds="doors mended", certificate=certificate.id), by="olga")
        refused(engine, appeal.id, AppealProcess.propose(uphold=True, reason="it is so"), by="dmitri")
        do(appeal, AppealProcess.propose(uphold=True, reason="the doors close"), by="paula")
        print("The panel has until", engine.case(appeal.id).obligations[0].due)
        do(appeal, AppealProcess.agree(), by="pavel")
        for year in (2028, 2029):
            clock.move_to(dt.datetime(year, 3, 9, 9, tzinfo=dt.UTC))
            engine.tick()
        moves = [event for event in engine.history(certificate) if event.source != event.target]
        print("In the end:", *(f"{move.at:%d.%m.%Y} {move.step}: {move.target}" for move in moves), sep="\n  ")
        print("Replayed with differences:", engine.verify())


def refused(engine: ProcessEngine, case: str, command: Command[Any], by: str) -> None:
    try:
        engine.perform(case, command, by=by)
    except StepRefused as reasons:
        print("Refused:", *reasons.reasons("en"), *reasons.reasons("ru"), sep="\n  ")


if __name__ == "__main__":
    story(f"sqlite:///{sys.argv[1]}")
