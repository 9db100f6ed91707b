"""The Vercel AI SDK up to version 6: ``ai.*``. From version 7 on, ``@ai-sdk/otel`` speaks OpenTelemetry's.

Facts: spans of ai 5.0.277 with @ai-sdk/openai 2 and @ai-sdk/anthropic 2, and of ai 7.0.173 with @ai-sdk/otel 1.0.173,
recorded. Its counts leave out what was cached; with Anthropic the provider's own usage stands beside them, with OpenAI
nothing does, so those rounds are priced as if nothing had been cached.
"""

from typing import Any

from invocation_otel.spans import attributes as a
from invocation_otel.spans import forms, provider_body
from invocation_otel.spans.messages import as_messages

from .dialect import Attributes, Dialect, Told
from .values import as_list, as_mapping, joined, number

_SETTINGS = "ai.settings."
_MILLISECONDS = ("ai.response.msToFirstChunk", "ai.stream.msToFirstChunk")
_CALLS = {"ai.generateText", "ai.streamText", "ai.generateObject", "ai.streamObject"}


def _read(told: Told) -> Attributes:
    said = told.attributes
    if told.found.get(a.OPERATION) == a.EXECUTE_TOOL:
        return {}
    prompt = as_mapping(said.get("ai.prompt"))
    first_ms = next((ms for name in _MILLISECONDS if (ms := number(said.get(name))) is not None), None)
    settings = {k.removeprefix(_SETTINGS): v for k, v in said.items() if k.startswith(_SETTINGS)}
    return joined(
        [
            (a.SYSTEM_INSTRUCTIONS, prompt.get("system")),
            (
                a.INPUT_MESSAGES,
                _input(said.get("ai.prompt.messages") or prompt.get("messages") or prompt.get("prompt")),
            ),
            (a.OUTPUT_MESSAGES, _output(told)),
            (a.TOOL_DEFINITIONS, [forms.parsed(tool) for tool in as_list(said.get("ai.prompt.tools"))]),
            (a.FIRST_CHUNK_S, None if first_ms is None else first_ms / 1000),
            (a.REQUEST_PARAMS, settings),
        ],
        **_usage(as_mapping(said.get("ai.response.providerMetadata"))),
    )


def _input(told: Any) -> Any:
    return as_messages(forms.parsed(told), role="user")


def _output(told: Told) -> list[dict[str, Any]]:
    said = told.attributes
    parts = (
        [{"type": "reasoning", "content": said["ai.response.reasoning"]}] if said.get("ai.response.reasoning") else []
    )
    answer = said.get("ai.response.text") or said.get("ai.response.object")
    parts += [forms.text(answer)] if answer else []
    calls = [call for call in as_list(said.get("ai.response.toolCalls")) if isinstance(call, dict)]
    parts += [
        forms.call(call.get("toolCallId"), call.get("toolName"), call.get("input", call.get("args"))) for call in calls
    ]
    return [{"role": "assistant", "parts": parts}] if parts else []


def _usage(metadata: Any) -> Attributes:
    """What the provider itself said of the usage, where the SDK keeps that."""
    told = next(
        (entry.get("usage") for entry in metadata.values() if isinstance(entry, dict) and entry.get("usage")), None
    )
    return provider_body.usage(told)


VERCEL = Dialect(
    name="Vercel AI SDK",
    scopes=("ai",),
    marks=frozenset({"ai.operationId"}),
    operations={
        "ai.operationId": {
            **dict.fromkeys(_CALLS, a.INVOKE_AGENT),
            **{f"{call}.do{kind}": a.CHAT for call in _CALLS for kind in ("Generate", "Stream")},
            "ai.toolCall": a.EXECUTE_TOOL,
            "ai.embed.doEmbed": "embeddings",
            "ai.embedMany.doEmbed": "embeddings",
        }
    },
    names={
        a.PROVIDER: ("ai.model.provider",),
        a.REQUEST_MODEL: ("ai.model.id",),
        a.RESPONSE_MODEL: ("ai.response.model",),
        a.RESPONSE_ID: ("ai.response.id",),
        a.FINISH_REASONS: ("ai.response.finishReason",),
        a.INPUT_TOKENS: ("ai.usage.inputTokens", "ai.usage.promptTokens", "ai.usage.tokens"),
        a.OUTPUT_TOKENS: ("ai.usage.outputTokens", "ai.usage.completionTokens"),
        a.CACHE_READ_TOKENS: ("ai.usage.cachedInputTokens",),
        a.REASONING_TOKENS: ("ai.usage.reasoningTokens",),
        a.AGENT: ("ai.telemetry.functionId",),
        a.SESSION: ("ai.telemetry.metadata.sessionId",),
        a.USER_ID: ("ai.telemetry.metadata.userId",),
        a.TOOL_NAME: ("ai.toolCall.name",),
        a.TOOL_CALL_ID: ("ai.toolCall.id",),
        a.TOOL_ARGUMENTS: ("ai.toolCall.args",),
        a.TOOL_RESULT: ("ai.toolCall.result",),
    },
    read=_read,
    also_read=("ai.prompt", "ai.response.", _SETTINGS, *_MILLISECONDS),
)
