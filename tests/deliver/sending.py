"""Programs that send to an endpoint, and what waits to be sent: batches, and the spool's files."""

import os
import subprocess
import sys
from pathlib import Path

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from invocation_otel.deliver.batch import Batch
from invocation_otel.deliver.segment import Segment
from otlp_endpoint import names_in

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


def batch_of(*names: str, text: str = "") -> Batch:
    """A batch of spans with these names, each with the attribute `text`."""
    message = ExportTraceServiceRequest()
    spans = message.resource_spans.add().scope_spans.add().spans
    for name in names:
        span = spans.add(name=name)
        if text:
            span.attributes.add(key="text").value.string_value = text
    return Batch(len(names), message.SerializeToString())


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
