"""An OTLP/HTTP endpoint on this machine that keeps the spans of whatever processes send to it."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


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
class Sink:
    """What was received so far; announcements and reports are left out."""

    url: str = ""
    spans: list[Received] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    @property
    def runs(self) -> list[Received]:
        return [span for span in self.spans if span.name.startswith("invoke_agent")]

    def wait_for(self, enough: Callable[["Sink"], bool], *, longest_s: float = 60) -> None:
        """Wait until *enough* says so, or fail with what there is."""
        deadline = time.monotonic() + longest_s
        while not enough(self):
            assert time.monotonic() < deadline, f"only these came: {[span.name for span in self.spans]}"
            time.sleep(0.05)


@contextmanager
def sink() -> Iterator[Sink]:
    """A sink for as long as the block runs."""
    kept = Sink()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.bodies.append(body)
            kept.spans.extend(_received(body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        kept.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield kept
        finally:
            server.shutdown()


def _received(body: bytes) -> Iterator[Received]:
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        for span in (span for scope in resource.scope_spans for span in scope.spans):
            attributes = _told(span.attributes)
            if "invocation.pending" not in attributes and span.name != "invocation.delivery":
                yield Received(
                    name=span.name,
                    trace_id=span.trace_id.hex(),
                    span_id=span.span_id.hex(),
                    parent_span_id=span.parent_span_id.hex(),
                    status_message=span.status.message,
                    attributes=attributes,
                    events=[(event.name, _told(event.attributes)) for event in span.events],
                )


def _told(pairs: Any) -> dict[str, Any]:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in pairs}
