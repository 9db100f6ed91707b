"""The queue between the agent and the exporter, with exporters that fail, hang and throw."""

import logging
import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.queues import Queue

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from invocation_otel.deliver.limits import Limits
from invocation_otel.deliver.processor import InvocationSpanProcessor
from invocation_otel.record.guard import failures


class Endpoint(SpanExporter):
    """A user's own exporter: keeps what it is given, and answers what the test says."""

    def __init__(self, answer: Callable[[], SpanExportResult] = lambda: SpanExportResult.SUCCESS) -> None:
        self.batches: list[list[str]] = []
        self._answer = answer

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._answer()
        if result is SpanExportResult.SUCCESS:
            self.batches.append([span.name for span in spans])
        return result


@pytest.fixture
def provider() -> Iterator[TracerProvider]:
    made = TracerProvider()
    yield made
    made.shutdown()


def produce(provider: TracerProvider, count: int, *, text: str = "") -> None:
    tracer = provider.get_tracer("test")
    for number in range(count):
        tracer.start_span(f"span {number}", attributes={"text": text}).end()


def test_every_span_arrives_once_and_in_order_from_many_threads(provider: TracerProvider) -> None:
    endpoint = Endpoint()
    processor = InvocationSpanProcessor(endpoint)
    provider.add_span_processor(processor)

    threads = [threading.Thread(target=produce, args=(provider, 500)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert processor.force_flush()
    arrived = [name for batch in endpoint.batches for name in batch]
    assert sorted(arrived) == sorted(f"span {number}" for number in range(500) for _ in range(16))
    assert (processor.stats().produced, processor.stats().exported, processor.stats().dropped) == (8000, 8000, 0)


def test_a_batch_is_bounded_in_spans_and_in_bytes(provider: TracerProvider) -> None:
    endpoint = Endpoint()
    provider.add_span_processor(InvocationSpanProcessor(endpoint, limits=Limits(batch_spans=3, batch_bytes=10_000)))
    produce(provider, 7)
    produce(provider, 4, text="x" * 4_000)
    produce(provider, 1, text="x" * 50_000)

    assert provider.force_flush()
    assert sum(len(batch) for batch in endpoint.batches) == 12
    assert max(len(batch) for batch in endpoint.batches) <= 3
    assert [len(batch) for batch in endpoint.batches if "span 3" in batch or len(batch) == 1][-1] == 1


def test_what_the_endpoint_refused_is_sent_again_until_it_is_taken(provider: TracerProvider) -> None:
    answers = iter([SpanExportResult.FAILURE, SpanExportResult.FAILURE])
    endpoint = Endpoint(lambda: next(answers, SpanExportResult.SUCCESS))
    processor = InvocationSpanProcessor(endpoint)
    provider.add_span_processor(processor)
    produce(provider, 5)

    assert processor.force_flush(10_000)
    assert endpoint.batches == [[f"span {number}" for number in range(5)]]


def test_a_full_memory_without_a_spool_drops_the_oldest_counts_them_and_says_so_once(
    provider: TracerProvider, caplog: pytest.LogCaptureFixture
) -> None:
    released = threading.Event()

    def wait() -> SpanExportResult:
        released.wait(10)
        return SpanExportResult.SUCCESS

    endpoint = Endpoint(wait)
    limits = Limits(batch_spans=5, memory_bytes=3_000, delay_s=0.01)
    processor = InvocationSpanProcessor(endpoint, limits=limits)
    provider.add_span_processor(processor)
    produce(provider, 5)
    time.sleep(0.2)  # the courier now waits in the endpoint
    produce(provider, 100, text="x" * 100)
    time.sleep(0.2)
    released.set()

    assert processor.force_flush()
    stats = processor.stats()
    arrived = [name for batch in endpoint.batches for name in batch]
    assert (stats.produced, stats.exported + stats.dropped, stats.exported) == (105, 105, len(arrived))
    assert 0 < stats.dropped < 100
    assert arrived[-5:] == [f"span {number}" for number in range(95, 100)]
    warnings = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert warnings == [
        (
            "Dropped 5 spans: the endpoint is down or too slow, and memory and spool are full. "
            "Further ones are counted in handle.stats()."
        )
    ]


def test_an_endpoint_that_stays_down_costs_the_agent_nothing_and_the_end_is_not_held_up(
    provider: TracerProvider, caplog: pytest.LogCaptureFixture
) -> None:
    processor = InvocationSpanProcessor(Endpoint(lambda: SpanExportResult.FAILURE))
    provider.add_span_processor(processor)
    produce(provider, 3)
    started = time.monotonic()
    processor.shutdown()

    assert time.monotonic() - started < 2
    stats = processor.stats()
    assert (stats.produced, stats.exported, stats.dropped) == (3, 0, 3)
    assert "Dropped 3 spans: the process ended before the endpoint took them, and no spool could." in caplog.text


def test_an_exporter_that_throws_is_logged_once_and_tried_again(
    provider: TracerProvider, caplog: pytest.LogCaptureFixture
) -> None:
    answers = iter([True, True])

    def throw_twice() -> SpanExportResult:
        if next(answers, False):
            raise ConnectionResetError("gone")
        return SpanExportResult.SUCCESS

    endpoint = Endpoint(throw_twice)
    processor = InvocationSpanProcessor(endpoint)
    provider.add_span_processor(processor)
    produce(provider, 2)

    assert processor.force_flush()
    assert endpoint.batches == [["span 0", "span 1"]]
    assert processor.stats().failures == {"exporting spans": 2}
    assert [r.getMessage() for r in caplog.records if r.levelno == logging.ERROR] == [
        "invocation_otel failed while exporting spans. The agent goes on; further ones are counted only."
    ]
    caplog.clear()
    failures.clear()


def _child(
    processor: InvocationSpanProcessor,
    provider: TracerProvider,
    endpoint: Endpoint,
    told: "Queue[tuple[list[str], int]]",
) -> None:
    produce(provider, 2)
    processor.force_flush()
    told.put(([name for batch in endpoint.batches for name in batch], processor.stats().produced))


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_delivers_its_own_spans_and_none_of_its_parents(provider: TracerProvider) -> None:
    released = threading.Event()
    endpoint = Endpoint(lambda: SpanExportResult.SUCCESS if released.wait(10) else SpanExportResult.FAILURE)
    processor = InvocationSpanProcessor(endpoint)
    provider.add_span_processor(processor)
    produce(provider, 4)
    fork = multiprocessing.get_context("fork")
    told: Queue[tuple[list[str], int]] = fork.Queue()
    released.set()
    child = fork.Process(target=_child, args=(processor, provider, endpoint, told))
    child.start()
    names, produced = told.get(timeout=10)
    child.join(10)

    assert produced == 2
    assert names[-2:] == ["span 0", "span 1"]
    assert processor.force_flush()
    assert processor.stats().exported == 4


def test_text_that_has_no_utf8_form_does_not_hold_up_its_neighbours(provider: TracerProvider) -> None:
    from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans  # noqa: PLC0415 - the real encoder

    encoded = []

    class Encoding(Endpoint):
        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            encoded.append(encode_spans(spans).SerializeToString())
            return SpanExportResult.SUCCESS

    provider.add_span_processor(InvocationSpanProcessor(Encoding()))
    produce(provider, 1, text="half a pair: \ud800")
    assert provider.force_flush()
    assert b"half a pair: ?" in encoded[0]


def test_the_counters_are_opentelemetry_metrics_too(monkeypatch: pytest.MonkeyPatch, provider: TracerProvider) -> None:
    reader = InMemoryMetricReader()
    meters = MeterProvider([reader])
    monkeypatch.setattr("opentelemetry.metrics._internal._METER_PROVIDER", meters)  # a process can set it only once
    processor = InvocationSpanProcessor(Endpoint())
    provider.add_span_processor(processor)
    produce(provider, 3)
    assert processor.force_flush()

    data = reader.get_metrics_data()
    assert data is not None
    metrics = {metric.name: metric for metric in data.resource_metrics[0].scope_metrics[0].metrics}
    [produced] = metrics["invocation.delivery.produced"].data.data_points
    states = {
        (point.attributes or {})["state"]: getattr(point, "value", None)
        for point in metrics["invocation.delivery.spans"].data.data_points
    }
    assert getattr(produced, "value", None) == 3
    assert states == {
        "exported": 3,
        "spooled": 0,
        "refused": 0,
        "dropped": 0,
        "shortened": 0,
        "replayed": 0,
        "dropped_of_others": 0,
    }
    meters.shutdown()
