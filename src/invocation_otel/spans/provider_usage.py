"""The usage that a provider sends with its answer, in every provider's form, as one kind of count.

The forms are told apart by the names in them, so nobody has to know which provider it was. Facts: the providers'
references, and the extractors of genai-prices 0.2.3, with which they were compared.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from .usage import Usage


class _Form(NamedTuple):
    """Where one form keeps its counts: names with dots, ``list[key=value]`` for an entry; the first that is there."""

    mark: str
    """The name that only this form has."""

    counts: Mapping[str, tuple[str, ...]]
    """Field of `Usage` -> where it stands."""

    beside_input: tuple[str, ...] = ()
    """Names of counts that this form's input leaves out, unless its total says otherwise."""

    beside_output: tuple[str, ...] = ()
    reasons_beside: bool = False
    """Whether some providers leave reasoning out of this form's output, as only the total tells: xAI, Perplexity."""

    total: str = "total_tokens"


def _gemini(spelled: Callable[[str], str]) -> _Form:
    """Gemini's form; its names are *spelled* in another way in JSON than in Python."""
    prompt, thoughts = spelled("prompt_token_count"), spelled("thoughts_token_count")
    counts = {
        "input_tokens": prompt,
        "output_tokens": spelled("candidates_token_count"),
        "cache_read_tokens": spelled("cached_content_token_count"),
        "reasoning_tokens": thoughts,
    }
    for kind in ("audio", "image"):
        for field, side in (("input", "prompt"), ("output", "candidates"), ("cache_read", "cache")):
            details, count = spelled(f"{side}_tokens_details"), spelled("token_count")
            counts[f"{kind}_{field}_tokens"] = f"{details}[modality={kind.upper()}].{count}"
    return _Form(
        prompt,
        {field: (path,) for field, path in counts.items()},
        beside_input=(spelled("tool_use_prompt_token_count"),),
        beside_output=(thoughts,),
        total="",
    )


def _in_json(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


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
    _gemini(_in_json),
    _gemini(str),  # as its Python client has it
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
        reasons_beside=True,
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


class _Place(NamedTuple):
    """One of the places where a count may stand, below one name of the usage object."""

    field: str
    rank: int
    """Of two places that tell the same count, the lower one wins."""

    steps: tuple[str | tuple[str, str], ...]
    """Names below that one, and of an entry in a list the key and the value that it has."""


def _places(form: _Form) -> dict[str, list[_Place]]:
    """By that name: a usage object has few of them, and only what is below those is looked at."""
    found: dict[str, list[_Place]] = {}
    for field, paths in form.counts.items():
        for rank, path in enumerate(paths):
            name, *steps = path.replace("[", ".[").split(".")
            found.setdefault(name, []).append(_Place(field, rank, tuple(map(_step, steps))))
    return found


def _step(text: str) -> str | tuple[str, str]:
    key, _, value = text.strip("[]").partition("=")
    return (key, value) if value else key


_PLACES = {form.mark: _places(form) for form in _FORMS}


def usage_of(told: Any) -> Usage | None:
    """The usage object *told*, as JSON has it; ``None`` when it has the form of none that is known."""
    if not isinstance(told, Mapping):
        return None
    form = next((form for form in _FORMS if form.mark in told), None)
    if form is None:
        return None
    counts = _counts(told, _PLACES[form.mark])
    input_, output = counts.get("input_tokens", 0), counts.get("output_tokens", 0)
    total = _number(told.get(form.total))
    if total != input_ + output:
        input_ += sum(_number(told.get(name)) or 0 for name in form.beside_input)
        output += sum(_number(told.get(name)) or 0 for name in form.beside_output)
        left_out = counts.get("reasoning_tokens", 0) if form.reasons_beside else 0
        output += left_out if total == input_ + output + left_out else 0
    return Usage(**counts | {"input_tokens": input_, "output_tokens": output})


def _counts(told: Mapping[str, Any], places: Mapping[str, list[_Place]]) -> dict[str, int]:
    found: dict[str, int] = {}
    ranks: dict[str, int] = {}
    for name, value in told.items():
        for field, rank, steps in places.get(name, ()) if value else ():
            if field not in found or rank < ranks[field]:
                count = _number(_below(value, steps))
                if count:
                    found[field], ranks[field] = count, rank
    return found


def _below(told: Any, steps: tuple[str | tuple[str, str], ...]) -> Any:
    for step in steps:
        told = _entry(told, *step) if isinstance(step, tuple) else told.get(step) if isinstance(told, dict) else None
    return told


def _entry(told: Any, key: str, value: str) -> Any:
    entries = told if isinstance(told, list | tuple) else ()
    return next((entry for entry in entries if isinstance(entry, dict) and entry.get(key) == value), None)


def _number(told: Any) -> int | None:
    return int(told) if isinstance(told, int | float) and not isinstance(told, bool) else None
