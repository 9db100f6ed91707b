"""OpenAI's chat completions, which many other providers speak too."""

from typing import Any

from invocation_otel.spans import attributes as a
from invocation_otel.spans import forms
from invocation_otel.spans.provider_body import usage

from .form import Json, Told, WireForm, dumped, output, part_of, without_none


def _request(body: Json) -> Json:
    return {a.INPUT_MESSAGES: body.get("messages")}


def _answer(document: Json) -> Told:
    choices = document.get("choices") or []
    reasons = [choice["finish_reason"] for choice in choices if choice.get("finish_reason")]
    told = {
        a.RESPONSE_ID: document.get("id"),
        a.RESPONSE_MODEL: document.get("model"),
        a.FINISH_REASONS: reasons or None,
        a.SERVICE_TIER: document.get("service_tier"),
        "openai.response.system_fingerprint": document.get("system_fingerprint"),
        "openai.api.type": "chat_completions",
    }
    messages = [output(_parts(choice.get("message") or {}), choice.get("finish_reason")) for choice in choices]
    return Told(
        attributes=without_none(told) | usage(document.get("usage")),
        content={a.OUTPUT_MESSAGES: messages} if any(message["parts"] for message in messages) else {},
    )


def _parts(message: Json) -> list[Json]:
    parts = []
    if reasoning := message.get("reasoning_content") or message.get("reasoning"):
        parts.append({"type": "reasoning", "content": reasoning})
    if message.get("content"):
        parts.append(forms.text(message["content"]))
    if message.get("refusal"):
        parts.append(forms.text(message["refusal"]))
    if transcript := part_of(message, "audio", "transcript"):
        parts.append({"type": "audio", "id": message["audio"].get("id"), "transcript": transcript})
    for call in message.get("tool_calls") or ():
        function = call.get("function") or call.get("custom") or {}
        parts.append(forms.call(call.get("id"), function.get("name"), function.get("arguments", function.get("input"))))
    if called := message.get("function_call"):
        parts.append(forms.call(None, called.get("name"), called.get("arguments")))
    return parts


_TEXTS = ("content", "refusal", "reasoning_content", "reasoning")


class _Hearing:
    """A stream of chat completion chunks."""

    def __init__(self) -> None:
        self.complete = False
        self._head: Json = {}
        self._usage: Any = None
        self._choices: dict[int, Json] = {}
        self._plain = self._choice(0)["texts"]["content"]

    def hear(self, chunk: Any) -> None:
        choices = chunk.choices
        if self._head and len(choices) == 1 and chunk.usage is None:
            choice = choices[0]
            delta = choice.delta
            # Nearly every chunk is nothing but a piece of text.
            if delta.content and choice.finish_reason is None and choice.index == 0 and not delta.tool_calls:
                self._plain.append(delta.content)
                return
        self._hear_all(chunk)

    def _hear_all(self, chunk: Any) -> None:
        self._head = self._head or {name: getattr(chunk, name, None) for name in ("id", "model", "system_fingerprint")}
        self._head["service_tier"] = getattr(chunk, "service_tier", None) or self._head.get("service_tier")
        self._usage = getattr(chunk, "usage", None) or self._usage
        for choice in getattr(chunk, "choices", None) or ():
            known = self._choice(choice.index or 0)
            known["finish_reason"] = choice.finish_reason or known["finish_reason"]
            self.complete = self.complete or bool(choice.finish_reason)
            _add(known, choice.delta)

    def _choice(self, index: int) -> Json:
        return self._choices.setdefault(index, {"texts": {"content": []}, "calls": {}, "finish_reason": None})

    def document(self) -> Json:
        known = self._head | ({"usage": dumped(self._usage)} if self._usage else {})
        return known | {"choices": [_joined(choice) for _, choice in sorted(self._choices.items())]}


def _add(known: Json, delta: Any) -> None:
    for name in _TEXTS:
        if text := getattr(delta, name, None):
            known["texts"].setdefault(name, []).append(text)
    for call in getattr(delta, "tool_calls", None) or ():
        told = known["calls"].setdefault(call.index or 0, {"id": None, "name": None, "arguments": []})
        told["id"] = call.id or told["id"]
        if call.function:
            told["name"] = call.function.name or told["name"]
            told["arguments"].append(call.function.arguments or "")


def _joined(known: Json) -> Json:
    calls = [
        {"id": told["id"], "function": {"name": told["name"], "arguments": "".join(told["arguments"])}}
        for _, told in sorted(known["calls"].items())
    ]
    message = {name: "".join(texts) for name, texts in known["texts"].items()}
    return {"finish_reason": known["finish_reason"], "message": {**message, "tool_calls": calls}}


OPENAI_CHAT = WireForm(
    operation=a.CHAT,
    request=_request,
    answer=_answer,
    hearing=_Hearing,
    not_params=frozenset({"model", "messages", "tools"}),
)
