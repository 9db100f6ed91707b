"""From what an instrumentation wrote to what is stored: one spelling, one token rule, one price, one status.

Every function takes the attributes of a span and what was recorded beside it (``content``: un-serialised messages,
arguments, results, as plain builtins) and gives the attributes as they are stored.
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from . import attributes as a
from .content import plain, to_json
from .dialects.translate import canonical
from .dialects.values import is_framework
from .inline import Keep, without_blobs
from .inputs import Inputs
from .messages import Message, as_messages, as_parts, split_system
from .outcome import SUCCESS, outcome_of_name
from .prices import Cost, dollars, nano_dollars, price
from .usage import Usage

Attributes = dict[str, Any]

_RAW_STOP_REASON = "anthropic.message.stop_reason"  # Anthropic's own span keeps what the official package maps away
_OF_THE_CALL = ("gen_ai.", "anthropic.", "openai.", "error.", "server.", "http.request.resend_count")
_CONTENT = (a.SYSTEM_INSTRUCTIONS, a.INPUT_MESSAGES, a.OUTPUT_MESSAGES, a.TOOL_DEFINITIONS, a.REQUEST_PARAMS)
_REQUEST = "gen_ai.request."
_NO_PARAMS = {name for name in vars(a).values() if isinstance(name, str) and not name.startswith(_REQUEST)} | {
    a.REQUEST_MODEL
}
"""What a span mostly says, so that few names are left to be looked at one by one."""

_REQUEST_TIER = "openai.request.service_tier"
_OTHERS_COST = "operation.cost"  # what Pydantic AI and Logfire work out from a price list


class Round(NamedTuple):
    """A round as it is stored, and the figures that the run's totals need."""

    attributes: Attributes
    usage: Usage | None
    nano_cost: int | None
    unpriced: bool
    """Whether it costs something that no price is known for; a call that failed before it used any tokens does not."""

    inputs: list[Message]
    outputs: list[Message]


def normalise_round(
    attributes: Mapping[str, Any],
    content: Mapping[str, Any],
    *,
    started_ns: int,
    keep_file: Keep | None = None,
    inputs: Inputs | None = None,
) -> Round:
    """The round that *attributes* and *content* tell.

    Files that stand in its messages are given to *keep_file*, and what tells of them stands there instead. *inputs* has
    read those of the run's other rounds.
    """
    found = canonical(attributes)
    messages = _messages(found, content, inputs or Inputs(), keep_file)
    found |= {name: to_json(value) for name, value in messages.items() if value}
    params = _params(found, content.get(a.REQUEST_PARAMS))
    found |= {a.REQUEST_PARAMS: to_json(params)} if params else {}
    found[a.STATUS] = _status(found)
    usage = Usage.from_attributes(found)
    billed = usage is not None or found[a.STATUS] == SUCCESS
    if usage is not None and not usage.valid:
        found[a.USAGE_VALID] = False
        usage = None
    nano_cost, told = _cost(found, usage, started_ns)
    found |= told
    return Round(
        attributes=found,
        usage=usage,
        nano_cost=nano_cost,
        unpriced=billed and nano_cost is None,
        inputs=messages[a.INPUT_MESSAGES],
        outputs=messages[a.OUTPUT_MESSAGES],
    )


def normalise_tool_call(
    attributes: Mapping[str, Any], content: Mapping[str, Any], *, keep_file: Keep | None = None
) -> Attributes:
    """The tool call that *attributes* and *content* tell; *keep_file* as for a round."""
    found = canonical(attributes)
    for name in (a.TOOL_ARGUMENTS, a.TOOL_RESULT):
        if name in content:
            found[name] = to_json(without_blobs(content[name], keep_file) if keep_file else content[name])
        elif not isinstance(found.get(name), str | None):
            found[name] = to_json(found[name])
    return found | {a.STATUS: _status(found)}


def normalise_other(attributes: Mapping[str, Any]) -> Attributes:
    """A span that is no call: its content as JSON."""
    return {k: to_json(v) if k in _CONTENT and not isinstance(v, str) else v for k, v in attributes.items()}


