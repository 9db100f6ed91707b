"""One execution of a tool."""

from typing import TYPE_CHECKING, Any

from opentelemetry.trace import SpanKind

from invocation_otel.errors import UsageError
from invocation_otel.spans import attributes as a

from .child import ChildSpan

if TYPE_CHECKING:
    from .run import Run


class ToolCall(ChildSpan):
    """One execution of a tool, as ``with run.tool(…) as tool`` gives it."""

    _kind = "tool"

    def __init__(
        self,
        run: "Run",
        *,
        name: str,
        arguments: Any,
        call_id: str | None,
        type_: str,
    ) -> None:
        if not isinstance(name, str) or not name:
            raise UsageError(f'The tool\'s name is {name!r}; expected a text such as run.tool("lookup_order").')
        attributes = {a.OPERATION: a.EXECUTE_TOOL, a.TOOL_NAME: name, a.TOOL_TYPE: type_}
        if call_id is not None:
            attributes[a.TOOL_CALL_ID] = call_id
        super().__init__(
            run,
            name=f"{a.EXECUTE_TOOL} {name}",
            span_kind=SpanKind.INTERNAL,
            attributes=attributes,
        )
        self._arguments = arguments

    def result(self, value: Any) -> None:
        """Say what the tool gave back: any value that has a JSON form."""
        self._check_open()
        self._entry.keep(a.TOOL_RESULT, value)

    def _started(self) -> None:
        self._entry.keep(a.TOOL_ARGUMENTS, self._arguments)
