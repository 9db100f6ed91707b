"""Hugging Face's ``InferenceClient``, which smolagents asks by default, and its async one: a completion is a round."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from opentelemetry.trace import TracerProvider

from invocation_otel.record.guard import agent_goes_on
from invocation_otel.spans import attributes as a
from invocation_otel.spans.wire.openai_chat import OPENAI_CHAT

from .methods import Undo, all_of, replace
from .model_call import ModelCall
from .streams import watch_chunks

_ROUTED = {"auto", "hf-inference", None}
"""Providers that are no other company, or of which Hugging Face chooses one."""


def record(_provider: TracerProvider | None) -> Undo:
    """Record its chat completions; gives back what ends that."""
    from huggingface_hub import AsyncInferenceClient, InferenceClient  # noqa: PLC0415 - is there when this is called

    return all_of(
        [
            replace(InferenceClient, "chat_completion", _recorded),
            replace(AsyncInferenceClient, "chat_completion", _recorded_async),
        ]
    )


def _recorded(original: Callable[..., Any]) -> Callable[..., Any]:
    def chat_completion(client: Any, messages: Any, **params: Any) -> Any:
        call = _begun(client, messages, params)
        if call is None:
            return original(client, messages, **params)
        try:
            with call.current():
                answer = original(client, messages, **params)
        except BaseException as error:
            call.end(error)
            raise
        return _answered(call, answer)

    return chat_completion


def _recorded_async(original: Callable[..., Any]) -> Callable[..., Any]:
    async def chat_completion(client: Any, messages: Any, **params: Any) -> Any:
        call = _begun(client, messages, params)
        if call is None:
            return await original(client, messages, **params)
        try:
            with call.current():
                answer = await original(client, messages, **params)
        except BaseException as error:
            call.end(error)
            raise
        return _answered(call, answer)

    return chat_completion


def _begun(client: Any, messages: Any, params: Mapping[str, Any]) -> ModelCall | None:
    with agent_goes_on("starting a call of Hugging Face"):
        told = {**params, **(params.get("extra_body") or {}), "extra_body": None, "messages": messages}
        told["model"] = params.get("model") or client.model
        where = {a.PROVIDER: "huggingface" if client.provider in _ROUTED else f"huggingface_{client.provider}"}
        if endpoint := urlsplit(client.model or "").hostname:  # a URL stands in the place of the model's name
            where[a.SERVER_ADDRESS] = endpoint
            told["model"] = None if told["model"] == client.model else told["model"]
        return ModelCall(OPENAI_CHAT, {name: value for name, value in told.items() if value is not None}, where)
    return None


def _answered(call: ModelCall, answer: Any) -> Any:
    if hasattr(answer, "__next__") or hasattr(answer, "__anext__"):
        return watch_chunks(answer, call)
    with agent_goes_on("reading an answer of Hugging Face"):
        # As a dictionary it has the fields that its class knows: what was cached is not among them.
        call.conversation.answer = {**answer, "usage": dict(answer.usage or {})}
    call.end()
    return answer
