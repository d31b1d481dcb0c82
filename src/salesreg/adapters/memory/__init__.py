"""Everything in memory, for trying things out and for tests; what is kept is gone when the program ends."""

from salesreg.adapters.memory.clock import SystemClock
from salesreg.adapters.memory.directory import MemoryDirectory
from salesreg.adapters.memory.store import MemoryStore

__all__ = ["MemoryDirectory", "MemoryStore", "SystemClock"]
