"""A step's payload: its fields come from the annotations of its function, and every problem is named at once.

What a field demands is said by its type, and stands in the JSON Schema too: `Text`, `Person` and `Held`, `Past`,
`Future`, `Positive`, `Ref`. What no field may hold, such as half a character or an instant of the year 9999, is refused
whatever the type: it could be written down and never be read again, or be reckoned with by nobody.
"""

from __future__ import annotations

import datetime as dt
import difflib
import inspect
import types
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import repeat
from typing import Annotated, Any, Final, TypeAlias, Union, get_args, get_origin

import attrs
import msgspec

from salesreg.errors import DeclarationError, PayloadError
from salesreg.process.bounds import encode_hook, given, named, one_line, settled, shown, text, whole
from salesreg.process.personal import Swap, personal_among
from salesreg.process.references import Ref, ref_of, referred
from salesreg.rules.roles import Role
from salesreg.rules.texts import says_nothing


@attrs.frozen
class Held:
    """A demand on a person's id: whoever it names is known, works here and is not away unless told otherwise.

    Args:
        role: what they hold.
        employed: whether they work here today; without that they need not be here either.
        away: whether somebody who is away today will do, such as one invited to a later meeting.
    """

    role: Role | None = None
    employed: bool = True
    away: bool = False


class _Mark:
    """A demand that a type makes of its values, which are of a kind."""

    def __init__(self, name: str, kind: type = object) -> None:
        self.name: str = name
        self.kind: type = kind

    def __repr__(self) -> str:
        return self.name.upper()


BLANK: Final[_Mark] = _Mark("blank", str)
POSITIVE: Final[_Mark] = _Mark("positive")
PAST: Final[_Mark] = _Mark("past", dt.datetime)
FUTURE: Final[_Mark] = _Mark("future", dt.datetime)
LONGEST: Final = 20_000
"""The most characters of a `Text`."""
SAYING: Final = r"[^\s!-/:-@\[-`{-~\u00a0-\u00a9\u00ab-\u00b1\u00b6-\u00b8\u00bb\u00bf\u2000-\u206f\u3000-\u3004]"
"""What a `Text` has at least once, as a JSON Schema says it: something that is no blank and no punctuation."""
_NAMED: Final = 20
_LONGEST_PROBLEM: Final = 1_000

Person: TypeAlias = Annotated[str, Held(), msgspec.Meta(description="id of an employee")]
"""The id of somebody who works here; `Annotated[str, Held(ROLE)]` of somebody who holds a role."""

Known: TypeAlias = Annotated[str, Held(employed=False), msgspec.Meta(description="id of a present or former employee")]
"""The id of somebody whom the directory knows, whether they work here today or not: who is paid, asked or answered."""

Text: TypeAlias = Annotated[str, BLANK, msgspec.Meta(max_length=LONGEST, extra_json_schema={"pattern": SAYING})]
"""Text that says something, with a letter or a digit at least: stripped, in NFC, of at most 20,000 characters."""

Past: TypeAlias = Annotated[
    dt.datetime, PAST, msgspec.Meta(tz=True, extra_json_schema={"description": "an instant that has come"})
]
"""An aware instant that has come already: when a fact happened."""

Future: TypeAlias = Annotated[
    dt.datetime, FUTURE, msgspec.Meta(tz=True, extra_json_schema={"description": "an instant to come"})
]
"""An aware instant that is still to come: when something is planned."""

Positive: TypeAlias = Annotated[int, POSITIVE, msgspec.Meta(extra_json_schema={"exclusiveMinimum": 0})]
"""A whole number above zero."""

PositiveNumber: TypeAlias = Annotated[Decimal, POSITIVE, msgspec.Meta(extra_json_schema={"exclusiveMinimum": 0})]
"""A decimal number above zero."""

_REQUIRED: Final = object()
_PLAIN: Final = (str, int, bool)


def decode_hook(kind: type, value: object) -> object:
    """Hook for msgspec: whatever it cannot read is refused."""
    raise TypeError(f"a {kind.__name__} cannot be read from {shown(value)}")


