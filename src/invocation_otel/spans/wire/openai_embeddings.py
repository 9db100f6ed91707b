"""OpenAI's embeddings; the vectors themselves are not kept."""

from typing import Any

from invocation_otel.spans import attributes as a
from invocation_otel.spans import forms
from invocation_otel.spans.provider_body import usage

from .form import Json, Told, WireForm, without_none


def _request(body: Json) -> Json:
    given = body.get("input")
    texts = given if isinstance(given, list) and not all(isinstance(item, int) for item in given) else [given]
    return {a.INPUT_MESSAGES: [{"role": "user", "parts": [forms.text(_text(item))]} for item in texts]}


def _text(item: Any) -> str:
    """A text as it is; tokens, which nobody can read, by their number."""
    return item if isinstance(item, str) else f"[{len(item)} tokens]" if isinstance(item, list) else str(item)


def _answer(document: Json) -> Told:
    return Told(attributes=without_none({a.RESPONSE_MODEL: document.get("model")}) | usage(document.get("usage")))


class _Hearing:
    """Embeddings are not streamed."""

    complete = False

    def hear(self, chunk: Any) -> None: ...

    def document(self) -> Json:
        return {}


OPENAI_EMBEDDINGS = WireForm(
    operation="embeddings",
    request=_request,
    answer=_answer,
    hearing=_Hearing,
    not_params=frozenset({"model", "input"}),
)
