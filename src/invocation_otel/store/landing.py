"""OTLP spans as rows of the landing table: what the Collector's clickhouseexporter would write, column for column.

Held to clickhouseexporter and pdata 0.161.0. Pure: no clock, no network, no settings.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from math import isfinite, isnan
from typing import NamedTuple

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from invocation_otel.errors import UsageError

LANDING_TABLE = "otel_traces"

Attributes = list[tuple[str, str]]
"""Pairs of key and text in the order of the key's bytes; a key sent twice is there twice, as the exporter leaves it."""


class LandingRow(NamedTuple):
    """One span as the landing table takes it; field order is the order of `LANDING_COLUMNS`."""

    timestamp_ns: int
    trace_id: str
    span_id: str
    parent_span_id: str
    trace_state: str
    span_name: str
    span_kind: str
    service_name: str
    resource_attributes: Attributes
    scope_name: str
    scope_version: str
    span_attributes: Attributes
    duration_ns: int
    status_code: str
    status_message: str
    event_timestamps_ns: list[int]
    event_names: list[str]
    event_attributes: list[Attributes]
    link_trace_ids: list[str]
    link_span_ids: list[str]
    link_trace_states: list[str]
    link_attributes: list[Attributes]


LANDING_COLUMNS = tuple(
    """Timestamp TraceId SpanId ParentSpanId TraceState SpanName SpanKind ServiceName ResourceAttributes ScopeName
    ScopeVersion SpanAttributes Duration StatusCode StatusMessage Events.Timestamp Events.Name Events.Attributes
    Links.TraceId Links.SpanId Links.TraceState Links.Attributes""".split()  # noqa: SIM905 - easier to compare
)

_KINDS = ("Unspecified", "Internal", "Server", "Client", "Producer", "Consumer")
_STATUSES = ("Unset", "Ok", "Error")
_TRACE_ID_BYTES, _SPAN_ID_BYTES = 16, 8
_UINT64 = 1 << 64
_INT64_MAX = (1 << 63) - 1


def landing_rows(request: ExportTraceServiceRequest) -> Iterator[LandingRow]:
    """One row for every span of *request*; UsageError when one has an id of a wrong length."""
    for resource_spans in request.resource_spans:
        resource = resource_spans.resource.attributes
        service = next((value_text(entry.value) for entry in resource if entry.key == "service.name"), "")
        resource_attributes = _attributes(resource)
        for scope_spans in resource_spans.scope_spans:
            for span in scope_spans.spans:
                yield _row(span, scope_spans.scope, service=service, resource_attributes=resource_attributes)


def _row(span: Span, scope: InstrumentationScope, *, service: str, resource_attributes: Attributes) -> LandingRow:
    return LandingRow(
        timestamp_ns=_int64(span.start_time_unix_nano),
        trace_id=_hex(span.trace_id, _TRACE_ID_BYTES, "trace id", span),
        span_id=_hex(span.span_id, _SPAN_ID_BYTES, "span id", span),
        parent_span_id=_hex(span.parent_span_id, _SPAN_ID_BYTES, "parent span id", span),
        trace_state=span.trace_state,
        span_name=span.name,
        span_kind=_KINDS[span.kind] if 0 <= span.kind < len(_KINDS) else "",
        service_name=service,
        resource_attributes=resource_attributes,
        scope_name=scope.name,
        scope_version=scope.version,
        span_attributes=_attributes(span.attributes),
        # A span that ends before it starts wraps around, as it does in the exporter.
        duration_ns=(span.end_time_unix_nano - span.start_time_unix_nano) % _UINT64,
        status_code=_status(span.status),
        status_message=span.status.message,
        event_timestamps_ns=[_int64(event.time_unix_nano) for event in span.events],
        event_names=[event.name for event in span.events],
        event_attributes=[_attributes(event.attributes) for event in span.events],
        link_trace_ids=[_hex(link.trace_id, _TRACE_ID_BYTES, "link's trace id", span) for link in span.links],
        link_span_ids=[_hex(link.span_id, _SPAN_ID_BYTES, "link's span id", span) for link in span.links],
        link_trace_states=[link.trace_state for link in span.links],
        link_attributes=[_attributes(link.attributes) for link in span.links],
    )


