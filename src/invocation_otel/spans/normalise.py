"""From what an instrumentation wrote to what is stored: one spelling, one token rule, one price, one status.

Every function takes the attributes of a span and what was recorded beside it (``content``: un-serialised messages,
arguments, results, as plain builtins) and gives the attributes as they are stored.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import attributes as a
from .content import plain, to_json
from .messages import as_messages, as_parts, split_system, tool_call_ids
from .outcome import SUCCESS, outcome_of_name
from .prices import Cost, dollars, nano_dollars, price
from .usage import Usage

Attributes = dict[str, Any]

# What older releases and other spellings say -> today's name (research/otel.md §3.2). Read in this order, never summed.
_OLD_NAMES = {
    "gen_ai.system": a.PROVIDER,
    "gen_ai.usage.prompt_tokens": a.INPUT_TOKENS,
    "gen_ai.usage.completion_tokens": a.OUTPUT_TOKENS,
    "gen_ai.usage.cache_read_input_tokens": a.CACHE_READ_TOKENS,
    "gen_ai.usage.cache_creation.input_tokens": a.CACHE_WRITE_TOKENS,
    "gen_ai.usage.cache_creation_input_tokens": a.CACHE_WRITE_TOKENS,
    "enduser.id": a.USER_ID,
}
_RAW_STOP_REASON = "anthropic.message.stop_reason"  # Anthropic's own span keeps what the official package maps away
_OF_THE_CALL = ("gen_ai.", "anthropic.", "openai.", "error.", "server.", "http.request.resend_count")
_REQUEST = "gen_ai.request."


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A round as it is stored, and the figures that the run's totals need."""

    attributes: Attributes
    usage: Usage | None
    nano_cost: int | None
    unpriced: bool
    """Whether it costs something that no price is known for; a call that failed before it used any tokens does not."""

    tool_call_ids: list[str]


def normalise_round(
    attributes: Mapping[str, Any], content: Mapping[str, Any], *, started_ns: int, memory_messages: int = 0
) -> Round:
    """The round that *attributes* and *content* tell; *memory_messages* of its messages, at most, came from memory."""
    found = _renamed(attributes)
    messages = _messages(found, content)
    found |= {name: to_json(value) for name, value in messages.items() if value}
    if memory_messages:
        found[a.MEMORY_MESSAGES] = min(memory_messages, len(messages[a.INPUT_MESSAGES]))
    params = _params(found, content.get(a.REQUEST_PARAMS))
    found |= {a.REQUEST_PARAMS: to_json(params)} if params else {}
    found[a.STATUS] = _status(found)
    usage = Usage.from_attributes(found)
    billed = usage is not None or found[a.STATUS] == SUCCESS
    if usage is not None and not usage.valid:
        found[a.USAGE_VALID] = False
        usage = None
    nano_cost = _reported(found)
    if nano_cost is None:
        cost = _computed(found, usage, started_ns)
        nano_cost = cost.total if cost else None
        found |= cost.to_attributes() if cost else {a.COST_SOURCE: "unpriced"}
    else:
        found |= {a.COST_TOTAL: dollars(nano_cost), a.COST_SOURCE: found.get(a.COST_SOURCE, "provider")}
    return Round(
        attributes=found,
        usage=usage,
        nano_cost=nano_cost,
        unpriced=billed and nano_cost is None,
        tool_call_ids=tool_call_ids(messages[a.OUTPUT_MESSAGES]),
    )


def normalise_tool_call(attributes: Mapping[str, Any], content: Mapping[str, Any]) -> Attributes:
    """The tool call that *attributes* and *content* tell."""
    found = _renamed(attributes)
    for name in (a.TOOL_ARGUMENTS, a.TOOL_RESULT):
        if name in content:
            found[name] = to_json(content[name])
    return found | {a.STATUS: _status(found)}


def merged(outer: Mapping[str, Any], inner: Sequence[Mapping[str, Any]]) -> Attributes:
    """*outer* with what only *inner*, further spans of the same call, know.

    What *outer* says itself wins. Several inner spans are several requests of one round, so their tokens add up.
    """
    if not inner:
        return dict(outer)
    told = [{k: v for k, v in _renamed(attributes).items() if k.startswith(_OF_THE_CALL)} for attributes in inner]
    usages = [usage for attributes in told if (usage := Usage.from_attributes(attributes))]
    known: Attributes = {}
    for attributes in (*told, sum(usages, Usage()).to_attributes() if usages else {}, _renamed(outer)):
        known |= attributes
    if _RAW_STOP_REASON in known:
        known[a.FINISH_REASONS] = [known[_RAW_STOP_REASON]]
    return known


def _renamed(attributes: Mapping[str, Any]) -> Attributes:
    if _OLD_NAMES.keys().isdisjoint(attributes):
        return dict(attributes)
    old = {new: attributes[name] for name, new in reversed(_OLD_NAMES.items()) if name in attributes}
    return old | {name: value for name, value in attributes.items() if name not in _OLD_NAMES}


def _messages(found: Attributes, content: Mapping[str, Any]) -> Attributes:
    """The four content attributes; a system prompt sent as the first message is told apart from the messages."""
    inputs = as_messages(_content(a.INPUT_MESSAGES, found, content), role="user")
    system, inputs = split_system(inputs)
    return {
        a.SYSTEM_INSTRUCTIONS: as_parts(_content(a.SYSTEM_INSTRUCTIONS, found, content)) + system,
        a.INPUT_MESSAGES: inputs,
        a.OUTPUT_MESSAGES: as_messages(_content(a.OUTPUT_MESSAGES, found, content), role="assistant"),
        a.TOOL_DEFINITIONS: _content(a.TOOL_DEFINITIONS, found, content),
    }


def _content(name: str, found: Attributes, content: Mapping[str, Any]) -> Any:
    """What was recorded beside the span under *name*, else what stands on the span itself, as JSON."""
    if name in content:
        return content[name]
    on_span = found.get(name)
    try:
        return json.loads(on_span) if isinstance(on_span, str) else on_span
    except ValueError:
        return on_span


def _params(found: Attributes, given: Any) -> dict[str, Any]:
    """The parameters that the client sent, else those that the span names."""
    return given or {
        name.removeprefix(_REQUEST): plain(value)
        for name, value in found.items()
        if name.startswith(_REQUEST) and name != a.REQUEST_MODEL
    }


def _status(found: Attributes) -> str:
    if a.STATUS in found:
        return str(found[a.STATUS])
    return outcome_of_name(str(found[a.ERROR_TYPE])) if found.get(a.ERROR_TYPE) else SUCCESS


def _reported(found: Attributes) -> int | None:
    """Nano-dollars that the caller or the provider told; ``None`` when none did."""
    total = found.get(a.COST_TOTAL)
    return nano_dollars(total) if isinstance(total, int | float) and total >= 0 else None


def _computed(found: Attributes, usage: Usage | None, started_ns: int) -> Cost | None:
    if usage is None:
        return None
    models = tuple(str(found[name]) for name in (a.RESPONSE_MODEL, a.REQUEST_MODEL) if found.get(name))
    return price(provider=str(found.get(a.PROVIDER) or ""), models=models, usage=usage, at_ns=started_ns)
