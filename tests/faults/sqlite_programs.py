"""What the tests of SQLite's files run in other programs."""

from __future__ import annotations

import os
import resource
import sqlite3
import time
from pathlib import Path

from forking import Report

from salesreg.adapters.sqlite import SqliteStore
from salesreg.errors import SalesregError, VersionConflict
from salesreg.ports import Batch, CaseWrite, Command
from salesreg.testing._records import NOON, case, event, message, scheduled

NOBODY = 65534


def counted(version: int) -> Batch:
    """The batch that brings the case to a version, with one row of every kind, all named after the version."""
    it = case(version=version)
    taken, released = (f"key-{version}",), (f"key-{version - 1}",)
    write = CaseWrite(it, version - 1, taken, released)
    marks = {"version": str(version)}
    command = Command(f"command-{version}-{os.getpid()}", "", "c-1", version)
    return Batch(
        (write,), (event(version=version),), NOON, {}, (scheduled(version),), (message(version),), command, marks
    )


def count_up(report: Report, path: str, times: int) -> None:
    """Bring the case so many versions on; report each that was acknowledged."""
    with SqliteStore(path) as store:
        while times:
            found = store.load(["c-1"]).cases
            version = found["c-1"].version + 1 if found else 1
            try:
                store.commit(counted(version))
            except VersionConflict:
                continue
            report(version)
            times -= 1


def hold_the_lock(report: Report, path: str) -> None:
    """Begin to write and never end."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    report("held")
    time.sleep(600)


def fill_the_disk(report: Report, path: str, size: int) -> None:
    """Write until no file may grow beyond a size; report the error; then go on with more room."""
    with SqliteStore(path) as store:
        store.commit(counted(1))
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        version = 1
        try:
            while version < 10_000:
                store.commit(counted(version + 1))
                version += 1
        except SalesregError as error:
            report(f"{type(error).__name__}: {error}")
        report(version == store.load(["c-1"]).cases["c-1"].version)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        store.commit(counted(version + 1))
        report(version + 1)


def write_as_nobody(report: Report, path: str) -> None:
    """Read and write as a user who may only read; report what came of it."""
    Path(path).as_uri()  # imports what it needs while the interpreter's own files may still be read
    if os.getuid() == 0:
        os.setuid(NOBODY)
    try:
        with SqliteStore(path) as store:
            report(store.load(["c-1"]).cases["c-1"].version)
            store.commit(counted(2))
    except SalesregError as error:
        report(f"{type(error).__name__}: {error}")
