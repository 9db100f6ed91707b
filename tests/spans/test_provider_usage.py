"""Every provider's own usage is read: which tokens are part of which, and what they cost."""

from typing import Any

import pytest
from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import Usage as ListUsage

from invocation_otel.spans.provider_body import answer, request, usage
from invocation_otel.spans.provider_usage import usage_of
from invocation_otel.spans.usage import Usage
from invocation_otel.spans.wire.openai_chat import OPENAI_CHAT

FORMS: dict[str, tuple[tuple[str, str] | None, dict[str, Any], Usage]] = {
    "OpenAI chat completions": (
        ("openai", "chat"),
        {
            "prompt_tokens": 1200,
            "completion_tokens": 90,
            "total_tokens": 1290,
            "prompt_tokens_details": {"cached_tokens": 1024, "audio_tokens": 30},
            "completion_tokens_details": {"reasoning_tokens": 64, "audio_tokens": 10},
        },
        Usage(
            input_tokens=1200,
            output_tokens=90,
            cache_read_tokens=1024,
            reasoning_tokens=64,
            audio_input_tokens=30,
            audio_output_tokens=10,
        ),
    ),
    "OpenAI responses": (
        ("openai", "responses"),
        {
            "input_tokens": 1200,
            "input_tokens_details": {"cached_tokens": 1024, "cache_write_tokens": 100},
            "output_tokens": 90,
            "output_tokens_details": {"reasoning_tokens": 64},
            "total_tokens": 1290,
        },
        Usage(input_tokens=1200, output_tokens=90, cache_read_tokens=1024, cache_write_tokens=100, reasoning_tokens=64),
    ),
    "OpenAI embeddings": (
        ("openai", "embeddings"),
        {"prompt_tokens": 8, "total_tokens": 8},
        Usage(input_tokens=8),
    ),
    "OpenAI images": (
        ("openai", "images"),
        {
            "input_tokens": 50,
            "input_tokens_details": {"text_tokens": 10, "image_tokens": 40},
            "output_tokens": 60,
            "output_tokens_details": {"image_tokens": 60, "text_tokens": 0},
            "total_tokens": 110,
        },
        Usage(input_tokens=50, output_tokens=60, image_input_tokens=40, image_output_tokens=60),
    ),
    "Anthropic": (
        ("anthropic", "default"),
        {
            "input_tokens": 100,
            "cache_creation_input_tokens": 200,
            "cache_read_input_tokens": 900,
            "cache_creation": {"ephemeral_5m_input_tokens": 150, "ephemeral_1h_input_tokens": 50},
            "output_tokens": 40,
            "server_tool_use": {"web_search_requests": 2},
        },
        Usage(
            input_tokens=1200,
            output_tokens=40,
            cache_read_tokens=900,
            cache_write_tokens=200,
            cache_write_1h_tokens=50,
            web_searches=2,
        ),
    ),
    "Amazon Bedrock": (
        ("aws", "default"),
        {
            "inputTokens": 100,
            "outputTokens": 40,
            "totalTokens": 1240,
            "cacheReadInputTokens": 900,
            "cacheWriteInputTokens": 200,
            "cacheDetails": [{"ttl": "5m", "inputTokens": 150}, {"ttl": "1h", "inputTokens": 50}],
        },
        Usage(
            input_tokens=1200,
            output_tokens=40,
            cache_read_tokens=900,
            cache_write_tokens=200,
            cache_write_1h_tokens=50,
        ),
    ),
    "Gemini": (
        ("google", "default"),
        {
            "promptTokenCount": 1200,
            "candidatesTokenCount": 26,
            "thoughtsTokenCount": 64,
            "toolUsePromptTokenCount": 7,
            "totalTokenCount": 1297,
            "cachedContentTokenCount": 1024,
            "promptTokensDetails": [
                {"modality": "TEXT", "tokenCount": 1100},
                {"modality": "AUDIO", "tokenCount": 100},
            ],
            "cacheTokensDetails": [{"modality": "AUDIO", "tokenCount": 24}],
        },
        Usage(
            input_tokens=1207,
            output_tokens=90,
            cache_read_tokens=1024,
            reasoning_tokens=64,
            audio_input_tokens=100,
            audio_cache_read_tokens=24,
        ),
    ),
    "Gemini in Python": (
        None,
        {
            "prompt_token_count": 1200,
            "candidates_token_count": 26,
            "thoughts_token_count": 64,
            "cached_content_token_count": 1024,
            "total_token_count": 1290,
            "prompt_tokens_details": [{"modality": "TEXT", "token_count": 1200}],
        },
        Usage(input_tokens=1200, output_tokens=90, cache_read_tokens=1024, reasoning_tokens=64),
    ),
    "DeepSeek": (
        None,
        {
            "prompt_tokens": 1200,
            "completion_tokens": 90,
            "total_tokens": 1290,
            "prompt_cache_hit_tokens": 1024,
            "prompt_cache_miss_tokens": 176,
        },
        Usage(input_tokens=1200, output_tokens=90, cache_read_tokens=1024),
    ),
    "xAI, whose output leaves the reasoning out": (
        ("x-ai", "chat"),
        {
            "prompt_tokens": 32,
            "completion_tokens": 9,
            "total_tokens": 135,
            "prompt_tokens_details": {"cached_tokens": 6},
            "completion_tokens_details": {"reasoning_tokens": 94},
        },
        Usage(input_tokens=32, output_tokens=103, cache_read_tokens=6, reasoning_tokens=94),
    ),
    "Mistral": (
        ("mistral", "default"),
        {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
        Usage(input_tokens=10, output_tokens=5),
    ),
    "Groq": (
        ("groq", "default"),
        {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15, "queue_time": 0.1, "total_time": 0.2},
        Usage(input_tokens=10, output_tokens=5),
    ),
    "Moonshot": (
        None,
        {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15, "cached_tokens": 8},
        Usage(input_tokens=10, output_tokens=5, cache_read_tokens=8),
    ),
    "Cohere, which bills other counts": (
        None,
        {
            "billed_units": {"input_tokens": 8, "output_tokens": 4},
            "tokens": {"input_tokens": 80, "output_tokens": 5},
        },
        Usage(input_tokens=8, output_tokens=4),
    ),
    "Ollama": (None, {"prompt_eval_count": 26, "eval_count": 298}, Usage(input_tokens=26, output_tokens=298)),
    "LiteLLM, which tells both OpenAI's and Anthropic's": (
        None,
        {
            "prompt_tokens": 1200,
            "completion_tokens": 40,
            "total_tokens": 1240,
            "prompt_tokens_details": {"cached_tokens": 900, "cache_creation_tokens": 200},
            "cache_creation_input_tokens": 200,
            "cache_read_input_tokens": 900,
        },
        Usage(input_tokens=1200, output_tokens=40, cache_read_tokens=900, cache_write_tokens=200),
    ),
    "LangChain": (
        None,
        {
            "input_tokens": 1200,
            "output_tokens": 90,
            "total_tokens": 1290,
            "input_token_details": {"cache_read": 900, "cache_creation": 200, "ephemeral_1h_input_tokens": 50},
            "output_token_details": {"reasoning": 64},
        },
        Usage(
            input_tokens=1200,
            output_tokens=90,
            cache_read_tokens=900,
            cache_write_tokens=200,
            cache_write_1h_tokens=50,
            reasoning_tokens=64,
        ),
    ),
    "MLflow, Anthropic's names with all of the input": (
        None,
        {
            "input_tokens": 1200,
            "output_tokens": 40,
            "total_tokens": 1240,
            "cache_read_input_tokens": 900,
            "cache_creation_input_tokens": 200,
        },
        Usage(input_tokens=1200, output_tokens=40, cache_read_tokens=900, cache_write_tokens=200),
    ),
}
ROOTS = {"google": "usageMetadata"}


@pytest.mark.parametrize("form", FORMS)
def test_a_provider_s_usage_is_read(form: str) -> None:
    _, told, expected = FORMS[form]
    assert usage_of(told) == expected
    assert expected.valid


@pytest.mark.parametrize("form", [form for form, (listed, _, _) in FORMS.items() if listed])
def test_it_is_read_as_the_price_list_reads_it(form: str) -> None:
    """genai-prices has an extractor for many providers; ours knows a form without being told whose it is."""
    listed, told, expected = FORMS[form]
    assert listed is not None
    root = ROOTS.get(listed[0], "usage")
    found = get_snapshot().find_provider(None, listed[0], None).extract_usage({root: told}, api_flavor=listed[1])[1]
    ours = (expected.input_tokens, expected.output_tokens, expected.cache_read_tokens, expected.cache_write_tokens)
    names = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")
    assert ours == tuple(ListUsage.reported_value(found, name) for name in names)


@pytest.mark.parametrize("told", [None, {}, [], "usage", {"tokens": 5}])
def test_what_is_no_usage_is_none(told: Any) -> None:
    assert usage_of(told) is None


def test_a_count_that_is_no_number_is_none() -> None:
    assert usage_of({"input_tokens": None, "output_tokens": True, "total_tokens": "12"}) == Usage()


def test_every_count_is_stored_under_its_own_name() -> None:
    told = Usage(*range(1, len(Usage._fields) + 1))
    assert Usage.from_attributes(told.to_attributes()) == told


@pytest.mark.parametrize(
    "form", ["OpenAI chat completions", "DeepSeek", "xAI, whose output leaves the reasoning out", "Moonshot"]
)
def test_what_is_asked_with_openai_s_own_client_is_read_the_same(form: str) -> None:
    """Whoever answers at ``base_url``."""
    _, told, expected = FORMS[form]
    answered = OPENAI_CHAT.answer({"choices": [], "usage": told})
    assert Usage.from_attributes(answered.attributes) == expected


def test_openrouter_tells_the_cost_itself() -> None:
    told = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15, "cost": 0.00014}
    assert usage(told) == {
        "gen_ai.usage.input_tokens": 10,
        "gen_ai.usage.output_tokens": 5,
        "invocation.cost.total": 0.00014,
    }


def test_the_tier_that_was_billed_is_read() -> None:
    assert usage({"input_tokens": 1, "service_tier": "batch"})["openai.response.service_tier"] == "batch"
    assert usage({"input_tokens": 1, "speed": "fast"})["openai.response.service_tier"] == "fast"
    body = {"choices": [], "service_tier": "flex", "usage": {"prompt_tokens": 1}}
    assert answer(body)["openai.response.service_tier"] == "flex"


def test_a_request_s_body_is_read() -> None:
    body = {
        "model": "claude-sonnet-4-5",
        "system": [{"type": "text", "text": "You help."}],
        "messages": [{"role": "user", "content": "Where is order 7?"}],
        "tools": [{"name": "lookup_order"}],
        "max_tokens": 300,
        "stop": None,
    }
    assert request(body) == {
        "gen_ai.request.model": "claude-sonnet-4-5",
        "gen_ai.input.messages": [{"role": "user", "parts": [{"type": "text", "content": "Where is order 7?"}]}],
        "gen_ai.system_instructions": [{"type": "text", "content": "You help."}],
        "gen_ai.tool.definitions": [{"name": "lookup_order"}],
        "invocation.request.params": {"max_tokens": 300},
    }
