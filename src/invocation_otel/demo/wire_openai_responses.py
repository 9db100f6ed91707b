"""OpenAI's responses API, as JSON and as server-sent events."""

from collections.abc import Iterator
from itertools import count
from secrets import token_hex

from .script import Failure
from .wire import Answer, Json, Usage, Wire, arguments, event, fragments, json_fragments
from .wire_openai import error_body
from .wire_openai_responses_request import read

INCOMPLETE = frozenset({"max_output_tokens", "content_filter"})
"""The stop reasons with which a response has the status `incomplete`."""


def whole(answer: Answer) -> Json:
    """The answer as one JSON document."""
    return _response(answer, "resp_" + token_hex(24), _items(answer))


def _response(answer: Answer, response_id: str, items: list[Json] | None) -> Json:
    """The response object; without items it is the one that is still in progress."""
    body = answer.request.body
    stopped = answer.reply.stop_reason if answer.reply.stop_reason in INCOMPLETE else None
    status = "in_progress" if items is None else "incomplete" if stopped else "completed"
    return {
        "id": response_id,
        "object": "response",
        "created_at": answer.created_s,
        "status": status,
        "error": None,
        "incomplete_details": {"reason": stopped} if items is not None and stopped else None,
        "instructions": body.get("instructions"),
        "max_output_tokens": body.get("max_output_tokens"),
        "metadata": body.get("metadata") or {},
        "model": answer.model,
        "output": items or [],
        "parallel_tool_calls": body.get("parallel_tool_calls", True),
        "previous_response_id": None,
        "reasoning": body.get("reasoning") or {"effort": None, "summary": None},
        "store": body.get("store", True),
        "temperature": body.get("temperature", 1.0),
        "text": body.get("text") or {"format": {"type": "text"}},
        "tool_choice": body.get("tool_choice", "auto"),
        "tools": body.get("tools") or [],
        "top_p": body.get("top_p", 1.0),
        "truncation": "disabled",
        "usage": None if items is None else _usage(answer.usage),
        "user": body.get("user"),
    }


def _items(answer: Answer) -> list[Json]:
    reply = answer.reply
    items: list[Json] = []
    if reply.reasoning:
        summary = [{"type": "summary_text", "text": reply.reasoning}]
        items.append({"id": "rs_" + token_hex(24), "type": "reasoning", "summary": summary})
    if reply.refusal or reply.text or not reply.tool_calls:
        items.append(_message_item(answer))
    items.extend(
        {
            "id": "fc_" + token_hex(24),
            "type": "function_call",
            "status": "completed",
            "name": call.name,
            "call_id": call.id,
            "arguments": arguments(call),
        }
        for call in reply.tool_calls
    )
    return items


def _message_item(answer: Answer) -> Json:
    reply = answer.reply
    part = (
        {"type": "refusal", "refusal": reply.refusal}
        if reply.refusal
        else {"type": "output_text", "text": reply.text, "annotations": [], "logprobs": []}
    )
    status = "incomplete" if reply.stop_reason in INCOMPLETE else "completed"
    return {"id": "msg_" + token_hex(24), "type": "message", "status": status, "role": "assistant", "content": [part]}


def _usage(usage: Usage) -> Json:
    return {
        "input_tokens": usage.input_tokens,
        "input_tokens_details": {
            "cached_tokens": usage.cache_read_tokens,
            "cache_write_tokens": usage.cache_write_tokens,
        },
        "output_tokens": usage.output_tokens,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        "total_tokens": usage.input_tokens + usage.output_tokens,
    }


def events(answer: Answer) -> Iterator[bytes]:
    """The answer as the API's sequence of events, numbered through."""
    numbers = count()
    for data in _event_bodies(answer):
        yield event({**data, "sequence_number": next(numbers)}, name=data["type"])


def _event_bodies(answer: Answer) -> Iterator[Json]:
    response_id, items = "resp_" + token_hex(24), _items(answer)
    yield {"type": "response.created", "response": _response(answer, response_id, None)}
    yield {"type": "response.in_progress", "response": _response(answer, response_id, None)}
    for index, item in enumerate(items):
        yield from _item_events(index, item)
    done = _response(answer, response_id, items)
    yield {"type": f"response.{done['status']}", "response": done}


def _item_events(index: int, item: Json) -> Iterator[Json]:
    started = {**item, "summary": []} if item["type"] == "reasoning" else {**item, "status": "in_progress"}
    at = {"item_id": item["id"], "output_index": index}
    if item["type"] == "message":
        yield {"type": "response.output_item.added", "output_index": index, "item": {**started, "content": []}}
        yield from _part_events({**at, "content_index": 0}, item["content"][0])
    elif item["type"] == "function_call":
        yield {"type": "response.output_item.added", "output_index": index, "item": {**started, "arguments": ""}}
        for piece in json_fragments(item["arguments"]):
            yield {"type": "response.function_call_arguments.delta", **at, "delta": piece}
        done = {"name": item["name"], "arguments": item["arguments"]}
        yield {"type": "response.function_call_arguments.done", **at, **done}
    else:
        yield {"type": "response.output_item.added", "output_index": index, "item": started}
        yield from _summary_events({**at, "summary_index": 0}, item["summary"][0])
    yield {"type": "response.output_item.done", "output_index": index, "item": item}


def _part_events(at: Json, part: Json) -> Iterator[Json]:
    field = "refusal" if part["type"] == "refusal" else "text"
    kind = f"response.{part['type']}"
    logprobs: Json = {"logprobs": []} if field == "text" else {}
    yield {"type": "response.content_part.added", **at, "part": {**part, field: ""}}
    for piece in fragments(part[field]):
        yield {"type": f"{kind}.delta", **at, "delta": piece, **logprobs}
    yield {"type": f"{kind}.done", **at, field: part[field], **logprobs}
    yield {"type": "response.content_part.done", **at, "part": part}


def _summary_events(at: Json, part: Json) -> Iterator[Json]:
    yield {"type": "response.reasoning_summary_part.added", **at, "part": {**part, "text": ""}}
    for piece in fragments(part["text"]):
        yield {"type": "response.reasoning_summary_text.delta", **at, "delta": piece}
    yield {"type": "response.reasoning_summary_text.done", **at, "text": part["text"]}
    yield {"type": "response.reasoning_summary_part.done", **at, "part": part}


def error_event(failure: Failure) -> bytes:
    """An error in the middle of a stream."""
    error = error_body(failure)["error"]
    said = {"code": error["code"], "message": error["message"], "param": error["param"]}
    return event({"type": "error", **said, "sequence_number": 0}, name="error")


WIRE = Wire(
    tool_call_prefix="call_",
    read=read,
    whole=whole,
    events=events,
    error_event=error_event,
    limit_reason="max_output_tokens",
)
