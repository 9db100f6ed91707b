"""Haystack tells its agents and their tools to a tracer of its own kind: this one makes OpenTelemetry spans of them.

A tracer that the program has set itself is told everything as well.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from haystack import tracing
from haystack.tracing import Span, Tracer
from opentelemetry import trace
from opentelemetry.trace import StatusCode, TracerProvider

from invocation_otel.spans import attributes as a

from .content import keep_of_tool
from .methods import Undo

_AGENT, _TOOL = "haystack.agent.run", "haystack.agent.step.tool"
_CONTENT = {f"{_TOOL}.input": a.TOOL_ARGUMENTS, f"{_TOOL}.output": a.TOOL_RESULT}


def tell_agents(provider: TracerProvider | None) -> Undo:
    """Make a run of each run of a Haystack agent, with its tool calls; gives back what ends that."""
    before = tracing.tracer.actual_tracer
    ours = _Tracer(trace.get_tracer(__name__, tracer_provider=provider), before)
    tracing.enable_tracing(ours)

    def undo() -> None:
        if tracing.tracer.actual_tracer is ours:
            tracing.enable_tracing(before)

    return undo


class _Span(Span):
    """One operation of Haystack, and our span of it when it is an agent's run or a tool call."""

    def __init__(self, theirs: Span, span: trace.Span) -> None:
        self.theirs, self._span = theirs, span

    def set_tag(self, key: str, value: Any) -> None:
        self.theirs.set_tag(key, value)
        if key == "haystack.tool.error" and value:
            self._span.set_status(StatusCode.ERROR)

    def set_content_tag(self, key: str, value: Any) -> None:
        self.theirs.set_content_tag(key, value)
        if key in _CONTENT:
            keep_of_tool(self._span, {_CONTENT[key]: value})

    def raw_span(self) -> Any:
        return self.theirs.raw_span()

    def get_correlation_data_for_logs(self) -> dict[str, Any]:
        return dict(self.theirs.get_correlation_data_for_logs())


class _Tracer(Tracer):
    def __init__(self, tracer: trace.Tracer, before: Tracer) -> None:
        self._tracer, self._before = tracer, before

    @contextmanager
    def trace(
        self, operation_name: str, tags: dict[str, Any] | None = None, parent_span: Span | None = None
    ) -> Iterator[Span]:
        above = parent_span.theirs if isinstance(parent_span, _Span) else parent_span
        with (
            self._before.trace(operation_name, tags=tags, parent_span=above) as theirs,
            self._span(operation_name, tags or {}) as span,
        ):
            yield _Span(theirs, span)

    def current_span(self) -> Span | None:
        return self._before.current_span()

    def _span(self, operation: str, tags: dict[str, Any]) -> Any:
        if operation == _AGENT:
            return self._tracer.start_as_current_span(a.INVOKE_AGENT, attributes={a.OPERATION: a.INVOKE_AGENT})
        if operation == _TOOL:
            tool = str(tags.get("haystack.tool.name", ""))
            told = {a.OPERATION: a.EXECUTE_TOOL, a.TOOL_NAME: tool}
            return self._tracer.start_as_current_span(f"{a.EXECUTE_TOOL} {tool}", attributes=told)
        return nullcontext(trace.INVALID_SPAN)
