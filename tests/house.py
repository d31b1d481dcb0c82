"""Rules of the house that a test can look up in the files themselves."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

PACKAGE = "salesreg"


def import_circles(folder: Path) -> list[list[str]]:
    """Files of a package that import one another in a circle: the strongly connected components of their imports.

    Every import statement counts, wherever it stands: at the top, in a function, under ``if TYPE_CHECKING``. A
    package's ``__init__`` is a file as any other, so that a file which takes a name from its own package's face is in a
    circle with it; ``from package import module`` is an import of the module alone. Modules named by a string, as in
    ``import_module``, are not seen.

    Args:
        folder: a folder of the package `salesreg`, or the package itself.

    Returns:
        The circles as lists of module names relative to `salesreg`, in order; none is what one hopes for.
    """
    files = {_module_name(path): path for path in sorted(folder.rglob("*.py"))}
    imports = {name: _imported(name, path, files) for name, path in files.items()}
    reached = {name: _reached(name, imports) for name in files}
    circles = {frozenset(other for other in reached[name] if name in reached[other]) for name in files}
    return sorted([module.removeprefix(f"{PACKAGE}.") for module in sorted(circle)] for circle in circles if circle)


def _module_name(path: Path) -> str:
    parts = path.with_suffix("").parts
    inside = parts[len(parts) - 1 - parts[::-1].index(PACKAGE) :]
    return ".".join(inside[:-1] if inside[-1] == "__init__" else inside)


def _imported(name: str, path: Path, files: Mapping[str, Path]) -> set[str]:
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    return {module for module in _named(ast.parse(path.read_text(encoding="utf-8")), package, files) if module in files}


def _named(tree: ast.AST, package: list[str], files: Mapping[str, Path]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else []
            source = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                module = f"{source}.{alias.name}"
                yield module if module in files else source


def _reached(start: str, imports: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    ahead = list(imports[start])
    while ahead:
        name = ahead.pop()
        if name not in seen:
            seen.add(name)
            ahead += imports[name]
    return seen
