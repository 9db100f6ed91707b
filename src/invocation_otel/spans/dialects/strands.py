"""Strands Agents: OpenTelemetry's names, old or new by ``OTEL_SEMCONV_STABILITY_OPT_IN``, and messages in events.

Facts: spans of strands-agents 1.62.0 with Bedrock, recorded in both modes. Every count is told in each of its
spellings, never to be added up; the provider is ``strands-agents``. The first token's time is in milliseconds.
"""

from typing import Any

from invocation_otel.spans import attributes as a
from invocation_otel.spans.forms import parsed

from . import semconv
from .dialect import Attributes, Dialect, Told
from .values import number

_FIRST_TOKEN_MS = "gen_ai.server.time_to_first_token"  # noqa: S105 - no password


def _read(told: Told) -> Attributes:
    found = semconv.read(told)
    first_ms = number(told.attributes.get(_FIRST_TOKEN_MS))
    result = {a.TOOL_RESULT: _only_text(found[a.TOOL_RESULT])} if a.TOOL_RESULT in found else {}
    return found | result | ({} if first_ms is None else {a.FIRST_CHUNK_S: first_ms / 1000})


def _only_text(result: Any) -> Any:
    """The text of a tool's *result* when Strands has wrapped it as a list of one block."""
    match parsed(result):
        case [{"text": text, **others}] if not others:
            return text
    return result


STRANDS = Dialect(
    name="Strands Agents",
    scopes=("strands.*",),
    marks=frozenset({"event_loop.cycle_id"}),
    names={a.TOOL_DEFINITIONS: ("gen_ai.agent.tools",)},
    read=_read,
    also_read=(_FIRST_TOKEN_MS,),
)
