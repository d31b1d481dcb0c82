"""Whose rulebook a command works with, and under which regulation."""

from __future__ import annotations

import operator
import sys
import tomllib
import traceback
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final

import typer

from salesreg.errors import DeclarationError, SalesregError
from salesreg.ports import Directory
from salesreg.process import Rulebook
from salesreg.rules import Locale, Regulation, Texts

GROUP: Final = "salesreg.rulebooks"
"""The entry point group by which an installed package offers its rulebook."""


def rulebook_from(named: str | None) -> Rulebook:
    """The rulebook that is named; else that of the project, that of the one package that has one, or the shipped one.

    Named is ``"acme.rules:RULES"``, which may lie in the working directory. DeclarationError if it is not found, is no
    rulebook, or does not compose; or if several packages offer one.
    """
    if named is not None:
        return _loaded(named, Path.cwd(), "--rulebook")
    file, project = _project()
    if "rulebook" in project:
        return _loaded(str(project["rulebook"]), file.parent, str(file))
    installed = sorted(entry_points(group=GROUP), key=lambda one: one.name)
    if len(installed) > 1:
        offered = ", ".join(f"{one.value} ({one.name})" for one in installed)
        raise DeclarationError(f"several rulebooks are installed: say with --rulebook which you mean of {offered}")
    if installed:
        return _loaded(installed[0].value, Path.cwd(), f"the installed {installed[0].name!r}")
    from salesreg.commercial import COMMERCIAL

    return COMMERCIAL


def commercial_from(named: str | None, what: str) -> Rulebook:
    """The rulebook for what only the shipped one and those that extend it have; DeclarationError for another."""
    book = rulebook_from(named)
    if all(one.id != "commercial" for one in book.lineage()):
        raise DeclarationError(f"{what} the commercial service's, and the rulebook {book.id!r} does not extend that")
    return book


def regulation_from(rulebook: Rulebook, path: Path | None) -> Regulation | None:
    """The regulation of a file; else that of the project, the rulebook's example, its first regulation, or none."""
    file, project = _project()
    if path is None and "regulation" in project:
        path = file.parent / str(project["regulation"])
    if path is not None:
        return rulebook.load(path)
    first = next(iter(rulebook.regulations), None)
    name = "example" if "example" in rulebook.regulations else first
    return None if name is None else rulebook.regulation(name)


def regulation_needed(rulebook: Rulebook, path: Path | None) -> Regulation:
    """The same, for a command that cannot do without; bad usage if there is none."""
    found = regulation_from(rulebook, path)
    if found is None:
        raise typer.BadParameter(
            f"the rulebook {rulebook.id} has no regulation: name a file", param_hint="--regulation"
        )
    return found


def locale_from(lang: str, named: str | None) -> Locale:
    """A language, for a command that has no other use for the rulebook: it is looked for only if need be."""
    kernel = Texts({})
    return (kernel if lang in kernel.languages else rulebook_from(named).texts).locale(lang)


def _project() -> tuple[Path, dict[str, Any]]:
    """The nearest pyproject.toml, and what ``[tool.salesreg]`` says in it: rulebook, regulation, directory."""
    here = Path.cwd()
    file = next((one for folder in (here, *here.parents) if (one := folder / "pyproject.toml").is_file()), None)
    if file is None:
        return here, {}
    try:
        written = tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as wrong:
        raise DeclarationError(f"cannot tell the rulebook: {str(file)!r} cannot be read: {wrong}") from wrong
    match written:
        case {"tool": {"salesreg": dict(said)}}:
            return file, said
    return file, {}


def project_has_directory() -> bool:
    """Whether the project says who works here."""
    return "directory" in _project()[1]


def directory_from(named: str | None) -> Directory:
    """The directory that is named, or the project's: one, or a function without arguments that gives one.

    Raises:
        DeclarationError: none is named, or it is not found or no directory.
    """
    file, project = _project()
    folder, where = Path.cwd(), "--directory"
    if named is None:
        if "directory" not in project:
            raise DeclarationError(
                "nobody says who works here: name a directory with --directory MODULE:NAME, "
                'or in pyproject.toml: [tool.salesreg] directory = "acme.people:DIRECTORY"'
            )
        named, folder, where = str(project["directory"]), file.parent, str(file)
    found = _found(named, folder, where, "directory", Directory)
    if callable(found) and not isinstance(found, Directory):
        try:
            found = found()
        except Exception as wrong:
            raise DeclarationError(f"{where}: {named}() fails: {type(wrong).__name__}: {wrong}") from wrong
    if not isinstance(found, Directory) or isinstance(found, type):
        raise DeclarationError(f"{where}: {named} is of type {type(found).__name__}, not a Directory")
    return found


def _loaded(name: str, folder: Path, where: str) -> Rulebook:
    """The rulebook of a name, from a module that may lie in a folder."""
    found = _found(name, folder, where, "rulebook", Rulebook)
    if not isinstance(found, Rulebook):
        raise DeclarationError(f"{where}: {name} is of type {type(found).__name__}, not a Rulebook")
    return found


def _found(name: str, folder: Path, where: str, what: str, kind: type) -> Any:
    """What a name stands for in a module that may lie in a folder."""
    module_name, colon, attribute = (part.strip() for part in name.partition(":"))
    if not (colon and attribute and module_name.replace(".", "").isidentifier()):
        raise DeclarationError(f"{where}: {name!r} names no {what}: write MODULE:NAME, such as acme.rules:RULES")
    module = _imported(module_name, folder, where)
    try:
        return operator.attrgetter(attribute)(module)
    except Exception:  # noqa: BLE001 - a module of theirs may answer an attribute with anything
        known = {key for key, value in vars(module).items() if isinstance(value, kind) and not isinstance(value, type)}
        there = ", ".join(key for key in vars(module) if key in known)
        hint = f": it has {there}" if there else f" and no {what} at all"
        raise DeclarationError(f"{where}: module {module_name!r} has no {attribute!r}{hint}") from None


def _imported(name: str, folder: Path, where: str) -> Any:
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    try:
        return import_module(name)
    except SalesregError as wrong:
        raise DeclarationError(f"{where}: {name}: {wrong}") from wrong
    except (Exception, SystemExit) as wrong:
        if isinstance(wrong, ModuleNotFoundError) and wrong.name and f"{name}.".startswith(f"{wrong.name}."):
            raise DeclarationError(f"{where}: there is no module {wrong.name!r}, here or installed") from None
        last = traceback.extract_tb(wrong.__traceback__)[-1]
        at = "" if isinstance(wrong, SyntaxError) else f" ({last.filename}, line {last.lineno})"
        raise DeclarationError(f"{where}: {name} cannot be imported: {type(wrong).__name__}: {wrong}{at}") from wrong
