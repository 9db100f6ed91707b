"""OpenTelemetry's own GenAI conventions, in every spelling that they have had; read in every other dialect too.

Facts: semantic-conventions 1.28 to 1.41 and semantic-conventions-genai at fe5608e (registry and deprecated attributes),
Sentry's and Mastra's names of cached tokens, LiteLLM's, Langfuse's and semantic-conventions-genai #443's of cost.
"""

from invocation_otel.spans import attributes as a

from . import events
from .dialect import Attributes, Dialect, Told

REPORTED_COST = (
    "gen_ai.usage.cost",
    "gen_ai.usage.cost.amount",
    "gen_ai.usage.total_cost",
    "gen_ai.cost.total_cost",
    "litellm.cost.total",
)
"""What a call cost, as the provider or a gateway told it. 0 is what they say when they do not know."""

TOTAL_TOKENS = ("gen_ai.usage.total_tokens", "llm.usage.total_tokens", "llm.token_count.total")
"""There is no such name today. It tells whether cached tokens are part of the input; it is kept as it is."""

NAMES = {
    a.PROVIDER: ("gen_ai.system",),
    a.REQUEST_MODEL: (),
    a.RESPONSE_MODEL: ("llm.response.model",),
    a.FINISH_REASONS: ("gen_ai.response.finish_reason", "gen_ai.response.stop_reason", "gen_ai.finishReason"),
    a.INPUT_TOKENS: ("gen_ai.usage.prompt_tokens",),
    a.OUTPUT_TOKENS: ("gen_ai.usage.completion_tokens",),
    a.CACHE_READ_TOKENS: (
        "gen_ai.usage.cache_read_input_tokens",
        "gen_ai.usage.cached_input_tokens",
        "gen_ai.usage.input_tokens.cached",
        "gen_ai.usage.details.cache_read_tokens",
    ),
    a.CACHE_WRITE_TOKENS: (
        "gen_ai.usage.cache_creation.input_tokens",
        "gen_ai.usage.cache_creation_input_tokens",
        "gen_ai.usage.cache_write_input_tokens",
        "gen_ai.usage.input_tokens.cache_write",
        "gen_ai.usage.details.cache_write_tokens",
    ),
    a.CACHE_WRITE_1H_TOKENS: ("gen_ai.usage.details.ephemeral_1h_input_tokens",),
    a.REASONING_TOKENS: (
        "gen_ai.usage.reasoning_tokens",
        "gen_ai.usage.output_tokens.reasoning",
        "gen_ai.usage.details.reasoning_tokens",
        "llm.usage.reasoning_tokens",
    ),
    a.SERVICE_TIER: ("gen_ai.openai.response.service_tier", "anthropic.usage.service_tier"),
    a.SESSION: ("session.id",),
    a.USER_ID: ("enduser.id", "gen_ai.user", "llm.user"),
    a.TOOL_DEFINITIONS: ("gen_ai.request.tools",),
}


def read(told: Told) -> Attributes:
    """Messages from events, where the attributes have none."""
    if told.found.get(a.OPERATION) == a.EXECUTE_TOOL:
        said = events.of_tool_call(told.source.events)
    else:
        said = events.of_round(told.source.events)
    return {name: value for name, value in said.items() if name not in told.found}


SEMCONV = Dialect(name="OpenTelemetry", names=NAMES, read=read)
