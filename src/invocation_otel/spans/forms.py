"""Parts and messages in the forms of other libraries, as OpenTelemetry's; what none of them is stays as it is.

Read are OpenAI, Anthropic, Amazon Bedrock, Gemini, the Vercel AI SDK and LangChain.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Part = dict[str, Any]
Message = dict[str, Any]

_ROLES = {"human": "user", "ai": "assistant", "AIMessageChunk": "assistant", "model": "assistant", "function": "tool"}


def role_of(told: Any) -> str:
    """OpenTelemetry's word for the role *told*."""
    return _ROLES.get(str(told), str(told))


def parsed(told: Any) -> Any:
    """*told*, read as JSON when it is a text that is JSON."""
    try:
        return json.loads(told) if isinstance(told, str) else told
    except ValueError:
        return told


def mapping(told: Any) -> Mapping[str, Any]:
    """*told* when it is an object, else an empty one."""
    return told if isinstance(told, Mapping) else {}


def listed(told: Any) -> list[Mapping[str, Any]]:
    """The objects in *told* when it is a list."""
    entries = told if isinstance(told, Sequence) and not isinstance(told, str) else ()
    return [entry for entry in entries if isinstance(entry, Mapping)]


def text(content: Any) -> Part:
    """A part that is a text."""
    return {"type": "text", "content": content}


def call(call_id: Any, name: Any, arguments: Any) -> Part:
    """A part that asks for a tool."""
    return {"type": "tool_call", "id": call_id, "name": name, "arguments": parsed(arguments)}


def response(call_id: Any, told: Any) -> Part:
    """A part that has a tool's result."""
    return {"type": "tool_call_response", "id": call_id, "response": told}


def media(mime_type: Any, *, data: Any = None, uri: Any = None, modality: str = "") -> Part:
    """A picture, a sound or a document: its base64 text, or where it is."""
    kind = modality or str(mime_type or "").partition("/")[0]
    told = {"modality": kind if kind in {"image", "audio", "video"} else "document"}
    told |= {"mime_type": mime_type} if mime_type else {}
    return {"type": "uri", "uri": uri, **told} if data is None else {"type": "blob", "content": data, **told}


def _gemini_text(item: Mapping[str, Any]) -> Part:
    return {"type": "reasoning", "content": item["text"]} if item.get("thought") else text(item["text"])


def _bedrock_reasoning(told: Mapping[str, Any]) -> Part:
    return {"type": "reasoning", "content": mapping(told.get("reasoningText")).get("text")}


def _result(told: Any) -> Any:
    """A Vercel tool's result, whose output says of which type it is."""
    return told.get("value") if isinstance(told, Mapping) and told.keys() == {"type", "value"} else told


_BY_KEY: Mapping[str, Callable[[Mapping[str, Any]], Part]] = {
    "toolUse": lambda item: call(item.get("toolUseId"), item.get("name"), item.get("input")),
    "toolResult": lambda item: response(item.get("toolUseId"), item.get("content")),
    "reasoningContent": _bedrock_reasoning,
    "functionCall": lambda item: call(item.get("id"), item.get("name"), item.get("args")),
    "function_call": lambda item: call(item.get("id"), item.get("name"), item.get("args")),
    "functionResponse": lambda item: response(item.get("id"), item.get("response")),
    "function_response": lambda item: response(item.get("id"), item.get("response")),
    "inlineData": lambda item: media(item.get("mimeType"), data=item.get("data")),
    "inline_data": lambda item: media(item.get("mime_type"), data=item.get("data")),
    "fileData": lambda item: media(item.get("mimeType"), uri=item.get("fileUri")),
    "file_data": lambda item: media(item.get("mime_type"), uri=item.get("file_uri")),
}
"""Bedrock and Gemini: the part's only key says what it is."""

