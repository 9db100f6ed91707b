"""OpenLLMetry (Traceloop): ``traceloop.*``, ``llm.request.type``, ``gen_ai.prompt.N.*`` in its older releases.

Facts: opentelemetry-semantic-conventions-ai 0.5.1; spans of opentelemetry-instrumentation-openai and -anthropic 0.62.4,
recorded, and of 0.40, from their tests. Its input tokens are all of them, cached ones included.
"""

from typing import Any

from invocation_otel.spans import attributes as a
from invocation_otel.spans import forms
from invocation_otel.spans.messages import Message, as_messages

from .dialect import Attributes, Dialect, Told
from .flat import Tree, entries, listed
from .values import joined

_INPUT, _OUTPUT, _TOOLS = "gen_ai.prompt.", "gen_ai.completion.", "llm.request.functions."
_ENTITY_INPUT, _ENTITY_OUTPUT = "traceloop.entity.input", "traceloop.entity.output"


def _read(told: Told) -> Attributes:
    said, operation = told.attributes, told.found.get(a.OPERATION)
    if operation == a.EXECUTE_TOOL:
        return joined(
            [
                (a.TOOL_NAME, told.found.get(a.TOOL_NAME) or said.get("traceloop.entity.name")),
                (a.TOOL_ARGUMENTS, told.found.get(a.TOOL_ARGUMENTS) or _arguments(said.get(_ENTITY_INPUT))),
                (a.TOOL_RESULT, told.found.get(a.TOOL_RESULT) or forms.tool_result(said.get(_ENTITY_OUTPUT))),
            ]
        )
    completions = entries(said, _OUTPUT)
    found = joined(
        [
            (a.INPUT_MESSAGES, [_message(entry, "user") for entry in entries(said, _INPUT)]),
            (a.OUTPUT_MESSAGES, [_message(entry, "assistant") for entry in completions]),
            (a.FINISH_REASONS, [entry["finish_reason"] for entry in completions if entry.get("finish_reason")]),
            (a.TOOL_DEFINITIONS, [_tool(entry) for entry in entries(said, _TOOLS)]),
        ]
    )
    if operation == a.INVOKE_AGENT:
        found |= joined([(a.AGENT, said.get("traceloop.entity.name"))])
    return {name: value for name, value in found.items() if name not in told.found}


def _message(entry: Tree, role: str) -> Message:
    content = forms.parsed(entry.get("content"))
    told = content if isinstance(content, list) or content == "" else entry.get("content")
    message = {**entry, "content": told, "tool_calls": listed(entry.get("tool_calls"))}
    return as_messages(message, role=role)[0]


def _arguments(told: Any) -> Any:
    """A tool's arguments, out of what LangChain says of the call."""
    value = forms.parsed(told)
    return value.get("inputs") or value.get("input_str") or told if isinstance(value, dict) else told


def _tool(entry: Tree) -> Tree:
    return {"type": "function", **entry, **joined([("parameters", forms.parsed(entry.get("parameters")))])}


OPENLLMETRY = Dialect(
    name="OpenLLMetry",
    scopes=("traceloop.*", "opentelemetry.instrumentation.openai.v*", "opentelemetry.instrumentation.anthropic"),
    marks=frozenset(
        {
            "traceloop.span.kind",
            "traceloop.entity.name",
            "llm.request.type",
            "gen_ai.prompt.0.role",
            "gen_ai.prompt.0.content",
            "gen_ai.completion.0.role",
            "gen_ai.completion.0.content",
        }
    ),
    operations={
        "traceloop.span.kind": {"workflow": "invoke_workflow", "agent": a.INVOKE_AGENT, "tool": a.EXECUTE_TOOL},
        "llm.request.type": {"chat": a.CHAT, "completion": "text_completion", "embedding": "embeddings"},
    },
    operations_by_name={"openai.response": a.CHAT, "openai.embeddings": "embeddings"},
    names={
        a.INPUT_TOKENS: ("llm.usage.prompt_tokens",),
        a.OUTPUT_TOKENS: ("llm.usage.completion_tokens",),
        a.FINISH_REASONS: ("llm.response.finish_reason", "llm.response.stop_reason"),
        a.SESSION: (
            "traceloop.association.properties.session_id",
            "traceloop.association.properties.thread_id",
        ),
        a.USER_ID: ("traceloop.association.properties.user_id",),
        a.USER_PROMPT_NAME: ("traceloop.prompt.key",),
        a.USER_PROMPT_VERSION: ("traceloop.prompt.version",),
        "gen_ai.request.frequency_penalty": ("llm.frequency_penalty",),
        "gen_ai.request.presence_penalty": ("llm.presence_penalty",),
        "gen_ai.request.top_k": ("llm.top_k",),
        "gen_ai.request.stop_sequences": ("llm.chat.stop_sequences",),
        "gen_ai.request.stream": ("gen_ai.is_streaming", "llm.is_streaming"),
        "gen_ai.request.reasoning.level": ("gen_ai.request.reasoning_effort", "llm.request.reasoning_effort"),
    },
    read=_read,
    also_read=(_INPUT, _OUTPUT, _TOOLS, _ENTITY_INPUT, _ENTITY_OUTPUT),
)
