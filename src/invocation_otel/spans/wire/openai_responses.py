"""OpenAI's responses API."""

from typing import Any

from invocation_otel.spans import attributes as a
from invocation_otel.spans import forms
from invocation_otel.spans.provider_body import usage

from .form import Json, Told, WireForm, dumped, output, part_of, without_none

_LAST = frozenset({"response.completed", "response.incomplete", "response.failed"})
_TEXTS = {"input_text": "text", "output_text": "text", "text": "text", "refusal": "refusal"}
_CALLS = frozenset({"function_call", "custom_tool_call"})
_RESULTS = frozenset({"function_call_output", "custom_tool_call_output"})


def _request(body: Json) -> Json:
    given = body.get("input")
    items = given if isinstance(given, list) else [given] if given else []
    return {a.SYSTEM_INSTRUCTIONS: body.get("instructions"), a.INPUT_MESSAGES: [_message(item) for item in items]}


def _message(item: Any) -> Json:
    if not isinstance(item, dict):
        return {"role": "user", "parts": [forms.text(item)]}
    kind = item.get("type")
    if kind in _RESULTS:
        return {"role": "tool", "parts": [forms.response(item.get("call_id"), item.get("output"))]}
    if kind in (None, "message"):
        return {"role": item.get("role", "user"), "parts": _content(item.get("content"))}
    return {"role": "assistant", "parts": [_item(item)]}


def _content(content: Any) -> list[Json]:
    if not isinstance(content, list):
        return [forms.text(content)] if content else []
    return [_part(part) for part in content]


def _part(part: Any) -> Json:
    if not isinstance(part, dict):
        return forms.text(part)
    field = _TEXTS.get(str(part.get("type")))
    return forms.text(part.get(field)) if field else part


def _item(item: Json) -> Json:
    """An item that is no message, as a part: a call, a thought, or what the provider did itself."""
    kind = item.get("type")
    if kind in _CALLS:
        return forms.call(item.get("call_id"), item.get("name"), item.get("arguments", item.get("input")))
    if kind == "reasoning":
        texts = [part.get("text", "") for part in (item.get("summary") or []) + (item.get("content") or [])]
        return {"type": "reasoning", "content": "\n".join(texts)}
    if kind == "image_generation_call":
        return {**item, "result": f"[image of {len(item.get('result') or '')} base64 characters]"}
    return item


def _answer(document: Json) -> Told:
    items, status = document.get("output") or [], document.get("status")
    reason = part_of(document, "incomplete_details", "reason") or status
    parts = [part for item in items for part in _parts(item)]
    error = document.get("error") or {}
    told = {
        a.RESPONSE_ID: document.get("id"),
        a.RESPONSE_MODEL: document.get("model"),
        a.FINISH_REASONS: [reason] if reason else None,
        a.SERVICE_TIER: document.get("service_tier"),
        a.ERROR_TYPE: error.get("code") if status == "failed" else None,
        "gen_ai.response.status": status,
        "openai.api.type": "responses",
    }
    searches = sum(item.get("type") == "web_search_call" for item in items)
    return Told(
        attributes=without_none(told) | usage(document.get("usage")) | ({a.WEB_SEARCHES: searches} if searches else {}),
        content={a.OUTPUT_MESSAGES: [output(parts, reason)]} if parts else {},
    )


def _parts(item: Json) -> list[Json]:
    return _content(item.get("content")) if item.get("type") == "message" else [_item(item)]


_DELTAS = frozenset({"response.output_text.delta", "response.refusal.delta", "response.function_call_arguments.delta"})
_ITEMS = frozenset({"response.output_item.added", "response.output_item.done"})


class _Hearing:
    """A stream of a response's events, the last of which carries the whole response."""

    def __init__(self) -> None:
        self.complete = False
        self._response: Any = None
        self._items: dict[int, Any] = {}
        self._heard: dict[int, list[str]] = {}

    def hear(self, chunk: Any) -> None:
        kind = chunk.type
        if kind in _DELTAS:
            self._heard.setdefault(chunk.output_index, []).append(chunk.delta)
        elif kind in _LAST or kind == "response.created":
            self._response, self.complete = chunk.response, kind in _LAST
        elif kind in _ITEMS:
            self._items[chunk.output_index] = chunk.item

    def document(self) -> Json:
        """The response that the last event carries; of a stream that broke off, what had come by then."""
        document = dumped(self._response)
        if self.complete:
            return document
        items = [_so_far(dumped(item), "".join(self._heard.get(at, []))) for at, item in sorted(self._items.items())]
        return document | {"output": items}


def _so_far(item: Json, heard: str) -> Json:
    if item.get("type") == "message" and heard and not item.get("content"):
        return item | {"content": [{"type": "output_text", "text": heard}]}
    return item | ({"arguments": heard} if item.get("type") == "function_call" and not item.get("arguments") else {})


OPENAI_RESPONSES = WireForm(
    operation=a.CHAT,
    request=_request,
    answer=_answer,
    hearing=_Hearing,
    not_params=frozenset({"model", "input", "instructions", "tools"}),
)
