"""Our encoder writes what the SDK's own does."""

import struct
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Link, SpanContext, SpanKind, StatusCode

from invocation_otel.deliver.otlp import encode_resource, encode_scope, encode_span, request

plain = (
    st.booleans()
    | st.integers(min_value=-(2**63), max_value=2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec="utf-8"))
)
values = plain | st.lists(plain, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8"), min_size=1), plain)


def recorded(attributes: dict[str, Any]) -> ReadableSpan:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(resource=Resource({"service.name": "shop", "n": 1}))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("scope", "1.2", attributes={"s": "a"})
    link = Link(SpanContext(2**127, 2**63, is_remote=True), {"l": 1})
    with (
        tracer.start_as_current_span("parent"),
        tracer.start_as_current_span("ünïcode", attributes=attributes, kind=SpanKind.CLIENT, links=[link]) as span,
    ):
        span.add_event("event", {"e": 1.5})
        span.set_status(StatusCode.ERROR, "broken")
    provider.shutdown()
    return exporter.get_finished_spans()[0]


def ours(span: ReadableSpan) -> Any:
    encoded = encode_span(span, span.attributes or {})
    body = request(encode_resource(span.resource, {}), [(encode_scope(span.instrumentation_scope), [encoded])])
    return ExportTraceServiceRequest.FromString(body)


@given(st.dictionaries(st.text(st.characters(codec="utf-8"), min_size=1), values, max_size=5))
def test_a_span_is_encoded_as_the_sdk_encodes_it(attributes: dict[str, Any]) -> None:
    span = recorded(attributes)
    assert ours(span) == encode_spans([span])


def test_what_python_holds_for_equal_is_encoded_as_what_it_is() -> None:
    for value in (1, True, 1.0, 0, False, 0.0, True, 1):
        span = recorded({"n": value})
        assert ours(span) == encode_spans([span])


def test_nan_keeps_its_bits_and_a_lone_surrogate_does_not_spoil_the_request() -> None:
    span = recorded({"nan": float("nan"), "half": "a\ud800b", "bytes": b"\x00\xff", "none": [None, "x"]})
    [encoded] = ours(span).resource_spans[0].scope_spans[0].spans
    told = {attribute.key: attribute.value for attribute in encoded.attributes}
    assert struct.pack("<d", told["nan"].double_value) == struct.pack("<d", float("nan"))
    assert told["half"].string_value == "a?b"
    assert told["bytes"].bytes_value == b"\x00\xff"
    assert [value.WhichOneof("value") for value in told["none"].array_value.values] == [None, "string_value"]


def test_requests_put_one_after_the_other_are_one_request() -> None:
    span = recorded({})
    one = request(b"", [(b"", [encode_span(span, {"n": 1})])])
    two = request(b"", [(b"", [encode_span(span, {"n": 2})])])
    joined = ExportTraceServiceRequest.FromString(one + two)
    told = [spans.scope_spans[0].spans[0].attributes[0].value.int_value for spans in joined.resource_spans]
    assert told == [1, 2]
