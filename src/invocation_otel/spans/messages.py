"""Messages in OpenTelemetry's form, from the forms that agents use.

OpenTelemetry's form (GenAI semantic conventions, input and output messages): ``{"role": …, "parts": [{"type": "text",
"content": …}, {"type": "tool_call", "id": …, "name": …, "arguments": …}, {"type": "tool_call_response", "id": …,
"response": …}]}``. Read are a plain text, OpenAI's and Anthropic's message dictionaries, the form itself, and the forms
that `forms` knows.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from . import forms

Message = dict[str, Any]
Part = dict[str, Any]

_PLAIN = {"role", "content"}
_OWN = {"text": "content", "reasoning": "content", "tool_call": "arguments", "tool_call_response": "response"}


def as_messages(value: Any, *, role: str) -> list[Message]:
    """*value* as messages; a text or a single message becomes a list of one, of *role* where none is told."""
    return [] if value is None else [_message(item, role) for item in _listed(value)]


def as_parts(value: Any) -> list[Part]:
    """*value*, the content of one message, as parts."""
    return [] if value is None or value == "" else [_part(item) for item in _listed(value)]


def tool_call_ids(messages: Sequence[Message]) -> list[str]:
    """The ids of the tool calls that *messages* ask for."""
    parts = [part for message in messages for part in message.get("parts") or ()]
    return [part["id"] for part in parts if part.get("type") == "tool_call" and part.get("id")]


def split_system(messages: Sequence[Message]) -> tuple[list[Part], list[Message]]:
    """The parts of the leading system messages, and the messages after them (OpenAI sends the system prompt so)."""
    leading = 0
    while leading < len(messages) and messages[leading].get("role") in ("system", "developer"):
        leading += 1
    return [part for message in messages[:leading] for part in message.get("parts") or ()], list(messages[leading:])


def _listed(value: Any) -> Sequence[Any]:
    """*value* as it is when it is a list, else alone in one."""
    if type(value) is list:  # by far the most frequent, and an abstract class takes five times as long to ask
        return value
    return [value] if isinstance(value, str | Mapping) or not isinstance(value, Sequence) else value


def _message(item: Any, role: str) -> Message:
    if type(item) is dict and item.keys() == _PLAIN and type(text := item["content"]) is str and text:
        told = str(item["role"] or role)
        if told != "tool":  # by far the most frequent: the way below leads to the same
            return {"role": told, "parts": [{"type": "text", "content": text}]}
    if type(item) is str or not isinstance(item, Mapping):
        return {"role": role, "parts": as_parts(item)}
    if "parts" in item:
        return _with_own_parts(item, role)
    return forms.message(item) or _with_content(forms.unwrapped(item), role)


def _with_own_parts(item: Mapping[str, Any], role: str) -> Message:
    parts = item["parts"]
    if isinstance(parts, list | tuple) and all(isinstance(part, Mapping) and _is_own(part) for part in parts):
        return dict(item)
    return {**item, "role": forms.role_of(item.get("role") or role), "parts": as_parts(parts)}


def _with_content(item: Mapping[str, Any], role: str) -> Message:
    told = forms.role_of(item.get("role") or role)
    if told == "tool" and "tool_call_id" in item:
        return {"role": told, "parts": [forms.response(item.get("tool_call_id"), item.get("content"))]}
    calls = [_openai_call(call) for call in forms.listed(item.get("tool_calls"))]
    return {"role": told, "parts": as_parts(item.get("content")) + calls}


def _part(item: Any) -> Part:
    if type(item) is str or not isinstance(item, Mapping):
        return forms.text(item if isinstance(item, str) else str(item))
    return dict(item) if _is_own(item) else forms.part(item) or dict(item)


def _is_own(part: Mapping[str, Any]) -> bool:
    """Whether *part* is a frequent one of OpenTelemetry's own, and says what such a part says."""
    kind = part.get("type")
    told = _OWN.get(kind) if isinstance(kind, str) else None
    return told in part and (told != "arguments" or not isinstance(part[told], str))


def _openai_call(call: Mapping[str, Any]) -> Part:
    function = forms.mapping(call.get("function")) or call
    return forms.call(call.get("id"), function.get("name"), function.get("arguments", function.get("args")))
