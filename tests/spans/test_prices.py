"""What a round costs, by the public list and by the user's own, for every kind of token."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from genai_prices import Usage as ListUsage
from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import ModelInfo
from hypothesis import given, settings
from hypothesis import strategies as st

from invocation_otel.errors import SettingsError
from invocation_otel.spans.own_prices import OwnPrices, own_prices
from invocation_otel.spans.prices import price, use_own_prices
from invocation_otel.spans.rates import Cost, cost, rates
from invocation_otel.spans.usage import Usage

AT_NS = 1_794_000_000_000_000_000
"""November 2026."""

AT = datetime.fromtimestamp(AT_NS / 1e9, UTC)
MODELS = [model for provider in get_snapshot().providers for model in provider.models]
LIST_NAMES = {
    "reasoning_tokens": "output_reasoning_tokens",
    "audio_input_tokens": "input_audio_tokens",
    "audio_output_tokens": "output_audio_tokens",
    "audio_cache_read_tokens": "cache_audio_read_tokens",
    "image_input_tokens": "input_image_tokens",
    "image_output_tokens": "output_image_tokens",
    "image_cache_read_tokens": "cache_image_read_tokens",
}


@pytest.fixture(autouse=True)
def _public_list_only() -> Iterator[None]:
    yield
    use_own_prices(None)


def priced(provider: str, model: str, usage: Usage, **how: Any) -> Cost:
    found = price(provider=provider, models=(model,), usage=usage, at_ns=AT_NS, **how)
    assert found is not None
    return found


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    """Usage that can be true, with every kind of token."""
    count = st.integers(0, 100_000)
    text, audio, image, read, write, read_audio, read_image = (draw(count) for _ in range(7))
    text_out, audio_out, image_out, reasoning = (draw(count) for _ in range(4))
    cached = read + read_audio + read_image
    return Usage(
        input_tokens=text + audio + image + cached + write,
        output_tokens=text_out + audio_out + image_out + reasoning,
        cache_read_tokens=cached,
        cache_write_tokens=write,
        cache_write_1h_tokens=draw(st.integers(0, write)),
        reasoning_tokens=reasoning,
        audio_input_tokens=audio + read_audio,
        audio_output_tokens=audio_out,
        audio_cache_read_tokens=read_audio,
        image_input_tokens=image + read_image,
        image_output_tokens=image_out,
        image_cache_read_tokens=read_image,
        web_searches=draw(st.integers(0, 5)),
    )


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(MODELS), usages())
def test_every_model_costs_what_the_list_itself_works_out(model: ModelInfo, usage: Usage) -> None:
    """With ours a round is priced in a fiftieth of the time."""
    prices = model.get_prices(AT)
    told = {LIST_NAMES.get(name, name): count for name, count in usage._asdict().items()}
    expected = prices.calc_price(ListUsage(**told))["total_price"]
    ours = cost(rates(vars(prices), source="computed", version="v"), usage)
    # Each of the four parts is rounded to whole nano-dollars.
    assert abs(Decimal(ours.total).scaleb(-9) - expected) <= Decimal("2e-9")


@given(usages())
def test_usage_that_can_be_true_is_valid(usage: Usage) -> None:
    assert usage.valid
    assert Usage.from_attributes(usage.to_attributes()) == usage


@pytest.mark.parametrize(
    "counts",
    [
        {"input_tokens": -1},
        {"input_tokens": 5, "cache_read_tokens": 6},
        {"input_tokens": 5, "cache_read_tokens": 3, "cache_write_tokens": 3},
        {"input_tokens": 5, "cache_write_tokens": 3, "cache_write_1h_tokens": 4},
        {"output_tokens": 5, "reasoning_tokens": 6},
        {"input_tokens": 5, "audio_input_tokens": 6},
        {"input_tokens": 5, "audio_input_tokens": 3, "image_input_tokens": 3},
        {"output_tokens": 5, "audio_output_tokens": 6},
        {"input_tokens": 9, "cache_read_tokens": 2, "audio_input_tokens": 3, "audio_cache_read_tokens": 3},
    ],
)
def test_a_part_is_never_more_than_its_whole(counts: dict[str, int]) -> None:
    assert not Usage(**counts).valid


def test_an_hour_in_the_cache_costs_twice_the_input() -> None:
    """Anthropic: a write costs 1.25 times the input for five minutes, and twice for an hour."""
    usage = Usage(input_tokens=3_000, cache_write_tokens=2_000, cache_write_1h_tokens=1_000)
    found = priced("anthropic", "claude-sonnet-4-5", usage)
    assert (found.input, found.cache_write) == (1_000 * 3_000, 1_000 * 3_750 + 1_000 * 6_000)


@pytest.mark.parametrize(
    ("tier", "source", "nano"),
    [
        ("", "computed", 1_250),
        ("default", "computed", 1_250),
        ("auto", "computed", 1_250),
        ("flex", "computed", 625),
        ("priority", "computed", 2_500),
        ("batch", "computed", 625),
        # There is no price for it: that of the standard tier is the nearest.
        ("scale", "estimated", 1_250),
    ],
)
def test_a_service_tier_has_its_own_price(tier: str, source: str, nano: int) -> None:
    """gpt-5: $1.25 for a million input tokens, half of it for flex and batch, twice for priority."""
    found = priced("openai", "gpt-5", Usage(input_tokens=1_000), tier=tier)
    assert (found.total, found.source) == (nano * 1_000, source)


def test_anthropics_batches_cost_half() -> None:
    usage = Usage(input_tokens=1_000, output_tokens=100)
    batch, standard = (priced("anthropic", "claude-haiku-4-5", usage, tier=tier) for tier in ("batch", "standard"))
    assert batch.total * 2 == standard.total == 1_000 * 1_000 + 100 * 5_000
    assert (batch.source, standard.source) == ("computed", "computed")


def test_another_provider_s_prices_do_not_bring_its_tiers() -> None:
    """Azure sells OpenAI's models; the list knows Azure's tiers of none."""
    assert priced("azure.ai.openai", "gpt-5", Usage(input_tokens=1_000), tier="flex").source == "estimated"
    assert priced("azure.ai.openai", "gpt-5", Usage(input_tokens=1_000)).source == "computed"


def test_audio_costs_what_audio_costs() -> None:
    """gemini-2.5-flash: $0.30 for a million tokens, $1 for audio, $0.03 and $0.10 when they were cached."""
    usage = Usage(
        input_tokens=1_000, audio_input_tokens=400, cache_read_tokens=300, audio_cache_read_tokens=100, output_tokens=10
    )
    found = priced("gcp.gemini", "gemini-2.5-flash", usage)
    assert (found.input, found.cache_read) == (400 * 300 + 300 * 1_000, 200 * 30 + 100 * 100)
    assert found.output == 10 * 2_500


def test_audio_of_which_nobody_told_how_much_was_cached_counts_once() -> None:
    """900 of 1,000 tokens were cached and 300 are audio: 200 of the audio was cached at least."""
    usage = Usage(input_tokens=1_000, cache_read_tokens=900, audio_input_tokens=300)
    assert usage.valid
    found = priced("gcp.gemini", "gemini-2.5-flash", usage)
    assert (found.input, found.cache_read) == (100 * 1_000, 700 * 30 + 200 * 100)


def test_a_search_that_the_provider_ran_is_billed() -> None:
    """Anthropic: $10 for a thousand."""
    found = priced("anthropic", "claude-sonnet-4-5", Usage(input_tokens=10, web_searches=2))
    assert found.output == 20_000_000


@pytest.mark.parametrize(
    ("provider", "model", "listed"),
    [
        ("openai", "gpt-4o-mini-2024-07-18", "computed"),
        ("openai", "ft:gpt-4o-mini-2024-07-18:acme::x1", "computed"),
        ("azure.ai.openai", "gpt-4o-2024-11-20", "computed"),
        ("azure.ai.inference", "gpt-4o", "computed"),
        ("aws.bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "computed"),
        (
            "aws.bedrock",
            "arn:aws:bedrock:eu-west-1:1:inference-profile/eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "computed",
        ),
        ("gcp.gemini", "models/gemini-2.5-flash", "computed"),
        ("gcp.vertex_ai", "publishers/google/models/gemini-2.5-flash", "computed"),
        ("gcp.vertex_ai", "claude-sonnet-4-5@20250929", "computed"),
        ("gcp.gen_ai", "gemini-2.5-pro", "computed"),
        ("x_ai", "grok-4.3", "computed"),
        ("mistral_ai", "mistral-large-latest", "computed"),
        ("deepseek", "deepseek-chat", "computed"),
        ("groq", "llama-3.3-70b-versatile", "computed"),
        ("cohere", "command-a-03-2025", "computed"),
        ("openrouter", "anthropic/claude-sonnet-4.5", "computed"),
        # A provider that the list does not know: the price where the model is at home.
        ("acme-gateway", "gpt-4o", "estimated"),
        ("litellm", "anthropic/claude-sonnet-4-5", "computed"),
        ("", "claude-sonnet-4-5", "estimated"),
    ],
)
def test_a_price_is_found_by_every_name_that_a_model_has(provider: str, model: str, listed: str) -> None:
    assert priced(provider, model, Usage(input_tokens=1_000)).source == listed


def test_the_host_that_was_asked_tells_the_provider() -> None:
    """OpenAI's client can ask anybody."""
    usage = Usage(input_tokens=1_000)
    router = priced("openrouter", "anthropic/claude-sonnet-4.5", usage)
    assert priced("openai", "anthropic/claude-sonnet-4.5", usage, address="openrouter.ai") == router
    assert priced("openai", "gpt-4o", usage, address="127.0.0.1") == priced("openai", "gpt-4o", usage)


