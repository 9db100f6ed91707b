"""How long a program takes longer to start: import and configure, in processes that do nothing else."""

import statistics
import subprocess
import sys

from overhead_figures import Figure

OURS = """
import invocation_otel
invocation_otel.configure(service_name="shop", endpoint="http://127.0.0.1:9")
"""
RAW = """
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
provider = TracerProvider(resource=Resource.create({"service.name": "shop"}))
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint="http://127.0.0.1:9/v1/traces")))
trace.set_tracer_provider(provider)
"""
TIMED = """
import os, time
started = time.perf_counter()
{}
print((time.perf_counter() - started) * 1000, flush=True)
os._exit(0)
"""


def started(*, times: int) -> Figure:
    """The medians of *times* starts of each, which take turns."""
    ours, raw = [], []
    _ms(RAW), _ms(OURS)  # the files come from the disk once
    for _ in range(times):
        raw.append(_ms(RAW))
        ours.append(_ms(OURS))
    return Figure(
        what="import and configure",
        ours=statistics.median(ours),
        baseline=statistics.median(raw),
        unit="ms",
        target=1.2,
    )


def _ms(program: str) -> float:
    done = subprocess.run([sys.executable, "-c", TIMED.format(program)], check=True, capture_output=True, text=True)
    return float(done.stdout)
