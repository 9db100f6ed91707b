"""What Anthropic's messages API accepts, and how it words an error."""

import json
from collections.abc import Mapping, Sequence
from secrets import token_hex
from typing import Any

from .script import (
    ATTACHMENT_TOKENS,
    CacheTtl,
    Failure,
    Message,
    PromptPart,
    Request,
    Role,
    ToolCall,
    ToolResult,
    counted_tokens,
)
from .wire import Json, RefusedError, unmatched

KINDS = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    529: "overloaded_error",
}
TEXTS = {
    429: "This request would exceed your organization's rate limit. Please try again later.",
    500: "Internal server error",
    529: "Overloaded",
}
ROLES: Mapping[str, Role] = {"user": "user", "assistant": "assistant", "system": "system"}
MOST_MARKS = 4


def error_body(failure: Failure) -> Json:
    """The error as Anthropic words it."""
    kind = failure.kind or KINDS.get(failure.status, "api_error")
    message = failure.message or TEXTS.get(failure.status, "The request could not be answered.")
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": f"req_{token_hex(12)}"}


def _refused(message: str) -> RefusedError:
    return RefusedError(Failure(status=400, message=message))


def read(body: Mapping[str, Any], attempt: int) -> Request:
    """The request in no provider's words."""
    for name in ("model", "max_tokens", "messages"):
        if name not in body:
            raise _refused(f"{name}: Field required")
    if not body["messages"]:
        raise _refused("messages: at least one message is required")
    messages = tuple(_message(at, raw) for at, raw in enumerate(body["messages"]))
    if (body.get("thread") or {}).get("type") != "continue":  # else the messages before these are the thread's
        _check_tool_results(messages)
    prompt = _prompt(body)
    if (marks := sum(part.cache_ttl is not None for part in prompt)) > MOST_MARKS:
        raise _refused(f"A maximum of {MOST_MARKS} blocks with cache_control may be provided. Found {marks}.")
    return Request(
        api="anthropic.messages",
        model=body["model"],
        system="\n\n".join(str(block.get("text", "")) for block in _blocks(body.get("system") or [])),
        messages=messages,
        tools=tuple(tool["name"] for tool in body.get("tools") or []),
        prompt=prompt,
        stream=bool(body.get("stream")),
        max_output_tokens=body["max_tokens"],
        body=body,
        attempt=attempt,
    )


def _blocks(content: str | Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _message(at: int, raw: Mapping[str, Any]) -> Message:
    if raw.get("role") not in ROLES:
        raise _refused(f"messages.{at}.role: Input should be 'user' or 'assistant', not {raw.get('role')!r}")
    blocks = _blocks(raw.get("content") or [])
    if not blocks or any(block["type"] == "text" and not block["text"] for block in blocks):
        raise _refused(f"messages.{at}: all messages must have non-empty content")
    results = tuple(_result(block) for block in blocks if block["type"] == "tool_result")
    calls = [block for block in blocks if block["type"] == "tool_use"]
    return Message(
        role="tool" if results else ROLES[raw["role"]],
        text="\n".join(block["text"] for block in blocks if block["type"] == "text"),
        tool_calls=tuple(ToolCall(name=call["name"], arguments=call["input"], id=call["id"]) for call in calls),
        tool_results=results,
        attachments=sum(block["type"] in ("image", "document") for block in blocks),
    )


def _result(block: Mapping[str, Any]) -> ToolResult:
    texts = (part.get("text", "") for part in _blocks(block.get("content") or []))
    return ToolResult(call_id=block["tool_use_id"], text="\n".join(texts), is_error=bool(block.get("is_error")))


def _check_tool_results(messages: Sequence[Message]) -> None:
    """Each `tool_use` is answered in the next message, and nothing else is."""
    asked: list[str] = []
    for at, message in enumerate((*messages, Message(role="user"))):
        given = [result.call_id for result in message.tool_results]
        if extra := unmatched(given, asked):
            raise _refused(
                f"messages.{at}.content.0: unexpected `tool_use_id` found in `tool_result` blocks: {extra[0]}. "
                "Each `tool_result` block must have a corresponding `tool_use` block in the previous message."
            )
        if missing := unmatched(asked, given):
            raise _refused(
                f"messages.{at - 1}: `tool_use` ids were found without `tool_result` blocks immediately after: "
                f"{', '.join(missing)}. Each `tool_use` block must have a corresponding `tool_result` block in the "
                "next message."
            )
        asked = [call.id or "" for call in message.tool_calls]


def _prompt(body: Mapping[str, Any]) -> tuple[PromptPart, ...]:
    """Tools, system and messages, in the order in which Anthropic caches them."""
    tools = [_part(json.dumps(dict(tool), default=str), tool) for tool in body.get("tools") or []]
    system = [_part(block.get("text", ""), block) for block in _blocks(body.get("system") or [])]
    content = [(raw["role"], block) for raw in body["messages"] for block in _blocks(raw["content"])]
    parts = (*tools, *system, *(_part(_block_text(role, block), block) for role, block in content))
    if automatic := _ttl(body):
        last = parts[-1]
        parts = (*parts[:-1], PromptPart(text=last.text, tokens=last.tokens, cache_ttl=automatic))
    return parts


def _part(text: str, block: Mapping[str, Any]) -> PromptPart:
    attached = ATTACHMENT_TOKENS if block.get("type") in ("image", "document") else 0
    return PromptPart(text=text, tokens=counted_tokens(text) + attached, cache_ttl=_ttl(block))


def _block_text(role: str, block: Mapping[str, Any]) -> str:
    """What counts as the block's text; an attachment counts by the piece, not by its bytes."""
    if block["type"] in ("image", "document"):
        return f"{role} {block['type']}"
    bare = {name: value for name, value in block.items() if name not in ("cache_control", "type")}
    return f"{role} {block['text'] if block['type'] == 'text' else json.dumps(bare, ensure_ascii=False)}"


def _ttl(block: Mapping[str, Any]) -> CacheTtl | None:
    control = block.get("cache_control")
    return ("1h" if control.get("ttl") == "1h" else "5m") if control else None
