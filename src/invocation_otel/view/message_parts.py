"""Recorded messages taken apart: what each part is, and its text as a person reads it.

A body that is no message in OpenTelemetry's form, or no JSON at all, is shown as it is: recorded is recorded.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .exact_json import UNREADABLE, parsed, to_json

NO_LONGER_KEPT = "(no longer kept)"


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of a message."""

    kind: str
    """text, reasoning, tool_call, tool_call_response, or whatever else the message says."""

    text: str
    """What was said; of a tool call its arguments, of its response the result."""

    call_id: str = ""
    name: str = ""


def message_parts(body: str | None) -> list[Part]:
    """The parts of the message or the system prompt *body*, which is ``None`` when it is no longer kept."""
    if body is None:
        return [Part(kind="text", text=NO_LONGER_KEPT)]
    try:
        value = parsed(body)
        items = value.get("parts") if isinstance(value, Mapping) else value
        return [_part(item) for item in items] if isinstance(items, list) else [Part(kind="text", text=_text(value))]
    except UNREADABLE:
        return [Part(kind="text", text=body)]


def tool_names(definitions: str) -> list[str]:
    """The names in the tool definitions that the model was given; none where they cannot be read."""
    try:
        tools = parsed(definitions)
        found = [_tool_name(tool) for tool in tools if isinstance(tool, Mapping)] if isinstance(tools, list) else []
    except UNREADABLE:
        return []
    return [name for name in found if name]


def _tool_name(tool: Mapping[str, Any]) -> str:
    function = tool.get("function")
    named = function if isinstance(function, Mapping) else tool
    return _text(named.get("name"))


def _part(item: Any) -> Part:
    if not isinstance(item, Mapping):
        return Part(kind="text", text=_text(item))
    kind, call_id = _text(item.get("type")), _text(item.get("id"))
    match kind:
        case "text" | "reasoning" if "content" in item:
            return Part(kind=kind, text=_text(item["content"]))
        case "tool_call":
            return Part(kind=kind, text=_text(item.get("arguments")), call_id=call_id, name=_text(item.get("name")))
        case "tool_call_response":
            return Part(kind=kind, text=_text(item.get("response")), call_id=call_id)
        case _:
            return Part(kind=kind or "part", text=_text(item))


def _text(value: Any) -> str:
    """A text as it is; anything else as JSON, one value a line."""
    return "" if value is None else value if isinstance(value, str) else to_json(value, indent=2)
