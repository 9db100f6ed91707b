"""Google's Agent Development Kit tells its runs, calls and tools itself; what a tool was given and gave is kept here.

On the span it puts that in one of its two schemas only, and in the other one serialised on the agent's thread.
"""

from collections.abc import Callable, Mapping
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import TracerProvider

from invocation_otel.record.entry import live
from invocation_otel.record.guard import agent_goes_on
from invocation_otel.spans import attributes as a


def keep_tools(_provider: TracerProvider | None) -> Callable[[], None]:
    """Keep arguments and result of each tool call that an agent makes; gives back what ends that."""
    from google.adk.telemetry import tracing  # noqa: PLC0415 - is there when this is called

    before = tracing.trace_tool_call

    def trace_tool_call(tool: Any, args: Any, function_response_event: Any, *rest: Any, **named: Any) -> Any:
        with agent_goes_on("keeping the content of a tool call"):
            _keep(named.get("span") or trace.get_current_span(), args, function_response_event)
        return before(tool, args, function_response_event, *rest, **named)

    tracing.trace_tool_call = trace_tool_call

    def undo() -> None:
        if tracing.trace_tool_call is trace_tool_call:
            tracing.trace_tool_call = before

    return undo


def _keep(span: trace.Span, arguments: Any, event: Any) -> None:
    entry = live.get(span.get_span_context().span_id)
    if entry is None:
        return
    entry.keep(a.TOOL_ARGUMENTS, arguments)
    parts = event.content.parts if event is not None and event.content is not None else ()
    given = next((part.function_response.response for part in parts if part.function_response), None)
    if given is not None:
        entry.keep(a.TOOL_RESULT, _bare(given))


def _bare(given: Any) -> Any:
    """What the tool returned: one that returns no dictionary has it put into one, under ``result``."""
    return given["result"] if isinstance(given, Mapping) and given.keys() == {"result"} else given
