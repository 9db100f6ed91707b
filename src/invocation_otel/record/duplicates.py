"""Spans that other instrumentations make of the calls of a client that we record at its door ourselves.

Theirs tell nothing that ours does not, and some of them are no parents of ours: they start before the call and are not
current during it. So they are not delivered, and ours starts where they did.
"""

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import Span

from .entry import Entry, live
from .run import Run

_SCOPES = (
    "openinference.instrumentation.{}",
    "opentelemetry.instrumentation.genai.{}",
    "opentelemetry.instrumentation.{}",
    "opentelemetry.instrumentation.{}_v2",
)
_told_twice: set[str] = set()


def we_tell(library: str) -> None:
    """From now on, what others tell of the model calls of *library* is told twice."""
    _told_twice.update(scope.format(library) for scope in _SCOPES)


def others_tell(library: str) -> None:
    """Undo ``we_tell``."""
    _told_twice.difference_update(scope.format(library) for scope in _SCOPES)


def duplicate(span: Span, run: Run | None, context: Context | None) -> Entry | None:
    """The entry of *span*, a model call of somebody else's, when ours will tell it; inside ours it is merged."""
    scope = span.instrumentation_scope
    if scope is None or scope.name not in _told_twice:
        return None
    around = live.get(trace.get_current_span(context).get_span_context().span_id)
    return None if around and around.described.conversation else Entry("duplicate", run=run)


def without_duplicates(context: Context) -> Context:
    """*context*, at the span around those that are not delivered."""
    span = trace.get_current_span(context)
    entry = live.get(span.get_span_context().span_id)
    if entry is None or entry.kind != "duplicate":
        return context
    parent = getattr(span, "parent", None)
    around = trace.NonRecordingSpan(parent) if parent else trace.INVALID_SPAN
    return without_duplicates(trace.set_span_in_context(around, context))
