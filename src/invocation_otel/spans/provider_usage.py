"""The usage that a provider sends with its answer, in every provider's form, as one kind of count.

The forms are told apart by the names in them, so nobody has to know which provider it was. Facts: the providers'
references, and the extractors of genai-prices 0.2.3, with which they were compared.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from .usage import Usage


class _Form(NamedTuple):
    """Where one form keeps its counts: names with dots, ``list[key=value]`` for an entry; the first that is there."""

    mark: str
    """The name that only this form has."""

    counts: Mapping[str, tuple[str, ...]]
    """Field of `Usage` -> where it stands."""

    beside_input: tuple[str, ...] = ()
    """Counts that this form's input leaves out, unless its total says otherwise."""

    beside_output: tuple[str, ...] = ()
    inside_output: tuple[str, ...] = ()
    """Counts that some providers of this form leave out of the output, as only the total tells: xAI, Perplexity."""

    total: str = "total_tokens"


def _gemini(prompt: str, details: str, tokens: str, count: str) -> dict[str, tuple[str, ...]]:
    """Gemini's counts by modality: ``promptTokensDetails`` in JSON, ``prompt_tokens_details`` in Python."""
    kinds = {"audio": "AUDIO", "image": "IMAGE"}
    sides = {"input_tokens": prompt, "output_tokens": details, "cache_read_tokens": tokens}
    return {
        f"{kind}_{field}": (f"{side}[modality={name}].{count}",)
        for kind, name in kinds.items()
        for field, side in sides.items()
    }


_FORMS = (
    _Form(  # Amazon Bedrock: Converse
        "inputTokens",
        {
            "input_tokens": ("inputTokens",),
            "output_tokens": ("outputTokens",),
            "cache_read_tokens": ("cacheReadInputTokens",),
            "cache_write_tokens": ("cacheWriteInputTokens",),
            "cache_write_1h_tokens": ("cacheDetails[ttl=1h].inputTokens",),
        },
        beside_input=("cacheReadInputTokens", "cacheWriteInputTokens"),
        total="totalTokens",
    ),
    _Form(  # Gemini, as JSON
        "promptTokenCount",
        {
            "input_tokens": ("promptTokenCount",),
            "output_tokens": ("candidatesTokenCount",),
            "cache_read_tokens": ("cachedContentTokenCount",),
            "reasoning_tokens": ("thoughtsTokenCount",),
            **_gemini("promptTokensDetails", "candidatesTokensDetails", "cacheTokensDetails", "tokenCount"),
        },
        beside_input=("toolUsePromptTokenCount",),
        beside_output=("thoughtsTokenCount",),
        total="",
    ),
    _Form(  # Gemini, as its Python client has it
        "prompt_token_count",
        {
            "input_tokens": ("prompt_token_count",),
            "output_tokens": ("candidates_token_count",),
            "cache_read_tokens": ("cached_content_token_count",),
            "reasoning_tokens": ("thoughts_token_count",),
            **_gemini("prompt_tokens_details", "candidates_tokens_details", "cache_tokens_details", "token_count"),
        },
        beside_input=("tool_use_prompt_token_count",),
        beside_output=("thoughts_token_count",),
        total="",
    ),
    _Form("prompt_eval_count", {"input_tokens": ("prompt_eval_count",), "output_tokens": ("eval_count",)}),  # Ollama
    _Form(  # Cohere bills other counts than it took
        "billed_units",
        {
            "input_tokens": ("billed_units.input_tokens",),
            "output_tokens": ("billed_units.output_tokens",),
            "cache_read_tokens": ("cached_tokens",),
        },
    ),
    _Form(  # OpenAI's chat completions, and whoever speaks like them: DeepSeek, Groq, Mistral, Moonshot, LiteLLM, …
        "prompt_tokens",
        {
            "input_tokens": ("prompt_tokens",),
            "output_tokens": ("completion_tokens",),
            "cache_read_tokens": (
                "prompt_tokens_details.cached_tokens",
                "prompt_cache_hit_tokens",
                "cached_prompt_text_tokens",
                "cached_tokens",
                "cache_read_input_tokens",
            ),
            "cache_write_tokens": (
                "prompt_tokens_details.cache_write_tokens",
                "prompt_tokens_details.cache_creation_tokens",
                "cache_creation_input_tokens",
            ),
            "reasoning_tokens": ("completion_tokens_details.reasoning_tokens", "reasoning_tokens"),
            "audio_input_tokens": ("prompt_tokens_details.audio_tokens",),
            "audio_output_tokens": ("completion_tokens_details.audio_tokens",),
            "image_input_tokens": ("prompt_tokens_details.image_tokens",),
            "image_output_tokens": ("completion_tokens_details.image_tokens",),
            "web_searches": ("num_search_queries",),
        },
        inside_output=("completion_tokens_details.reasoning_tokens", "reasoning_tokens"),
    ),
    _Form(  # Anthropic; OpenAI's responses, realtime and images; LangChain; MLflow
        "input_tokens",
        {
            "input_tokens": ("input_tokens",),
            "output_tokens": ("output_tokens",),
            "cache_read_tokens": (
                "input_tokens_details.cached_tokens",
                "input_token_details.cached_tokens",
                "input_token_details.cache_read",
                "cache_read_input_tokens",
            ),
            "cache_write_tokens": (
                "input_tokens_details.cache_write_tokens",
                "input_token_details.cache_creation",
                "cache_creation_input_tokens",
            ),
            "cache_write_1h_tokens": (
                "cache_creation.ephemeral_1h_input_tokens",
                "input_token_details.ephemeral_1h_input_tokens",
                "cache_creation_input_tokens_above_1hr",
            ),
            "reasoning_tokens": (
                "output_tokens_details.reasoning_tokens",
                "output_token_details.reasoning",
                "output_tokens_details.thinking_tokens",
            ),
            "audio_input_tokens": ("input_token_details.audio_tokens", "input_token_details.audio"),
            "audio_output_tokens": ("output_token_details.audio_tokens", "output_token_details.audio"),
            "audio_cache_read_tokens": ("input_token_details.cached_tokens_details.audio_tokens",),
            "image_input_tokens": ("input_tokens_details.image_tokens", "input_token_details.image_tokens"),
            "image_output_tokens": ("output_tokens_details.image_tokens",),
            "image_cache_read_tokens": ("input_token_details.cached_tokens_details.image_tokens",),
            "web_searches": ("server_tool_use.web_search_requests",),
        },
        beside_input=("cache_read_input_tokens", "cache_creation_input_tokens"),
    ),
)


