"""A local OTLP/HTTP endpoint that answers as a test says, and programs that send to it."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from invocation_otel.deliver.batch import Batch, spans_of
from invocation_otel.deliver.segment import Segment
from invocation_otel.spans.attributes import DELIVERY

HANG = 0
PROGRAM = """
import os, signal, sys, threading, time
import invocation_otel
from invocation_otel.deliver.limits import Limits

# Tests that run behind `nohup` or `&` would have these ignored.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)

def configure(**limits):
    global handle
    handle = invocation_otel.configure(endpoint={endpoint!r}, instrument=False, limits=Limits(**limits))

def produce(*names):
    for name in names:
        handle.provider.get_tracer("t").start_span(name).end()
"""


def names_in(body: bytes) -> list[str]:
    """The spans of a request, without the library's own reports."""
    message = ExportTraceServiceRequest.FromString(body)
    return [span.name for _, _, span in spans_of(message) if span.name != DELIVERY]


def batch_of(*names: str, text: str = "") -> Batch:
    """A batch of spans with these names, each with the attribute `text`."""
    message = ExportTraceServiceRequest()
    spans = message.resource_spans.add().scope_spans.add().spans
    for name in names:
        span = spans.add(name=name)
        if text:
            span.attributes.add(key="text").value.string_value = text
    return Batch(len(names), message.SerializeToString())


@dataclass
class Endpoint:
    """What was asked, and what was taken."""

    url: str = ""
    answer: Callable[[list[str], bytes], int] = lambda _names, _body: 200
    """Names of the spans and the body -> HTTP status, or HANG."""

    headers: Mapping[str, str] = field(default_factory=dict)
    reply: bytes = b""
    taken: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    times: list[float] = field(default_factory=list)


@contextmanager
def endpoint(port: int = 0) -> Iterator[Endpoint]:
    """An endpoint on this machine for as long as the block runs."""
    told = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            names = names_in(body)
            status = told.answer(names, body)
            told.times.append(time.monotonic())
            told.statuses.append(status)
            if status == HANG:
                time.sleep(60)
            if status == 200:
                told.taken += names
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

    with Server(("127.0.0.1", port), Handler) as server:
        told.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield told
        finally:
            server.shutdown()
            thread.join()


def program(code: str, *, endpoint: str, spool: Path, **environment: str) -> "subprocess.Popen[str]":
    """A Python process that runs *code* after PROGRAM, which gives it `configure` and `produce`."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "INVOCATION_"))}
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(endpoint=endpoint) + code],
        env=inherited | {"INVOCATION_SPOOL_FOLDER": str(spool)} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(code: str, *, endpoint: str, spool: Path, timeout_s: float = 30) -> "subprocess.CompletedProcess[str]":
    """The same, and wait for its end."""
    process = program(code, endpoint=endpoint, spool=spool)
    out, err = process.communicate(timeout=timeout_s)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def names_on_disk(folder: Path, kind: str = ".spans") -> list[str]:
    """The spans that wait in the spool, each read the way the next process would."""
    names = []
    for path in sorted(folder.glob(f"*{kind}")):
        segment = Segment.left_behind(path)
        assert segment is not None, f"{path} is held by a living process"
        names += [name for offset in segment.waiting for name in names_in(segment.batch_at(offset).body)]
        segment.release()
    return names
