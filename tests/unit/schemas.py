"""Whether a value fits a JSON Schema, as the reference validator says."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator


def fits(schema: dict[str, Any], value: Any) -> bool:
    """Whether a JSON-like value fits."""
    Draft202012Validator.check_schema(schema)
    return bool(Draft202012Validator(schema).is_valid(value))
