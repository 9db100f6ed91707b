"""Pydantic AI: OpenTelemetry's names with some of its own.

Facts: spans of pydantic-ai 2.68.0 with ``InstrumentationSettings(version=2 | 5 | 6)``, recorded. Its input tokens are
all of them. An agent's usage has names of its own (``gen_ai.aggregated_usage.*``), so nothing is counted twice.
"""

from invocation_otel.spans import attributes as a

from .dialect import Attributes, Dialect, Told
from .values import as_list, joined


def _read(told: Told) -> Attributes:
    messages = as_list(told.attributes.get("pydantic_ai.all_messages"))
    return joined([(a.INPUT_MESSAGES, messages)]) if messages and a.INPUT_MESSAGES not in told.found else {}


PYDANTIC_AI = Dialect(
    name="Pydantic AI",
    scopes=("pydantic-ai",),
    marks=frozenset({"pydantic_ai.all_messages", "model_request_parameters", "tool_arguments"}),
    names={
        a.AGENT: ("agent_name",),
        a.REQUEST_MODEL: ("model_name",),
        a.OUTPUT_MESSAGES: ("final_result",),
        a.TOOL_ARGUMENTS: ("tool_arguments",),
        a.TOOL_RESULT: ("tool_response",),
    },
    read=_read,
    also_read=("pydantic_ai.all_messages", "model_request_parameters", "logfire.json_schema"),
)
