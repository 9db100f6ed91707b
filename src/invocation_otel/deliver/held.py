"""Runs that have ended while their files are on their way: they wait a little, and then tell what became of them."""

import threading
from collections.abc import Callable
from functools import partial

from invocation_otel.record.entry import Entry

LONGEST_S = 15.0
"""So long a run waits for its files; later ones are told as not mirrored (yet)."""


class Held:
    """Hands entries on to *put*, those of runs with files when all is known of these, or after `LONGEST_S`."""

    def __init__(self, put: Callable[[Entry], None]) -> None:
        self._put = put
        self.start_over()

    def start_over(self) -> None:
        """Hold nothing; a forked child does, since what is held is its parent's."""
        self._entries: set[Entry] = set()
        self._changed = threading.Condition()
        self._open = True

    def put(self, entry: Entry) -> None:
        """Hand *entry* on, now or later."""
        if entry.files is None or not self._open:
            self._put(entry)
            return
        with self._changed:
            self._entries.add(entry)
        let_go = partial(self._let_go, entry)
        entry.files.when_done(let_go)
        if entry in self._entries:
            _later(let_go)

    def flush(self, timeout_s: float) -> None:
        """Wait for what is held, at most *timeout_s*."""
        with self._changed:
            self._changed.wait_for(lambda: not self._entries, timeout_s)

    def close(self, timeout_s: float) -> None:
        """The same for the last time, and hand on what is held then."""
        self.flush(timeout_s)
        self._open = False
        for entry in list(self._entries):
            self._let_go(entry)

    def _let_go(self, entry: Entry) -> None:
        with self._changed:
            if entry not in self._entries:
                return
            self._entries.discard(entry)
            self._changed.notify_all()
        self._put(entry)


def _later(action: Callable[[], None]) -> None:
    timer = threading.Timer(LONGEST_S, action)
    timer.daemon = True
    try:
        timer.start()
    except RuntimeError:  # no thread any more: the interpreter is ending
        action()