def test_nobody_knows_the_price_of_an_unheard_of_model() -> None:
    for provider in ("openai", "acme", ""):
        assert price(provider=provider, models=("unheard-of-1",), usage=Usage(input_tokens=1), at_ns=AT_NS) is None


def test_own_prices_go_before_the_list() -> None:
    mine = OwnPrices(
        {
            "gpt-4o": {"input": 1, "output": 4, "cache_read": 0.1},
            "azure/gpt-4o": {"input": 2},
            "llama*": {"input": 0, "output": 0},
        },
        told_by="prices",
    )
    use_own_prices(mine)
    usage = Usage(input_tokens=1_000, output_tokens=100, cache_read_tokens=400)
    found = priced("openai", "gpt-4o", usage)
    assert found == Cost(600 * 1_000, 100 * 4_000, 400 * 100, 0, "computed", mine.version)
    assert priced("azure", "GPT-4o", usage).total == 1_000 * 2_000
    assert priced("ollama", "llama3.3:70b", usage).total == 0
    assert priced("openai", "gpt-4o-mini", usage).version.startswith("genai-prices ")
    use_own_prices(None)
    assert priced("openai", "gpt-4o", usage).version.startswith("genai-prices ")


def test_own_prices_can_rise_with_the_input() -> None:
    use_own_prices(OwnPrices({"m": {"input": 1, "output": 2, "above": {"200000": {"input": 3}}}}, told_by="prices"))
    assert priced("acme", "m", Usage(input_tokens=200_000, output_tokens=10)).total == 200_000 * 1_000 + 10 * 2_000
    assert priced("acme", "m", Usage(input_tokens=200_001, output_tokens=10)).total == 200_001 * 3_000 + 10 * 2_000


