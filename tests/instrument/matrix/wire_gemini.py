"""Google's Gemini API (``generateContent``), as JSON and as server-sent events: the model stands in the path."""

import json
from collections.abc import Iterator, Mapping
from secrets import token_hex
from typing import Any

from invocation_otel.demo.script import Failure, Message, Request, Role, ToolCall, ToolResult
from invocation_otel.demo.wire import Answer, Json, RefusedError, Usage, Wire, event, fragments
from invocation_otel.demo.wire_openai import part_of, prompt_part

_ROLES: Mapping[str, Role] = {"user": "user", "model": "assistant"}
_STATUS = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED"}


def error_body(failure: Failure) -> Json:
    """The error as Google words it."""
    status = failure.kind or _STATUS.get(failure.status, "INTERNAL")
    message = failure.message or "The request could not be answered."
    return {"error": {"code": failure.status, "message": message, "status": status}}


def read(body: Mapping[str, Any], attempt: int) -> Request:
    """The request in no provider's words."""
    if not body.get("contents"):
        raise RefusedError(Failure(status=400, message="* GenerateContentRequest.contents: contents is not specified"))
    messages = tuple(_message(content) for content in body["contents"])
    tools = [declared for tool in body.get("tools") or () for declared in tool.get("functionDeclarations") or ()]
    system = _text((body.get("systemInstruction") or {}).get("parts") or ())
    said = (*([prompt_part(system)] if system else []), *(part_of(message) for message in messages))
    return Request(
        api="gemini",
        model=body["model"],
        system=system,
        messages=messages,
        tools=tuple(tool["name"] for tool in tools),
        prompt=(*(prompt_part(json.dumps(tool)) for tool in tools), *said),
        stream=bool(body.get("stream")),
        max_output_tokens=(body.get("generationConfig") or {}).get("maxOutputTokens"),
        body=body,
        attempt=attempt,
    )


def _message(content: Mapping[str, Any]) -> Message:
    parts = content.get("parts") or ()
    calls = [part["functionCall"] for part in parts if "functionCall" in part]
    results = [part["functionResponse"] for part in parts if "functionResponse" in part]
    return Message(
        role="tool" if results else _ROLES[content.get("role", "user")],
        text=_text(parts),
        tool_calls=tuple(ToolCall(name=c["name"], arguments=c.get("args") or {}, id=c.get("id")) for c in calls),
        tool_results=tuple(
            ToolResult(call_id=r.get("id") or r["name"], text=json.dumps(r["response"])) for r in results
        ),
        attachments=sum("inlineData" in part or "fileData" in part for part in parts),
    )


def _text(parts: Any) -> str:
    return "\n".join(part["text"] for part in parts if "text" in part)


def whole(answer: Answer) -> Json:
    """The answer as one JSON document."""
    return _document(answer, _parts(answer), last=True)


def events(answer: Answer) -> Iterator[bytes]:
    """The answer in pieces, each a document of its own; the last one has the reason and the final usage."""
    texts = [{"text": piece} for piece in fragments(answer.reply.text)]
    others = [part for part in _parts(answer) if "text" not in part or part.get("thought")]
    parts = [*others, *texts]
    for at, part in enumerate(parts):
        yield event(_document(answer, [part], last=at == len(parts) - 1))
    if not parts:
        yield event(_document(answer, [], last=True))


def _parts(answer: Answer) -> list[Json]:
    reply = answer.reply
    thoughts: list[Json] = [{"text": reply.reasoning, "thought": True}] if reply.reasoning else []
    text: list[Json] = [{"text": reply.text}] if reply.text else []
    calls = [
        {"functionCall": {"id": call.id, "name": call.name, "args": dict(call.arguments)}} for call in reply.tool_calls
    ]
    return [*thoughts, *text, *calls]


def _document(answer: Answer, parts: list[Json], *, last: bool) -> Json:
    candidate: Json = {"content": {"role": "model", "parts": parts}, "index": 0}
    if last:
        candidate["finishReason"] = answer.reply.stop_reason or ("SAFETY" if answer.reply.refusal else "STOP")
    head = {"modelVersion": answer.model, "responseId": token_hex(11)}
    return {"candidates": [candidate], "usageMetadata": _usage(answer.usage), **head}


def _usage(usage: Usage) -> Json:
    """Gemini counts cached tokens among those of the prompt, and thoughts beside those of the answer."""
    counted = {
        "promptTokenCount": usage.input_tokens,
        "candidatesTokenCount": usage.output_tokens - usage.reasoning_tokens,
        "totalTokenCount": usage.input_tokens + usage.output_tokens,
        "cachedContentTokenCount": usage.cache_read_tokens,
        "thoughtsTokenCount": usage.reasoning_tokens,
    }
    return {name: count for name, count in counted.items() if count}


def error_event(failure: Failure) -> bytes:
    """An error in the middle of a stream."""
    return event(error_body(failure))


WIRE = Wire(
    tool_call_prefix="call_", read=read, whole=whole, events=events, error_event=error_event, limit_reason="MAX_TOKENS"
)
