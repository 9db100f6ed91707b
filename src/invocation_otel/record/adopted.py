"""Runs that nobody opened: an agent's span that a framework starts, and a model call outside of any agent.

An agent's span is the run. Inside a run it is part of that when it has the run's name or none, else a run of its own,
the first one's child. A model call outside of any run gets a run of one round, named by its operation, around it.
"""

from collections.abc import Mapping
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span
from opentelemetry.trace import SpanContext, StatusCode

from invocation_otel.spans import attributes as a
from invocation_otel.spans.outcome import SUCCESS, outcome_of_name

from .entry import Entry, Kind
from .facts import Ambient, Facts
from .run import Run, run_in

_OPENINFERENCE = {"LLM": a.CHAT, "AGENT": a.INVOKE_AGENT, "TOOL": a.EXECUTE_TOOL, "EMBEDDING": "embeddings"}
_OTHER = "_OTHER"  # OpenTelemetry's word for an error that says nothing more


def entry_of(span: Span, context: Context | None) -> Entry | None:
    """The entry of *span*, which somebody else starts in *context*; ``None`` when it belongs to no run."""
    run, operation = run_in(context), _operation(span.attributes or {})
    if operation == a.INVOKE_AGENT and (run is None or _agent(span, run.agent) != run.agent):
        return AgentRun(span, context).entry
    if operation in a.ROUND_OPERATIONS and run is None:
        run = CallRun(str(operation), span, context)
    return None if run is None else Entry(_kind(operation), run.ledger, run=run)


class AgentRun(Run):
    """A run whose span a framework starts and ends."""

    def __init__(self, span: Span, context: Context | None) -> None:
        super().__init__(_facts(span, _agent(span, "agent")), context=context, span=span)
        self.entry.run = self

    def span_ended(self, span: ReadableSpan) -> None:
        """Note how it ended; its rounds end before it does."""
        if span.context == self.span.get_span_context():
            self.close(*_outcome(span))


class CallRun(Run):
    """A run around one model call, which becomes its child."""

    def __init__(self, operation: str, call: Span, context: Context | None) -> None:
        super().__init__(_facts(call, operation), context=context)
        self._call = call
        _move(call, self.span.get_span_context())

    def span_ended(self, span: ReadableSpan) -> None:
        """End with its call, whatever else ended meanwhile."""
        if span.context == self._call.context:
            self.span.set_status(span.status)
            self.close(*_outcome(span))


def _facts(span: Span, agent: str) -> Facts:
    said = span.attributes or {}
    return Facts(agent=agent, ambient=Ambient(user_id=_text(said, a.USER_ID), session_id=_text(said, a.SESSION)))


def _text(said: Mapping[str, Any], name: str) -> str | None:
    return str(said[name]) if said.get(name) else None


def _agent(span: Span, default: str) -> str:
    named = span.name.removeprefix(a.INVOKE_AGENT).strip() if span.name.startswith(a.INVOKE_AGENT) else ""
    said = span.attributes or {}
    return _text(said, a.AGENT) or _text(said, "agent.name") or named or default


def _operation(said: Mapping[str, Any]) -> Any:
    return said.get(a.OPERATION) or _OPENINFERENCE.get(str(said.get("openinference.span.kind")))


def _kind(operation: Any) -> Kind:
    return "round" if operation in a.ROUND_OPERATIONS else "tool" if operation == a.EXECUTE_TOOL else "other"


def _outcome(span: ReadableSpan) -> tuple[str, str | None]:
    """The status that a foreign *span* tells, and its ``error.type``."""
    said = (span.attributes or {}).get(a.ERROR_TYPE)
    thrown = [(event.attributes or {}).get("exception.type") for event in span.events]
    error = said or (
        next(filter(None, reversed(thrown)), _OTHER) if span.status.status_code is StatusCode.ERROR else ""
    )
    return (outcome_of_name(str(error)), str(error)) if error else (SUCCESS, None)


def _move(span: Span, parent: SpanContext) -> None:
    """Make *span*, which starts at this moment and which nobody has seen yet, a child of *parent*.

    The SDK has no way to say so: a processor may only read whose child a span is.
    """
    own = span.get_span_context()
    if parent.is_valid:
        span._parent = parent  # noqa: SLF001 - see above
        span._context = trace.SpanContext(  # noqa: SLF001 - see above
            parent.trace_id, own.span_id, is_remote=False, trace_flags=own.trace_flags, trace_state=own.trace_state
        )
