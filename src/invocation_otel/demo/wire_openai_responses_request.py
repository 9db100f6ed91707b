"""What OpenAI's responses API accepts."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from .script import Message, Request, ToolCall, ToolResult
from .wire import unmatched
from .wire_openai import ROLES, part_of, prompt_part, refused, require, text_of


def read(body: Mapping[str, Any], attempt: int) -> Request:
    """The request in no provider's words."""
    require(body, "input")
    if previous := body.get("previous_response_id"):
        message = f"Previous response with id '{previous}' not found."
        raise refused(message, param="previous_response_id", code="previous_response_not_found")
    given = body["input"]
    items = [{"role": "user", "content": given}] if isinstance(given, str) else given
    messages = tuple(_message(at, item) for at, item in enumerate(items))
    _check_outputs(messages)
    system = [body.get("instructions") or "", *(message.text for message in messages if message.role == "system")]
    tools = body.get("tools") or []
    return Request(
        api="openai.responses",
        model=body["model"],
        system="\n\n".join(text for text in system if text),
        messages=_turns([message for message in messages if message.role != "system"]),
        tools=tuple(tool.get("name", tool["type"]) for tool in tools),
        prompt=(
            *(prompt_part(json.dumps(tool)) for tool in tools),
            prompt_part(body.get("instructions") or ""),
            *(part_of(message) for message in messages),
        ),
        stream=bool(body.get("stream")),
        max_output_tokens=body.get("max_output_tokens"),
        body=body,
        attempt=attempt,
    )


def _message(at: int, item: Mapping[str, Any]) -> Message:
    kind = item.get("type", "message")
    if kind == "function_call":
        call = ToolCall(name=item["name"], arguments=json.loads(item["arguments"] or "{}"), id=item["call_id"])
        return Message(role="assistant", tool_calls=(call,))
    if kind == "function_call_output":
        text, attachments = text_of(item["output"])
        return Message(
            role="tool", tool_results=(ToolResult(call_id=item["call_id"], text=text),), attachments=attachments
        )
    if kind == "reasoning":
        return Message(role="assistant")
    if kind != "message" or item.get("role") not in ROLES:
        raise refused(f"Invalid value: '{item.get('role', kind)}'.", param=f"input[{at}]", code="invalid_value")
    text, attachments = text_of(item.get("content"))
    return Message(role=ROLES[item["role"]], text=text, attachments=attachments)


def _turns(messages: Sequence[Message]) -> tuple[Message, ...]:
    """One message for each answer: reasoning, text and function calls of one answer are separate items here."""
    turns: list[Message] = []
    for message in messages:
        if turns and message.role == "assistant" == turns[-1].role:
            before = turns.pop()
            text, calls = before.text + message.text, before.tool_calls + message.tool_calls
            turns.append(Message(role="assistant", text=text, tool_calls=calls))
        else:
            turns.append(message)
    return tuple(turns)


def _check_outputs(messages: Sequence[Message]) -> None:
    asked = [call.id or "" for message in messages for call in message.tool_calls]
    given = [result.call_id for message in messages for result in message.tool_results]
    if extra := unmatched(given, asked):
        raise refused(f"No tool call found for function call output with call_id {extra[0]}.", param="input")
    if missing := unmatched(asked, given):
        raise refused(f"No tool output found for function call {missing[0]}.", param="input")
