"""What recording costs the agent, beside raw OpenTelemetry in the same process.

One iteration is one run with three rounds of 2.7 kB of messages. *raw* does what an agent with the SDK alone would do
to send the same attributes: its own spans, messages as JSON on them, BatchSpanProcessor, OTLP over HTTP. Both send to
an endpoint in another process; blocks of iterations take turns, so that both see the same machine. Ratios below 1 mean
that ours is cheaper.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

import invocation_otel
from invocation_otel import invocation
from sink import sink

SYSTEM = "You help the customers of a small shop, briefly and politely. " * 10
MESSAGES = [
    {"role": ("user", "assistant")[n % 2], "content": f"Message {n}: where is my order, please? " * 6} for n in range(8)
]
ANSWER = "It left our warehouse this morning and arrives on Thursday. " * 3


CONTENT = {
    "gen_ai.system_instructions": [{"type": "text", "content": SYSTEM}],
    "gen_ai.input.messages": [
        {"role": message["role"], "parts": [{"type": "text", "content": message["content"]}]} for message in MESSAGES
    ],
    "gen_ai.output.messages": [{"role": "assistant", "parts": [{"type": "text", "content": ANSWER}]}],
}


def raw_iteration(provider: TracerProvider) -> Callable[[], None]:
    """What it takes to send the same attributes by hand: ours, as recorded once, so that neither side tells more."""
    tracer = provider.get_tracer("agent")
    *rounds, run = what_we_send()
    operation = "gen_ai.operation.name"

    def iteration() -> None:
        with tracer.start_as_current_span("invoke_agent support", attributes={operation: "invoke_agent"}) as span:
            for number in range(3):
                with tracer.start_as_current_span("chat", kind=SpanKind.CLIENT, attributes={operation: "chat"}) as chat:
                    chat.set_attributes(rounds[number])
                    chat.set_attributes({name: json.dumps(value) for name, value in CONTENT.items()})
            span.set_attributes(run)

    return iteration


def what_we_send() -> list[dict[str, Any]]:
    """The attributes of our three rounds and of their run, without the content."""
    exporter = InMemorySpanExporter()
    handle = invocation_otel.configure(
        tracer_provider=TracerProvider(), exporter=exporter, announce=False, instrument=False
    )
    our_iteration()
    handle.flush()
    spans = [dict(span.attributes or {}) for span in exporter.get_finished_spans()]
    handle.shutdown()
    return [{name: value for name, value in span.items() if name not in CONTENT} for span in spans]


def our_iteration() -> None:
    with invocation("support", triggered_by="user", user_id="42") as run:
        for number in range(3):
            with run.round(provider="anthropic", model="claude-opus-4-5", system=SYSTEM, messages=MESSAGES) as round_:
                round_.respond(
                    ANSWER,
                    input_tokens=812 + number,
                    output_tokens=40,
                    cache_read_tokens=512,
                    response_model="claude-opus-4-5",
                    response_id="msg_1",
                    stop_reason="end_turn",
                )


class Side:
    """One of the two: its iterations, timed in blocks."""

    def __init__(self, iteration: Callable[[], None], flush: Callable[[], Any]) -> None:
        self._iteration, self._flush = iteration, flush
        self.caller_us: list[float] = []
        self.cpu_us: list[float] = []

    def block(self, iterations: int, pause_s: float) -> None:
        cpu = time.process_time()
        for _ in range(iterations):
            started = time.perf_counter()
            self._iteration()
            self.caller_us.append((time.perf_counter() - started) * 1e6)
            time.sleep(pause_s)  # an agent waits for its model: the worker's share must not hide in the caller's pauses
        self._flush()
        self.cpu_us.append((time.process_time() - cpu) * 1e6 / iterations)


def compare(*, blocks: int, iterations: int, pause_s: float, beside: bool) -> dict[str, float]:
    with sink() as endpoint:
        raw_provider = TracerProvider(resource=Resource({"service.name": "raw"}))
        raw_provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces")))
        by_hand = raw_iteration(raw_provider)
        handle = invocation_otel.configure(service_name="ours", endpoint=endpoint, announce=False, instrument=False)
        if beside:
            handle.provider.add_span_processor(BatchSpanProcessor(_Nothing()))
        raw = Side(by_hand, raw_provider.force_flush)
        ours = Side(our_iteration, handle.flush)
        for side in (raw, ours):
            side.block(iterations, pause_s)
            side.caller_us.clear()
            side.cpu_us.clear()
        for _ in range(blocks):
            raw.block(iterations, pause_s)
            ours.block(iterations, pause_s)
        stats = handle.stats()
        handle.shutdown()
        raw_provider.shutdown()
        assert stats.dropped == 0, stats
    return {
        "p50 caller": _quantile(ours.caller_us, 0.5) / _quantile(raw.caller_us, 0.5),
        "p99 caller": _quantile(ours.caller_us, 0.99) / _quantile(raw.caller_us, 0.99),
        "cpu all threads": statistics.median(ours.cpu_us) / statistics.median(raw.cpu_us),
        "raw p50 us": _quantile(raw.caller_us, 0.5),
        "raw p99 us": _quantile(raw.caller_us, 0.99),
        "raw cpu us": statistics.median(raw.cpu_us),
    }


class _Nothing(SpanExporter):
    def export(self, spans: Any) -> SpanExportResult:  # noqa: ARG002 - takes everything
        return SpanExportResult.SUCCESS


def _quantile(values: list[float], share: float) -> float:
    return sorted(values)[int(share * (len(values) - 1))]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--blocks", type=int, default=10)
    parser.add_argument("--iterations", type=int, default=200)
    options = parser.parse_args()
    for beside in (False, True):
        told = compare(blocks=options.blocks, iterations=options.iterations, pause_s=0.002, beside=beside)
        print("beside another exporter" if beside else "alone", told)