def _int64(time_ns: int) -> int:
    return time_ns - _UINT64 if time_ns > _INT64_MAX else time_ns


def _hex(identity: bytes, length: int, name: str, span: Span) -> str:
    if len(identity) not in (0, length):
        raise UsageError(
            f"The {name} of span {span.name!r} has {len(identity)} bytes, but {length} were expected. "
            "The whole request was refused; correct the sender."
        )
    return identity.hex() if any(identity) else ""


def _status(status: Status) -> str:
    return _STATUSES[status.code] if 0 <= status.code < len(_STATUSES) else ""


def _attributes(entries: Iterable[KeyValue]) -> Attributes:
    pairs = ((entry.key, value_text(entry.value)) for entry in entries)
    return sorted(pairs, key=lambda pair: pair[0].encode())


def value_text(value: AnyValue) -> str:
    """The text of an attribute's value, as pdata's ``Value.AsString`` makes it."""
    kind = value.WhichOneof("value")
    if kind in {"array_value", "kvlist_value"}:
        return _nested_text(value)
    return _TEXTS[kind](value) if kind in _TEXTS else ""


def _double_text(number: float) -> str:
    if not isfinite(number):
        return "NaN" if isnan(number) else "Infinity" if number > 0 else "-Infinity"
    # Go and Python find the same shortest digits; they differ in when they write an exponent and how long it is.
    shortest = repr(number)
    if number and not 1e-6 <= abs(number) < 1e21:  # noqa: PLR2004 - the borders of ECMAScript, which Go has taken over
        return shortest.replace("e-0", "e-")
    return format(Decimal(shortest), "f").removesuffix(".0")


def _base64(data: bytes) -> str:
    return b64encode(data).decode()


def _nested_text(value: AnyValue) -> str:
    try:
        return _json(value)
    except _NotJsonError:
        # Go's encoder refuses the whole value then, and pdata passes over that.
        return ""


class _NotJsonError(ValueError):
    """There is a number inside that JSON cannot say."""


def _json(value: AnyValue) -> str:
    kind = value.WhichOneof("value")
    return _JSON[kind](value) if kind in _JSON else "null"


def _json_number(number: float) -> str:
    if not isfinite(number):
        raise _NotJsonError
    return _double_text(number)


def _json_string(text: str) -> str:
    # Go escapes these two line separators, which JavaScript does not take inside a string.
    return json.dumps(text, ensure_ascii=False).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _json_object(entries: Iterable[KeyValue]) -> str:
    # Of equal keys the last one wins, and keys come in the order of their bytes.
    members = {entry.key: entry.value for entry in entries}
    return "{" + ",".join(f"{_json_string(key)}:{_json(members[key])}" for key in sorted(members, key=str.encode)) + "}"


_TEXTS: dict[str | None, Callable[[AnyValue], str]] = {
    "string_value": lambda value: value.string_value,
    "bool_value": lambda value: str(value.bool_value).lower(),
    "int_value": lambda value: str(value.int_value),
    "double_value": lambda value: _double_text(value.double_value),
    "bytes_value": lambda value: _base64(value.bytes_value),
}
_JSON: dict[str | None, Callable[[AnyValue], str]] = {
    "string_value": lambda value: _json_string(value.string_value),
    "bool_value": _TEXTS["bool_value"],
    "int_value": _TEXTS["int_value"],
    "double_value": lambda value: _json_number(value.double_value),
    # An empty byte string has become Go's nil on its way.
    "bytes_value": lambda value: f'"{_base64(value.bytes_value)}"' if value.bytes_value else "null",
    "array_value": lambda value: f"[{','.join(map(_json, value.array_value.values))}]",
    "kvlist_value": lambda value: _json_object(value.kvlist_value.values),
}
