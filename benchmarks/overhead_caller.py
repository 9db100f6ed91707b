"""What one run with three rounds of 2.7 kB of messages takes from the agent's thread, and from all threads.

*raw* does what an agent with the SDK alone would do to send the same attributes: its own spans, messages as JSON on
them, BatchSpanProcessor, OTLP over HTTP. Both send to an endpoint in another process; blocks of iterations take turns,
so that both see the same machine. No iteration has the messages or the token counts of another one.
"""

import json
import statistics
import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

import invocation_otel
from invocation_otel import invocation
from overhead_figures import Figure
from sink import sink

SYSTEM = "You help the customers of a small shop, briefly and politely. " * 10
ANSWER = "It left our warehouse this morning and arrives on Thursday. " * 3
PAUSE_S = 0.002  # an agent waits for its model: the worker's share must not hide in the caller's pauses
CONTENT = ("gen_ai.system_instructions", "gen_ai.input.messages", "gen_ai.output.messages")
OPERATION = "gen_ai.operation.name"

_numbers = count()


class Case:
    """What the agent has in hand when an iteration begins; made beforehand, and never twice the same."""

    def __init__(self) -> None:
        self.number = next(_numbers)
        self.messages = [
            {
                "role": ("user", "assistant")[n % 2],
                "content": f"Message {self.number}-{n}: where is my order, please? " * 6,
            }
            for n in range(8)
        ]


def our_iteration(case: Case) -> None:
    with invocation("support", triggered_by="user", user_id="42") as run:
        for number in range(3):
            with run.round(
                provider="anthropic", model="claude-opus-4-5", system=SYSTEM, messages=case.messages
            ) as round_:
                round_.respond(
                    ANSWER,
                    input_tokens=812 + case.number + number,
                    output_tokens=40,
                    cache_read_tokens=512,
                    response_model="claude-opus-4-5",
                    response_id=f"msg_{case.number}_{number}",
                    stop_reason="end_turn",
                )


def raw_iteration(provider: TracerProvider) -> Callable[[Case], None]:
    """What it takes to send the same attributes by hand: ours, as recorded once, so that neither side tells more."""
    tracer = provider.get_tracer("agent")
    *rounds, run = what_we_send()

    def iteration(case: Case) -> None:
        with tracer.start_as_current_span("invoke_agent support", attributes={OPERATION: "invoke_agent"}) as span:
            for number in range(3):
                with tracer.start_as_current_span("chat", kind=SpanKind.CLIENT, attributes={OPERATION: "chat"}) as chat:
                    chat.set_attributes(rounds[number])
                    chat.set_attributes(dict(zip(CONTENT, map(json.dumps, content(case)), strict=True)))
            span.set_attributes(run)

    return iteration


def content(case: Case) -> Iterator[Any]:
    """The content of a round of *case* in OpenTelemetry's form: system prompt, messages, answer."""
    yield [{"type": "text", "content": SYSTEM}]
    yield [
        {"role": message["role"], "parts": [{"type": "text", "content": message["content"]}]}
        for message in case.messages
    ]
    yield [{"role": "assistant", "parts": [{"type": "text", "content": ANSWER}]}]


def what_we_send() -> list[dict[str, Any]]:
    """The attributes of our three rounds and of their run, without the content, which is as `content` has it."""
    exporter = InMemorySpanExporter()
    handle = invocation_otel.configure(
        tracer_provider=TracerProvider(), exporter=exporter, announce=False, instrument=False
    )
    case = Case()
    our_iteration(case)
    handle.flush()
    spans = [
        dict(span.attributes or {}) for span in exporter.get_finished_spans() if span.name != "invocation.delivery"
    ]
    handle.shutdown()
    for round_ in spans[:3]:
        assert [json.loads(str(round_[name])) for name in CONTENT] == list(content(case)), (
            "raw would send other content"
        )
    return [{name: value for name, value in span.items() if name not in CONTENT} for span in spans]


class Side:
    """One of the two: its iterations, timed in blocks."""

    def __init__(self, iteration: Callable[[Case], None], flush: Callable[[], Any]) -> None:
        self._iteration, self._flush = iteration, flush
        self.caller_us: list[float] = []
        self.cpu_us: list[float] = []

    def block(self, iterations: int) -> None:
        cases = [Case() for _ in range(iterations)]
        cpu = time.process_time()
        for case in cases:
            started = time.perf_counter()
            self._iteration(case)
            self.caller_us.append((time.perf_counter() - started) * 1e6)
            time.sleep(PAUSE_S)
        self._flush()
        self.cpu_us.append((time.process_time() - cpu) * 1e6 / iterations)


def compared(*, blocks: int, iterations: int, beside: bool) -> Iterator[Figure]:
    """The figures of ours as the provider's only processor, or *beside* another exporter."""
    raw, ours = _measured(blocks=blocks, iterations=iterations, beside=beside)
    where = "beside another exporter" if beside else "alone"
    target = 1.0 if beside else 0.65
    for name, share, most in (("p50", 0.5, target), ("p99", 0.99, 1.0)):
        yield Figure(
            what=f"agent's thread, {name}, {where}",
            ours=_quantile(ours.caller_us, share),
            baseline=_quantile(raw.caller_us, share),
            unit="us",
            target=most,
        )
    yield Figure(
        what=f"CPU of all threads, {where}",
        ours=statistics.median(ours.cpu_us),
        baseline=statistics.median(raw.cpu_us),
        unit="us",
        target=target,
    )


def _measured(*, blocks: int, iterations: int, beside: bool) -> tuple[Side, Side]:
    with sink() as endpoint:
        raw_provider = TracerProvider(resource=Resource({"service.name": "raw"}))
        raw_provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces")))
        by_hand = raw_iteration(raw_provider)
        # Without the announcement, a span more for each run, which raw has not.
        handle = invocation_otel.configure(service_name="ours", endpoint=endpoint, announce=False, instrument=False)
        if beside:
            handle.provider.add_span_processor(BatchSpanProcessor(_Nothing()))
        raw = Side(by_hand, raw_provider.force_flush)
        ours = Side(our_iteration, handle.flush)
        for side in (raw, ours):  # imports, connections, the price list
            side.block(iterations)
            side.caller_us.clear()
            side.cpu_us.clear()
        for _ in range(blocks):
            raw.block(iterations)
            ours.block(iterations)
        dropped = handle.stats().dropped
        handle.shutdown()
        raw_provider.shutdown()
        assert dropped == 0, f"{dropped} spans of ours were dropped"
    return raw, ours


class _Nothing(SpanExporter):
    def export(self, spans: Any) -> SpanExportResult:  # noqa: ARG002 - takes everything
        return SpanExportResult.SUCCESS


def _quantile(values: list[float], share: float) -> float:
    return sorted(values)[int(share * (len(values) - 1))]
