"""The examples lie beside the package, as a firm's own code does: here each is imported from where it lies."""

import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"
sys.path.insert(0, str(EXAMPLES / "acme"))
