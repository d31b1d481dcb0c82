"""The programs that break things stand beside the tests and are run as a script as well."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