def test_own_prices_are_read_from_json_and_toml(tmp_path: Path) -> None:
    as_json, as_toml = tmp_path / "prices.json", tmp_path / "prices.toml"
    as_json.write_text('{"my-model": {"input": 0.15, "output": 0.6}}')
    as_toml.write_text('["my-model"]\ninput = 0.15\noutput = 0.6\n')
    usage = Usage(input_tokens=7, output_tokens=3)
    found = []
    for path in (as_json, as_toml):
        use_own_prices(own_prices(path, name="INVOCATION_PRICES"))
        found.append(priced("acme", "my-model", usage))
    assert found == [Cost(1_050, 1_800, 0, 0, "computed", found[0].version)] * 2
    assert found[0].version.startswith("own ")


def test_a_changed_price_is_another_version() -> None:
    one, two = (OwnPrices({"m": {"input": dollars}}, told_by="prices").version for dollars in (1, 2))
    assert one != two
    assert one == OwnPrices({"m": {"input": Decimal(1)}}, told_by="elsewhere").version


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"m": {"inputs": 1}}, ["'m'", "'inputs' is no price", "cache_read", "docs/cost.md"]),
        ({"m": {"output": 1}}, ["'m'", "no price for input"]),
        ({"m": {"input": -1}}, ["'m': input is -1", "0 or more"]),
        ({"m": {"input": "1"}}, ["input is '1'"]),
        ({"m": {"input": True}}, ["input is True"]),
        ({"m": {"input": float("nan")}}, ["input is nan"]),
        ({"m": 3}, ["'m': has 3"]),
        ({"m": {"input": 1, "above": 5}}, ["above is 5"]),
        ({"m": {"input": 1, "above": {"many": {"input": 2}}}}, ["above 'many'", "200000"]),
        ([1], ["is [1]", "expected prices by model"]),
    ],
)
def test_a_price_that_cannot_be_used_is_named(told: Any, words: list[str]) -> None:
    with pytest.raises(SettingsError) as raised:
        OwnPrices(told, told_by="prices")
    assert [word for word in ["prices", *words] if word not in str(raised.value)] == []


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    cut = tmp_path / "cut.json"
    cut.write_text("{")
    for path, words in ((tmp_path / "missing.json", "cannot be read"), (cut, "is not JSON")):
        with pytest.raises(SettingsError) as raised:
            own_prices(str(path), name="INVOCATION_PRICES")
        assert [word for word in ("INVOCATION_PRICES", str(path), words) if word not in str(raised.value)] == []
