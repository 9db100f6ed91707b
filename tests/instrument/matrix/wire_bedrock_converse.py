"""Amazon Bedrock's Converse, one API for all its models: the model is in the path, streams are AWS event streams."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from invocation_otel.demo.script import Failure, Message, Request, Role, ToolCall, ToolResult
from invocation_otel.demo.wire import Answer, Json, RefusedError, Usage, Wire, arguments, fragments, json_fragments
from invocation_otel.demo.wire_openai import part_of, prompt_part
from wire_bedrock_anthropic import message_of

_ROLES: Mapping[str, Role] = {"user": "user", "assistant": "assistant"}
_KINDS = {
    400: "ValidationException",
    401: "UnrecognizedClientException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    429: "ThrottlingException",
    500: "InternalServerException",
    503: "ServiceUnavailableException",
}


def error_body(failure: Failure) -> Json:
    """The error as Amazon words it."""
    kind = failure.kind or _KINDS.get(failure.status, "InternalServerException")
    return {"__type": kind, "message": failure.message or "The request could not be answered."}


def read(body: Mapping[str, Any], attempt: int) -> Request:
    """The request in no provider's words."""
    if not body.get("messages"):
        raise RefusedError(Failure(status=400, message="A conversation must start with a user message."))
    messages = tuple(_message(raw) for raw in body["messages"])
    tools = [tool["toolSpec"] for tool in (body.get("toolConfig") or {}).get("tools") or () if "toolSpec" in tool]
    system = _text(body.get("system") or ())
    said = (*([prompt_part(system)] if system else []), *(part_of(message) for message in messages))
    return Request(
        api="bedrock.converse",
        model=body["model"],
        system=system,
        messages=messages,
        tools=tuple(tool["name"] for tool in tools),
        prompt=(*(prompt_part(json.dumps(tool)) for tool in tools), *said),
        stream=body["stream"],
        max_output_tokens=(body.get("inferenceConfig") or {}).get("maxTokens"),
        body=body,
        attempt=attempt,
    )


def _message(raw: Mapping[str, Any]) -> Message:
    blocks = raw["content"]
    calls = [block["toolUse"] for block in blocks if "toolUse" in block]
    results = [block["toolResult"] for block in blocks if "toolResult" in block]
    return Message(
        role="tool" if results else _ROLES[raw["role"]],
        text=_text(blocks),
        tool_calls=tuple(ToolCall(name=c["name"], arguments=c["input"], id=c["toolUseId"]) for c in calls),
        tool_results=tuple(_result(result) for result in results),
        attachments=sum("image" in block or "document" in block for block in blocks),
    )


def _result(raw: Mapping[str, Any]) -> ToolResult:
    return ToolResult(call_id=raw["toolUseId"], text=_text(raw["content"]), is_error=raw.get("status") == "error")


def _text(blocks: Any) -> str:
    return "\n".join(block["text"] for block in blocks if "text" in block)


def whole(answer: Answer) -> Json:
    """The answer as one JSON document."""
    content = [*_thoughts(answer), *([{"text": answer.reply.text}] if answer.reply.text else [])]
    content += [
        {"toolUse": {"toolUseId": call.id, "name": call.name, "input": dict(call.arguments)}}
        for call in answer.reply.tool_calls
    ]
    said = {"message": {"role": "assistant", "content": content}}
    return {"output": said, "stopReason": _stop_reason(answer), **_tail(answer)}


def _thoughts(answer: Answer) -> list[Json]:
    thought = answer.reply.reasoning
    return [{"reasoningContent": {"reasoningText": {"text": thought, "signature": "c2lnbmVk"}}}] if thought else []


def _stop_reason(answer: Answer) -> str:
    reply = answer.reply
    usual = "tool_use" if reply.tool_calls else "content_filtered" if reply.refusal else "end_turn"
    return reply.stop_reason or usual


def _tail(answer: Answer) -> Json:
    return {"usage": _usage(answer.usage), "metrics": {"latencyMs": round(answer.reply.delay_s * 1000)}}


def _usage(usage: Usage) -> Json:
    """Converse counts cached tokens beside the other ones of the input."""
    return {
        "inputTokens": usage.input_tokens - usage.cache_read_tokens - usage.cache_write_tokens,
        "outputTokens": usage.output_tokens,
        "totalTokens": usage.input_tokens + usage.output_tokens,
        "cacheReadInputTokens": usage.cache_read_tokens,
        "cacheWriteInputTokens": usage.cache_write_tokens,
    }


def events(answer: Answer) -> Iterator[bytes]:
    """The answer as a stream of blocks; usage comes last."""
    yield message_of("messageStart", {"role": "assistant"})
    for index, (start, deltas) in enumerate(_blocks(answer)):
        if start:
            yield message_of("contentBlockStart", {"contentBlockIndex": index, "start": start})
        for delta in deltas:
            yield message_of("contentBlockDelta", {"contentBlockIndex": index, "delta": delta})
        yield message_of("contentBlockStop", {"contentBlockIndex": index})
    yield message_of("messageStop", {"stopReason": _stop_reason(answer)})
    yield message_of("metadata", _tail(answer))


def _blocks(answer: Answer) -> Iterator[tuple[Json, list[Json]]]:
    """How each block starts, where it says so, and its pieces."""
    reply = answer.reply
    if reply.reasoning:
        yield {}, [{"reasoningContent": {"text": piece}} for piece in fragments(reply.reasoning)]
    if reply.text:
        yield {}, [{"text": piece} for piece in fragments(reply.text)]
    for call in reply.tool_calls:
        pieces = [{"toolUse": {"input": piece}} for piece in json_fragments(arguments(call))]
        yield {"toolUse": {"toolUseId": call.id, "name": call.name}}, pieces


def error_event(failure: Failure) -> bytes:
    """An error in the middle of a stream."""
    return message_of("internalServerException", error_body(failure), message_type="exception")


WIRE = Wire(
    tool_call_prefix="tooluse_",
    read=read,
    whole=whole,
    events=events,
    error_event=error_event,
    stream_type="application/vnd.amazon.eventstream",
    limit_reason="max_tokens",
)
