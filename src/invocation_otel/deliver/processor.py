"""The span processor: gives each span of a run its identity as it starts, and queues it when it ends."""

from dataclasses import dataclass

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.sdk.trace.export import SpanExporter

from invocation_otel.record.entry import Entry, live
from invocation_otel.record.guard import agent_goes_on, failures
from invocation_otel.record.run import Run, run_in
from invocation_otel.spans import attributes as a
from invocation_otel.spans.normalise import merged

from .rewrite import announcement
from .worker import Limits, Worker


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """What became of the spans of this process."""

    produced: int
    """Spans that were queued, announcements of runs included."""

    exported: int
    """Spans that the exporter took."""

    dropped: int
    """Spans that were lost; each loss is logged with its reason the first time."""

    merged: int
    """Spans that described a call which another span describes already; what they knew is on that one."""

    failures: dict[str, int]
    """Failures of this library, by what it was doing; none of them reached the agent."""


class InvocationSpanProcessor(SpanProcessor):
    """Delivers spans through *exporter*, any OpenTelemetry span exporter, from a queue and a thread of its own."""

    def __init__(self, exporter: SpanExporter, *, announce: bool = True, limits: Limits | None = None) -> None:
        self._worker = Worker(exporter, limits or Limits())
        self._announce = announce
        self._merged = 0
        self._closed = False

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        if self._closed:
            return
        with agent_goes_on("noting the start of a span"):
            if a.RUN_ID in (span.attributes or {}):
                self._run_started(span)
            elif run := run_in(parent_context):
                span.set_attributes(run.identity)
                live[_id(span)] = _entry(span, run, live.get(_id(trace.get_current_span(parent_context))))

    def on_end(self, span: ReadableSpan) -> None:
        if self._closed:
            return
        with agent_goes_on("queueing a span"):
            entry = live.pop(_id(span), None) or Entry("other")
            if entry.outer is not None:
                entry.outer.inner.append(merged(span.attributes or {}, entry.inner))
                self._merged += 1
                return
            entry.span = span
            if entry.ledger is None:
                entry.attributes = dict(span.attributes or {})
            else:
                entry.ledger.ended(entry)
            self._worker.put(entry)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._worker.flush(timeout_millis / 1000)

    def shutdown(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._worker.close(timeout_s=5.0)

    def stats(self) -> Stats:
        """What became of the spans so far."""
        worker = self._worker
        return Stats(
            produced=worker.produced,
            exported=worker.exported,
            dropped=worker.dropped,
            merged=self._merged,
            failures=dict(failures),
        )

    def _run_started(self, span: Span) -> None:
        if self._announce:
            self._worker.put(announcement(span))


def _entry(span: Span, run: Run, parent: Entry | None) -> Entry:
    """The entry of a span that starts inside *run*, under the span of *parent*."""
    operation = (span.attributes or {}).get(a.OPERATION)
    if operation in a.ROUND_OPERATIONS:
        # A model call under a model call is the same call, told by a second instrumentation.
        if parent is not None and (parent.kind == "round" or parent.outer is not None):
            return Entry("other", run.ledger, outer=parent)
        return Entry("round", run.ledger, index=run.ledger.next_index())
    if operation == a.EXECUTE_TOOL:
        return Entry("tool", run.ledger, index=run.ledger.latest_round)
    return Entry("other", run.ledger)


def _id(span: trace.Span | ReadableSpan) -> int:
    context = span.get_span_context()
    return context.span_id if context else 0
