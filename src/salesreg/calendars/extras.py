"""Optional dependencies: one that is not installed is refused by the name of the extra that brings it."""

from __future__ import annotations

from importlib import import_module

from salesreg.errors import MissingExtraError


def need(package: str, extra: str, why: str) -> None:
    """Do nothing if an optional package is there; MissingExtraError if it is not."""
    try:
        import_module(package)
    except ImportError:
        raise MissingExtraError(f"{why}: pip install 'salesreg[{extra}]'", extra=extra) from None
