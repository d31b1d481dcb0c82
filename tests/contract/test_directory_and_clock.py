"""The directory of given people, the computer's clock and the one that is turned by hand keep their contracts."""

import datetime as dt

import pytest

from salesreg.adapters.memory import MemoryDirectory, SystemClock
from salesreg.ports import Clock, Directory
from salesreg.testing import ClockContract, DirectoryContract, ManualClock


class TestMemoryDirectory(DirectoryContract):
    @pytest.fixture
    def directory(self) -> Directory:
        return MemoryDirectory(self.staff, self.stand_ins, self.away)


class TestSystemClock(ClockContract):
    @pytest.fixture
    def clock(self) -> Clock:
        return SystemClock()


class TestManualClock(ClockContract):
    real = False

    @pytest.fixture
    def clock(self) -> Clock:
        return ManualClock(dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC))
