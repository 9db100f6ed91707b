"""What an agent of Microsoft's Agent Framework is asked to do, on OpenAI's chat completions."""

import asyncio

from agent_framework import Agent, FunctionTool
from agent_framework.openai import OpenAIChatCompletionClient
from openai import AsyncOpenAI

from matrix_inside import QUESTION, SYSTEM, TOOL, World, cancelled
from matrix_tool import look_up

PROVIDER, MODEL, AGENT = "openai", "gpt-4o-mini", "support"
COST_USD = 0.000132
ERROR = "ChatClientException"
EMPTY: dict[str, str] = {}


def _agent(world: World) -> Agent:
    openai = AsyncOpenAI(base_url=world.openai_url, api_key=world.api_key, max_retries=0)
    client = OpenAIChatCompletionClient(MODEL, async_client=openai)
    tool = FunctionTool(name=TOOL, description="Look an order up.", func=look_up)
    return Agent(client=client, name=AGENT, instructions=SYSTEM, tools=[tool])


def plain(world: World) -> None:
    asyncio.run(async_plain(world))


def stream(world: World) -> None:
    asyncio.run(async_stream(world))


async def async_plain(world: World) -> None:
    await _agent(world).run(QUESTION)


async def async_stream(world: World) -> None:
    async for _ in _agent(world).run(QUESTION, stream=True):
        pass


async def agent(world: World) -> None:
    await _agent(world).run(QUESTION)


async def error(world: World) -> None:
    await _agent(world).run(QUESTION)


async def cancel(world: World) -> None:
    await cancelled(_agent(world).run(QUESTION))
