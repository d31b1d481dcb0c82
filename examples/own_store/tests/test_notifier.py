from pathlib import Path

import pytest
from own.notifier import BoxNotifier

from salesreg.testing import NotifierContract


class TestBoxNotifier(NotifierContract):
    @pytest.fixture
    def notifier(self, tmp_path: Path) -> BoxNotifier:
        return BoxNotifier(tmp_path)

    def arrived(self, notifier: BoxNotifier) -> list[tuple[str, str, str]]:
        return [(one["to"], one["subject"], one["text"]) for one in notifier.letters()]
