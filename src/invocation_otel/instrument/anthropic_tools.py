"""What the tool runner of ``anthropic`` does not tell of a tool call while its own capture is off: content.

The runner makes its spans itself: one of the agent's, and one of each tool call, inside which it calls the tool.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import TracerProvider

from invocation_otel.record.entry import live
from invocation_otel.record.guard import agent_goes_on
from invocation_otel.spans import attributes as a

from .methods import Undo, all_of, replace

_MODULE = "anthropic.lib.tools._beta_functions"


def keep_content(_provider: TracerProvider | None) -> Undo:
    """Keep the arguments and the result of each call; older releases have no runner."""
    try:
        module = import_module(_MODULE)
    except ModuleNotFoundError:
        return lambda: None
    wrappers = {module.BetaFunctionTool: _keeping, module.BetaAsyncFunctionTool: _keeping_async}
    return all_of([replace(cls, "call", wrapper) for cls, wrapper in wrappers.items()])


def _keeping(original: Callable[..., Any]) -> Callable[..., Any]:
    def call(tool: Any, given: object) -> Any:
        _keep(a.TOOL_ARGUMENTS, given)
        result = original(tool, given)
        _keep(a.TOOL_RESULT, result)
        return result

    return call


def _keeping_async(original: Callable[..., Any]) -> Callable[..., Any]:
    async def call(tool: Any, given: object) -> Any:
        _keep(a.TOOL_ARGUMENTS, given)
        result = await original(tool, given)
        _keep(a.TOOL_RESULT, result)
        return result

    return call


def _keep(name: str, value: Any) -> None:
    with agent_goes_on("keeping the content of a tool call"):
        entry = live.get(trace.get_current_span().get_span_context().span_id)
        if entry is not None and entry.kind == "tool":
            entry.keep(name, value)