_BY_TYPE: Mapping[str, Callable[[Mapping[str, Any]], Part]] = {
    "text": lambda item: text(item.get("text")) if "text" in item else dict(item),
    "input_text": lambda item: text(item.get("text")),
    "output_text": lambda item: text(item.get("text")),
    "tool_use": lambda item: call(item.get("id"), item.get("name"), item.get("input")),
    "tool_result": lambda item: response(item.get("tool_use_id"), item.get("content")),
    "thinking": lambda item: {"type": "reasoning", "content": item.get("thinking")},
    "tool-call": lambda item: call(item.get("toolCallId"), item.get("toolName"), item.get("input", item.get("args"))),
    "tool-result": lambda item: response(item.get("toolCallId"), _result(item.get("output", item.get("result")))),
    "reasoning": lambda item: {"type": "reasoning", "content": item.get("text") or _thoughts(item)},
    "function_call": lambda item: call(item.get("call_id"), item.get("name"), item.get("arguments")),
    "function_call_output": lambda item: response(item.get("call_id"), item.get("output")),
    "custom_tool_call": lambda item: call(item.get("call_id"), item.get("name"), item.get("input")),
    "custom_tool_call_output": lambda item: response(item.get("call_id"), item.get("output")),
    "tool_call": lambda item: call(item.get("id"), item.get("name"), item.get("arguments", item.get("args"))),
    "tool_call_response": lambda item: response(item.get("id"), item.get("response", item.get("result"))),
    "refusal": lambda item: text(item.get("refusal")),
}
"""OpenAI, Anthropic, the Vercel AI SDK, and OpenTelemetry's own parts in an older spelling."""


def part(item: Mapping[str, Any]) -> Part | None:
    """*item* as a part; ``None`` when it has no form that is known here."""
    if "type" in item:
        if item["type"] == "reasoning" and isinstance(item.get("content"), str):
            return None
        read = _BY_TYPE.get(str(item["type"]))
        return read(item) if read else None
    for key, read in _BY_KEY.items():
        if isinstance(item.get(key), Mapping):
            return read(item[key])
    return _gemini_text(item) if "text" in item else None


def _thoughts(item: Mapping[str, Any]) -> str:
    return "\n".join(str(part.get("text")) for part in listed(item.get("summary")) + listed(item.get("content")))


def unwrapped(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """A message without the wrapping that LangChain puts around it; anything else as it is."""
    inner = item.get("kwargs") if item.get("type") == "constructor" else item.get("data")
    if isinstance(inner, Mapping):
        kind = inner.get("type") or item.get("type")
        return {**inner, "role": inner.get("role") or role_of(kind)}
    if "role" not in item and str(item.get("type")) in _ROLES.keys() | {"system", "tool"}:
        return {**item, "role": role_of(item["type"])}
    return item


def tool_result(told: Any) -> Any:
    """What a tool gave, out of the message that LangChain puts it in; anything else as it was told."""
    value = parsed(told)
    inner = value.get("output") if isinstance(value, Mapping) and "output" in value else value
    known = unwrapped(inner) if isinstance(inner, Mapping) else {}
    return known.get("content") if known.get("role") == "tool" else told


def message(item: Mapping[str, Any]) -> Message | None:
    """*item*, an entry of a list of messages that is not a message with a role, as one; ``None`` when unknown.

    OpenAI's responses tell so of calls and thoughts, and of what the provider did itself.
    """
    kind = "" if "role" in item else str(item.get("type"))
    if kind.endswith("_output"):
        return {"role": "tool", "parts": [part(item) or dict(item)]}
    if kind == "reasoning" or kind.endswith("_call") or kind.startswith("mcp_"):
        return {"role": "assistant", "parts": [part(item) or dict(item)]}
    return None


def joined(messages: Sequence[Message]) -> list[Message]:
    """*messages* with those that one role says one after the other put together, as OpenAI's responses tell them."""
    together: list[Message] = []
    for item in messages:
        if together and item.keys() == together[-1].keys() == {"role", "parts"} and _goes_on(item, together[-1]):
            together[-1] = {"role": item["role"], "parts": [*together[-1]["parts"], *item["parts"]]}
        else:
            together.append(item)
    return together


def _goes_on(item: Message, before: Message) -> bool:
    return bool(item["role"] == before["role"] == "assistant")
