"""Google's Agent Development Kit tells its runs, calls and tools itself; what a tool was given and gave is kept here.

On the span it puts that in one of its two schemas only, and in the other one serialised on the agent's thread.
"""

from collections.abc import Callable, Mapping
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import TracerProvider

from invocation_otel.record.guard import agent_goes_on
from invocation_otel.spans import attributes as a

from .content import keep_of_tool
from .methods import Undo, replace


def keep_tools(_provider: TracerProvider | None) -> Undo:
    """Keep arguments and result of each tool call that an agent makes; gives back what ends that."""
    from google.adk.telemetry import tracing  # noqa: PLC0415 - is there when this is called

    return replace(tracing, "trace_tool_call", _keeping)


def _keeping(original: Callable[..., Any]) -> Callable[..., Any]:
    def trace_tool_call(tool: Any, args: Any, function_response_event: Any, *rest: Any, **named: Any) -> Any:
        span = named.get("span") or trace.get_current_span()
        keep_of_tool(span, {a.TOOL_ARGUMENTS: args})
        with agent_goes_on("reading the result of a tool call"):
            keep_of_tool(span, _result(function_response_event))
        return original(tool, args, function_response_event, *rest, **named)

    return trace_tool_call


def _result(event: Any) -> dict[str, Any]:
    parts = event.content.parts if event is not None and event.content is not None else ()
    given = next((part.function_response.response for part in parts if part.function_response), None)
    return {} if given is None else {a.TOOL_RESULT: _bare(given)}


def _bare(given: Any) -> Any:
    """What the tool returned: one that returns no dictionary has it put into one, under ``result``."""
    return given["result"] if isinstance(given, Mapping) and given.keys() == {"result"} else given
