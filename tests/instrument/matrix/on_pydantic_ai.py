"""What Pydantic AI is asked to do: an agent with a tool, on OpenAI's chat completions."""

import asyncio
from typing import Any

from openai import AsyncOpenAI
from pydantic_ai import Agent, Tool
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

from matrix_inside import QUESTION, SYSTEM, TOOL, World, cancelled
from matrix_tool import look_up

PROVIDER, MODEL, AGENT = "openai", "gpt-4o-mini", "support"
COST_USD = 0.000132
ERROR = "BadRequestError"
EMPTY: dict[str, str] = {}


def _agent(world: World) -> Agent[Any, Any]:
    client = AsyncOpenAI(base_url=world.openai_url, api_key=world.api_key, max_retries=0)
    model = OpenAIChatModel(MODEL, provider=OpenAIProvider(openai_client=client))
    return Agent(model, name=AGENT, instructions=SYSTEM, tools=[Tool(look_up, name=TOOL)])


def plain(world: World) -> None:
    _agent(world).run_sync(QUESTION)


def stream(world: World) -> None:
    asyncio.run(async_stream(world))


async def async_plain(world: World) -> None:
    await _agent(world).run(QUESTION)


async def async_stream(world: World) -> None:
    async with _agent(world).run_stream(QUESTION) as answer:
        async for _ in answer.stream_text(debounce_by=None):
            pass


async def agent(world: World) -> None:
    await _agent(world).run(QUESTION)


async def error(world: World) -> None:
    await _agent(world).run(QUESTION)


async def cancel(world: World) -> None:
    await cancelled(_agent(world).run(QUESTION))
