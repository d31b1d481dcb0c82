"""Whether a value fits a JSON Schema, for as much of JSON Schema as payloads use."""

from __future__ import annotations

import re
from typing import Any

KINDS: dict[str, Any] = {
    "object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool,
    "null": type(None),
}  # fmt: skip


def fits(schema: dict[str, Any], value: Any, root: dict[str, Any] | None = None) -> bool:
    """Whether a JSON-like value fits; ``root`` holds the definitions."""
    root = root or schema
    if "$ref" in schema:
        return fits(root["$defs"][schema["$ref"].rsplit("/", 1)[-1]], value, root)
    if "anyOf" in schema:
        return any(fits(one, value, root) for one in schema["anyOf"])
    if "enum" in schema:
        return value in schema["enum"]
    if not isinstance(value, KINDS[schema["type"]]) or (isinstance(value, bool) and schema["type"] != "boolean"):
        return False
    if isinstance(value, dict):
        own, rest = schema.get("properties", {}), schema.get("additionalProperties", True)
        return set(schema.get("required", ())) <= set(value) and all(
            fits(own[name], inner, root) if name in own else rest is True or (bool(rest) and fits(rest, inner, root))
            for name, inner in value.items()
        )
    if isinstance(value, list):
        first, rest = schema.get("prefixItems", []), schema.get("items", {})
        kinds = [*first, *[rest] * len(value)]
        return all(not kind or fits(kind, inner, root) for kind, inner in zip(kinds, value, strict=False))
    return _within(schema, value)


def _within(schema: dict[str, Any], value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= schema.get("maxLength", len(value)) and bool(re.search(schema.get("pattern", ""), value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return schema.get("minimum", value) <= value and value > schema.get("exclusiveMinimum", value - 1)
    return True
