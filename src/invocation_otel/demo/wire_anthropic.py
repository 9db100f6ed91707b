"""Anthropic's messages, as JSON and as server-sent events."""

from collections.abc import Iterator
from secrets import token_hex

from .script import Failure, ToolCall
from .wire import Answer, Json, Usage, Wire, arguments, event, fragments, json_fragments
from .wire_anthropic_request import error_body, read


def whole(answer: Answer) -> Json:
    """The answer as one JSON document."""
    usage = {**_input_usage(answer.usage), **_output_usage(answer.usage)}
    return {**_head(answer), "content": _content(answer), **_stop(answer), "usage": usage}


def _head(answer: Answer) -> Json:
    return {"id": f"msg_01{token_hex(11)}", "type": "message", "role": "assistant", "model": answer.model}


def _stop(answer: Answer) -> Json:
    reply = answer.reply
    reason = reply.stop_reason or ("refusal" if reply.refusal else "tool_use" if reply.tool_calls else "end_turn")
    details = {"type": "refusal", "category": None, "explanation": reply.refusal} if reply.refusal else None
    return {"stop_reason": reason, "stop_sequence": None, "stop_details": details}


def _content(answer: Answer) -> list[Json]:
    reply = answer.reply
    thinking = (
        [{"type": "thinking", "thinking": reply.reasoning, "signature": token_hex(32)}] if reply.reasoning else []
    )
    text = [{"type": "text", "text": reply.text, "citations": None}] if reply.text else []
    calls = [
        {"type": "tool_use", "id": call.id, "name": call.name, "input": dict(call.arguments)}
        for call in reply.tool_calls
    ]
    return [*thinking, *text, *calls]


def _input_usage(usage: Usage) -> Json:
    """Anthropic counts `input_tokens` without the cached ones."""
    return {
        "input_tokens": max(0, usage.input_tokens - usage.cache_read_tokens - usage.cache_write_tokens),
        "cache_creation_input_tokens": usage.cache_write_tokens,
        "cache_read_input_tokens": usage.cache_read_tokens,
        "cache_creation": {
            "ephemeral_5m_input_tokens": usage.cache_write_5m_tokens,
            "ephemeral_1h_input_tokens": usage.cache_write_1h_tokens,
        },
        "service_tier": "standard",
    }


def _output_usage(usage: Usage) -> Json:
    details = {"output_tokens_details": {"thinking_tokens": usage.reasoning_tokens}} if usage.reasoning_tokens else {}
    return {"output_tokens": usage.output_tokens, **details}


def events(answer: Answer) -> Iterator[bytes]:
    """The answer as Anthropic's sequence of events; output tokens are known at the end only."""
    unfinished = {"stop_reason": None, "stop_sequence": None}
    usage = {**_input_usage(answer.usage), "output_tokens": 1}
    message = {**_head(answer), "content": [], **unfinished, "usage": usage}
    yield _event({"type": "message_start", "message": message})
    yield _event({"type": "ping"})
    for index, block in enumerate(_content(answer)):
        yield from _block_events(index, block)
    counted = {name: value for name, value in _input_usage(answer.usage).items() if name.endswith("input_tokens")}
    usage = {**counted, **_output_usage(answer.usage)}
    yield _event({"type": "message_delta", "delta": _stop(answer), "usage": usage})
    yield _event({"type": "message_stop"})


def _block_events(index: int, block: Json) -> Iterator[bytes]:
    empty = {"text": "", "thinking": "", "signature": "", "input": {}}
    start = {name: empty.get(name, value) for name, value in block.items()}
    yield _event({"type": "content_block_start", "index": index, "content_block": start})
    for delta in _deltas(block):
        yield _event({"type": "content_block_delta", "index": index, "delta": delta})
    yield _event({"type": "content_block_stop", "index": index})


def _deltas(block: Json) -> Iterator[Json]:
    if block["type"] == "text":
        yield from ({"type": "text_delta", "text": piece} for piece in fragments(block["text"]))
    elif block["type"] == "thinking":
        yield from ({"type": "thinking_delta", "thinking": piece} for piece in fragments(block["thinking"]))
        yield {"type": "signature_delta", "signature": block["signature"]}
    else:
        written = arguments(ToolCall(name=block["name"], arguments=block["input"]))
        pieces = ["", *(json_fragments(written) if block["input"] else [])]
        yield from ({"type": "input_json_delta", "partial_json": piece} for piece in pieces)


def _event(data: Json) -> bytes:
    return event(data, name=data["type"])


def error_event(failure: Failure) -> bytes:
    """An error in the middle of a stream."""
    return _event(error_body(failure))


WIRE = Wire(
    tool_call_prefix="toolu_01",
    read=read,
    whole=whole,
    events=events,
    error_event=error_event,
    limit_reason="max_tokens",
)
