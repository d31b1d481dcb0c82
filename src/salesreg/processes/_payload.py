"""A step's payload: its fields come from the annotations of its handler, and every problem is named at once."""

from __future__ import annotations

import datetime as dt
import difflib
import inspect
import math
import types
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from itertools import repeat
from typing import Annotated, Any, Final, Union, get_args, get_origin, get_type_hints

import attrs
import msgspec

from salesreg.domain.instants import to_utc
from salesreg.domain.people import Employee
from salesreg.errors import DeclarationError, PayloadError
from salesreg.processes._case import Ref, ref_of

__all__ = ["Field", "PayloadSpec", "decode_hook", "encode_hook"]

RESERVED: Final = frozenset(
    {
        "actor",
        "attempt",
        "at",
        "by",
        "case",
        "case_id",
        "cause",
        "command_key",
        "data",
        "expected_version",
        "on_behalf_of",
    }
    | {"process", "recorded_at", "regulation", "related", "role", "self", "step"}
)
_REQUIRED: Final = object()
_PLAIN: Final = (str, int, bool)


def encode_hook(value: object) -> object:
    """Hook for msgspec: whatever it cannot write is refused with what it can."""
    raise TypeError(
        f"a {type(value).__name__} cannot be recorded: use attrs classes, enums, text, numbers and instants"
    )


def decode_hook(kind: type, value: object) -> object:
    """Hook for msgspec: whatever it cannot read is refused."""
    raise TypeError(f"a {kind.__name__} cannot be read from {value!r}")


@attrs.frozen
class Field:
    """One payload field: its name, its type, its default, and what its type means to the engine."""

    name: str
    type: Any
    default: Any
    plain: type | None
    employee: bool
    ref: Ref | None

    @property
    def required(self) -> bool:
        """Whether the caller must give it."""
        return self.default is _REQUIRED

    def convert(self, value: object) -> Any:
        """The value as the field's type, from itself or from JSON-like values."""
        if type(value) is self.plain:
            return value
        value = _normal(value)
        _refuse_unknown_keys(value, self.type, self.name)
        return _normal(msgspec.convert(value, self.type, str_keys=False, dec_hook=decode_hook))


def _normal(value: object) -> object:
    """Instants in UTC, plain dates, finite numbers; what msgspec would let pass or cannot take."""
    if isinstance(value, dt.datetime):
        return to_utc(value)
    if isinstance(value, dt.date):
        return dt.date(value.year, value.month, value.day)
    if isinstance(value, float | Decimal) and not math.isfinite(value):
        raise ValueError(f"expected a finite number, got {value}")
    if isinstance(value, list):
        return [_normal(inner) for inner in value]
    if isinstance(value, tuple):
        return tuple(map(_normal, value))
    if isinstance(value, dict):
        return {key: _normal(inner) for key, inner in value.items()}
    return value


def _refuse_unknown_keys(value: object, kind: Any, path: str) -> None:
    """Refuse keys that msgspec would ignore when it builds an attrs class from a mapping."""
    kind = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    if get_origin(kind) in {Union, types.UnionType}:
        kinds = [part for part in get_args(kind) if part is not type(None)]
        kind = kinds[0] if len(kinds) == 1 else None
    if isinstance(value, dict) and isinstance(kind, type) and attrs.has(kind):
        fields = {field.name: field.type for field in attrs.fields(attrs.resolve_types(kind))}
        for key, inner in value.items():
            if key not in fields:
                raise ValueError(f"{path} has no attribute {key!r}; it has {', '.join(fields)}")
            _refuse_unknown_keys(inner, fields[key], f"{path}.{key}")
    elif isinstance(value, list | tuple) and get_origin(kind) is tuple:
        first, *others = get_args(kind)
        each: Iterable[Any] = repeat(first) if others == [...] else (first, *others)
        for number, (inner, its) in enumerate(zip(value, each, strict=False)):
            _refuse_unknown_keys(inner, its, f"{path}[{number}]")


