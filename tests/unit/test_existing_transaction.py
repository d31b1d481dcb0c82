"""The page on an app's own transaction: what it shows for SQLAlchemy and Django runs, each in a program of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from postgres_server import at

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "existing-transaction.md"
SQLALCHEMY = """
with Session(database) as session:
    found = deals(session).cases()
    assert len(found) == 1, found
with Session(database) as session:
    assert [one.amount for one in session.scalars(select(Order))] == [120_000]

try:
    with Session(database) as session, session.begin():
        order(session, "Orion", 1)
        order(session, "Lyra", "much")
except Exception as wrong:
    assert "much" in str(wrong), wrong
else:
    raise AssertionError("it was taken")
with Session(database) as session:
    assert len(deals(session).cases()) == len(session.scalars(select(Order)).all()) == 1
"""
SETTINGS = """
import django
from django.conf import settings
from psycopg.conninfo import conninfo_to_dict
given = conninfo_to_dict({url!r})
settings.configure(
    INSTALLED_APPS=[],
    DATABASES={{
        "default": {{
            "ENGINE": "django.db.backends.postgresql",
            "NAME": given["dbname"],
            "USER": given["user"],
            "PASSWORD": given.get("password", ""),
            "HOST": given.get("host", ""),
            "PORT": given.get("port", ""),
            "OPTIONS": {{"options": "-c search_path=shop"}},
        }}
    }},
)
django.setup()
"""
DJANGO = """
with connection.schema_editor() as editor:
    editor.create_model(Order)
first = order("Vega Lift", 120_000)
assert deals().case(first.id).id == first.id
assert Order.objects.get().amount == 120_000
for amount in ("much", None):
    try:
        order("Orion", amount)
    except Exception as wrong:
        assert "amount" in str(wrong) or "much" in str(wrong), wrong
    else:
        raise AssertionError("it was taken")
with transaction.atomic():
    order("Lyra", 7)
    transaction.set_rollback(True)
assert len(deals().cases()) == Order.objects.count() == 1
with transaction.atomic():
    try:
        with transaction.atomic():
            order("Lyra", 7)
            raise LookupError
    except LookupError:
        order("Cygnus", 8)
assert len(deals().cases()) == Order.objects.count() == 2
"""


@pytest.fixture
def url(postgres_url: str) -> Iterator[str]:
    """The address of a database of the app's own."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        for schema in ("shop", "salesreg"):
            connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        connection.execute("CREATE SCHEMA shop")
        yield postgres_url
        for schema in ("shop", "salesreg"):
            connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")


def shown(heading: str) -> str:
    """The program under a heading."""
    _, _, section = PAGE.read_text("utf-8").partition(f"## {heading}\n")
    found = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    assert found is not None
    return found[1]


def run(program: str) -> None:
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_what_sqlalchemy_undoes_was_never_there_and_what_it_commits_is(url: str):
    program = shown("PostgreSQL, with SQLAlchemy")
    address = at(url, options="-csearch_path=shop").replace("postgresql://", "postgresql+psycopg://")
    assert "postgresql+psycopg://shop@db.acme.example/shop" in program
    run(program.replace("postgresql+psycopg://shop@db.acme.example/shop", address) + SQLALCHEMY)


def test_what_django_undoes_was_never_there_and_what_it_commits_is(url: str):
    run(SETTINGS.format(url=url) + shown("PostgreSQL, with Django") + DJANGO)
