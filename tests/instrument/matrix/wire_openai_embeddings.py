"""OpenAI's embeddings, as JSON; there are no streams of them."""

from collections.abc import Iterator, Mapping
from typing import Any

from invocation_otel.demo.script import Message, Request
from invocation_otel.demo.wire import Answer, Json, Wire, event
from invocation_otel.demo.wire_openai import error_body, prompt_part, require

DIMENSIONS = 8


def read(body: Mapping[str, Any], attempt: int) -> Request:
    """The request in no provider's words."""
    require(body, "input")
    given = body["input"]
    texts = [str(item) for item in (given if isinstance(given, list) else [given])]
    return Request(
        api="openai.embeddings",
        model=body["model"],
        system="",
        messages=tuple(Message(role="user", text=text) for text in texts),
        tools=(),
        prompt=tuple(prompt_part(text) for text in texts),
        stream=False,
        max_output_tokens=None,
        body=body,
        attempt=attempt,
    )


def whole(answer: Answer) -> Json:
    """One vector for each text."""
    vectors = [
        {"object": "embedding", "index": index, "embedding": [0.5] * answer.request.body.get("dimensions", DIMENSIONS)}
        for index, _ in enumerate(answer.request.messages)
    ]
    tokens = answer.usage.input_tokens
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {"object": "list", "data": vectors, "model": answer.model, "usage": usage}


def events(_answer: Answer) -> Iterator[bytes]:
    """Nothing: embeddings are not streamed."""
    yield from ()


WIRE = Wire(
    tool_call_prefix="call_",
    read=read,
    whole=whole,
    events=events,
    error_event=lambda failure: event(error_body(failure)),
    limit_reason="length",
)
