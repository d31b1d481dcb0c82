"""The sentences of source files: the literals of every refusal, domain error, finding and ``say``; nothing is run."""

from __future__ import annotations

import ast
import importlib.util
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Final

import attrs

from salesreg.errors import DeclarationError
from salesreg.process.page import Process
from salesreg.process.rulebook import Rulebook

KERNEL: Final = ("rules", "process", "decide", "ports", "engine", "adapters", "documents", "audit", "cli")
"""The packages of salesreg that say something to every rulebook; the demo beside them has texts of its own."""
PUT_IN: Final = "\0"
"""What stands in an f-string for what it puts in."""
NAME: Final = "any.field."
"""What stands before a name that a sentence with ``{need:field}`` may be given."""


@attrs.frozen
class Said:
    """A sentence as the code says it.

    Attributes:
        key: its key; a ``*`` stands for what the code puts in.
        text: the sentence in English, if it can be read off.
        facts: what a translation may name; None where that cannot be told.
        where: the file and line.
        literal: whether it is a literal, which alone can be translated.
    """

    key: str
    text: str | None
    facts: frozenset[str] | None
    where: str
    literal: bool = True


def sentences(rulebook: Rulebook, modules: Iterable[ModuleType | str]) -> Iterator[Said]:
    """Every sentence of the pages of a rulebook, of the kernel, and of some modules and packages.

    Raises:
        DeclarationError: a module is not there.
    """
    pages: dict[str, dict[str, None]] = {}
    for book in rulebook.lineage():
        for page in (*book.earlier, *book.processes):
            for klass in page.__mro__[: page.__mro__.index(Process)]:
                pages.setdefault(klass.__module__, {})[page.id] = None
    kernel = (item for one in KERNEL for item in _files(f"salesreg.{one}"))
    files = {module: path for module, path in kernel if not module.startswith("salesreg.cli.demo")}
    named = [one if isinstance(one, str) else one.__name__ for one in modules]
    files |= dict(item for name in named for item in _files(name))
    files |= dict(item for name in pages if name not in files and _found(name) for item in _files(name))
    sources = {
        module: _source(path, path.stat().st_mtime_ns, tuple(pages.get(module, ()))) for module, path in files.items()
    }
    words = {**_WORDS, **dict(item for source in sources.values() for item in source.helpers())}
    before = [(module.rpartition(".")[0], one) for module, source in sources.items() for one in source.prefixes()]
    for module, source in sources.items():
        prefixes = tuple(one for package, one in before if module.startswith(package))
        yield from source.sentences(words, prefixes or ("",))
        yield from source.names()


def _files(name: str) -> Iterator[tuple[str, Path]]:
    """The source files of a module or package, by module."""
    spec = _found(name)
    if spec is None or spec.origin is None:
        raise DeclarationError(f"no module {name!r} whose sentences could be read")
    if spec.submodule_search_locations is None:
        yield name, Path(spec.origin)
        return
    for folder in map(Path, spec.submodule_search_locations):
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            yield ".".join((name, *(parts[:-1] if parts[-1] == "__init__" else parts))), path


def _found(name: str) -> ModuleSpec | None:
    try:
        return importlib.util.find_spec(name)
    except (ImportError, ValueError):  # its package is not there, or it was made by hand
        return None


@attrs.frozen
class _Word:
    """A call that says something: what it makes, where code and sentence stand in it, and the facts of its own."""

    makes: str
    code: int
    text: int
    facts: frozenset[str] | None = frozenset()


_WORDS: Final = {
    "Refusal": _Word("Refusal", 0, 1, frozenset({"need", "got"})),
    "Must": _Word("Refusal", 1, 2, frozenset({"need", "got"})),
    "NoneLeft": _Word("Refusal", 2, 3, frozenset({"need", "got"})),
    "DomainError": _Word("DomainError", 0, 1),
    "LintFinding": _Word("LintFinding", 0, 2, frozenset({"subject"})),
}
_DECLARED: Final = frozenset({"role", "department", "norm", "parameter", "who", "field"})
"""What titles begin with that the declarations give."""


