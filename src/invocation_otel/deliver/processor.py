"""The span processor: gives each span of a run its identity as it starts, and delivers it when it ends."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.sdk.trace.export import SpanExporter

from invocation_otel.record.adopted import entry_of, named_late
from invocation_otel.record.entry import Entry, live, own_entry_in
from invocation_otel.record.guard import agent_goes_on, failures
from invocation_otel.record.keeping import flush_copies
from invocation_otel.record.run import Run, opened_run_in
from invocation_otel.spans import attributes as a
from invocation_otel.spans.outcome import SUCCESS

from . import exits, metrics
from .announce import announcement
from .counts import Counts
from .courier import Courier
from .held import Held
from .intake import Intake
from .limits import Limits
from .sender import ExporterSender, Sender
from .spool import Spool

_NOTING_A_START, _QUEUEING = agent_goes_on("noting the start of a span"), agent_goes_on("queueing a span")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """What became of the spans of this process: produced is the sum of the next four and what waits in memory.

    Announcements and reports, which the library makes itself, are not counted.
    """

    produced: int
    """Spans that ended."""

    exported: int
    """Spans that the endpoint took."""

    spooled: int
    """Spans that are on disk now, to be delivered later, by this process or another one."""

    refused: int
    """Spans that the endpoint will not take as they are; kept on disk for a person to look at."""

    dropped: int
    """Spans that were lost; each kind of loss is logged the first time."""

    shortened: int
    """Spans that were too large for the endpoint, and were delivered with long texts cut."""

    merged: int
    """Spans that described a call which another span describes already; what they knew is on that one."""

    replayed: int
    """Spans of ended processes that this one delivered from the spool."""

    dropped_of_others: int
    """Spans of ended processes that this one lost: the spool was full, or the endpoint rejected them."""

    failures: dict[str, int]
    """Failures of this library, by what it was doing; none of them reached the agent."""


class InvocationSpanProcessor(SpanProcessor):
    """Delivers spans through *exporter*: any OpenTelemetry span exporter, or a `Sender` of batches as they are.

    Nothing waits for the endpoint: spans are queued, encoded and sent on threads of the library's own, and go to the
    spool folder when the endpoint is down for long or the process ends. `Limits` has the settings.
    """

    def __init__(
        self,
        exporter: SpanExporter | Sender,
        *,
        announce: bool = True,
        limits: Limits | None = None,
        alone: Callable[[], bool] = lambda: False,
    ) -> None:
        self._limits = limits = limits or Limits()
        self._announce = announce
        self._alone = alone
        self._counts = Counts()
        self._closed = False
        folder = None if limits.spool == "off" else limits.spool_folder
        spool = Spool(folder, max_bytes=limits.spool_bytes, fsync_s=limits.fsync_s) if folder else None
        sender = exporter if isinstance(exporter, Sender) else ExporterSender(exporter)
        self._courier = Courier(sender, spool, limits, self._counts)
        self._intake = Intake(self._courier.put, limits, self._counts, on_start=self._courier.start)
        self._held = Held(self._intake.put)
        metrics.publish(self._counts)
        exits.watch(self)

    def begin(self) -> None:
        """Deliver what ended processes left, before the first span of this one comes."""
        if not self._closed:
            self._courier.start()

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        if self._closed:
            return
        with _NOTING_A_START:
            entry = own_entry_in(parent_context) or entry_of(span, parent_context)
            if entry is None:
                return
            run = entry.run = entry.run or opened_run_in(parent_context)
            if run is None:
                live[span.context.span_id] = entry  # a workflow of several agents, or a duplicate
                return
            if entry.kind == "run":
                self._run_started(span, run)
            else:
                _place(entry, run, span)
            entry.beside = run.beside
            if not entry.beside and a.RUN_ID not in (span.attributes or {}):
                span.set_attributes(run.identity)
            live[span.context.span_id] = entry

    def on_end(self, span: ReadableSpan) -> None:
        if self._closed:
            return
        with _QUEUEING:
            entry = live.pop(span.context.span_id, None) or Entry("other")
            run, entry.run = entry.run, None
            if entry.kind == "duplicate":
                self._counts.add(merged=1)
                return
            if entry.kind == "other" and entry.outer is None and run is not None:
                named_late(entry, span, run)
            if entry.outer is not None:
                entry.span = span
                entry.outer.inner += (entry,)
                self._counts.add(merged=1)
                return
            if run is not None and entry.kind == "run":
                for lost in run.never_ended():
                    self._put(lost.in_its_place())
                run.span_ended(span)
                entry.awaits_rounds = run.status == SUCCESS and run.ledger.has_open_rounds
            entry.ended(span)
            self._put(entry)
            if run is not None and entry.kind == "round":
                run.span_ended(span)
                if run.status != "running":
                    self._held.look_again(run.entry)

    def _put(self, entry: Entry) -> None:
        self._counts.add_produced()
        if entry.awaits_rounds or entry.files is not None:
            self._held.put(entry)
        else:
            self._intake.put(entry)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Deliver what has ended by now; whether that was done in time. What the spool holds counts as not done."""
        deadline = time.monotonic() + timeout_millis / 1000
        self._held.flush(timeout_millis / 2000)
        self._intake.flush()
        self._courier.wake()
        with self._counts.changed:
            delivered = self._counts.changed.wait_for(self._courier.idle, max(deadline - time.monotonic(), 0))
        # Last: files inside messages are found by whoever encodes these.
        return flush_copies(max(deadline - time.monotonic(), 0)) and delivered

    def shutdown(self) -> None:
        """Deliver what has ended, as long as the limits let the end of a process wait; spool the rest."""
        if not self._closed:
            # At the end of the process other threads and exit handlers may still end spans: these go to the spool.
            self._closed = not exits.ending()
            self._finish(None, thorough=True)

    def finish(self, timeout_s: float | None = None, *, thorough: bool) -> None:
        """The same in at most *timeout_s*, because the process ends; spans that end after it are spooled at once."""
        if not self._closed:
            self._finish(timeout_s, thorough=thorough)

    def _finish(self, timeout_s: float | None, *, thorough: bool) -> None:
        longest_s = self._limits.exit_timeout_s
        longest_s = longest_s if timeout_s is None else min(timeout_s, longest_s)
        started = time.monotonic()
        self._courier.unblock()
        self._held.close(longest_s / 2)
        self._intake.close()
        flush_copies(longest_s / 4)
        self._courier.close(longest_s - (time.monotonic() - started), thorough=thorough)

    def after_fork(self) -> None:
        """Begin anew in a forked child: what waited is its parent's to deliver."""
        self._counts.start_over()
        self._courier.start_over()
        self._intake.start_over()
        self._held.start_over()

    def _run_started(self, span: Span, run: Run) -> None:
        run.beside = self._alone()
        if self._announce:
            self._intake.put(announcement(span, run.identity))

    def stats(self) -> Stats:
        """What became of the spans so far."""
        c = self._counts
        return Stats(
            produced=c.produced,
            exported=c.exported,
            spooled=c.spooled,
            refused=c.refused,
            dropped=c.dropped,
            shortened=c.shortened,
            merged=c.merged,
            replayed=c.replayed,
            dropped_of_others=c.dropped_of_others,
            failures=dict(failures),
        )


def _place(entry: Entry, run: Run, span: Span) -> None:
    """Say which round *entry* is or belongs to."""
    if entry.kind == "round":
        # A model call under a model call is the same call, told by a second instrumentation.
        parent = live.get(span.parent.span_id) if span.parent else None
        if parent is not None and (parent.kind == "round" or parent.outer is not None):
            entry.kind, entry.outer = "other", parent
            run.told_twice += (parent.described,)
        else:
            if parent is not None:
                parent.holds_round = True
            entry.index = run.ledger.next_index()
    elif entry.kind == "tool":
        entry.index = run.ledger.latest_round
