"""LangSmith's OpenTelemetry export of LangChain and LangGraph: ``langsmith.*``, and JSON in ``gen_ai.prompt``.

Facts: spans of langsmith 0.15.0 with langgraph 1.2.22 and langchain-openai 1.7.3, recorded. Its input tokens are all
of them. Chains repeat the usage of the call inside them; they are no rounds.
"""

from invocation_otel.spans import attributes as a
from invocation_otel.spans import forms, provider_body

from .dialect import Attributes, Dialect, Told
from .values import as_mapping, joined

_PROMPT, _COMPLETION, _METADATA = "gen_ai.prompt", "gen_ai.completion", "langsmith.metadata."
_USAGE = f"{_METADATA}usage_metadata"


def _read(told: Told) -> Attributes:
    said = told.attributes
    if told.found.get(a.OPERATION) == a.EXECUTE_TOOL:
        return joined(
            [(a.TOOL_ARGUMENTS, said.get(_PROMPT)), (a.TOOL_RESULT, forms.tool_result(said.get(_COMPLETION)))]
        )
    found = provider_body.request(as_mapping(said.get(_PROMPT)))
    found |= provider_body.answer(as_mapping(said.get(_COMPLETION)))
    found |= provider_body.usage(as_mapping(said.get(_USAGE)))
    keep = {a.INPUT_MESSAGES, a.OUTPUT_MESSAGES, a.RESPONSE_MODEL, a.RESPONSE_ID, a.FINISH_REASONS, a.SERVICE_TIER}
    return {
        name: value for name, value in found.items() if name in keep or name.startswith(("gen_ai.usage.", "anthropic."))
    }


LANGSMITH = Dialect(
    name="LangSmith",
    scopes=("langsmith",),
    marks=frozenset({"langsmith.span.kind"}),
    operations={
        "langsmith.span.kind": {
            "llm": a.CHAT,
            "tool": a.EXECUTE_TOOL,
            "chain": "invoke_workflow",
            "retriever": "retrieval",
            "embedding": "embeddings",
        }
    },
    names={
        a.SESSION: (f"{_METADATA}thread_id", f"{_METADATA}session_id", f"{_METADATA}conversation_id"),
        a.USER_ID: (f"{_METADATA}user_id",),
        "gen_ai.request.temperature": (f"{_METADATA}ls_temperature",),
        "gen_ai.request.max_tokens": (f"{_METADATA}ls_max_tokens",),
        "gen_ai.request.stream": ("langsmith.request.streaming",),
    },
    read=_read,
    also_read=(_PROMPT, _COMPLETION, _USAGE),
)
