"""An audit of 1e6 events from Parquet, all checks, beside pm4py's token replay alone.

Run: ``python bench/audit.py [events] [python of an environment with pm4py and pyarrow]``. Invoices by the shipped page
under the example regulation: asked for, issued, sent and paid by a hundred people; one in twenty late, one in fifty out
of order, one in a hundred by the wrong role. pm4py is AGPL, so that it runs in a process and an environment of its own;
its net is made by hand of the same four steps.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

EVENTS = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
PEER = sys.argv[2] if len(sys.argv) > 2 else ""
SECONDS, MEGABYTES, TIMES = 2.0, 700, 5.0

STEPS = ("request_invoice", "issue_invoice", "send_invoice", "record_payment")
OURS = """
import resource, sys, time
begun = time.perf_counter()
from salesreg.audit import LogMapping, audit
from salesreg.commercial import InvoiceProcess, example
folder = sys.argv[1]
found = audit(LogMapping.load(folder + "/mapping.toml"), InvoiceProcess, example(), folder=folder)
kinds, rates = found.findings.kinds(), found.rates(by_person=True, by_month=True)
print(time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, len(found.log), kinds)
"""
THEIRS = """
import sys, time, pandas, warnings
warnings.simplefilter("ignore")
import pm4py
from pm4py.algo.conformance.tokenreplay import algorithm
from pm4py.objects.petri_net.obj import Marking, PetriNet
from pm4py.objects.petri_net.utils.petri_utils import add_arc_from_to
frame = pm4py.format_dataframe(pandas.read_parquet(sys.argv[1] + "/log.parquet"),
                               case_id="case", activity_key="step", timestamp_key="at")
net, places = PetriNet("invoice"), [PetriNet.Place(f"p{number}") for number in range(5)]
net.places.update(places)
for number, name in enumerate(("request_invoice", "issue_invoice", "send_invoice", "record_payment")):
    step = PetriNet.Transition(name, name)
    net.transitions.add(step)
    add_arc_from_to(places[number], step, net)
    add_arc_from_to(step, places[number + 1], net)
begun = time.perf_counter()
algorithm.apply(frame, net, Marking({places[0]: 1}), Marking({places[-1]: 1}))
print(time.perf_counter() - begun)
"""
MAPPING = """
[log]
process = "invoice"
[[source]]
path = "log.parquet"
case = "case"
step = "step"
at = "at"
recorded_at = "recorded_at"
person = "person"
evidence = { issue_invoice = ["document"] }
[recording]
within = "1 business day"
bulk = { events = 20, within = "5 minutes" }
[[separate]]
norm = "issuer_and_payer"
steps = ["issue_invoice", "record_payment"]
"""


def write(folder: Path) -> None:
    """A log of so many events, and what it means."""
    cases, random = EVENTS // 4, np.random.default_rng(7)
    minutes = random.integers(0, 3 * 365 * 24 * 60, cases) * np.timedelta64(1, "m")
    start = np.datetime64("2023-01-09T06:00:00", "us") + minutes
    gaps = np.stack([np.zeros(cases, np.int64), *(random.exponential(mean, cases).astype(np.int64) + 1 for mean in
                     (9, 120, 5000))], axis=1)  # fmt: skip
    gaps[random.random(cases) < 0.05, 1] += 600
    at = start[:, None] + gaps.cumsum(axis=1) * np.timedelta64(1, "m")
    step = np.tile(np.arange(4), (cases, 1))
    swapped = random.random(cases) < 0.02
    step[swapped, 1:3] = step[swapped, 2:0:-1]
    officers, sellers = random.integers(0, 40, (cases, 4)), random.integers(40, 100, (cases, 4))
    wrong = random.random((cases, 4)) < 0.01
    person = np.where(np.isin(step, [0, 2]) != wrong, sellers, officers)
    names, people = np.array(STEPS), np.array([f"u{number}" for number in range(100)])
    table = pa.table(
        {
            "case": np.repeat(np.array([f"I-{number}" for number in range(cases)]), 4),
            "step": pa.DictionaryArray.from_arrays(step.ravel().astype(np.int8), names),
            "at": pa.array(at.ravel(), pa.timestamp("us", "UTC")),
            "recorded_at": pa.array(at.ravel() + random.integers(0, 90, 4 * cases) * np.timedelta64(1, "m"),
                                    pa.timestamp("us", "UTC")),
            "person": pa.DictionaryArray.from_arrays(person.ravel().astype(np.int8), people),
            "document": pa.array(np.where(random.random(4 * cases) < 0.01, "", "scan")),
        }
    )  # fmt: skip
    pq.write_table(table.take(random.permutation(table.num_rows)), folder / "log.parquet")
    held = ["finance" if number < 40 else "commercial_specialist" for number in range(100)]
    roles = [f'[person.u{number}]\nroles = ["{role}"]' for number, role in enumerate(held)]
    (folder / "mapping.toml").write_text(MAPPING + "\n".join(roles), encoding="utf-8")


def main() -> None:
    """Print the time, the memory, and the ratio."""
    with tempfile.TemporaryDirectory() as name:
        write(Path(name))
        runs = []
        for _ in range(3):
            out = subprocess.run([sys.executable, "-c", OURS, name], check=True, capture_output=True, text=True).stdout
            seconds, megabytes, events, kinds = out.split(maxsplit=3)
            runs.append((float(seconds), int(megabytes)))
        seconds, megabytes = min(runs)
        print(f"{int(events):,} events, all checks, imports included: {seconds:.2f} s, {megabytes} MB: {kinds.strip()}")
        print(verdict(seconds <= SECONDS and megabytes <= MEGABYTES, f"at most {SECONDS} s and {MEGABYTES} MB"))
        if PEER:
            out = subprocess.run([PEER, "-c", THEIRS, name], check=True, capture_output=True, text=True).stdout
            times = float(out.split()[-1]) / seconds
            print(f"pm4py's token replay alone: {float(out.split()[-1]):.2f} s, {times:.1f}x")
            print(verdict(times >= TIMES, f"at least {TIMES}x"))


def verdict(met: bool, budget: str) -> str:
    """Whether a budget is met, in a line."""
    return f"  {'met' if met else 'MISSED'}: {budget}"


main()
