"""An OTLP/HTTP endpoint on this machine that answers as a test says, and keeps the spans that it took."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from invocation_otel.deliver.batch import spans_of
from invocation_otel.spans.attributes import DELIVERY, PENDING

HANG = 0


@dataclass(frozen=True, slots=True)
class Received:
    """A span as it came over the wire."""

    name: str
    trace_id: str
    span_id: str
    parent_span_id: str
    status_message: str
    attributes: dict[str, Any]
    events: list[tuple[str, dict[str, Any]]]


@dataclass
class Endpoint:
    """What it answers, and what it took; the library's own reports are left out."""

    url: str = ""
    answer: Callable[[list[str], bytes], int] = lambda _names, _body: 200
    """Names of the spans and the body -> HTTP status, or HANG."""

    headers: Mapping[str, str] = field(default_factory=dict)
    reply: bytes = b""
    received: list[Received] = field(default_factory=list)

    @property
    def taken(self) -> list[str]:
        """Names of all that was taken."""
        return [span.name for span in self.received]

    @property
    def spans(self) -> list[Received]:
        """All that was taken, announcements left out."""
        return [span for span in self.received if PENDING not in span.attributes]

    @property
    def runs(self) -> list[Received]:
        return [span for span in self.spans if span.name.startswith("invoke_agent")]

    def wait_for(self, enough: Callable[["Endpoint"], bool], *, longest_s: float = 60) -> None:
        """Wait until *enough* says so, or fail with what there is."""
        deadline = time.monotonic() + longest_s
        while not enough(self):
            assert time.monotonic() < deadline, f"only these came: {[span.name for span in self.spans]}"
            time.sleep(0.05)


@contextmanager
def endpoint() -> Iterator[Endpoint]:
    """An endpoint on this machine for as long as the block runs."""
    told = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = told.answer(names_in(body), body)
            if status == HANG:
                time.sleep(60)
            if status == 200:
                told.received += _received(body)
            self.send_response(status)
            for name, value in {**told.headers, "Content-Length": str(len(told.reply))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(told.reply)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as server:
        told.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield told
        finally:
            server.shutdown()
            thread.join()


def names_in(body: bytes) -> list[str]:
    """The spans of a request, without the library's own reports."""
    return [span.name for span in _received(body)]


def _received(body: bytes) -> Iterator[Received]:
    for _, _, span in spans_of(ExportTraceServiceRequest.FromString(body)):
        if span.name != DELIVERY:
            yield Received(
                name=span.name,
                trace_id=span.trace_id.hex(),
                span_id=span.span_id.hex(),
                parent_span_id=span.parent_span_id.hex(),
                status_message=span.status.message,
                attributes=_told(span.attributes),
                events=[(event.name, _told(event.attributes)) for event in span.events],
            )


def _told(pairs: Any) -> dict[str, Any]:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in pairs}
