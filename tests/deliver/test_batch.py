"""Batches made smaller: nothing is lost between the halves, and what was cut says so."""

import json
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from sending import batch_of

from invocation_otel.deliver.batch import Batch, spans_of
from otlp_endpoint import names_in


def texts(batch: Batch) -> dict[str, str]:
    return {
        pair.key: pair.value.string_value
        for _, _, span in spans_of(batch.message())
        for pair in (*span.attributes, *(pair for event in span.events for pair in event.attributes))
    }


def test_halves_hold_every_span_once_with_its_resource_and_scope() -> None:
    message = ExportTraceServiceRequest()
    for number in range(3):
        resource_spans = message.resource_spans.add()
        resource_spans.resource.attributes.add(key="r").value.int_value = number
        for scope in ("a", "b"):
            scope_spans = resource_spans.scope_spans.add()
            scope_spans.scope.name = scope
            for index in range(3):
                scope_spans.spans.add(name=f"{number}{scope}{index}")
    whole = Batch(18, message.SerializeToString())

    first, second = whole.halves()
    assert (first.spans, second.spans) == (9, 9)
    told = [
        (resource.attributes[0].value.int_value, scope.name, span.name)
        for half in (first, second)
        for resource, scope, span in spans_of(half.message())
    ]
    assert told == [(int(name[0]), name[1], name) for name in names_in(whole.body)]


def test_an_odd_batch_is_halved_down_to_single_spans() -> None:
    batches = [batch_of(*(f"{n}" for n in range(7)))]
    while any(batch.spans > 1 for batch in batches):
        batches = [half for batch in batches for half in (batch.halves() if batch.spans > 1 else (batch,))]
    assert [names_in(batch.body) for batch in batches] == [[f"{n}"] for n in range(7)]


def test_a_text_that_is_shortened_says_how_long_it_was() -> None:
    batch = batch_of("a", text="x" * 10_000).shortened(100)
    assert texts(batch) == {"text": "x" * 100 + "… [shortened by invocation_otel, was 10000 characters]"}
    assert texts(batch_of("a", text="x" * 100).shortened(100)) == {"text": "x" * 100}


def test_json_stays_json_and_its_long_texts_are_cut_inside() -> None:
    document: Any = [{"role": "user", "parts": [{"type": "text", "content": "ü" * 5000}, {"n": 1.5, "short": "s"}]}]
    shorter = texts(batch_of("a", text=json.dumps(document)).shortened(50))["text"]
    document[0]["parts"][0]["content"] = "ü" * 50 + "… [shortened by invocation_otel, was 5000 characters]"
    assert json.loads(shorter) == document


def test_json_of_many_short_texts_becomes_a_json_text_with_its_beginning() -> None:
    document = json.dumps([{"content": "short"}] * 10_000)
    shorter = texts(batch_of("a", text=document).shortened(100))["text"]
    assert json.loads(shorter) == f"{document[:100]}… [shortened by invocation_otel, was {len(document)} characters]"


def test_texts_in_events_arrays_maps_and_bytes_are_shortened_too() -> None:
    message = ExportTraceServiceRequest()
    span = message.resource_spans.add().scope_spans.add().spans.add()
    span.events.add().attributes.add(key="event").value.string_value = "e" * 5000
    span.attributes.add(key="list").value.array_value.values.add().string_value = "l" * 5000
    span.attributes.add(key="map").value.kvlist_value.values.add(key="k").value.string_value = "m" * 5000
    span.attributes.add(key="bytes").value.bytes_value = b"b" * 5000
    assert len(Batch(1, message.SerializeToString()).shortened(64).body) < 1000
