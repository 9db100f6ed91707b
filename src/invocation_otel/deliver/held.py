"""Runs that have ended while something of them goes on: they wait a little, and then tell what became of it.

That is the copies of their files, and rounds that end after the run, such as a stream that the run has returned.
"""

import threading
import time
from collections.abc import Callable
from functools import partial

from invocation_otel.record.entry import Entry
from invocation_otel.record.guard import agent_goes_on

FILES_S = 15.0
"""So long a run waits for its files; later ones are told as not mirrored (yet)."""

ROUNDS_S = 60.0
"""So long it waits for its rounds; those that end later are stored, but are not in the run's own totals."""


class Held:
    """Hands entries on to *put* when they have what they wait for, or have waited long enough."""

    def __init__(self, put: Callable[[Entry], None]) -> None:
        self._put = put
        self.start_over()

    def start_over(self) -> None:
        """Hold nothing; a forked child does, since what is held is its parent's."""
        self._until: dict[Entry, float] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._open = True

    def put(self, entry: Entry) -> None:
        """Hand *entry*, which waits for something, on when it has that; at the end of the process at once."""
        if not self._open:
            self._put(entry)
            return
        with self._changed:
            self._until[entry] = time.monotonic() + (ROUNDS_S if entry.awaits_rounds else FILES_S)
            self._changed.notify_all()
        if entry.files is not None:
            entry.files.when_done(partial(self.look_again, entry))
        else:
            self.look_again(entry)  # the last of its rounds may have ended just now
        if self._until and not self._watched():
            self._let_go(entry)

    def look_again(self, entry: Entry) -> None:
        """Hand *entry* on, if it is held and has what it waits for."""
        if entry in self._until and entry.is_complete:
            self._let_go(entry)

    def flush(self, timeout_s: float) -> None:
        """Wait for what is held, at most *timeout_s*, but for no round: it may be the caller who reads its stream."""
        for entry in list(self._until):
            entry.awaits_rounds = False
            self.look_again(entry)
        with self._changed:
            self._changed.wait_for(lambda: not self._until, timeout_s)

    def close(self, timeout_s: float) -> None:
        """The same for the last time, and hand on what is held then."""
        self.flush(timeout_s)
        self._open = False
        for entry in list(self._until):
            self._let_go(entry)

    def _let_go(self, entry: Entry) -> None:
        with self._changed:
            if self._until.pop(entry, None) is None:
                return
            self._changed.notify_all()
        self._put(entry)

    def _watched(self) -> bool:
        """Whether somebody looks after those that have waited long enough."""
        with self._changed:
            if self._thread is None:
                thread = threading.Thread(target=self._watch, name="invocation-otel-held", daemon=True)
                try:
                    thread.start()
                except RuntimeError:  # the interpreter is ending
                    return False
                self._thread = thread
        return True

    def _watch(self) -> None:
        while True:
            with self._changed:
                now = time.monotonic()
                due = [entry for entry, until in self._until.items() if until <= now]
                if not due:
                    self._changed.wait(min(self._until.values()) - now if self._until else None)
            for entry in due:
                with agent_goes_on("handing on a run that has waited long enough"):
                    self._let_go(entry)
