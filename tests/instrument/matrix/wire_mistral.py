"""Mistral's chat completions: as OpenAI's, but streams always end with the usage, and tool calls come whole."""

from collections.abc import Iterator
from dataclasses import replace

from invocation_otel.demo.script import Failure
from invocation_otel.demo.wire import Answer, Json, event, fragments
from invocation_otel.demo.wire_openai_chat import WIRE as OPENAI


def error_body(failure: Failure) -> Json:
    """The error as Mistral words it."""
    message = failure.message or "The request could not be answered."
    kind = failure.kind or ("rate_limited" if failure.status == 429 else "invalid_request_error")
    return {"object": "error", "message": message, "type": kind, "param": failure.param, "code": failure.code}


def events(answer: Answer) -> Iterator[bytes]:
    """The answer as a stream of chunks; the last one has the tool calls, the finish reason and the usage."""
    document = OPENAI.whole(answer)
    [choice] = document.pop("choices")
    usage = document.pop("usage")
    head = {**document, "object": "chat.completion.chunk"}
    for piece in ("", *fragments(answer.reply.text)):
        delta = {"role": "assistant", "content": piece}
        yield event({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
    calls = [{**call, "index": index} for index, call in enumerate(choice["message"].get("tool_calls") or ())]
    last = {"index": 0, "delta": {"content": "", "tool_calls": calls or None}, "finish_reason": choice["finish_reason"]}
    yield event({**head, "choices": [last], "usage": usage})
    yield event("[DONE]")


def error_event(failure: Failure) -> bytes:
    """An error in the middle of a stream."""
    return event(error_body(failure))


WIRE = replace(OPENAI, events=events, error_event=error_event)
