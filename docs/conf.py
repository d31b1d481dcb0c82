"""The site of the documentation: ``sphinx-build -W docs docs/_build/html``, with the extra ``docs``."""

from importlib.metadata import version as version_of

project = "salesreg"
author = "the salesreg authors"
release = version = version_of("salesreg")
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
exclude_patterns = ["_build", "notebooks/run.py"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
myst_heading_anchors = 4
# Pages link to files of the repository beside the docs, which are no pages of the site; a type that two packages give
# out is one type.
suppress_warnings = ["myst.xref_missing", "ref.python"]
default_role = "literal"
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_format = "short"
autodoc_default_options = {"members": True, "show-inheritance": True}
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
html_theme = "furo"
html_title = f"salesreg {release}"
html_show_sourcelink = False
