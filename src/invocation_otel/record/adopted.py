"""Runs that nobody opened: an agent's span that a framework starts, and a model call outside of any agent.

An agent's span is the run. Inside a run it is part of that when it has the run's name or none, else a run of its own,
the first one's child. A workflow outside of any run is a run too, unless it only holds the agents together that hand
over to one another: then the first of them is the run, and the others are its children. A model call outside of any run
gets a run of one round, named by its operation, around it.
"""

import sys
from collections.abc import Mapping
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span
from opentelemetry.trace import SpanContext, StatusCode

from invocation_otel.spans import attributes as a
from invocation_otel.spans.dialects.dialect import Source
from invocation_otel.spans.dialects.translate import operation_of
from invocation_otel.spans.outcome import SUCCESS, error_type, outcome_of_error, outcome_of_name

from .duplicates import duplicate
from .entry import Entry, Kind, live
from .facts import Ambient, Facts
from .run import Run, run_in
from .scope import ambient

_HANDED_OVER = frozenset({"opentelemetry.instrumentation.genai.openai_agents"})
"""Scopes whose workflow is no agent of its own: around the agents of one conversation, one after the other."""
_NAMES = (a.AGENT, "agent.name", a.WORKFLOW)
_KINDS = (a.INVOKE_AGENT, a.INVOKE_WORKFLOW)
_OTHER = "_OTHER"  # OpenTelemetry's word for an error that says nothing more


def entry_of(span: Span, context: Context | None) -> Entry | None:
    """The entry of *span*, which somebody else starts in *context*; ``None`` when it belongs to no run."""
    run, operation = run_in(context), operation_of(span.attributes or {}, Source(_scope(span), span.name))
    if operation == a.INVOKE_AGENT and (run is None or run.status != "running" or _agent(span, run.agent) != run.agent):
        return AgentRun(span, context).entry
    if operation == a.INVOKE_WORKFLOW and run is None:
        return Entry("workflow") if _scope(span) in _HANDED_OVER else AgentRun(span, context).entry
    if operation in a.ROUND_OPERATIONS and (told := duplicate(span, run, context)):
        return told
    if operation in a.ROUND_OPERATIONS and run is None:
        run = CallRun(str(operation), span, context)
    return None if run is None else Entry(_kind(operation), run.ledger, run=run)


def named_late(entry: Entry, span: ReadableSpan, run: Run) -> None:
    """Say what *entry* is after all: some libraries tell only at a span's end that it is a model call or a tool's.

    Such a call is no round when a span around it or inside it is one already: it tells that one's call once more.
    """
    kind = _kind(operation_of(span.attributes or {}, Source(_scope(span), span.name)))
    around = live.get(span.parent.span_id) if span.parent else None
    if kind == "round" and around is not None and around.kind == "round":
        entry.outer = around
    elif kind == "round" and not entry.holds_round:
        entry.kind, entry.index = kind, run.ledger.next_index()
    elif kind == "tool":
        entry.kind, entry.index = kind, run.ledger.latest_round


class AgentRun(Run):
    """A run whose span a framework starts and ends."""

    def __init__(self, span: Span, context: Context | None) -> None:
        super().__init__(_facts(span, _agent(span, _unnamed(span)), context), context=context, span=span)
        self.entry.run = self
        self.entry.told = {a.OPERATION: a.INVOKE_AGENT}
        around = live.get(trace.get_current_span(context).get_span_context().span_id)
        if around is not None and around.kind == "workflow" and around.run is None:
            around.run = self
        self._handled_before = id(sys.exception())

    def span_ended(self, span: ReadableSpan) -> None:
        """Note how it ended; its rounds end before it does."""
        if span.context == self.span.get_span_context():
            self.close(*self._outcome(span))

    def _outcome(self, span: ReadableSpan) -> tuple[str, str | None]:
        """What its span tells, else the error on its way through the framework now: not all of them tell of one."""
        outcome, told = _outcome(span)
        error = sys.exception()
        if told not in (None, _OTHER) or error is None or id(error) == self._handled_before or _is_control(error):
            return outcome, told
        return outcome_of_error(error), error_type(error)


def _is_control(error: BaseException) -> bool:
    """Whether *error* is how Python says that an iterator has come to its end."""
    return isinstance(error, StopIteration | StopAsyncIteration)


class CallRun(Run):
    """A run around one model call, which becomes its child."""

    def __init__(self, operation: str, call: Span, context: Context | None) -> None:
        super().__init__(_facts(call, operation, context), context=context)
        self._call = call
        _move(call, self.span.get_span_context())

    def span_ended(self, span: ReadableSpan) -> None:
        """End with its call, whatever else ended meanwhile."""
        if span.context == self._call.context:
            self.span.set_status(span.status)
            self.close(*_outcome(span))


def _facts(span: Span, agent: str, context: Context | None) -> Facts:
    """What *span* says of its run. What the program says wins: frameworks make up session ids."""
    said, around = span.attributes or {}, run_in(context)
    known = around.ambient if around else ambient()
    told = Ambient(user_id=_text(said, a.USER_ID), session_id=_text(said, a.SESSION))
    return Facts(agent, known.over(told)).checked()


def _text(said: Mapping[str, Any], name: str) -> str | None:
    return str(said[name]) if said.get(name) else None


def _agent(span: Span, default: str) -> str:
    named = [span.name.removeprefix(kind).strip() for kind in _KINDS if span.name.startswith(kind)]
    said = span.attributes or {}
    return next(filter(None, (*(_text(said, name) for name in _NAMES), *named)), default)


def _unnamed(span: Span) -> str:
    """What an agent is called that has no name."""
    return "agent" if span.name in _KINDS else span.name


def _scope(span: ReadableSpan) -> str:
    return span.instrumentation_scope.name if span.instrumentation_scope else ""


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
