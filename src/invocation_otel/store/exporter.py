"""Spans straight into a store, without a Collector between: the very rows that the Collector would write."""

import logging
import os
import sys
import weakref
from collections.abc import Iterator, Sequence
from threading import Lock

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from invocation_otel.errors import InvocationError
from invocation_otel.settings import Settings

from .client import Store, open_store
from .landing import LANDING_COLUMNS, LANDING_TABLE, landing_rows
from .location import Folder, parse_url
from .migrate import migrate
from .row_binary import row_binary

_log = logging.getLogger("invocation_otel")


class ClickHouseSpanExporter(SpanExporter):
    """Writes each batch of spans into the store at *url* (default ``INVOCATION_URL``, else ``./.invocation``).

    It connects with the first batch, so a process starts also while the store is down. An embedded store gets its
    tables then; a server gets them from `invocation-otel migrate`. A batch sent again after a failure is the same block
    to ClickHouse, which keeps it once.
    """

    def __init__(self, url: str | None = None) -> None:
        self._url = url or Settings.from_env(os.environ).store_url
        self._place = parse_url(self._url)
        self._is_shut_down = False
        self._inherited: Store | None = None
        self._begin()
        if sys.platform != "win32":
            _begin_in_children(weakref.ref(self))
        self.failed_spans = 0
        """Spans of batches that the store did not take; their processor sends them again or drops them."""

        self.refused_spans = 0
        """Spans dropped here, because OTLP cannot say what they hold."""

    def _begin(self) -> None:
        self._store: Store | None = None
        # An exporter may be called by the thread of its processor while another one flushes.
        self._lock = Lock()

    def begin_in_child(self) -> None:
        """Connect anew in a forked child: lock and connection are its parent's, which may be using them."""
        self._inherited = self._store  # kept, since closing it is its parent's affair too
        self._begin()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Insert *spans* as one block: all are stored, or FAILURE and none is."""
        with self._lock:
            try:
                self._insert(spans)
            except InvocationError as error:
                self.failed_spans += len(spans)
                _log.warning("ClickHouseSpanExporter could not store %d spans: %s", len(spans), error)
                return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """Let go of the store; what is exported afterwards fails."""
        with self._lock:
            self._is_shut_down = True
            if self._store is not None:
                self._store.close()
                self._store = None

    def force_flush(self, timeout_millis: int = 30_000) -> bool:  # noqa: ARG002 - nothing waits here
        """True: every batch is stored before `export` returns."""
        return True

    def _insert(self, spans: Sequence[ReadableSpan]) -> None:
        block = b"".join(row_binary(landing_rows(request)) for request in self._encoded(spans))
        self._opened().insert_block(LANDING_TABLE, block, columns=LANDING_COLUMNS, data_format="RowBinary")

    def _opened(self) -> Store:
        if self._is_shut_down:
            raise InvocationError("it was shut down. Export before the shutdown.")
        if self._store is None:
            store = open_store(self._url)
            if isinstance(self._place, Folder):
                migrate(store)
            self._store = store
        return self._store

    def _encoded(self, spans: Sequence[ReadableSpan]) -> Iterator[ExportTraceServiceRequest]:
        try:
            yield encode_spans(spans)
        except Exception:  # noqa: BLE001 - whatever the encoder raises, one span must not hold up its neighbours
            yield from self._encoded_one_by_one(spans)

    def _encoded_one_by_one(self, spans: Sequence[ReadableSpan]) -> Iterator[ExportTraceServiceRequest]:
        for span in spans:
            try:
                yield encode_spans([span])
            except Exception as error:  # noqa: BLE001 - see above
                self.refused_spans += 1
                _log.warning("ClickHouseSpanExporter dropped the span %r, which OTLP cannot say: %s", span.name, error)


def _begin_in_children(exporter: "weakref.ref[ClickHouseSpanExporter]") -> None:
    def begin() -> None:
        here = exporter()
        if here is not None:
            here.begin_in_child()

    os.register_at_fork(after_in_child=begin)
