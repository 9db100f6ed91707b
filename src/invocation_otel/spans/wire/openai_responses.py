"""OpenAI's responses API."""

from typing import Any

from invocation_otel.spans import attributes as a
from invocation_otel.spans import forms
from invocation_otel.spans.messages import as_messages
from invocation_otel.spans.provider_body import usage

from .form import Json, Told, WireForm, dumped, part_of, without_none

_LAST = frozenset({"response.completed", "response.incomplete", "response.failed"})


def _request(body: Json) -> Json:
    return {a.SYSTEM_INSTRUCTIONS: body.get("instructions"), a.INPUT_MESSAGES: body.get("input")}


def _answer(document: Json) -> Told:
    items, status = document.get("output") or [], document.get("status")
    reason = part_of(document, "incomplete_details", "reason") or status
    messages = [message for message in forms.joined(as_messages(items, role="assistant")) if message["parts"]]
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
        content={a.OUTPUT_MESSAGES: [{**message, "finish_reason": reason or ""} for message in messages]},
    )


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
