"""Anthropic's messages, whoever hosts them."""

from collections.abc import Sequence
from typing import Any

from invocation_otel.spans import attributes as a

from .form import Json, Told, WireForm, call_part, counts, dumped, output, part_of, text_part, without_none

_CACHE_WRITE_5M = "anthropic.usage.cache_creation.ephemeral_5m_input_tokens"


def _request(body: Json) -> Json:
    return {a.SYSTEM_INSTRUCTIONS: body.get("system"), a.INPUT_MESSAGES: body.get("messages")}


def _answer(document: Json) -> Told:
    parts = [_part(block) for block in document.get("content") or ()]
    reason = document.get("stop_reason")
    told = {
        a.RESPONSE_ID: document.get("id"),
        a.RESPONSE_MODEL: document.get("model"),
        a.FINISH_REASONS: [reason] if reason else None,
        "anthropic.message.stop_sequence": document.get("stop_sequence"),
    }
    return Told(
        attributes=without_none(told) | _usage(document.get("usage")),
        content={a.OUTPUT_MESSAGES: [output(parts, reason)]} if parts else {},
    )


def _part(block: Json) -> Json:
    match block.get("type"):
        case "text":
            return text_part(block.get("text"))
        case "thinking":
            return {"type": "reasoning", "content": block.get("thinking"), "signature": block.get("signature")}
        case "tool_use":
            return call_part(block.get("id"), block.get("name"), block.get("input"))
        case _:
            return block


def _usage(told: Any) -> Json:
    """Anthropic counts its ``input_tokens`` without the cached ones; ours are the total."""
    if not told:
        return {}
    read, written = told.get("cache_read_input_tokens") or 0, told.get("cache_creation_input_tokens") or 0
    found = counts(
        (
            (a.INPUT_TOKENS, (told.get("input_tokens") or 0) + read + written),
            (a.OUTPUT_TOKENS, told.get("output_tokens")),
            (a.CACHE_READ_TOKENS, read),
            (a.CACHE_WRITE_TOKENS, written),
            (a.CACHE_WRITE_1H_TOKENS, part_of(told, "cache_creation", "ephemeral_1h_input_tokens")),
            (_CACHE_WRITE_5M, part_of(told, "cache_creation", "ephemeral_5m_input_tokens")),
            (a.REASONING_TOKENS, part_of(told, "output_tokens_details", "thinking_tokens")),
            (a.WEB_SEARCHES, part_of(told, "server_tool_use", "web_search_requests")),
        )
    )
    tier = told.get("service_tier")
    return found | ({"anthropic.usage.service_tier": tier} if tier else {})


def _joined(chunks: Sequence[Any]) -> Json:
    document: Json = {}
    blocks: dict[int, Json] = {}
    for chunk in chunks:
        match getattr(chunk, "type", ""):
            case "content_block_delta":
                _hear(blocks.setdefault(chunk.index, {"heard": {}}), chunk.delta)
            case "content_block_start":
                blocks[chunk.index] = {**dumped(chunk.content_block), "heard": {}}
            case "message_start":
                document = dumped(chunk.message)
            case "message_delta":
                document |= without_none({"stop_reason": chunk.delta.stop_reason})
                document["usage"] = {**(document.get("usage") or {}), **without_none(dumped(chunk.usage))}
    return document | {"content": [_block(block) for _, block in sorted(blocks.items())]}


_HEARD = {"text_delta": "text", "thinking_delta": "thinking", "signature_delta": "signature"}


def _hear(block: Json, delta: Any) -> None:
    kind = delta.type
    if kind == "input_json_delta":
        block["heard"].setdefault("input", []).append(delta.partial_json)
    elif kind in _HEARD:
        block["heard"].setdefault(_HEARD[kind], []).append(getattr(delta, _HEARD[kind]))


def _block(block: Json) -> Json:
    heard = {name: "".join(texts) for name, texts in block.pop("heard").items()}
    return block | {name: text for name, text in heard.items() if text}


def _complete(chunk: Any) -> bool:
    return getattr(chunk, "type", "") == "message_stop" or bool(
        getattr(getattr(chunk, "delta", None), "stop_reason", None)
    )


ANTHROPIC_MESSAGES = WireForm(
    operation=a.CHAT,
    request=_request,
    answer=_answer,
    joined=_joined,
    complete=_complete,
    not_params=frozenset({"model", "messages", "system", "tools"}),
)
