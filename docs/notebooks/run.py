"""Run every notebook from its first cell to its last; an error ends it. What they show goes to a folder.

Run: ``python docs/notebooks/run.py [folder]``, with the extra ``docs``.
"""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

for path in sorted(Path(__file__).parent.glob("*.ipynb")):
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(path.parent)}}).execute()
    print(f"{path.name}: {len(notebook.cells)} cells")
    if len(sys.argv) > 1:
        nbformat.write(notebook, Path(sys.argv[1]) / path.name)
