"""Ollama's ``/api/chat``, as JSON, streamed as a document a line; tool calls have no ids, a result names its tool."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from invocation_otel.demo.script import Failure, Message, Request, ToolCall, ToolResult
from invocation_otel.demo.wire import Answer, Json, RefusedError, Wire, fragments
from invocation_otel.demo.wire_openai import ROLES, part_of, prompt_part


def error_body(failure: Failure) -> Json:
    """The error as Ollama words it."""
    return {"error": failure.message or "The request could not be answered."}


def read(body: Mapping[str, Any], attempt: int) -> Request:
    """The request in no provider's words; an answer is streamed unless the request says otherwise."""
    if not body.get("model"):
        raise RefusedError(Failure(status=400, message="model is required"))
    messages = tuple(_message(raw) for raw in body.get("messages") or ())
    tools = [tool["function"] for tool in body.get("tools") or ()]
    return Request(
        api="ollama.chat",
        model=body["model"],
        system="\n\n".join(message.text for message in messages if message.role == "system"),
        messages=tuple(message for message in messages if message.role != "system"),
        tools=tuple(tool["name"] for tool in tools),
        prompt=(*(prompt_part(json.dumps(tool)) for tool in tools), *(part_of(message) for message in messages)),
        stream=body.get("stream", True),
        max_output_tokens=(body.get("options") or {}).get("num_predict"),
        body=body,
        attempt=attempt,
    )


def _message(raw: Mapping[str, Any]) -> Message:
    text, role = raw.get("content") or "", ROLES[raw["role"]]
    if role == "tool":
        return Message(role=role, tool_results=(ToolResult(call_id=raw.get("tool_name") or "", text=text),))
    calls = [call["function"] for call in raw.get("tool_calls") or ()]
    return Message(
        role=role,
        text=text,
        tool_calls=tuple(ToolCall(name=call["name"], arguments=call["arguments"]) for call in calls),
        attachments=len(raw.get("images") or ()),
    )


def whole(answer: Answer) -> Json:
    """The answer as one JSON document."""
    return {**_piece(answer, {"content": answer.reply.text, **_thought(answer), **_calls(answer)}), **_end(answer)}


def events(answer: Answer) -> Iterator[bytes]:
    """The answer in pieces; counts come with the last one."""
    if answer.reply.reasoning:
        yield _line(_piece(answer, {"content": "", **_thought(answer)}))
    for piece in fragments(answer.reply.text):
        yield _line(_piece(answer, {"content": piece}))
    if answer.reply.tool_calls:
        yield _line(_piece(answer, {"content": "", **_calls(answer)}))
    yield _line({**_piece(answer, {"content": ""}), **_end(answer)})


def _piece(answer: Answer, said: Json) -> Json:
    created = datetime.fromtimestamp(answer.created_s, UTC).isoformat().replace("+00:00", "Z")
    return {"model": answer.model, "created_at": created, "message": {"role": "assistant", **said}, "done": False}


def _thought(answer: Answer) -> Json:
    return {"thinking": answer.reply.reasoning} if answer.reply.reasoning else {}


def _calls(answer: Answer) -> Json:
    calls = [{"function": {"name": call.name, "arguments": dict(call.arguments)}} for call in answer.reply.tool_calls]
    return {"tool_calls": calls} if calls else {}


def _end(answer: Answer) -> Json:
    """What the last document says: durations are in nanoseconds."""
    return {
        "done": True,
        "done_reason": answer.reply.stop_reason or "stop",
        "total_duration": round(answer.reply.delay_s * 1e9),
        "prompt_eval_count": answer.usage.input_tokens,
        "eval_count": answer.usage.output_tokens,
    }


def error_event(failure: Failure) -> bytes:
    """An error in the middle of a stream."""
    return _line(error_body(failure))


def _line(document: Json) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode() + b"\n"


WIRE = Wire(
    tool_call_prefix="call_",
    read=read,
    whole=whole,
    events=events,
    error_event=error_event,
    stream_type="application/x-ndjson",
    limit_reason="length",
)