class _Source:
    """The sentences of one file."""

    def __init__(self, path: Path, pages: tuple[str, ...]) -> None:
        self._path = path
        self._keys = tuple(f"{page}.refusal." for page in pages) or ("refusal.",)
        nodes = tuple(ast.walk(ast.parse(path.read_text("utf-8"))))
        self._around: dict[ast.AST, ast.AST] = {child: node for node in nodes for child in ast.iter_child_nodes(node)}
        self._calls = tuple((node, _called(node)) for node in nodes if isinstance(node, ast.Call))
        self._given: defaultdict[tuple[ast.AST | None, str], list[ast.expr]] = defaultdict(list)
        for node in nodes:
            for name, value in _assignments(node):
                self._given[self._function(node), name].append(value)
        self._written = tuple(node for node in nodes if isinstance(node, ast.Constant | ast.JoinedStr))

    def prefixes(self) -> Iterator[str]:
        """What a function of its own puts before a key, as in ``locale.say(f"demo.{key}", english)``."""
        yield from (found for call, name in self._calls if name == "say" and (found := self._prefix(call)) is not None)

    def _prefix(self, call: ast.Call) -> str | None:
        match call.args:
            case [ast.JoinedStr([ast.Constant(str(prefix)), ast.FormattedValue(ast.Name(key))]), ast.Name(text), *_]:
                return prefix if {key, text} <= set(self._arguments(call)) else None
        return None

    def names(self) -> Iterator[Said]:
        """Names that a sentence with ``{need:field}`` may be given beside those of payload fields."""
        written = {name.replace(PUT_IN, "*") for node in self._written for name in self._strings(node, node)}
        for name in sorted(written):
            if re.fullmatch(r"[a-z_][a-z_0-9.]*(\.\*)?", name):
                yield Said(f"{NAME}{name}", None, None, str(self._path))

    def helpers(self) -> Iterator[tuple[str, _Word]]:
        """Functions of its own that say what they are given, such as ``def said(words, code, text)``."""
        for call, name in self._calls:
            function = self._function(call)
            if name in {"Refusal", "DomainError"} and isinstance(function, ast.FunctionDef):
                given = self._arguments(call)
                match self._argument(call, 0, "code"), self._argument(call, 1, "text"):
                    case ast.Name(code), ast.Name(text) if code in given and text in given:
                        passed = [one.arg for one in call.keywords if one.arg is not None]
                        own = frozenset(passed) if name == "DomainError" else self._facts(call, _WORDS[name])
                        yield function.name, _Word(name, given.index(code), given.index(text), own)

    def sentences(self, known: Mapping[str, _Word], prefixes: tuple[str, ...]) -> Iterator[Said]:
        """What the file says; keys may have something put before them."""
        for call, name in self._calls:
            if name in known:
                word = known[name]
                code, text = self._argument(call, word.code, "code"), self._argument(call, word.text, "text")
                before = self._keys if word.makes == "Refusal" else ("refusal.",)
                for key, sentence in self._pairs(call, code, text):
                    facts = self._facts(call, word)
                    yield from (self._said(call, f"{one}{key}", sentence, facts) for one in before)
                yield from self._named_titles(call)
            elif name == "built" and (code := self._argument(call, 1, "code")) is not None:
                for key, _ in self._pairs(call, code, None):
                    yield from (self._said(call, f"{before}{key}", None, None) for before in self._keys if key)
            elif name == "say" and call.args and self._prefix(call) is None:
                keys = call.args[0].elts if isinstance(call.args[0], ast.Tuple | ast.List) else call.args[:1]
                for one in keys:
                    for key, words in self._pairs(call, one, self._argument(call, 1, "english")):
                        facts, before = self._keywords(call), ("",) if self._is_direct(call, call.func) else prefixes
                        yield from (self._said(call, f"{one}{key}", words, facts) for one in before if key != PUT_IN)

    def _is_direct(self, call: ast.Call, func: ast.expr) -> bool:
        """Whether ``say`` is asked of a locale itself, and not of a function that puts something before the key."""
        match func:
            case ast.Attribute(ast.Name(name)) | ast.Attribute(ast.Attribute(_, name)):
                return name.endswith("locale")
            case ast.Name(name):
                return all(self._is_direct(call, one) for one in self._assigned(call, name))
        return True

    def _named_titles(self, call: ast.Call) -> Iterator[Said]:
        """Titles that a fact names, such as ``facts={"section": f"section.{section}"}``."""
        given = self._argument(call, 4, "facts")
        values = [given] if isinstance(given, ast.Dict) else list(self._assigned(call, getattr(given, "id", "")))
        for one in (one for value in values if isinstance(value, ast.Dict) for one in value.values):
            for key in (key.replace(PUT_IN, "*") for key in self._strings(call, one)):
                if re.fullmatch(r"[a-z_]+\.\*", key) and key.partition(".")[0] not in _DECLARED:
                    yield Said(key, None, None, f"{self._path}:{call.lineno}")

    def _said(self, call: ast.Call, key: str, text: str | None, facts: frozenset[str] | None) -> Said:
        literal = text is None or PUT_IN not in text
        return Said(key.replace(PUT_IN, "*"), text, facts, f"{self._path}:{call.lineno}", literal)

    @staticmethod
    def _argument(call: ast.Call, place: int, word: str) -> ast.expr | None:
        if len(call.args) > place:
            return call.args[place]
        return next((one.value for one in call.keywords if one.arg == word), None)

    def _pairs(self, call: ast.Call, code: ast.expr | None, text: ast.expr | None) -> Iterator[tuple[str, str | None]]:
        """Each code with its sentence; where one of several is chosen, they stand in the same order."""
        codes, texts = self._strings(call, code), self._strings(call, text)
        for number, key in enumerate(codes):
            if len(texts) in {1, len(codes)}:
                yield key, texts[number if len(texts) > 1 else 0]
            else:
                yield key, None

    def _strings(self, where: ast.AST, node: ast.expr | None) -> list[str]:
        """What an expression may be, if it is literal; an f-string with a sign for what it puts in."""
        match node:
            case ast.Constant(str(value)):
                return [value]
            case ast.IfExp():
                return [*self._strings(where, node.body), *self._strings(where, node.orelse)]
            case ast.BoolOp():
                return [one for value in node.values for one in self._strings(where, value)]
            case ast.JoinedStr():
                return ["".join(str(one.value) if isinstance(one, ast.Constant) else PUT_IN for one in node.values)]
            case ast.Name(name):
                return [one for given in self._assigned(where, name) for one in self._strings(where, given)]
        return []

    def _assigned(self, where: ast.AST, name: str) -> Iterator[ast.expr]:
        """What a name was given: in the function around, else at the top of the file."""
        scope = self._function(where)
        yield from self._given.get((scope, name)) or self._given.get((None, name), [])

    def _function(self, node: ast.AST) -> ast.AST | None:
        while node in self._around:
            node = self._around[node]
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                return node
        return None

    def _arguments(self, node: ast.AST) -> list[str]:
        """The arguments of the function around, in order; not the object or class that it is a method of."""
        function = self._function(node)
        if not isinstance(function, ast.FunctionDef):
            return []
        given = function.args
        every = (one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs))
        return [name for name in every if name not in {"self", "cls"}]

    def _facts(self, call: ast.Call, word: _Word) -> frozenset[str] | None:
        """What a sentence's placeholders may name."""
        if word.makes == "DomainError":
            found = self._keywords(call)
        elif any(one.arg is None for one in call.keywords):
            found = None
        else:
            given = self._argument(call, 5 if word.makes == "LintFinding" else 4, "facts")
            found = frozenset() if given is None else self._names(call, given)
        return None if found is None or word.facts is None else found | word.facts

    def _keywords(self, call: ast.Call) -> frozenset[str] | None:
        found: set[str] = set()
        for one in call.keywords:
            names = frozenset({one.arg}) if one.arg is not None else self._names(call, one.value)
            if names is None:
                return None
            found |= names
        return frozenset(found)

    def _names(self, where: ast.AST, given: ast.expr) -> frozenset[str] | None:
        """The keys of a dictionary that is written out."""
        if isinstance(given, ast.Name):
            values = list(self._assigned(where, given.id))
            found = [self._names(where, value) for value in values if not isinstance(value, ast.Name)]
            return None if None in found or not found else frozenset().union(*(one for one in found if one))
        if isinstance(given, ast.Dict) and all(isinstance(key, ast.Constant) for key in given.keys):
            return frozenset(str(key.value) for key in given.keys if isinstance(key, ast.Constant))
        return None


@lru_cache(maxsize=1000)
def _source(path: Path, _changed: int, pages: tuple[str, ...]) -> _Source:
    """A file, read once for each time that it changes."""
    return _Source(path, pages)


def _called(call: ast.Call) -> str:
    """The name of what is called, behind ``module.`` and before ``[Deal]``."""
    called = call.func.value if isinstance(call.func, ast.Subscript) else call.func
    name: str = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return name


def _assignments(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """The names that a statement gives something to, each with what it is given."""
    if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
        return
    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
        match target, node.value:
            case ast.Name(name), value:
                yield name, value
            case ast.Tuple(targets), ast.Tuple(values):
                yield from (
                    (one.id, value) for one, value in zip(targets, values, strict=False) if isinstance(one, ast.Name)
                )
