"""The queue between the agent and the exporter, and the thread that empties it."""

import logging
import os
import threading
import time
import weakref
from collections import deque
from dataclasses import dataclass

from opentelemetry import context as otel_context
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY  # the SDK's own processors use it the same way
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from invocation_otel.record.entry import Entry
from invocation_otel.record.guard import agent_goes_on

from .rewrite import finished, size_bytes

_log = logging.getLogger("invocation_otel")
_alive: "weakref.WeakSet[Worker]" = weakref.WeakSet()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much waits, travels together, and for how long."""

    queue_spans: int = 50_000
    """Spans that may wait; beyond it the oldest is dropped, counted and warned about."""

    batch_spans: int = 2_000
    """Most spans in one request: ClickHouse wants thousands of rows in an insert."""

    batch_bytes: int = 4 * 1024 * 1024
    """Most bytes in one request; a span that is larger travels alone."""

    delay_s: float = 0.5
    """How long the first span of a batch waits for others."""

    give_up_after_s: float = 300.0
    """How long one batch is tried again before it is dropped, counted and warned about."""


class Worker:
    """Takes entries from any thread without waiting, and exports them in batches on a thread of its own."""

    def __init__(self, exporter: SpanExporter, limits: Limits) -> None:
        self._exporter = exporter
        self._limits = limits
        self.start_over()
        _alive.add(self)

    def start_over(self) -> None:
        """Begin with nothing queued and counted; a forked child has to, since the rest is its parent's to deliver."""
        self.produced = self.exported = self.dropped = 0
        self._queue: deque[Entry] = deque()
        self._left_over: ReadableSpan | None = None
        self._counts = threading.Condition()
        self._arrived, self._hurry, self._closing = threading.Event(), threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def put(self, entry: Entry) -> None:
        """Queue *entry*; never waits for the exporter."""
        with self._counts:
            self.produced += 1
            self._queue.append(entry)
            full = len(self._queue) > self._limits.queue_spans
            if full:
                self._queue.popleft()
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="invocation-otel", daemon=True)
                self._thread.start()
        if full:
            self._count_dropped(1, "the queue is full, since the endpoint is too slow or down")
        self._arrived.set()
        if len(self._queue) >= self._limits.batch_spans:
            self._hurry.set()

    def flush(self, timeout_s: float) -> bool:
        """Export what is queued now; whether that was done within *timeout_s*."""
        target = self.produced
        self._hurry.set()
        self._arrived.set()
        with self._counts:
            return self._counts.wait_for(lambda: self.exported + self.dropped >= target, timeout_s)

    def close(self, timeout_s: float) -> None:
        """Export what is queued, for *timeout_s* at most; what is left then is dropped and counted."""
        done = self.flush(timeout_s)
        self._closing.set()
        self._arrived.set()
        if not done:
            left = self.produced - self.exported - self.dropped
            self._count_dropped(left, f"the endpoint did not take them within {timeout_s:g} s before the end")
        self._exporter.shutdown()

    def _work(self) -> None:
        otel_context.attach(otel_context.set_value(_SUPPRESS_INSTRUMENTATION_KEY, value=True))
        while not self._closing.is_set():
            self._arrived.wait()
            self._arrived.clear()
            self._hurry.wait(self._limits.delay_s)
            self._hurry.clear()
            while batch := self._next_batch():
                self._export(batch)

    def _next_batch(self) -> list[ReadableSpan]:
        batch: list[ReadableSpan] = []
        room = self._limits.batch_bytes
        while len(batch) < self._limits.batch_spans and (span := self._next_span()):
            room -= size_bytes(span)
            if batch and room < 0:
                self._left_over = span
                break
            batch.append(span)
        return batch

    def _next_span(self) -> ReadableSpan | None:
        if self._left_over is not None:
            span, self._left_over = self._left_over, None
            return span
        while self._queue:
            with agent_goes_on("preparing a span"):
                return finished(self._queue.popleft())
            self._count_dropped(1, "it could not be prepared")
        return None

    def _export(self, batch: list[ReadableSpan]) -> None:
        give_up_at = time.monotonic() + self._limits.give_up_after_s
        pause_s = 0.5
        while not self._accepted(batch):
            if self._closing.wait(pause_s):
                return  # counted by close()
            if time.monotonic() > give_up_at:
                self._count_dropped(len(batch), f"the exporter failed for {self._limits.give_up_after_s:g} s")
                return
            pause_s = min(pause_s * 2, 30.0)
        with self._counts:
            self.exported += 0 if self._closing.is_set() else len(batch)
            self._counts.notify_all()

    def _accepted(self, batch: list[ReadableSpan]) -> bool:
        with agent_goes_on("exporting spans"):
            return self._exporter.export(batch) is SpanExportResult.SUCCESS
        return False

    def _count_dropped(self, spans: int, why: str) -> None:
        with self._counts:
            first = self.dropped == 0
            self.dropped += spans
            self._counts.notify_all()
        if first and spans:
            _log.warning("Dropped %d spans: %s. Further ones are counted in handle.stats().", spans, why)


def _after_fork() -> None:
    for worker in list(_alive):
        worker.start_over()


os.register_at_fork(after_in_child=_after_fork)
