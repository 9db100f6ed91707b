"""What LlamaIndex is asked to do: a function agent with a tool, on OpenAI's chat completions."""

import asyncio

from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.tools import FunctionTool
from llama_index.llms.openai import OpenAI

from matrix_inside import QUESTION, SYSTEM, TOOL, World, cancelled
from matrix_tool import look_up

PROVIDER, MODEL, AGENT = "openai", "gpt-4o-mini", "support"
COST_USD = 0.000132
ERROR = "BadRequestError"
EMPTY: dict[str, str] = {}


def _agent(world: World, *, streaming: bool = False) -> FunctionAgent:
    usage_too = {"stream_options": {"include_usage": True}} if streaming else {}
    llm = OpenAI(
        model=MODEL,
        api_base=world.openai_url,
        api_key=world.api_key,
        max_retries=0,
        reuse_client=False,
        additional_kwargs=usage_too,
    )
    tools = [FunctionTool.from_defaults(look_up, name=TOOL)]
    return FunctionAgent(name=AGENT, llm=llm, tools=tools, system_prompt=SYSTEM, streaming=streaming)


def plain(world: World) -> None:
    asyncio.run(async_plain(world))


def stream(world: World) -> None:
    asyncio.run(async_stream(world))


async def async_plain(world: World) -> None:
    await _agent(world).run(QUESTION)


async def async_stream(world: World) -> None:
    handler = _agent(world, streaming=True).run(QUESTION)
    async for _ in handler.stream_events():
        pass
    await handler


async def agent(world: World) -> None:
    await _agent(world).run(QUESTION)


async def error(world: World) -> None:
    await _agent(world).run(QUESTION)


async def cancel(world: World) -> None:
    async def ask() -> None:
        await _agent(world).run(QUESTION)

    await cancelled(ask())
