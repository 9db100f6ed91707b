"""Pydantic Logfire's instrumentation of clients: OpenTelemetry's names, and the provider's own usage as JSON.

Facts: spans of logfire 5.2.0 with openai 3.54 and anthropic 2.12, recorded; ``request_data`` and ``response_data`` are
of older releases. Its input tokens are all of them; what was cached stands in ``gen_ai.usage.raw`` only.
"""

from invocation_otel.spans import attributes as a
from invocation_otel.spans import provider_body

from .dialect import Attributes, Dialect, Told
from .values import as_mapping

_REQUEST, _RESPONSE, _USAGE = "request_data", "response_data", "gen_ai.usage.raw"


def _read(told: Told) -> Attributes:
    said = told.attributes
    answer = as_mapping(said.get(_RESPONSE))
    found = provider_body.request(as_mapping(said.get(_REQUEST)))
    found |= provider_body.answer({"choices": [answer], **answer} if "message" in answer else answer)
    told_of_usage = provider_body.usage(as_mapping(said.get(_USAGE)))
    return {name: value for name, value in found.items() if name not in told.found} | told_of_usage


LOGFIRE = Dialect(
    name="Logfire",
    scopes=("logfire.*",),
    marks=frozenset({_REQUEST, _USAGE}),
    operations_by_name={
        "Chat Completion with {request_data[model]!r}": a.CHAT,
        "Embedding Creation with {request_data[model]!r}": "embeddings",
        "Message with {request_data[model]!r}": a.CHAT,
    },
    read=_read,
    also_read=(_REQUEST, _RESPONSE, _USAGE, "logfire.json_schema"),
)
