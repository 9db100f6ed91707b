"""Prompt caching, as each provider's own client sees it."""

from typing import Any

import anthropic
import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam

from invocation_otel.demo.providers import ProviderServer
from invocation_otel.demo.script import Reply, Request

HANDBOOK = "Tea is returned within thirty days. " * 200  # 1,800 tokens


def yes(_: Request) -> Reply:
    return Reply(text="Yes.")


def marked(text: str, **control: str) -> Any:
    return {"type": "text", "text": text, "cache_control": {"type": "ephemeral", **control}}


@pytest.fixture
def claude() -> Any:
    """Asks with a system prompt, and gives back (input, read, written for 5 minutes, written for 1 hour)."""
    with (
        ProviderServer(yes) as server,
        anthropic.Anthropic(base_url=server.anthropic_url, api_key=server.api_key) as client,
    ):

        def ask(system: Any, question: Any = "Hi", **more: Any) -> tuple[int | None, ...]:
            messages: Any = [{"role": "user", "content": question}]
            sent: Any = {"model": "claude-sonnet-5-5", "max_tokens": 9, "messages": messages, **more}
            usage = client.messages.create(system=system, **sent).usage
            assert usage.cache_creation is not None
            written = usage.cache_creation.ephemeral_5m_input_tokens, usage.cache_creation.ephemeral_1h_input_tokens
            assert sum(written) == usage.cache_creation_input_tokens
            return (usage.input_tokens, usage.cache_read_input_tokens, *written)

        yield ask


def test_anthropic_writes_a_marked_prompt_once_and_reads_it_afterwards(claude: Any) -> None:
    assert claude([marked(HANDBOOK)]) == (2, 0, 1_800, 0)
    assert claude([marked(HANDBOOK)], "And on Sundays?") == (5, 1_800, 0, 0)


def test_anthropic_caches_nothing_that_is_not_marked_or_too_short(claude: Any) -> None:
    assert claude(HANDBOOK) == claude(HANDBOOK) == (1_802, 0, 0, 0)
    assert claude([marked("Be kind.")]) == claude([marked("Be kind.")]) == (4, 0, 0, 0)


def test_anthropic_extends_the_cached_prefix_and_keeps_models_apart(claude: Any) -> None:
    claude([marked(HANDBOOK)])
    assert claude([marked(HANDBOOK)], [marked("A question of tea.")]) == (0, 1_800, 6, 0)
    assert claude([marked(HANDBOOK)], model="claude-opus-5-5") == (2, 0, 1_800, 0)


def test_anthropic_splits_what_it_writes_by_how_long_it_lives(claude: Any) -> None:
    assert claude([marked(HANDBOOK, ttl="1h"), marked("Today: oolong.")]) == (2, 0, 4, 1_800)


def test_openai_reads_long_prompts_in_blocks_without_being_asked() -> None:
    with ProviderServer(yes) as server, openai.OpenAI(base_url=server.openai_url, api_key=server.api_key) as client:
        cached = []
        for question in ("Hi", "And on Sundays?"):
            messages: list[ChatCompletionMessageParam] = [
                {"role": "system", "content": HANDBOOK},
                {"role": "user", "content": question},
            ]
            usage = client.chat.completions.create(model="gpt-4o", messages=messages).usage
            assert usage is not None
            assert usage.prompt_tokens_details is not None
            cached.append(usage.prompt_tokens_details.cached_tokens)
    assert cached == [0, 14 * 128]
