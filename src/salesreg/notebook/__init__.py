"""In a notebook: what the library holds as tables, pictures and frames.

`import salesreg.notebook as nb` once, and say with `nb.use(engine)` whose texts are meant. From then on a case, its
evidence, a refusal, an audit and a deadline at the end of a cell show themselves; `nb.show(anything)` shows what Python
itself would print, such as a tuple of tasks or a process; `nb.frame(several)` is an Arrow table, which pandas, polars
and DuckDB take without a copy; `nb.timeline`, `nb.lateness` and `nb.funnel` plot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from salesreg.notebook.displays import Shown, load_ipython_extension, show, use
    from salesreg.notebook.frames import frame
    from salesreg.notebook.plots import funnel, lateness, timeline

__all__ = ["Shown", "frame", "funnel", "lateness", "load_ipython_extension", "show", "timeline", "use"]
_MODULES: Final = {
    "Shown": "displays", "load_ipython_extension": "displays", "show": "displays", "use": "displays",
    "frame": "frames", "funnel": "plots", "lateness": "plots", "timeline": "plots",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
