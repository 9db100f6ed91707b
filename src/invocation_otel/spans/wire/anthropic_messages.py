"""Anthropic's messages, whoever hosts them."""

from typing import Any

from invocation_otel.spans import attributes as a
from invocation_otel.spans import forms
from invocation_otel.spans.provider_body import usage

from .form import Json, Told, WireForm, dumped, output, part_of, without_none

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
            return forms.text(block.get("text"))
        case "thinking":
            return {"type": "reasoning", "content": block.get("thinking"), "signature": block.get("signature")}
        case "tool_use":
            return forms.call(block.get("id"), block.get("name"), block.get("input"))
        case _:
            return block


def _usage(told: Any) -> Json:
    """What is told of tokens; prices do not need those that were written for five minutes, people look for them."""
    written = part_of(told, "cache_creation", "ephemeral_5m_input_tokens")
    return usage(told) | ({_CACHE_WRITE_5M: written} if written else {})


_HEARD = {
    "text_delta": "text",
    "thinking_delta": "thinking",
    "signature_delta": "signature",
    "input_json_delta": "partial_json",
}


class _Hearing:
    """A stream of a message's events."""

    def __init__(self) -> None:
        self.complete = False
        self._message: Any = None
        self._usages: list[Any] = []
        self._stop_reason: str | None = None
        self._blocks: dict[int, Any] = {}
        self._heard: dict[tuple[int, str], list[str]] = {}

    def hear(self, chunk: Any) -> None:
        kind = chunk.type
        if kind == "content_block_delta":
            delta = chunk.delta
            name = _HEARD.get(delta.type)
            if name is not None:
                self._heard.setdefault((chunk.index, name), []).append(getattr(delta, name))
        elif kind == "content_block_start":
            self._blocks[chunk.index] = chunk.content_block
        elif kind == "message_start":
            self._message = chunk.message
        elif kind == "message_delta":
            self._usages.append(chunk.usage)
            self._stop_reason = chunk.delta.stop_reason or self._stop_reason
            self.complete = self.complete or bool(self._stop_reason)
        elif kind == "message_stop":
            self.complete = True

    def document(self) -> Json:
        document = dumped(self._message)
        usage: Json = dict(document.get("usage") or {})
        for told in self._usages:
            usage |= without_none(dumped(told))
        stop = {"stop_reason": self._stop_reason} if self._stop_reason else {}
        blocks = [self._block(index, dumped(block)) for index, block in sorted(self._blocks.items())]
        return document | stop | {"usage": usage, "content": blocks}

    def _block(self, index: int, block: Json) -> Json:
        for name in _HEARD.values():
            if heard := "".join(self._heard.get((index, name), [])):
                block["input" if name == "partial_json" else name] = heard
        return block


ANTHROPIC_MESSAGES = WireForm(
    operation=a.CHAT,
    request=_request,
    answer=_answer,
    hearing=_Hearing,
    not_params=frozenset({"model", "messages", "system", "tools"}),
)