def usage_of(told: Any) -> Usage | None:
    """The usage object *told*, as JSON has it; ``None`` when it has the form of none that is known."""
    if not isinstance(told, Mapping):
        return None
    form = next((form for form in _FORMS if _count(told, form.mark) is not None or form.mark in told), None)
    if form is None:
        return None
    counts = {field: count for field, paths in form.counts.items() if (count := _first(told, paths))}
    input_, output = counts.get("input_tokens", 0), counts.get("output_tokens", 0)
    total = _count(told, form.total)
    if total != input_ + output:
        input_ += sum(_count(told, path) or 0 for path in form.beside_input)
        output += sum(_count(told, path) or 0 for path in form.beside_output)
        left_out = _first(told, form.inside_output)
        output += left_out if total == input_ + output + left_out else 0
    return Usage(**{**counts, "input_tokens": input_, "output_tokens": output})


def _first(told: Mapping[str, Any], paths: tuple[str, ...]) -> int:
    return next((count for path in paths if (count := _count(told, path))), 0)


def _count(told: Any, path: str) -> int | None:
    """The whole number at *path*, ``None`` when there is none."""
    for step in path.split("."):
        name, _, wanted = step.removesuffix("]").partition("[")
        told = told.get(name) if isinstance(told, Mapping) else None
        if wanted:
            key, _, value = wanted.partition("=")
            told = _entry(told, key, value)
    return int(told) if isinstance(told, int | float) and not isinstance(told, bool) else None


def _entry(told: Any, key: str, value: str) -> Any:
    entries = told if isinstance(told, Sequence) and not isinstance(told, str) else ()
    return next((entry for entry in entries if isinstance(entry, Mapping) and entry.get(key) == value), None)
