"""Spans whose values are hard to write down the same way twice."""

import math
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList
from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans, Span, Status

TEXTS: list[tuple[Any, str]] = [
    (None, ""),
    ("", ""),
    ("<>&\u2028\u2029\x00\x7f🙂", "<>&\u2028\u2029\x00\x7f🙂"),
    (True, "true"),
    (False, "false"),
    (0, "0"),
    (-(2**63), "-9223372036854775808"),
    (2**63 - 1, "9223372036854775807"),
    (0.0, "0"),
    (-0.0, "-0"),
    (1.0, "1"),
    (-1.5, "-1.5"),
    (0.1, "0.1"),
    (1 / 3, "0.3333333333333333"),
    (100.0, "100"),
    (1e16, "10000000000000000"),
    (1e20, "100000000000000000000"),
    (9.999999999999999e20, "999999999999999900000"),
    (1e21, "1e+21"),
    (-1.25e21, "-1.25e+21"),
    (1e100, "1e+100"),
    (1e-6, "0.000001"),
    (1.234e-6, "0.000001234"),
    (9.99e-7, "9.99e-7"),
    (1e-7, "1e-7"),
    (-1.5e-7, "-1.5e-7"),
    (1e-10, "1e-10"),
    (1e-100, "1e-100"),
    (5e-324, "5e-324"),
    (1.7976931348623157e308, "1.7976931348623157e+308"),
    (math.nan, "NaN"),
    (math.inf, "Infinity"),
    (-math.inf, "-Infinity"),
    (b"", ""),
    (b"\x00\xff", "AP8="),
    (b"abc", "YWJj"),
    ([], "[]"),
    ({}, "{}"),
    ([[], {}, None, b"", b"x", ""], '[[],{},null,null,"eA==",""]'),
    ([True, 1, 1.0, 1e21, 1e-7, 0.1, "x"], '[true,1,1,1e+21,1e-7,0.1,"x"]'),
    ([1.0, math.nan], ""),
    ({"a": {"b": math.inf}}, ""),
    ({"b": 1, "a": [{"z": 1, "y": 2}], "Z": 3, "é": 4, "": 5}, '{"":5,"Z":3,"a":[{"y":2,"z":1}],"b":1,"é":4}'),
    ({"\U0001f600": 1, "\uffff": 2}, '{"\uffff":2,"\U0001f600":1}'),
    (["<a href='x'>&</a>", '"\\/'], '["<a href=\'x\'>&</a>","\\"\\\\/"]'),
    (["\x00\x01\x1f\x7f\x80"], '["\\u0000\\u0001\\u001f\x7f\x80"]'),
    (["\b\f\n\r\t\v"], '["\\b\\f\\n\\r\\t\\u000b"]'),
    (["\u2028\u2029\ufeff\ufffd"], '["\\u2028\\u2029\ufeff\ufffd"]'),
]
"""Values, each with the text that the Collector's exporter makes of it."""


_FIELDS = {bool: "bool_value", int: "int_value", float: "double_value", str: "string_value", bytes: "bytes_value"}


def any_value(value: Any) -> AnyValue:
    """*value* in OTLP."""
    if value is None:
        return AnyValue()
    if isinstance(value, list):
        return AnyValue(array_value=ArrayValue(values=map(any_value, value)))
    if isinstance(value, dict):
        return AnyValue(kvlist_value=KeyValueList(values=pairs(*value.items())))
    return AnyValue(**{_FIELDS[type(value)]: value})


def pairs(*entries: tuple[str, Any]) -> list[KeyValue]:
    """*entries* in OTLP, in their order, also when a key comes twice."""
    return [KeyValue(key=key, value=any_value(value)) for key, value in entries]


def odd_request() -> ExportTraceServiceRequest:
    """Every odd value on a span, an event and a link; odd ids, times, kinds and statuses; odd resources."""
    request = ExportTraceServiceRequest()
    valued = request.resource_spans.add()
    valued.resource.attributes.extend(pairs(("service.name", "sho<p>"), ("b", [1, 2]), ("Z", 1e21)))
    scope = valued.scope_spans.add()
    scope.scope.name, scope.scope.version = "scope", "1.2"
    for number, (value, _) in enumerate(TEXTS, start=1):
        scope.spans.append(_valued_span(number, value))
    doubled = KeyValueList(values=pairs(("d", 1), ("d", 2), ("c", None)))
    scope.spans.add(name="a map with a key twice").attributes.add(key="v", value=AnyValue(kvlist_value=doubled))
    _add_odd_frames(request.resource_spans.add().scope_spans.add())
    numbered = request.resource_spans.add()
    numbered.resource.attributes.extend(pairs(("service.name", 5), ("service.name", "second")))
    numbered.scope_spans.add().spans.add(name="a number as service")
    request.resource_spans.add()
    return request


def _valued_span(number: int, value: Any) -> Span:
    start_ns = 1_700_000_000_000_000_000 + number * 1_000_000_007
    return Span(
        trace_id=number.to_bytes(16, "big"),
        span_id=number.to_bytes(8, "big"),
        parent_span_id=(number % 3).to_bytes(8, "big"),
        trace_state="a=b" if number % 2 else "",
        name=f"value {number}",
        kind=Span.SpanKind.Name(number % 6),
        start_time_unix_nano=start_ns,
        end_time_unix_nano=start_ns + number,
        status=Status(code=Status.StatusCode.Name(number % 3), message="why <>"),
        attributes=pairs(("v", value), ("A", "first")),
        events=[
            Span.Event(time_unix_nano=start_ns + 1, name="event", attributes=pairs(("v", value))),
            Span.Event(name="without time"),
        ],
        links=[
            Span.Link(trace_id=b"\1" * 16, span_id=b"\2" * 8, trace_state="c=d", attributes=pairs(("v", value))),
            Span.Link(),
        ],
    )


def _add_odd_frames(scope: ScopeSpans) -> None:
    scope.spans.add(name="ids of zeros", trace_id=b"\0" * 16, span_id=b"\0" * 8, parent_span_id=b"\0" * 8)
    unknown = scope.spans.add(name="unknown kind and status")
    unknown.MergeFromString(b"\x30\x09\x7a\x02\x18\x07")
    scope.spans.add(name="ends before it starts", start_time_unix_nano=2_000, end_time_unix_nano=1_000)
    scope.spans.add(name="the latest time", start_time_unix_nano=2**64 - 1, end_time_unix_nano=2**63)
    scope.spans.add(name="the latest signed time", start_time_unix_nano=2**63 - 1, end_time_unix_nano=2**63)
    doubled = scope.spans.add(name="attributes with a key twice")
    doubled.attributes.extend(pairs(("d", "1"), ("c", "x"), ("d", "2"), ("", ""), ("d", 3)))
