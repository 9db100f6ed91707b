"""Spans that the library makes itself, beside those of the agent."""

import time
from typing import Any

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, TraceFlags

from invocation_otel.record.entry import Entry
from invocation_otel.record.ids import new_span_id, new_trace_id
from invocation_otel.spans import attributes as a

from .counts import Counts

_SCOPE = InstrumentationScope("invocation_otel")


def announcement(run_span: ReadableSpan, identity: dict[str, Any]) -> Entry:
    """A child of *run_span*, whose run has *identity*, without duration, that says the run has started.

    A span of its own, because the run's is sent when it ends: until then this is all that is known, and it is all that
    ever will be when the process dies.
    """
    parent = run_span.context
    entry = Entry("other")
    entry.attributes = {a.OPERATION: a.INVOKE_AGENT, **identity, a.PENDING: True}
    entry.span = _span(
        run_span.name,
        SpanContext(parent.trace_id, new_span_id(), is_remote=False, trace_flags=parent.trace_flags),
        at_ns=run_span.start_time or 0,
        resource=run_span.resource,
        parent=parent,
    )
    return entry


def report(counts: Counts, resource: Resource) -> Entry:
    """What this process has produced so far, so that the store can say whether all of it is there.

    What it lost of ended processes' spans stands on both sides of the account: their own reports cannot tell it.
    """
    entry = Entry("other")
    entry.attributes = {
        a.DELIVERY_PRODUCED: counts.produced + counts.dropped_of_others,
        a.DELIVERY_SPOOLED: counts.spooled,
        a.DELIVERY_REFUSED: counts.refused,
        a.DELIVERY_DROPPED: counts.dropped + counts.dropped_of_others,
        a.DELIVERY_SHORTENED: counts.shortened,
    }
    context = SpanContext(new_trace_id(), new_span_id(), is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED))
    entry.span = _span(a.DELIVERY, context, at_ns=time.time_ns(), resource=resource)
    return entry


def _span(
    name: str, context: SpanContext, *, at_ns: int, resource: Resource, parent: SpanContext | None = None
) -> ReadableSpan:
    return ReadableSpan(
        name=name,
        context=context,
        parent=parent,
        resource=resource,
        start_time=at_ns,
        end_time=at_ns,
        instrumentation_scope=_SCOPE,
    )
