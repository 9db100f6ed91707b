"""Batches on their way: they wait in memory, or in the spool, until the endpoint has taken them."""

import logging
import threading
import time
from collections import deque

from opentelemetry import context as otel_context
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY  # the SDK's own processors use it the same way

from invocation_otel.record.guard import agent_goes_on

from .batch import Batch
from .counts import Counts
from .limits import Limits
from .sender import Answer, Sender, Verdict
from .spool import Segment, Spool, SpoolError, read

_log = logging.getLogger("invocation_otel")
_SCAN_S = 2.0
"""How often a courier with nothing to do looks for segments that an ended process left."""

_FIRST_PAUSE_S = 0.5
_SHORTEST_TEXT = 256
_Waiting = tuple[Batch, Segment | None]


class Courier:
    """Delivers batches on a thread of its own, each until it is taken."""

    def __init__(self, sender: Sender, spool: Spool | None, limits: Limits, counts: Counts) -> None:
        self._sender, self._spool, self._limits, self._counts = sender, spool, limits, counts
        self._reset()

    def start_over(self) -> None:
        """Begin with nothing waiting; a forked child does, since what waits is its parent's to deliver."""
        if self._spool is not None:
            self._spool.forget()
        self._sender.start_over()
        self._reset()

    def _reset(self) -> None:
        self._waiting: deque[_Waiting] = deque()
        self._waiting_bytes = 0
        self._in_flight: _Waiting | None = None
        self._news = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closing = self._hurry = self._unblocked = False
        self._complained: set[str] = set()

    def put(self, batch: Batch) -> None:
        """Take *batch* over: from here on it is delivered, spooled, or counted as dropped."""
        segment = self._written(batch, only_copy=False) if self._limits.spool == "always" else None
        with self._news:
            self._start()
            if self._limits.on_full == "block":
                self._news.wait_for(lambda: self._has_room_for(batch) or self._unblocked)
            if self._has_room_for(batch) or self._limits.on_full == "block":
                self._keep(batch, segment)
                return
        if segment is not None:
            segment.to_replay = True
            self._counts.add(spooled=batch.spans)
        elif self._written(batch, only_copy=True) is None:
            self._make_room_for(batch)

    def idle(self) -> bool:
        """Whether nothing of this process waits any more, in memory or in the spool."""
        with self._news:
            return not self._waiting and self._in_flight is None and self._counts.spooled <= 0

    def wake(self) -> None:
        """Try again now what waits for a better time."""
        with self._news:
            self._hurry = True
            self._news.notify_all()

    def sync(self) -> None:
        """Have what was spooled put on the disk, if it is time."""
        if self._spool is not None:
            self._spool.sync()

    def unblock(self) -> None:
        """Let nobody wait for room any more: the process ends."""
        with self._news:
            self._unblocked = True
            self._news.notify_all()

    def close(self, deadline: float) -> None:
        """Deliver until *deadline* (monotonic seconds), while the endpoint takes what it is given; spool the rest."""
        with self._news:
            self._closing = True
            self._news.notify_all()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(max(deadline - time.monotonic(), 0))
        self.save()

    def save(self) -> None:
        """Put all that waits into the spool, the batch under way included; without a spool, count it as dropped."""
        with self._news:
            self._closing = True
            left = ([self._in_flight] if self._in_flight else []) + list(self._waiting)
            self._waiting.clear()
            self._waiting_bytes = 0
            self._in_flight = None
        for batch, segment in left:
            if segment is None and self._written(batch, only_copy=True) is None:
                self._drop(batch.spans, "the process ended before the endpoint took them, and no spool could")
        if self._spool is not None:
            self._spool.close()

    # ── what waits ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _has_room_for(self, batch: Batch) -> bool:
        return not self._waiting or self._waiting_bytes + len(batch.body) <= self._limits.memory_bytes

    def _keep(self, batch: Batch, segment: Segment | None) -> None:
        self._waiting.append((batch, segment))
        self._waiting_bytes += len(batch.body)
        self._news.notify_all()

    def _make_room_for(self, batch: Batch) -> None:
        """Neither memory nor disk has room: the oldest goes, and is counted."""
        with self._news:
            while self._waiting and not self._has_room_for(batch):
                oldest, _ = self._waiting.popleft()
                self._waiting_bytes -= len(oldest.body)
                self._drop(oldest.spans, "the endpoint is down or too slow, and memory and spool are full")
            self._keep(batch, None)

    def _written(self, batch: Batch, *, only_copy: bool) -> Segment | None:
        if self._spool is None:
            return None
        evicted = self._spool.evicted_spans
        try:
            segment = self._spool.append(batch, only_copy=only_copy)
        except SpoolError as error:
            self._complain("The spool cannot be written: %s. Spans wait in memory.", error)
            return None
        if only_copy:
            self._counts.add(spooled=batch.spans)
        if lost := self._spool.evicted_spans - evicted:
            self._counts.add(spooled=-lost)
            self._drop(lost, "the spool is full")
        return segment

    # ── the thread ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="invocation-otel-courier", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        otel_context.attach(otel_context.set_value(_SUPPRESS_INSTRUMENTATION_KEY, value=True))
        more = True
        while more:
            more = not self._closing
            with agent_goes_on("delivering spans"):
                waiting = self._next()
                more |= self._replay() if waiting is None else self._deliver_waiting(*waiting)

    def _next(self) -> "_Waiting | None":
        """The next batch from memory; ``None`` when there is none, which is the time for the spool."""
        with self._news:
            if not self._waiting and not self._closing and not self._has_segments():
                self._news.wait(_SCAN_S)
            if not self._waiting:
                return None
            waiting = self._in_flight = self._waiting.popleft()
            self._waiting_bytes -= len(waiting[0].body)
            self._news.notify_all()
            return waiting

    def _deliver_waiting(self, batch: Batch, segment: Segment | None) -> bool:
        delivered = self._deliver(batch)
        with self._news:
            in_flight = self._in_flight
            self._in_flight = None
            if in_flight is not None and not delivered:
                self._waiting.appendleft(in_flight)
                self._waiting_bytes += len(batch.body)
        if delivered and in_flight is not None:  # else it was saved meanwhile, and is delivered from there once more
            self._counts.add(exported=batch.spans)
            if segment is not None and self._spool is not None:
                self._spool.delivered(segment, batch.spans)
        return delivered

    def _has_segments(self) -> bool:
        return self._spool is not None and self._counts.spooled > 0

    def _replay(self) -> bool:
        """Deliver one segment of the spool, this process's own or one that an ended process left; whether one was."""
        segment = self._spool.claim() if self._spool is not None else None
        if segment is None or self._spool is None:
            return False
        own = segment.spans
        for batch in read(segment):
            if not self._deliver(batch):
                return False
            if own:
                self._counts.add(exported=batch.spans, spooled=-batch.spans)
            else:
                self._counts.add(replayed=batch.spans)
        self._spool.done(segment)
        return True

    def _deliver(self, batch: Batch) -> bool:
        """Send *batch* until it is taken, in parts or shortened where that is what it needs; False when closing."""
        parts, pause_s = [batch], _FIRST_PAUSE_S
        while parts:
            answer = self._send(parts[-1])
            match answer.verdict:
                case Verdict.TAKEN:
                    parts.pop()
                    pause_s = _FIRST_PAUSE_S
                case Verdict.LATER:
                    self._complain(
                        "The endpoint does not take spans (%s). They wait, and are sent again.", answer.reason
                    )
                    if not self._pause(max(pause_s, answer.retry_after_s)):
                        return False
                    pause_s = min(pause_s * 2, self._limits.max_pause_s)
                case _:
                    parts += self._smaller(parts.pop(), answer)
        return True

    def _send(self, batch: Batch) -> Answer:
        with agent_goes_on("exporting spans"):
            return self._sender.send(batch)
        return Answer(Verdict.LATER, "the exporter raised an error")

    def _smaller(self, batch: Batch, answer: Answer) -> list[Batch]:
        """What to send instead of a batch that the endpoint will not take as it is."""
        if batch.spans > 1:
            return list(batch.halves())
        if answer.verdict is Verdict.TOO_LARGE:
            shorter = batch.shortened(max(len(batch.body) // 8, _SHORTEST_TEXT))
            if len(shorter.body) < len(batch.body):
                self._counts.add(shortened=1)
                return [shorter]
        self._refuse(batch, answer.reason)
        return []

    def _refuse(self, batch: Batch, reason: str) -> None:
        if self._spool is None:
            self._drop(batch.spans, f"the endpoint refuses them ({reason})")
            return
        self._spool.refuse(batch)
        self._complain("The endpoint refuses spans (%s). They are kept: invocation-otel spool ls", reason)
        self._counts.add(refused=batch.spans)

    def _pause(self, seconds: float) -> bool:
        """Wait before the next try; False when the process ends meanwhile."""
        with self._news:
            self._hurry = False
            self._news.wait_for(lambda: self._closing or self._hurry, seconds)
            return not self._closing

    # ── what is said ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _drop(self, spans: int, why: str) -> None:
        self._counts.add(dropped=spans)
        self._complain(f"Dropped %d spans: {why}. Further ones are counted in handle.stats().", spans)

    def _complain(self, message: str, *details: object) -> None:
        if message not in self._complained:
            self._complained.add(message)
            _log.warning(message, *details)