@attrs.frozen
class Field:
    """One payload field: its name, its type, its default, and what its type demands.

    Attributes:
        name, type, default: as the step's function declares them.
        plain: the class whose instances need no conversion, if there is one.
        held: the demand on the people it names, if it names people.
        mark: ``"blank"``, ``"past"``, ``"future"`` or ``"positive"``; empty for none.
        ref: the cases it names, if it names cases.
    """

    name: str
    type: Any
    default: Any
    plain: type | None
    held: Held | None
    mark: str
    ref: Ref | None

    @property
    def required(self) -> bool:
        """Whether the caller must give it."""
        return self.default is _REQUIRED

    def convert(self, value: object) -> Any:
        """The value as the field's type, from itself or from JSON-like values."""
        if type(value) is self.plain:
            return text(value) if type(value) is str else whole(value)
        if self.type is Text and type(value) is str and len(value) <= LONGEST:
            return _said(text(value))  # what msgspec would check has just been seen
        plain = given(value)
        if isinstance(plain, dict | list | tuple):
            _refuse_unknown_keys(plain, self.type, self.name)
        try:
            made = msgspec.convert(plain, self.type, str_keys=False, dec_hook=decode_hook)
        except msgspec.ValidationError as wrong:
            if isinstance(plain, dict) and not isinstance(value, Mapping):
                raise msgspec.ValidationError(str(wrong).replace("`object`", f"`{type(value).__name__}`")) from None
            raise
        if self.mark == "blank":
            return _said(made)
        return settled(made)

    def people(self, value: object) -> tuple[object, ...]:
        """The ids of the people that a value of it names."""
        return referred(value) if self.held is not None else ()


def _said(value: Any) -> Any:
    """Text without blanks around it, in NFC, and empty if it has no word; each of several, none as it is."""
    if isinstance(value, str):
        return "" if says_nothing(value) else unicodedata.normalize("NFC", value.strip())
    return value if value is None else tuple(map(_said, value))


def _refuse_unknown_keys(value: object, kind: Any, path: str) -> None:
    """Refuse keys that msgspec would ignore when it builds an attrs class from a mapping."""
    kind = _bare(kind)
    origin = get_origin(kind)
    if isinstance(value, dict) and isinstance(kind, type) and attrs.has(kind):
        fields = {field.name: field.type for field in attrs.fields(attrs.resolve_types(kind))}
        for key, inner in value.items():
            if key not in fields:
                raise ValueError(f"{path} has no attribute {shown(key)}; it has {', '.join(fields)}")
            _refuse_unknown_keys(inner, fields[key], f"{path}.{key}")
    elif isinstance(value, dict) and origin is not None and issubclass(origin, Mapping):
        for key, inner in value.items():
            _refuse_unknown_keys(inner, get_args(kind)[1], f"{path}.{key}")
    elif isinstance(value, list | tuple) and origin in {tuple, list, frozenset, set}:
        first, *others = get_args(kind)
        each: Iterable[Any] = (first, *others) if origin is tuple and others != [...] else repeat(first)
        for number, (inner, its) in enumerate(zip(value, each, strict=False)):
            _refuse_unknown_keys(inner, its, f"{path}[{number}]")


