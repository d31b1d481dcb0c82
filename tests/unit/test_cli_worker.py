"""`salesreg worker`, `salesreg db dead` and `salesreg db requeue`, as they are typed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from ask import ANNA, Ask, requests_engine

from salesreg.adapters.memory import SystemClock
from salesreg.adapters.sqlite import SqliteStore
from salesreg.cli import main
from salesreg.ports import Permanent

HERE = Path(__file__).parent
FIRM = """
from ask import PEOPLE
from salesreg.adapters.memory import MemoryDirectory

WRONG = 7


def directory():
    return MemoryDirectory(PEOPLE)


def broken():
    raise OSError("no such server")
"""


class Refusing:
    def send(self, message: Any) -> Any:
        return Permanent("no such address")


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Two requests of which Helen could not be told, and a module that knows the firm."""
    (tmp_path / "firm.py").write_text(FIRM, "utf-8")
    path = tmp_path / "requests.db"
    with requests_engine(SqliteStore(path), SystemClock(), notifier=Refusing()) as engine:
        for number in range(2):
            engine.start(Ask.ask(text="x"), by=ANNA, case_id=f"r{number}")
        engine.tick()
    return path


def program(db: Path, *arguments: object) -> subprocess.Popen[str]:
    line = [
        sys.executable,
        "-m",
        "salesreg",
        "worker",
        "--db",
        str(db),
        "--rulebook",
        "ask:RULES",
        *map(str, arguments),
    ]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(HERE), str(db.parent), *sys.path])}
    return subprocess.Popen(
        line, env=environment, cwd=db.parent, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = main(list(map(str, arguments)))
    return (code, *capsys.readouterr())


@pytest.fixture
def regulation(db: Path) -> Path:
    """The toy regulation as a file."""
    from ask import REGULATION

    path = db.with_name("regulation.toml")
    REGULATION.dump(path)
    return path


def test_what_is_dead_is_listed_put_back_and_sent_by_the_next_worker(
    db: Path, regulation: Path, capsys: pytest.CaptureFixture[str]
):
    code, out, _ = run(capsys, "db", "dead", "--db", db)
    assert code == 0
    assert "r0:1:helen (message to helen, 1 try): no such address" in out
    assert (
        "r0:1:helen (сообщение для helen, 1 попытка): no such address"
        in run(capsys, "db", "dead", "--db", db, "--lang", "ru")[1]
    )
    listed = json.loads(run(capsys, "db", "dead", "--db", db, "--json")[1])["dead"]
    assert [(one["id"], one["kind"], one["reason"]) for one in listed if one["to"] == "helen"] == [
        ("r0:1:helen", "message", "no such address"), ("r1:1:helen", "message", "no such address"),
    ]  # fmt: skip
    code, out, _ = run(capsys, "db", "requeue", "r0:1:helen", "nobody", "--db", db)
    assert (code, out.splitlines()[1]) == (1, "nobody is not dead: see salesreg db dead")
    data = json.loads(run(capsys, "db", "requeue", "--all", "--db", db, "--json")[1])
    assert "r1:1:helen" in data["requeued"]
    assert "r0:1:helen" not in data["requeued"]
    once = program(db, "--directory", "firm:directory", "--regulation", regulation, "--once", "--json")
    out, err = once.communicate(timeout=30)
    assert once.returncode == 0, err
    assert out.count("to helen") == 2
    assert '"dead": 0' in out
    assert json.loads(err.splitlines()[-1])["event"] == "tick"


def test_requeue_wants_ids_or_all(db: Path, capsys: pytest.CaptureFixture[str]):
    for arguments in ((), ("r0:1:helen", "--all")):
        code, _, err = run(capsys, "db", "requeue", *arguments, "--db", db)
        assert (code, "say which by their ids, or --all" in err) == (2, True)


def test_a_worker_answers_for_its_health_and_ends_on_sigterm(db: Path, regulation: Path):
    worker = program(db, "--directory", "firm:directory", "--regulation", regulation, "--metrics", 0, "--every", 1)
    assert worker.stderr is not None
    first = json.loads(worker.stderr.readline())
    assert (first["event"], first["port"] > 0) == ("listening", True)
    until = time.monotonic() + 10
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{first['port']}/healthz") as answer:
                assert answer.read() == b"well\n"
            break
        except OSError:
            assert time.monotonic() < until
            time.sleep(0.05)
    worker.send_signal(signal.SIGTERM)
    _, err = worker.communicate(timeout=10)
    assert worker.returncode == 0
    assert json.loads(err.splitlines()[-1])["event"] == "stopped"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (("--directory", "firm:WRONG"), "firm:WRONG is of type int, not a Directory"),
        (("--directory", "firm:nobody"), "has no 'nobody' and no directory at all"),
        (("--directory", "firm:broken"), "firm:broken() fails: OSError: no such server"),
        (("--directory", "firm"), "names no directory"),
        ((), "nobody says who works here: name a directory with --directory MODULE:NAME"),
        (("--directory", "firm:directory", "--notifier", "pigeon:home"), "pigeon"),
        (("--directory", "firm:directory", "--every", "0"), "0"),
    ],
)
def test_what_a_worker_cannot_work_with_is_one_line_and_two(
    db: Path,
    regulation: Path,
    given: tuple[str, ...],
    says: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.chdir(db.parent)
    monkeypatch.syspath_prepend(db.parent)
    monkeypatch.delitem(sys.modules, "firm", raising=False)
    code, _, err = run(
        capsys, "worker", "--db", db, "--rulebook", "ask:RULES", "--regulation", regulation, "--once", *given
    )
    assert code == 2
    assert says in err
    assert len(err.splitlines()) == 1
