"""OpenAI's chat completions, as JSON and as server-sent events."""

import json
from collections.abc import Iterator, Mapping, Sequence
from secrets import token_hex
from typing import Any

from .script import Failure, Message, Request, ToolCall, ToolResult
from .wire import Answer, Json, Usage, Wire, arguments, event, fragments, json_fragments, unmatched
from .wire_openai import ROLES, error_body, part_of, prompt_part, refused, require, text_of


def read(body: Mapping[str, Any], attempt: int) -> Request:
    """The request in no provider's words."""
    require(body, "messages")
    if body.get("stream_options") and not body.get("stream"):
        message = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
        raise refused(message, param="stream_options")
    if body.get("n") not in (None, 1):
        raise refused("This server gives one choice: leave 'n' out.", param="n")
    messages = tuple(_message(at, raw) for at, raw in enumerate(body["messages"]))
    _check_tool_results(messages)
    tools = [tool[tool["type"]] for tool in body.get("tools") or []]
    return Request(
        api="openai.chat",
        model=body["model"],
        system="\n\n".join(message.text for message in messages if message.role == "system"),
        messages=tuple(message for message in messages if message.role != "system"),
        tools=tuple(tool["name"] for tool in tools),
        prompt=(*(prompt_part(json.dumps(tool)) for tool in tools), *(part_of(message) for message in messages)),
        stream=bool(body.get("stream")),
        max_output_tokens=body.get("max_completion_tokens") or body.get("max_tokens"),
        body=body,
        attempt=attempt,
    )


def _message(at: int, raw: Mapping[str, Any]) -> Message:
    if raw.get("role") not in ROLES:
        expected = "'system', 'assistant', 'user', 'tool', and 'developer'"
        raise refused(
            f"Invalid value: '{raw.get('role')}'. Supported values are: {expected}.",
            param=f"messages[{at}].role",
            code="invalid_value",
        )
    text, attachments = text_of(raw.get("content"))
    if raw["role"] == "tool":
        return Message(role="tool", tool_results=(ToolResult(call_id=raw["tool_call_id"], text=text),))
    calls = tuple(_tool_call(call) for call in raw.get("tool_calls") or ())
    return Message(role=ROLES[raw["role"]], text=text, tool_calls=calls, attachments=attachments)


def _tool_call(raw: Mapping[str, Any]) -> ToolCall:
    function = raw["function"]
    return ToolCall(name=function["name"], arguments=json.loads(function["arguments"] or "{}"), id=raw["id"])


def _check_tool_results(messages: Sequence[Message]) -> None:
    """Each tool call is answered right after it, and nothing else is."""
    open_calls: list[str] = []
    for message in messages:
        if message.role != "tool" and open_calls:
            break
        given = [result.call_id for result in message.tool_results]
        if unmatched(given, open_calls):
            raise refused(
                "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with "
                "'tool_calls'.",
                param="messages",
            )
        open_calls = unmatched(open_calls, given) + [call.id or "" for call in message.tool_calls]
    if open_calls:
        raise refused(
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each "
            f"'tool_call_id'. The following tool_call_ids did not have response messages: {', '.join(open_calls)}",
            param="messages",
        )


def whole(answer: Answer) -> Json:
    """The answer as one JSON document."""
    reply = answer.reply
    message: Json = {"role": "assistant", "content": reply.text or None, "refusal": reply.refusal, "annotations": []}
    if reply.tool_calls:
        message["tool_calls"] = [
            {"id": call.id, "type": "function", "function": _function(call)} for call in reply.tool_calls
        ]
    elif not reply.refusal:
        message["content"] = reply.text
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _finish_reason(answer)}
    return {**_head(answer), "object": "chat.completion", "choices": [choice], "usage": _usage(answer.usage)}


def _function(call: ToolCall) -> Json:
    return {"name": call.name, "arguments": arguments(call)}


def _head(answer: Answer) -> Json:
    return {
        "id": f"chatcmpl-{token_hex(14)}",
        "created": answer.created_s,
        "model": answer.model,
        "service_tier": "default",
        "system_fingerprint": None,
    }


def _finish_reason(answer: Answer) -> str:
    return answer.reply.stop_reason or ("tool_calls" if answer.reply.tool_calls else "stop")


def _usage(usage: Usage) -> Json:
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
        "prompt_tokens_details": {
            "cached_tokens": usage.cache_read_tokens,
            "cache_write_tokens": usage.cache_write_tokens,
            "audio_tokens": 0,
        },
        "completion_tokens_details": {
            "reasoning_tokens": usage.reasoning_tokens,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def events(answer: Answer) -> Iterator[bytes]:
    """The answer as a stream of chunks; usage comes last, and only if it was asked for."""
    with_usage = (answer.request.body.get("stream_options") or {}).get("include_usage", False)
    head = {**_head(answer), "object": "chat.completion.chunk"}
    blank = {"usage": None} if with_usage else {}
    for delta in _deltas(answer):
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}
        yield event({**head, "choices": [choice], **blank})
    last = {"index": 0, "delta": {}, "logprobs": None, "finish_reason": _finish_reason(answer)}
    yield event({**head, "choices": [last], **blank})
    if with_usage:
        yield event({**head, "choices": [], "usage": _usage(answer.usage)})
    yield event("[DONE]")


def _deltas(answer: Answer) -> Iterator[Json]:
    reply = answer.reply
    yield {"role": "assistant", "content": None if reply.tool_calls else "", "refusal": None}
    yield from ({"content": piece} for piece in fragments(reply.text))
    yield from ({"refusal": piece} for piece in fragments(reply.refusal or ""))
    for index, call in enumerate(reply.tool_calls):
        function = {"name": call.name, "arguments": ""}
        yield {"tool_calls": [{"index": index, "id": call.id, "type": "function", "function": function}]}
        for piece in json_fragments(arguments(call)):
            yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}


def error_event(failure: Failure) -> bytes:
    """An error in the middle of a stream."""
    return event(error_body(failure))


WIRE = Wire(
    tool_call_prefix="call_", read=read, whole=whole, events=events, error_event=error_event, limit_reason="length"
)
