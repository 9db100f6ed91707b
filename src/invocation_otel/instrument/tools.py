"""What the official instrumentations know of a tool call: its arguments and its result, not yet serialised.

Their completion hook is told of model calls alone, and on the span they put nothing while their own capture is off.
"""

from collections.abc import Callable
from typing import Any

from opentelemetry.trace import TracerProvider

from invocation_otel.spans import attributes as a

from .content import keep_of_tool
from .methods import Undo

_ENDS = ("stop", "fail")
_taps = 0


def tap(_provider: TracerProvider | None) -> Undo:
    """Keep the content of each tool call that an official instrumentation tells; gives back what ends that."""
    from opentelemetry.util.genai.invocation import ToolInvocation  # noqa: PLC0415 - comes with the instrumentations

    global _taps  # noqa: PLW0603 - several frameworks share the one class
    _taps += 1
    if _taps == 1:
        for name in _ENDS:
            setattr(ToolInvocation, name, _keeping(getattr(ToolInvocation, name)))

    def untap() -> None:
        global _taps  # noqa: PLW0603 - see above
        _taps -= 1
        if not _taps:
            for name in _ENDS:
                delattr(ToolInvocation, name)  # the class has it from its base

    return untap


def _keeping(end: Callable[..., Any]) -> Callable[..., Any]:
    def keep_and_end(tool: Any, *args: Any, **kwargs: Any) -> Any:
        keep_of_tool(tool.span, {a.TOOL_ARGUMENTS: tool.arguments, a.TOOL_RESULT: tool.tool_result})
        return end(tool, *args, **kwargs)

    return keep_and_end
