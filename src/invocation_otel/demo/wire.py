"""What the wire protocols of all providers have in common."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from secrets import token_hex
from typing import Any

from .prompt_cache import CacheUse
from .script import CHARACTERS_PER_TOKEN, Failure, Reply, Request, ToolCall, counted_tokens

Json = dict[str, Any]


class RefusedError(Exception):
    """The request is not one that the provider accepts."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


@dataclass(frozen=True, kw_only=True)
class Usage:
    """The token counts of an answer; `input_tokens` holds all of them, cached ones too."""

    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_5m_tokens: int
    cache_write_1h_tokens: int
    reasoning_tokens: int

    @property
    def cache_write_tokens(self) -> int:
        """All tokens written to the cache."""
        return self.cache_write_5m_tokens + self.cache_write_1h_tokens


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A reply to a request, ready to be put into a provider's words."""

    request: Request
    reply: Reply
    usage: Usage
    created_s: int

    @property
    def model(self) -> str:
        """The model that answers."""
        return self.reply.model or self.request.model


@dataclass(frozen=True, kw_only=True)
class Wire:
    """One API of one provider."""

    tool_call_prefix: str
    read: Callable[[Mapping[str, Any], int], Request]
    whole: Callable[[Answer], Json]
    events: Callable[[Answer], Iterator[bytes]]
    error_event: Callable[[Failure], bytes]
    limit_reason: str
    """The stop reason of an answer that reached the most tokens that were asked for."""
    stream_type: str = "text/event-stream; charset=utf-8"


@dataclass(frozen=True, kw_only=True)
class Provider:
    """What all APIs of one provider share."""

    path: str
    """Where the provider begins on our server."""
    wires: Mapping[str, Wire]
    """By the rest of the path."""
    key: Callable[[Mapping[str, str]], str]
    error: Callable[[Failure], Json]
    no_key: Failure
    wrong_key: Failure
    unknown_path: Callable[[str, str], Failure]
    not_json: Failure
    request_id_header: str
    required_headers: tuple[str, ...] = ()

    def wire_at(self, path: str) -> tuple[Wire, Json] | None:
        """The API at *path*, and what the path adds to the request's body."""
        wire = self.wires.get(path.removeprefix(self.path))
        return (wire, {}) if wire else None


def answered(request: Request, reply: Reply, *, wire: Wire, cache: CacheUse, created_s: int) -> Answer:
    """The answer with everything counted and named that the script left open."""
    calls = tuple(
        call if call.id else replace(call, id=wire.tool_call_prefix + token_hex(12)) for call in reply.tool_calls
    )
    whole = _within_limit(replace(reply, tool_calls=calls), request.max_output_tokens, wire.limit_reason)
    return Answer(request=request, reply=whole, usage=_usage(request, whole, cache), created_s=created_s)


def _within_limit(reply: Reply, limit_tokens: int | None, reason: str) -> Reply:
    if limit_tokens is None or reply.output_tokens is not None or _output_tokens(reply) <= limit_tokens:
        return reply
    room = max(0, limit_tokens - counted_tokens(reply.reasoning)) * CHARACTERS_PER_TOKEN
    return replace(reply, text=reply.text[:room], tool_calls=(), stop_reason=reason)


def _output_tokens(reply: Reply) -> int:
    texts = (
        reply.reasoning,
        reply.text,
        reply.refusal or "",
        *(call.name + arguments(call) for call in reply.tool_calls),
    )
    return sum(counted_tokens(text) for text in texts)


def _usage(request: Request, reply: Reply, cache: CacheUse) -> Usage:
    counted_input = sum(part.tokens for part in request.prompt)
    hour, minutes = cache.written_tokens.get("1h", 0), cache.written_tokens.get("5m", 0)
    if reply.cache_write_tokens is not None:
        hour, minutes = (reply.cache_write_tokens, 0) if hour and not minutes else (0, reply.cache_write_tokens)
    return Usage(
        input_tokens=counted_input if reply.input_tokens is None else reply.input_tokens,
        output_tokens=max(1, _output_tokens(reply)) if reply.output_tokens is None else reply.output_tokens,
        cache_read_tokens=cache.read_tokens if reply.cache_read_tokens is None else reply.cache_read_tokens,
        cache_write_5m_tokens=minutes,
        cache_write_1h_tokens=hour,
        reasoning_tokens=counted_tokens(reply.reasoning) if reply.reasoning_tokens is None else reply.reasoning_tokens,
    )


def arguments(call: ToolCall) -> str:
    """The arguments as the model writes them."""
    return json.dumps(call.arguments, ensure_ascii=False)


def event(data: Json | str, *, name: str | None = None) -> bytes:
    """One server-sent event."""
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return (f"event: {name}\n" if name else "").encode() + f"data: {text}\n\n".encode()


def fragments(text: str) -> list[str]:
    """The text in the pieces in which a model streams it."""
    return re.findall(r"(?:\S+\s*){1,3}|\s+", text)


def json_fragments(text: str) -> list[str]:
    """Arguments in the pieces in which a model streams them; a piece may end anywhere."""
    return [text[start : start + 12] for start in range(0, len(text), 12)]


def unmatched(asked: Sequence[str], given: Sequence[str]) -> list[str]:
    """The ids that were asked for and are not among the given ones."""
    return [call_id for call_id in asked if call_id not in given]
