"""What became of the spans of this process."""

import threading
from dataclasses import dataclass, field, fields


@dataclass(slots=True)
class Counts:
    """Counters that several threads add to, of the agent's spans: the library's own are in none.

    produced = exported + dropped + refused + spooled + what waits in memory.
    """

    produced: int = 0
    exported: int = 0
    dropped: int = 0
    spooled: int = 0
    refused: int = 0
    replayed: int = 0
    shortened: int = 0
    merged: int = 0
    dropped_of_others: int = 0
    """Spans of ended processes, not in *dropped*."""

    changed: threading.Condition = field(default_factory=threading.Condition)
    produced_lock: threading.Lock = field(default_factory=threading.Lock)

    def add_produced(self) -> None:
        """Count one more span; on the agent's thread, where waking those who wait for progress would be waste."""
        with self.produced_lock:
            self.produced += 1

    def add(self, **more: int) -> None:
        """Add to the counters named."""
        with self.changed:
            for name, count in more.items():
                setattr(self, name, getattr(self, name) + count)
            self.changed.notify_all()

    def start_over(self) -> None:
        """Begin at zero, with a lock of its own; a forked child does."""
        for counter in fields(self):
            if counter.type is int or counter.type == "int":
                setattr(self, counter.name, 0)
        self.changed, self.produced_lock = threading.Condition(), threading.Lock()
