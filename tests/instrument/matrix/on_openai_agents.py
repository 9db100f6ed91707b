"""What the OpenAI Agents SDK is asked to do: an agent with a tool, on OpenAI's responses API."""

import asyncio
from typing import Any

from agents import Agent, OpenAIResponsesModel, Runner, function_tool
from openai import AsyncOpenAI

from matrix_inside import QUESTION, SYSTEM, TOOL, World, cancelled
from matrix_tool import look_up

PROVIDER, MODEL, AGENT = "openai", "gpt-4o-mini", "support"
COST_USD = 0.000132
ERROR = "BadRequestError"
EMPTY: dict[str, str] = {}


def _agent(world: World) -> Agent[Any]:
    client = AsyncOpenAI(base_url=world.openai_url, api_key=world.api_key, max_retries=0)
    model = OpenAIResponsesModel(MODEL, openai_client=client)
    return Agent(name=AGENT, instructions=SYSTEM, tools=[function_tool(look_up, name_override=TOOL)], model=model)


def plain(world: World) -> None:
    Runner.run_sync(_agent(world), QUESTION)


def stream(world: World) -> None:
    asyncio.run(async_stream(world))


async def async_plain(world: World) -> None:
    await Runner.run(_agent(world), QUESTION)


async def async_stream(world: World) -> None:
    async for _ in Runner.run_streamed(_agent(world), QUESTION).stream_events():
        pass


async def agent(world: World) -> None:
    await Runner.run(_agent(world), QUESTION)


async def error(world: World) -> None:
    await Runner.run(_agent(world), QUESTION)


async def cancel(world: World) -> None:
    await cancelled(Runner.run(_agent(world), QUESTION))
