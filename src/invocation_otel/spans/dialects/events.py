"""Messages in span events, as OpenTelemetry's conventions had them before 1.37 and Strands still has them."""

from collections.abc import Iterable
from typing import Any

from invocation_otel.spans import attributes as a
from invocation_otel.spans.forms import joined as joined_messages
from invocation_otel.spans.forms import parsed
from invocation_otel.spans.messages import Message, as_messages, as_parts

from .dialect import Attributes, Event
from .values import joined

_DETAILS = "gen_ai.client.inference.operation.details"
_CHOICE = "gen_ai.choice"
_ROLES = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
}
_CONTENT = (a.SYSTEM_INSTRUCTIONS, a.INPUT_MESSAGES, a.OUTPUT_MESSAGES, a.TOOL_DEFINITIONS)
_WHOLE = {
    "gen_ai.content.prompt": ("gen_ai.prompt", a.INPUT_MESSAGES),
    "gen_ai.content.completion": ("gen_ai.completion", a.OUTPUT_MESSAGES),
}
"""Events of the first conventions: the event, its attribute, and what that is."""


def of_round(events: Iterable[Event]) -> Attributes:
    """What the events of a model call say."""
    told: Attributes = {}
    inputs: list[Message] = []
    outputs: list[Message] = []
    reasons: list[Any] = []
    for event in events:
        said = event.attributes
        if event.name in _ROLES:
            inputs.append(_message(event, _ROLES[event.name]))
        elif event.name == _CHOICE:
            outputs += _choice(said.get("message"), said)
            reasons.append(said.get("finish_reason"))
        elif event.name == _DETAILS:
            told |= {name: parsed(said[name]) for name in _CONTENT if name in said}
        elif event.name in _WHOLE:
            name, meaning = _WHOLE[event.name]
            told[meaning] = parsed(said.get(name))
    found = [(a.INPUT_MESSAGES, inputs), (a.OUTPUT_MESSAGES, joined_messages(outputs))]
    return joined([*found, (a.FINISH_REASONS, [reason for reason in reasons if reason])]) | told


def of_tool_call(events: Iterable[Event]) -> Attributes:
    """What the events of a tool call say: what it was given, and what it gave."""
    told: Attributes = {}
    for event in events:
        said = event.attributes
        if event.name == "gen_ai.tool.message":
            told[a.TOOL_ARGUMENTS] = parsed(said.get("content"))
        elif event.name == _CHOICE:
            told[a.TOOL_RESULT] = parsed(said.get("message"))
    return told


def _message(event: Event, role: str) -> Message:
    said = event.attributes
    content, call_id = parsed(said.get("content")), said.get("id")
    if role == "tool" and call_id is not None:
        return {"role": role, "parts": [{"type": "tool_call_response", "id": call_id, "response": content}]}
    calls = parsed(said.get("tool_calls")) or []
    return as_messages({"role": role, "content": content, "tool_calls": calls}, role=role)[0]


def _choice(message: Any, said: Any) -> list[Message]:
    told = parsed(message)
    if isinstance(told, dict) and ("content" in told or "tool_calls" in told):
        return as_messages({"role": "assistant", **told}, role="assistant")
    parts = as_parts(told)
    calls = parsed(said.get("tool_calls"))
    more = as_messages({"role": "assistant", "tool_calls": calls}, role="assistant")[0]["parts"] if calls else []
    return [{"role": "assistant", "parts": parts + more}]
