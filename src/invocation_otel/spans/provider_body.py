"""Requests and answers as providers' clients send and get them, told in OpenTelemetry's names.

Some libraries keep the whole body in one attribute. Read are OpenAI's chat completions and responses, Anthropic,
Gemini, Amazon Bedrock, and what LangChain makes of them. Content is not serialised.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from . import attributes as a
from . import forms
from .messages import Message, as_messages, as_parts
from .provider_usage import usage_of

Attributes = dict[str, Any]

_MESSAGES = ("messages", "contents", "input", "prompt")
_SYSTEM = ("system", "instructions", "system_instruction", "systemInstruction")
_TOOLS = ("tools", "functions")
_NOT_PARAMS = frozenset({"model", "model_name", *_MESSAGES, *_SYSTEM, *_TOOLS, "config", "toolConfig", "_type"})
_USAGE = ("usage", "usageMetadata", "usage_metadata")


def request(body: Any) -> Attributes:
    """What the request *body* says: messages, system prompt, tools, parameters, model."""
    if not isinstance(body, Mapping):
        return {}
    body = {**body, **forms.mapping(body.get("config"))}
    told = {
        a.REQUEST_MODEL: _text(body, "model"),
        a.INPUT_MESSAGES: _input(_first(body, _MESSAGES)),
        a.SYSTEM_INSTRUCTIONS: as_parts(_content(_first(body, _SYSTEM))),
        a.TOOL_DEFINITIONS: tools(_first(body, _TOOLS)),
        a.REQUEST_PARAMS: {k: v for k, v in body.items() if k not in _NOT_PARAMS and v is not None},
    }
    return {name: value for name, value in told.items() if value}


def answer(body: Any) -> Attributes:
    """What the answer *body* says: messages, finish reasons, id, model, usage, tier and the provider's own cost."""
    if not isinstance(body, Mapping):
        return {}
    body = _of_langchain(body) if isinstance(body.get("generations"), list) else body
    messages, reasons = _output(body)
    told = {
        a.OUTPUT_MESSAGES: messages,
        a.FINISH_REASONS: [reason for reason in reasons if reason and isinstance(reason, str)],
        a.RESPONSE_ID: _text(body, "id", "response_id", "responseId"),
        a.RESPONSE_MODEL: _text(body, "model", "model_version", "modelVersion"),
        **usage(_first(body, _USAGE), tier=body.get("service_tier")),
    }
    return {name: value for name, value in told.items() if value not in (None, [], "")}


def usage(told: Any, *, tier: Any = None) -> Attributes:
    """What a usage object says: counts, the tier that was billed (*tier* where it does not say), and its cost."""
    counted = usage_of(told)
    if counted is None:
        return {}
    cost = told.get("cost")
    paid = {a.COST_TOTAL: cost} if isinstance(cost, int | float) and not isinstance(cost, bool) else {}
    billed = "fast" if told.get("speed") == "fast" else told.get("service_tier") or tier
    return counted.to_attributes() | paid | ({a.SERVICE_TIER: billed} if isinstance(billed, str) else {})


def tools(told: Any) -> list[Any]:
    """Tools that the model could call; those that Gemini groups, one by one."""
    entries = told if isinstance(told, Sequence) and not isinstance(told, str) else []
    grouped = [forms.listed(forms.mapping(entry).get("function_declarations")) for entry in entries]
    return [tool for entry, group in zip(entries, grouped, strict=True) for tool in (group or [entry])]


def _input(told: Any) -> list[Message]:
    if isinstance(told, list) and len(told) == 1 and isinstance(told[0], list):
        told = told[0]  # LangChain: a batch of one
    return forms.joined(as_messages(told, role="user"))


def _of_langchain(body: Mapping[str, Any]) -> dict[str, Any]:
    """LangChain's ``LLMResult`` in the shape of the answers that it was made of."""
    first = body["generations"][0] if body["generations"] else []
    known = forms.listed(first if isinstance(first, list) else body["generations"])
    message = forms.unwrapped(forms.mapping(known[0].get("message"))) if known else {}
    of_answer = {**forms.mapping(body.get("llm_output")), **forms.mapping(message.get("response_metadata"))}
    reasons = [forms.mapping(entry.get("generation_info")).get("finish_reason") for entry in known]
    return {
        **of_answer,
        "model": of_answer.get("model_name") or of_answer.get("model"),
        "usage": message.get("usage_metadata") or of_answer.get("token_usage") or of_answer.get("usage"),
        "choices": [
            {"message": entry.get("message") or entry.get("text"), "finish_reason": reason}
            for entry, reason in zip(known, reasons, strict=True)
        ],
    }


def _output(body: Mapping[str, Any]) -> tuple[list[Message], list[Any]]:
    """The messages of an answer, and why the model stopped."""
    for entries, message, reason in (
        ("choices", "message", "finish_reason"),
        ("candidates", "content", "finishReason"),
    ):
        if isinstance(body.get(entries), list):
            return _each(body[entries], message, reason)
    output, content = body.get("output"), body.get("content")
    if isinstance(output, list):  # OpenAI's responses
        return forms.joined(as_messages(output, role="assistant")), []
    if isinstance(output, Mapping):  # Bedrock
        told = output.get("message", output)
    elif isinstance(content, Mapping):  # Gemini, as its Python client has it
        told = content
    else:  # Anthropic, Ollama
        told = {"role": body.get("role"), "content": content} if content else body.get("message")
    reasons = [body.get(name) for name in ("stopReason", "finish_reason", "stop_reason", "done_reason")]
    return as_messages(told, role="assistant"), reasons


def _each(entries: Sequence[Any], message: str, reason: str) -> tuple[list[Message], list[Any]]:
    known = forms.listed(entries)
    messages = [told for entry in known for told in as_messages(entry.get(message), role="assistant")]
    return messages, [entry.get(reason) for entry in known]


def _content(told: Any) -> Any:
    """A system prompt that is a message (Gemini): its parts."""
    return told.get("parts", told) if isinstance(told, Mapping) else told


def _text(body: Mapping[str, Any], *names: str) -> str:
    """The first of *names* under which a text stands."""
    return next((told for name in names if isinstance(told := body.get(name), str) and told), "")


def _first(body: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((body[name] for name in names if body.get(name)), None)