def merged(outer: Mapping[str, Any], inner: Sequence[Mapping[str, Any]]) -> Attributes:
    """*outer* with what only *inner*, further spans of the same call, know.

    What *outer* says itself wins, but for a framework that names itself where the provider belongs. Several inner
    spans are several requests of one round, so their tokens add up.
    """
    if not inner:
        return dict(outer)
    told = [{k: v for k, v in canonical(attributes).items() if k.startswith(_OF_THE_CALL)} for attributes in inner]
    usages = [usage for attributes in told if (usage := Usage.from_attributes(attributes))]
    known: Attributes = {}
    for attributes in (*told, sum(usages, Usage()).to_attributes() if usages else {}, canonical(outer)):
        provider = known.get(a.PROVIDER)
        known |= attributes
        if provider and is_framework(known.get(a.PROVIDER)):
            known[a.PROVIDER] = provider
    if _RAW_STOP_REASON in known:
        known[a.FINISH_REASONS] = [known[_RAW_STOP_REASON]]
    return known


def _messages(found: Attributes, content: Mapping[str, Any], inputs: Inputs, keep_file: Keep | None) -> Attributes:
    """The four content attributes; a system prompt sent as the first message is told apart from the messages."""
    others = {
        a.SYSTEM_INSTRUCTIONS: as_parts(_content(a.SYSTEM_INSTRUCTIONS, found, content)),
        a.OUTPUT_MESSAGES: as_messages(_content(a.OUTPUT_MESSAGES, found, content), role="assistant"),
        a.TOOL_DEFINITIONS: _content(a.TOOL_DEFINITIONS, found, content),
    }
    if keep_file is not None:
        others = {name: without_blobs(value, keep_file) for name, value in others.items()}
    system, messages = split_system(inputs.read(_content(a.INPUT_MESSAGES, found, content), keep_file))
    return others | {a.SYSTEM_INSTRUCTIONS: others[a.SYSTEM_INSTRUCTIONS] + system, a.INPUT_MESSAGES: messages}


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
    if given:
        return dict(given)
    named = {
        name.removeprefix(_REQUEST): plain(found[name])
        for name in sorted(found.keys() - _NO_PARAMS)  # a set has another order in each process
        if name.startswith(_REQUEST)
    }
    told = _content(a.REQUEST_PARAMS, found, {})
    return {**told, **named} if isinstance(told, Mapping) else named


def _status(found: Attributes) -> str:
    if a.STATUS in found:
        return str(found[a.STATUS])
    return outcome_of_name(str(found[a.ERROR_TYPE])) if found.get(a.ERROR_TYPE) else SUCCESS


def _cost(found: Attributes, usage: Usage | None, started_ns: int) -> tuple[int | None, Attributes]:
    """Nano-dollars, ``None`` when nobody knows them, and what is stored of them.

    What the caller or the provider told wins; then the price lists; then what another library worked out.
    """
    told = _amount(found.get(a.COST_TOTAL))
    if told is not None:
        return _as_told(told, found.get(a.COST_SOURCE, "provider"))
    cost = _computed(found, usage, started_ns) if usage else None
    if cost is not None:
        guessed = {a.COST_SOURCE: "estimated"} if found.get(a.USAGE_ESTIMATED) else {}
        return cost.total, cost.to_attributes() | guessed
    others = _amount(found.get(_OTHERS_COST))
    if usage and others:
        return _as_told(others, "estimated")
    return None, {a.COST_SOURCE: "unpriced"}


def _amount(told: Any) -> float | None:
    """*told* when it can be a number of dollars."""
    is_number = isinstance(told, int | float) and not isinstance(told, bool)
    return told if is_number and 0 <= told < math.inf else None


def _as_told(amount: float, source: str) -> tuple[int, Attributes]:
    nano = nano_dollars(amount)
    return nano, {a.COST_TOTAL: dollars(nano), a.COST_SOURCE: source}


def _computed(found: Attributes, usage: Usage, started_ns: int) -> Cost | None:
    return price(
        provider=str(found.get(a.PROVIDER) or ""),
        models=tuple(str(found[name]) for name in (a.RESPONSE_MODEL, a.REQUEST_MODEL) if found.get(name)),
        usage=usage,
        at_ns=started_ns,
        tier=str(found.get(a.SERVICE_TIER) or found.get(_REQUEST_TIER) or ""),
        address=str(found.get(a.SERVER_ADDRESS) or ""),
    )
