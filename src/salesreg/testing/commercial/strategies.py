"""Hypothesis strategies for the entities of the commercial service, beside those of the kernel.

Importing this module teaches them to `salesreg.testing.strategies`, so that payloads of the shipped processes can be
drawn, and ``@given`` draws them by their annotations.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from salesreg.commercial.domain.clients import ClientDraft, ClientKind, Contact, Counterparty
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.prices import QuoteLine
from salesreg.testing.commercial.fitted import fitted
from salesreg.testing.strategies import Scene, teach

_WEIGHTS: Final = (2, 4, 10, 3, 5, 9, 4, 6, 8)


def money(*, most: int = 1_000_000) -> SearchStrategy[Money]:
    """Positive amounts in roubles, to the kopeck."""
    return st.decimals(Decimal("0.01"), Decimal(most), places=2, allow_nan=False, allow_infinity=False).map(Money)


@st.composite
def tax_ids(draw: st.DrawFn) -> str:
    """Tax ids of legal entities with a right check digit."""
    body = f"{draw(st.integers(1000, 9999))}{draw(st.integers(1, 99_999)):05}"
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, body, strict=True))
    return f"{body}{total % 11 % 10}"


def quote_lines() -> SearchStrategy[QuoteLine]:
    """Lines of a quote with and without a discount."""
    return st.builds(
        QuoteLine,
        st.sampled_from(["CERT", "TEST", "POLICY"]),
        money(),
        st.integers(0, 30).map(Decimal),
        st.just(Decimal(1)),
    )


def usually(scene: Scene) -> SearchStrategy[dict[str, Any]]:
    """What a step is usually given, fitted to the moment; for `process_machine` with the people of the department."""

    def made(serial: int, number: int) -> dict[str, Any]:
        return fitted(
            scene.step,
            at=scene.at,
            case=scene.case,
            known=scene.known,
            serial=serial,
            pick=lambda several: several[number % len(several)],
        )

    return st.builds(made, st.integers(1, 9), st.integers(0, 5))


def _contacts() -> SearchStrategy[Contact]:
    phones = st.sampled_from(["+7 495 000-00-01", "+7 495 000-00-02"])
    return st.builds(Contact, st.just("D. Ivanov"), phone=phones, email=st.just("ivanov@client.example"))


def _drafts() -> SearchStrategy[ClientDraft]:
    firms = st.sampled_from([("7707083893", "770701001"), ("7736050003", "773601001")])
    return firms.map(lambda ids: ClientDraft("Client", ClientKind.B2B, inn=ids[0], kpp=ids[1]))


def _counterparties() -> SearchStrategy[Counterparty]:
    return tax_ids().map(lambda inn: Counterparty(f"cp-{inn}", "Client", inn, "770701001"))


for _kind, _strategy in (
    (Money, money),
    (QuoteLine, quote_lines),
    (Contact, _contacts),
    (ClientDraft, _drafts),
    (Counterparty, _counterparties),
):
    teach(_kind, _strategy)
