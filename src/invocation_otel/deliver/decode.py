"""From a batch back to the SDK's spans, for exporters that take those: any but OTLP over HTTP."""

from typing import Any

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags, TraceState

from .batch import Batch, spans_of

_IS_REMOTE = 0x200


def readable_spans(batch: Batch) -> list[ReadableSpan]:
    """The spans of *batch* as they were before they were encoded."""
    return [_span(resource, scope, span) for resource, scope, span in spans_of(batch.message())]


def _span(resource: Any, scope: Any, span: Any) -> ReadableSpan:
    parent = None
    if span.parent_span_id:
        parent = _context(span.trace_id, span.parent_span_id, is_remote=bool(span.flags & _IS_REMOTE))
    code = StatusCode(span.status.code)
    return ReadableSpan(
        name=span.name,
        context=_context(span.trace_id, span.span_id, state=span.trace_state),
        parent=parent,
        resource=Resource(_attributes(resource.attributes)),
        attributes=_attributes(span.attributes),
        events=[Event(event.name, _attributes(event.attributes), event.time_unix_nano) for event in span.events],
        links=[
            Link(
                _context(link.trace_id, link.span_id, state=link.trace_state, is_remote=bool(link.flags & _IS_REMOTE)),
                _attributes(link.attributes),
            )
            for link in span.links
        ],
        kind=SpanKind(max(span.kind - 1, 0)),
        status=Status(code, span.status.message or None if code is StatusCode.ERROR else None),
        start_time=span.start_time_unix_nano,
        end_time=span.end_time_unix_nano,
        instrumentation_scope=InstrumentationScope(scope.name, scope.version, None, _attributes(scope.attributes)),
    )


def _context(trace_id: bytes, span_id: bytes, *, state: str = "", is_remote: bool = False) -> SpanContext:
    return SpanContext(
        int.from_bytes(trace_id),
        int.from_bytes(span_id),
        is_remote,
        TraceFlags(TraceFlags.SAMPLED),
        TraceState.from_header([state]) if state else None,
    )


def _attributes(pairs: Any) -> dict[str, Any]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: Any) -> Any:
    match value.WhichOneof("value"):
        case "array_value":
            return [_value(item) for item in value.array_value.values]
        case "kvlist_value":
            return {pair.key: _value(pair.value) for pair in value.kvlist_value.values}
        case None:
            return None
        case name:
            return getattr(value, name)