class PayloadSpec:
    """The fields of one step's payload."""

    __slots__ = ("demanding", "fields", "people", "personal", "refs", "step")

    def __init__(self, step: str, parameters: Iterable[inspect.Parameter], hints: Mapping[str, Any]) -> None:
        self.step: str = step
        self.fields: tuple[Field, ...] = tuple(_field(step, one, hints) for one in parameters)
        self.demanding: tuple[Field, ...] = tuple(field for field in self.fields if field.held or field.mark)
        self.people: tuple[Field, ...] = tuple(field for field in self.fields if field.held)
        self.refs: Mapping[str, Ref] = {field.name: field.ref for field in self.fields if field.ref is not None}
        self.personal: Mapping[str, Swap] = personal_among({field.name: field.type for field in self.fields})

    def structure(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The payload as typed values, in the order of the fields.

        Raises:
            PayloadError: names every field that is missing, unknown or mistyped.
        """
        kind: type = type(given)
        if kind is not dict and not issubclass(kind, Mapping):
            problem = f"expected fields by name, got {kind.__name__}"
            raise PayloadError(f"step {self.step!r} cannot take this payload: {problem}", [problem])
        out: dict[str, Any] = {}
        problems: list[str] = []
        for field in self.fields:
            name = field.name
            if name in given:
                try:
                    out[name] = field.convert(given[name])
                except (ValueError, TypeError, RecursionError) as wrong:
                    problems.append(f"{name}: {_readable(wrong)}")
            elif field.required:
                problems.append(f"{name}: missing")
            else:
                out[name] = field.default
        if problems or not given.keys() <= out.keys():
            known = [field.name for field in self.fields]
            strange = [name for name in given if name not in known]
            problems += [f"{named(name)}: unknown{_guess(named(name), known)}" for name in strange[:_NAMED]]
            problems += [f"and {len(strange) - _NAMED:,} more"] if len(strange) > _NAMED else []
        if problems:
            wanted = ", ".join(f.name if f.required else f"[{f.name}]" for f in self.fields) or "nothing"
            raise PayloadError(
                f"step {self.step!r} cannot take this payload: {'; '.join(problems)} (it takes {wanted})", problems
            )
        return out

    def named_people(self, given: Mapping[str, Any]) -> Iterator[str]:
        """The ids of the people that a payload names, as far as it can be read."""
        for field in self.people:
            yield from (one for one in field.people(given.get(field.name, field.default)) if isinstance(one, str))

    def schema(self) -> dict[str, Any]:
        """The payload as JSON Schema, draft 2020-12."""
        schemas, components = msgspec.json.schema_components(
            [field.type for field in self.fields], schema_hook=_schema_hook
        )
        properties = {}
        for field, schema in zip(self.fields, schemas, strict=True):
            default = None if field.required else msgspec.to_builtins(field.default, enc_hook=encode_hook)
            properties[field.name] = schema if field.required else {**schema, "default": default}
        out: dict[str, Any] = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": self.step,
            "type": "object",
            "properties": properties,
            "required": [field.name for field in self.fields if field.required],
            "additionalProperties": False,
        }
        return {**out, "$defs": components} if components else out


def _field(step: str, parameter: inspect.Parameter, hints: Mapping[str, Any]) -> Field:
    if parameter.name not in hints:
        raise DeclarationError(f"payload field {parameter.name!r} of step {step!r} needs a type annotation")
    kind = hints[parameter.name]
    marks = list(_marks(kind))
    _check_marks(f"payload field {parameter.name!r} of step {step!r}", kind, marks)
    bare = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    # A demand is looked at later; what msgspec checks itself, such as a length, needs a conversion.
    checked = any(isinstance(mark, msgspec.Meta | _Mark) and not _only_says(mark) for mark in marks)
    plain = bare if not checked and isinstance(bare, type) and bare in _PLAIN else None
    return Field(
        name=parameter.name,
        type=kind,
        default=_REQUIRED if parameter.default is inspect.Parameter.empty else parameter.default,
        plain=plain,
        held=next((mark for mark in marks if isinstance(mark, Held)), None),
        mark=next((mark.name for mark in marks if isinstance(mark, _Mark)), ""),
        ref=ref_of(kind),
    )


def _check_marks(where: str, kind: Any, marks: Iterable[Any]) -> None:
    """What a type demands is looked at where it stands alone, beside None or in a tuple, and for values of its kind."""
    one = _bare(kind, but=Annotated)
    if get_origin(one) is tuple and get_args(one)[1:] == (...,):
        one = get_args(one)[0]
    for mark in marks:
        if not isinstance(mark, Held | _Mark | Ref):
            continue
        if mark not in getattr(one, "__metadata__", ()):
            raise DeclarationError(
                f"{where}: a demand stands on the type itself, before `| None`, or in `tuple[..., ...]`, not in {kind}"
            )
        wanted = mark.kind if isinstance(mark, _Mark) else str
        if not (isinstance(found := get_args(one)[0], type) and issubclass(found, wanted)):
            raise DeclarationError(f"{where}: it demands of {found} what only a {wanted.__name__} can be")


def _bare(kind: Any, *, but: Any = None) -> Any:
    """The type of a value, behind what is said beside it and beside None; of one that is one of several types, None."""
    while True:
        origin = get_origin(kind)
        if origin is Annotated and but is not Annotated:
            kind = get_args(kind)[0]
        elif origin in {Union, types.UnionType}:
            kinds = [part for part in get_args(kind) if part is not type(None)]
            kind = kinds[0] if len(kinds) == 1 else None
        else:
            return kind


def _only_says(mark: object) -> bool:
    """Whether a mark changes nothing about how a value is read."""
    if isinstance(mark, _Mark):
        return mark is not BLANK
    assert isinstance(mark, msgspec.Meta)  # noqa: S101 - the caller has looked
    return all(
        getattr(mark, name) is None
        for name in ("gt", "ge", "lt", "le", "multiple_of", "pattern", "min_length", "max_length", "tz")
    )


def _marks(kind: Any) -> Iterator[Any]:
    """What an annotation says beside its type, also behind ``| None`` and inside a tuple."""
    yield from getattr(kind, "__metadata__", ())
    for part in get_args(kind)[: 1 if get_origin(kind) is Annotated else None]:
        yield from _marks(part)


def _schema_hook(kind: type) -> dict[str, Any]:
    raise DeclarationError(
        f"a {kind.__name__} has no JSON Schema: use attrs classes, enums, text, numbers and instants"
    )


def _readable(wrong: Exception) -> str:
    said = str(wrong).replace("Expected `", "expected `").replace(" - at `$", " at `")
    return one_line(said, _LONGEST_PROBLEM)


def _guess(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f", did you mean {near[0]!r}?" if near else ""
