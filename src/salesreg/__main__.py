"""``python -m salesreg``."""

import sys

from salesreg.cli import main

sys.exit(main())
