"""From entries to the spans that an exporter takes. A span that has ended cannot be changed, so a new one is made."""

from typing import Any

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import SpanContext

from invocation_otel.record.entry import Entry
from invocation_otel.spans import attributes as a

_ids = RandomIdGenerator()


def finished(entry: Entry) -> ReadableSpan:
    """The span of *entry*, which has ended, as it is exported. Settles its run as far as that needs."""
    if entry.attributes is None and entry.ledger is not None:
        entry.ledger.settle()
    assert entry.span is not None  # noqa: S101 - only spans that ended are queued
    return _copy(entry.span, entry.attributes or {})


def announcement(run_span: ReadableSpan) -> Entry:
    """The entry of a child of *run_span*, without duration, that says the run has started.

    A span of its own, because the run's is sent when it ends: until then this is all that is known, and it is all that
    ever will be when the process dies.
    """
    parent, attributes = run_span.context, dict(run_span.attributes or {}) | {a.PENDING: True}
    context = SpanContext(parent.trace_id, _ids.generate_span_id(), is_remote=False, trace_flags=parent.trace_flags)
    span = ReadableSpan(
        name=run_span.name,
        context=context,
        parent=parent,
        resource=run_span.resource,
        attributes=attributes,
        start_time=run_span.start_time,
        end_time=run_span.start_time,
        instrumentation_scope=run_span.instrumentation_scope,
    )
    return Entry("other", span=span, attributes=attributes)


def size_bytes(span: ReadableSpan) -> int:
    """Roughly what *span* takes on the wire: its texts, and 500 bytes for all the rest."""
    return 500 + sum(len(value) for value in (span.attributes or {}).values() if isinstance(value, str))


def _copy(span: ReadableSpan, attributes: dict[str, Any]) -> ReadableSpan:
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes={name: _wire_safe(value) for name, value in attributes.items()},
        events=span.events,
        links=span.links,
        kind=span.kind,
        status=span.status,
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _wire_safe(value: Any) -> Any:
    """*value* without lone surrogates, which have no UTF-8 form: the exporter would refuse the whole batch."""
    if isinstance(value, str) and not value.isascii():
        return value.encode("utf-8", "replace").decode()
    return value
