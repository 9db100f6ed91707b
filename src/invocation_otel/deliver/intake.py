"""Ended spans on their way into batches: the queue that the agent's thread appends to, and the thread that encodes."""

import math
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from typing import Any

from opentelemetry import context as otel_context
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY  # the SDK's own processors use it the same way
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from invocation_otel.record.entry import Entry
from invocation_otel.record.guard import agent_goes_on
from invocation_otel.spans.attributes import PROCESS_ID
from invocation_otel.spans.prices import load_prices

from . import exits
from .announce import report
from .batch import Batch, Builder, is_own
from .counts import Counts
from .limits import Limits
from .otlp import encode_resource, encode_scope, encode_span

_DURABLE_SPANS = 200
_DURABLE_S = 0.2

_SLICE_S = 0.001
"""Encoding goes on for so long at a time; an agent's thread may be waiting."""


_ENCODING = agent_goes_on("encoding a span")


class Intake:
    """Takes entries from any thread without waiting, and makes batches of them on a thread of its own."""

    def __init__(
        self, hand_over: Callable[[Batch], None], limits: Limits, counts: Counts, *, on_start: Callable[[], None]
    ) -> None:
        self._hand_over, self._limits, self._counts = hand_over, limits, counts
        self._on_start = on_start
        self._queue_spans, self._delay_s, self._longest_s = limits.queue_spans, limits.delay_s, math.inf
        self._durable = limits.spool == "always"
        if self._durable:
            # What a kill may take with it is what was not written down yet: never more than a second's.
            self._queue_spans, self._delay_s = min(limits.queue_spans, _DURABLE_SPANS), min(limits.delay_s, _DURABLE_S)
            self._longest_s = _DURABLE_S
            load_prices()
        self._hurry_spans = min(limits.batch_spans, self._queue_spans)
        self.start_over()

    def start_over(self) -> None:
        """Begin with an empty queue and as another process; a forked child does."""
        self.process_id = uuid.uuid4().hex
        self._queue: deque[Entry] = deque()
        self._queued_bytes = 0
        self._ready: deque[Batch] = deque()
        self._builder = Builder(max_spans=self._limits.batch_spans, max_bytes=self._limits.batch_bytes)
        self._resources: dict[int, tuple[Resource, bytes]] = {}
        self._scopes: dict[int, tuple[InstrumentationScope | None, bytes]] = {}
        self._encoding, self._handing_over = threading.RLock(), threading.RLock()
        self._arrived, self._hurry, self._shrunk = threading.Event(), threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._closing = False
        self._last_resource: Resource | None = None
        self._reported: dict[str, Any] | None = None
        self._reported_at = time.monotonic()

    def put(self, entry: Entry) -> None:
        """Queue *entry*. Where the queue is full, the caller encodes what waits: work, but no waiting for I/O."""
        if entry.ledger is not None:
            entry.ledger.ended(entry)  # here, because a run that was held back comes after its last rounds
        self._queue.append(entry)
        self._queued_bytes += entry.size_bytes
        if self._closing:
            self.flush()
            return
        if self._thread is None:
            self._start()
        if not self._arrived.is_set():
            self._arrived.set()
        if len(self._queue) >= self._hurry_spans or self._queued_bytes >= self._limits.batch_bytes:
            if not self._durable and not self._hurry.is_set():
                self._hurry.set()
            if self._full():
                self._make_room()

    def flush(self, *, longest_s: float = math.inf) -> None:
        """Encode everything that is queued, or as much as can be in *longest_s*, and hand it over."""
        self._encode(until=time.monotonic() + longest_s)
        with self._encoding:
            self._report()
            if self._builder.spans:
                self._ready.append(self._builder.take())
        self._hand_over_ready()

    def close(self) -> None:
        """The same, for the last time."""
        self._closing = True
        self._arrived.set()
        self._hurry.set()
        self.flush()

    def _full(self) -> bool:
        return len(self._queue) > self._queue_spans or self._queued_bytes > self._limits.queue_bytes

    def _make_room(self) -> None:
        if self._limits.on_full == "block":
            while self._full() and not self._closing:
                self._shrunk.clear()
                self._shrunk.wait(0.1)
        else:
            self._encode(at_most=2)

    def _start(self) -> None:
        exits.watch_signals()
        with self._encoding:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="invocation-otel-intake", daemon=True)
                self._thread.start()
                self._on_start()  # now and not with the first batch: Python 3.12 starts no thread at the end any more

    def _work(self) -> None:
        otel_context.attach(otel_context.set_value(_SUPPRESS_INSTRUMENTATION_KEY, value=True))
        while not self._closing:
            self._arrived.wait()
            self._hurry.wait(self._delay_s)
            self._arrived.clear()
            self._hurry.clear()
            with agent_goes_on("encoding spans"):
                self.flush(longest_s=self._longest_s)
            if self._queue:
                self._arrived.set()

    def _encode(self, *, at_most: int | None = None, until: float = math.inf) -> None:
        left = len(self._queue) if at_most is None else at_most
        while left > 0 and time.monotonic() < until:
            left -= self._encode_slice(left)
            if left > 0:
                time.sleep(0)  # let the agent's thread go on: else it waits for the interpreter's switch interval, 5 ms

    def _encode_slice(self, at_most: int) -> int:
        """Encode for a millisecond; how many of *at_most* spans were encoded, all when nothing is queued any more.

        No shorter: whoever waits for the lock, or the interpreter, costs the process as much as a span when it gets it.
        """
        with self._encoding:
            until = time.monotonic() + _SLICE_S
            for done in range(at_most):
                if not self._queue:
                    break
                self._add(self._queue.popleft())
                if time.monotonic() >= until:
                    at_most = done + 1
                    break
        self._shrunk.set()
        return at_most

    def _add(self, entry: Entry) -> None:
        self._queued_bytes -= entry.size_bytes  # not exact: several threads count
        with _ENCODING:
            span, attributes = entry.settled()
            self._last_resource = span.resource
            encoded = encode_span(span, attributes)
            if not self._builder.has_room_for(encoded):
                self._ready.append(self._builder.take())
            resource, scope = self._resource(span.resource), self._scope(span.instrumentation_scope)
            self._builder.add(resource, scope, encoded, own=is_own(attributes))
            return
        self._counts.add(dropped=not is_own(entry.attributes or {}))

    def _report(self) -> None:
        """Now and then, and at the end, tell the store how many spans it should have from this process."""
        due = self._closing or time.monotonic() - self._reported_at >= self._limits.report_s
        if due and self._last_resource is not None:
            told = report(self._counts, self._last_resource)
            self._reported_at = time.monotonic()
            if told.attributes != self._reported:
                self._reported = told.attributes
                self._queued_bytes += told.size_bytes
                self._add(told)

    def _hand_over_ready(self) -> None:
        with self._handing_over:
            while self._ready:
                self._hand_over(self._ready.popleft())

    def _resource(self, resource: Resource) -> bytes:
        """*resource* encoded once, with the id of this process, by which the store tells processes apart."""
        known = self._resources.get(id(resource))
        if known is None:
            known = self._resources[id(resource)] = resource, encode_resource(resource, {PROCESS_ID: self.process_id})
        return known[1]

    def _scope(self, scope: InstrumentationScope | None) -> bytes:
        known = self._scopes.get(id(scope))
        if known is None:
            known = self._scopes[id(scope)] = scope, encode_scope(scope)
        return known[1]
