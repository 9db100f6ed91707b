"""What a Strands agent is asked to do, on OpenAI's chat completions."""

import asyncio

from strands import Agent, tool
from strands.models.openai import OpenAIModel

from matrix_inside import QUESTION, SYSTEM, TOOL, World, cancelled
from matrix_tool import look_up

PROVIDER, MODEL, AGENT = "openai", "gpt-4o-mini", "support"
COST_USD = 0.000132
ERROR = "BadRequestError"
EMPTY: dict[str, str] = {}
EMPTY_LOWEST = {"cancel": "this version never ends the spans of a cancelled run, so that run shows as lost"}


def _agent(world: World) -> Agent:
    client = {"base_url": world.openai_url, "api_key": world.api_key, "max_retries": 0}
    model = OpenAIModel(client_args=client, model_id=MODEL)
    return Agent(name=AGENT, model=model, system_prompt=SYSTEM, tools=[tool(name=TOOL)(look_up)], callback_handler=None)


def plain(world: World) -> None:
    _agent(world)(QUESTION)


def stream(world: World) -> None:
    asyncio.run(async_stream(world))


async def async_plain(world: World) -> None:
    await _agent(world).invoke_async(QUESTION)


async def async_stream(world: World) -> None:
    async for _ in _agent(world).stream_async(QUESTION):
        pass


def agent(world: World) -> None:
    _agent(world)(QUESTION)


def error(world: World) -> None:
    _agent(world)(QUESTION)


async def cancel(world: World) -> None:
    await cancelled(_agent(world).invoke_async(QUESTION))
