"""OpenInference (Arize Phoenix): ``llm.*``, ``openinference.span.kind``, messages spread over many attributes.

Facts: openinference-semantic-conventions 0.1.42; spans of openinference-instrumentation-openai 0.1.66, -anthropic
3.1.0 and -langchain 0.1.80, recorded. Its input tokens are all of them, cached ones included.
"""

from collections.abc import Mapping
from typing import Any

from invocation_otel.spans import attributes as a
from invocation_otel.spans import forms, provider_body
from invocation_otel.spans.messages import Message, as_messages

from .dialect import Attributes, Dialect, Told
from .flat import Tree, entries, listed
from .values import as_mapping, joined

_INPUT, _OUTPUT, _TOOLS = "llm.input_messages.", "llm.output_messages.", "llm.tools."
_FROM_ANSWER = (
    a.RESPONSE_ID,
    a.FINISH_REASONS,
    a.SERVICE_TIER,
    a.CACHE_READ_TOKENS,
    a.CACHE_WRITE_1H_TOKENS,
    a.COST_TOTAL,
    a.WEB_SEARCHES,
)
"""What only the whole answer in ``output.value`` says."""

_NOT_PARAMS = {"model", "model_name", "tools", "_type"}


def _read(told: Told) -> Attributes:
    said = told.attributes
    if told.found.get(a.OPERATION) == a.EXECUTE_TOOL:
        given = (said.get("input.value"), said.get("tool.parameters"))
        return joined(
            [(a.TOOL_ARGUMENTS, given[0] or given[1]), (a.TOOL_RESULT, forms.tool_result(said.get("output.value")))]
        )
    answer = provider_body.answer(as_mapping(said.get("output.value")))
    declared = [forms.parsed(as_mapping(tool.get("tool")).get("json_schema")) for tool in entries(said, _TOOLS)]
    tools = [_tool(tool) for tool in declared or forms.listed(as_mapping(said.get("input.value")).get("tools"))]
    params = as_mapping(said.get("llm.invocation_parameters"))
    return joined(
        [
            (a.INPUT_MESSAGES, _messages(told, _INPUT, role="user") or _whole(told, "input.value", role="user")),
            (a.OUTPUT_MESSAGES, _messages(told, _OUTPUT, role="assistant") or answer.get(a.OUTPUT_MESSAGES)),
            (a.TOOL_DEFINITIONS, tools),
            (a.REQUEST_PARAMS, {k: v for k, v in params.items() if v not in (None, "") and k not in _NOT_PARAMS}),
            (a.REQUEST_MODEL, said.get("llm.request.model_name") or params.get("model")),
        ],
        **{name: answer[name] for name in _FROM_ANSWER if name in answer and name not in told.found},
    )


def _tool(declared: Any) -> Any:
    """A tool's definition; OpenAI's, which Ollama and Mistral use too, is one inside another."""
    tool = as_mapping(declared)
    function = as_mapping(tool.get("function"))
    return {"type": "function", **function} if function else declared


def _whole(told: Told, name: str, *, role: str) -> list[Message]:
    value = forms.parsed(told.attributes.get(name))
    return as_messages(value, role=role) if isinstance(value, str | list) else []


def _messages(told: Told, prefix: str, *, role: str) -> list[Message]:
    return [_message(as_mapping(entry.get("message")), role) for entry in entries(told.attributes, prefix)]


def _message(message: Mapping[str, Any], role: str) -> Message:
    told = forms.role_of(message.get("role") or role)
    contents = [_content(entry) for entry in listed(message.get("contents"))]
    parts = contents or ([forms.text(message["content"])] if message.get("content") else [])
    if told == "tool":
        content = contents or message.get("content")
        return {"role": told, "parts": [forms.response(message.get("tool_call_id"), content)]}
    known = [part.get("id") for part in parts if part["type"] == "tool_call"]
    calls = [_call(entry.get("tool_call")) for entry in listed(message.get("tool_calls"))]
    return {"role": told, "parts": parts + [call for call in calls if call["id"] not in known or call["id"] is None]}


def _content(entry: Tree) -> dict[str, Any]:
    content = as_mapping(entry.get("message_content"))
    if "tool_call" in entry:
        return _call(entry["tool_call"])
    image = content.get("image")
    if isinstance(image, dict):
        return _image(str(as_mapping(image.get("image")).get("url") or ""))
    kind = "reasoning" if content.get("type") in ("reasoning", "thinking") else "text"
    return {"type": kind, "content": content.get("text")}


def _image(url: str) -> dict[str, Any]:
    head, is_data, data = url.partition(";base64,")
    return (
        forms.media(head.removeprefix("data:"), data=data) if is_data else forms.media(None, uri=url, modality="image")
    )


def _call(told: Any) -> dict[str, Any]:
    call = as_mapping(told)
    function = as_mapping(call.get("function"))
    return forms.call(call.get("id"), function.get("name"), function.get("arguments"))


OPENINFERENCE = Dialect(
    name="OpenInference",
    scopes=("openinference.*",),
    marks=frozenset({"openinference.span.kind"}),
    operations={
        "openinference.span.kind": {
            "LLM": a.CHAT,
            "EMBEDDING": "embeddings",
            "AGENT": a.INVOKE_AGENT,
            "TOOL": a.EXECUTE_TOOL,
            "CHAIN": "invoke_workflow",
            "RETRIEVER": "retrieval",
        }
    },
    operations_by_name={  # the instrumentations of Ollama and of Mistral say at the end only what their spans are
        "Chat": a.CHAT,
        "AsyncChat": a.CHAT,
        "MistralClient.chat": a.CHAT,
        "MistralAsyncClient.chat": a.CHAT,
        "MistralClient.agents": a.CHAT,
        "MistralAsyncClient.agents": a.CHAT,
    },
    names={
        a.PROVIDER: ("llm.provider", "llm.system"),
        a.REQUEST_MODEL: ("llm.request.model_name", "llm.model_name", "embedding.model_name"),
        a.RESPONSE_MODEL: ("llm.response.model_name", "llm.model_name"),
        a.AGENT: ("agent.name",),
        a.FINISH_REASONS: ("llm.finish_reason",),
        a.INPUT_TOKENS: ("llm.token_count.prompt",),
        a.OUTPUT_TOKENS: ("llm.token_count.completion",),
        a.CACHE_READ_TOKENS: ("llm.token_count.prompt_details.cache_read",),
        a.CACHE_WRITE_TOKENS: ("llm.token_count.prompt_details.cache_write",),
        a.REASONING_TOKENS: ("llm.token_count.completion_details.reasoning",),
        a.AUDIO_INPUT_TOKENS: ("llm.token_count.prompt_details.audio",),
        a.AUDIO_OUTPUT_TOKENS: ("llm.token_count.completion_details.audio",),
        a.COST_TOTAL: ("llm.cost.total",),
        a.TOOL_NAME: ("tool.name",),
        a.TOOL_CALL_ID: ("tool_call.id", "tool.id"),
        a.USER_PROMPT_VERSION: ("llm.prompt_template.version",),
    },
    read=_read,
    also_read=(_INPUT, _OUTPUT, _TOOLS, "llm.invocation_parameters", "input.", "output.", "tool.parameters"),
)