class PayloadSpec:
    """The fields of one step's payload."""

    __slots__ = ("_defaults", "employees", "fields", "refs", "step")

    def __init__(self, step: str, handlers: Mapping[str, Callable[..., Any]]) -> None:
        fields: dict[str, Field] = {}
        for name, handler in handlers.items():
            hints = get_type_hints(handler, include_extras=True)
            for parameter in inspect.signature(handler).parameters.values():
                if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
                    field = _field(step, name, parameter, hints)
                    if fields.setdefault(parameter.name, field).type != field.type:
                        raise DeclarationError(f"{name}: {parameter.name} has two types in the handlers of step {step}")
        self.step = step
        self.fields: Final = tuple(fields.values())
        self.employees: Final = tuple(field.name for field in self.fields if field.employee)
        self.refs: Final = {field.name: field.ref for field in self.fields if field.ref is not None}
        self._defaults = {field.name: field.default for field in self.fields if not field.required}

    def structure(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The payload as typed values, in the order of the fields.

        Raises:
            PayloadError: names every field that is missing, unknown or mistyped.
        """
        out: dict[str, Any] = {}
        problems: list[str] = []
        for field in self.fields:
            name = field.name
            if name in given:
                try:
                    out[name] = field.convert(given[name])
                except (ValueError, TypeError) as wrong:
                    problems.append(f"{name}: {_readable(wrong)}")
            elif field.required:
                problems.append(f"{name}: missing")
            else:
                out[name] = field.default
        if not given.keys() <= out.keys() or problems:
            known = [field.name for field in self.fields]
            problems += [f"{name}: unknown{_guess(name, known)}" for name in given if name not in known]
        if problems:
            wanted = ", ".join(f.name if f.required else f"[{f.name}]" for f in self.fields) or "nothing"
            raise PayloadError(
                f"step {self.step!r} cannot take this payload: {'; '.join(problems)} (it takes {wanted})", problems
            )
        return out

    def recorded(self, payload: dict[str, Any]) -> dict[str, Any]:
        """The payload as it is recorded: an employee stands as an id."""
        if not self.employees:
            return payload
        out = dict(payload)
        for name in self.employees:
            value = out[name]
            if isinstance(value, tuple):
                out[name] = tuple(person.id for person in value)
            elif value is not None:
                out[name] = value.id
        return out

    def schema(self) -> dict[str, Any]:
        """The payload as JSON Schema, draft 2020-12."""
        kinds = [_schema_type(field) for field in self.fields]
        schemas, components = msgspec.json.schema_components(kinds, schema_hook=_schema_hook)
        properties = {}
        for field, schema in zip(self.fields, schemas, strict=True):
            properties[field.name] = (
                schema
                if field.required
                else {**schema, "default": msgspec.to_builtins(field.default, enc_hook=encode_hook)}
            )
        out: dict[str, Any] = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": self.step,
            "type": "object",
            "properties": properties,
            "required": [field.name for field in self.fields if field.required],
            "additionalProperties": False,
        }
        return {**out, "$defs": components} if components else out


def _field(step: str, handler: str, parameter: inspect.Parameter, hints: Mapping[str, Any]) -> Field:
    if parameter.name in RESERVED:
        raise DeclarationError(
            f"{handler}: {parameter.name!r} cannot be a payload field of step {step!r}: the name is the engine's own; "
            f"reserved are {', '.join(sorted(RESERVED))}"
        )
    if parameter.name not in hints:
        raise DeclarationError(f"{handler}: payload field {parameter.name!r} of step {step!r} needs a type annotation")
    kind = hints[parameter.name]
    bare = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    constrained = not isinstance(bare, type) or any(
        isinstance(e, msgspec.Meta) for e in getattr(kind, "__metadata__", ())
    )
    return Field(
        name=parameter.name,
        type=kind,
        default=_REQUIRED if parameter.default is inspect.Parameter.empty else parameter.default,
        plain=None if constrained else bare if bare in _PLAIN or attrs.has(bare) else None,
        employee=Employee in (bare, *get_args(bare)),
        ref=ref_of(kind),
    )


def _schema_type(field: Field) -> Any:
    if not field.employee:
        return field.type
    many = get_origin(field.type) is tuple
    person = Annotated[str, msgspec.Meta(description="id of an employee")]
    return tuple[person, ...] if many else person if field.required else person | None


def _schema_hook(kind: type) -> dict[str, Any]:
    raise DeclarationError(
        f"a {kind.__name__} has no JSON Schema: use attrs classes, enums, text, numbers and instants"
    )


def _readable(wrong: Exception) -> str:
    return str(wrong).replace("Expected `", "expected `").replace(" - at `$", " at `")


def _guess(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f", did you mean {near[0]!r}?" if near else ""
