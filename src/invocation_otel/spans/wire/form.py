"""What the APIs of all providers have in common, and what one of them has to say to be read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson

from invocation_otel.spans import attributes as a
from invocation_otel.spans.content import plain

Json = dict[str, Any]

_STANDARD = {
    "max_tokens": "gen_ai.request.max_tokens",
    "max_completion_tokens": "gen_ai.request.max_tokens",
    "max_output_tokens": "gen_ai.request.max_tokens",
    "temperature": "gen_ai.request.temperature",
    "top_p": "gen_ai.request.top_p",
    "top_k": "gen_ai.request.top_k",
    "frequency_penalty": "gen_ai.request.frequency_penalty",
    "presence_penalty": "gen_ai.request.presence_penalty",
    "seed": "gen_ai.request.seed",
    "reasoning_effort": "gen_ai.request.reasoning.level",
    "previous_response_id": "gen_ai.request.previous_response.id",
    "dimensions": "gen_ai.embeddings.dimension.count",
    "service_tier": "openai.request.service_tier",
}
_LISTS = {"stop": "gen_ai.request.stop_sequences", "stop_sequences": "gen_ai.request.stop_sequences"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a request or an answer tells: span attributes, and content by the name of its attribute."""

    attributes: Json = field(default_factory=dict)
    content: Json = field(default_factory=dict)


class Hearing(Protocol):
    """One stream, as it is heard.

    It keeps texts and few objects, never the chunks themselves: a thousand of the client's objects that live on make
    Python's collector walk the whole program, which costs thirty times what keeping their texts does.
    """

    complete: bool
    """Whether a chunk has said that the answer is whole."""

    def hear(self, chunk: Any) -> None:
        """Keep what *chunk*, as the client hands it over, says; in at most a microsecond or two."""

    def document(self) -> Json:
        """What was heard, as the JSON object that the plain answer would be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WireForm:
    """One API: how its requests, its answers and its streams are read."""

    operation: str
    """``chat`` or ``embeddings``."""

    request: Callable[[Json], Json]
    """The content that a request's body tells, its parameters left out."""

    answer: Callable[[Json], Told]
    """What an answer, as a JSON object, tells."""

    hearing: "Callable[[], Hearing]"
    """What makes a listener to one stream."""

    not_params: frozenset[str]
    """The fields of a request's body that are content."""

    def asked(self, body: Json) -> Told:
        """What the request *body* tells."""
        params = {name: value for name, value in body.items() if name not in self.not_params}
        found = {_STANDARD[name]: value for name, value in params.items() if name in _STANDARD and value is not None}
        found |= {_LISTS[name]: _listed(value) for name, value in params.items() if name in _LISTS and value}
        found |= {"gen_ai.request.stream": True} if params.get("stream") else {}
        tools = [_tool(tool) for tool in body.get("tools") or ()]
        return Told(
            attributes=found,
            content={a.TOOL_DEFINITIONS: tools, a.REQUEST_PARAMS: params} | self.request(body),
        )


def _listed(value: Any) -> list[str]:
    return [str(item) for item in (value if isinstance(value, list) else [value])]


def _tool(tool: Any) -> Any:
    """A tool's definition in OpenTelemetry's form; what is no function stays as it is."""
    if not isinstance(tool, Mapping):
        return tool
    within = tool.get("function")
    function = within if isinstance(within, Mapping) else tool
    parameters = function.get("parameters") or function.get("input_schema")
    if parameters is None and tool.get("type", "function") != "function":
        return dict(tool)
    told = {"type": "function", "name": function.get("name"), "description": function.get("description")}
    return {name: value for name, value in {**told, "parameters": parameters}.items() if value is not None}


def dumped(answer: Any) -> Json:
    """*answer* as a JSON object: the client's model of it, or the bytes of a raw one."""
    dump = getattr(answer, "model_dump", None)
    if isinstance(answer, bytes):
        found = orjson.loads(answer)
    elif callable(dump):
        found = _of_model(dump)
    else:
        found = plain(answer)
    return found if isinstance(found, dict) else {}


def _of_model(dump: Callable[..., Any]) -> Any:
    # What the provider sent is not always what its client's model expects, and that is none of our business.
    try:
        return dump(mode="json", warnings=False)
    except ValueError:  # an object of the program's own inside, which an answer was parsed into
        return plain(dump(warnings=False))


def part_of(document: Any, *path: str) -> Any:
    """What stands at *path* in nested objects; ``None`` where something on the way is missing."""
    for name in path:
        if not isinstance(document, Mapping):
            return None
        document = document.get(name)
    return document


def output(parts: list[Json], finish_reason: Any) -> Json:
    """The model's message."""
    return {"role": "assistant", "parts": parts, "finish_reason": finish_reason or ""}


def without_none(told: Mapping[str, Any]) -> Json:
    """*told* without what is not said."""
    return {name: value for name, value in told.items() if value is not None}
