"""Deterministic by default: `HYPOTHESIS_PROFILE=deep` explores further by hand."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

import postgres_server

settings.register_profile(
    "ci", derandomize=True, deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("deep", deadline=None, max_examples=2000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of a PostgreSQL server."""
    with postgres_server.server() as url:
        yield url
