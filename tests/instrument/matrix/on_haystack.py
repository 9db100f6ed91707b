"""What a Haystack agent is asked to do, on OpenAI's chat completions."""

from typing import Any

from haystack.components.agents import Agent
from haystack.components.generators.chat import OpenAIChatGenerator
from haystack.dataclasses import ChatMessage, StreamingChunk
from haystack.tools import Tool
from haystack.utils import Secret

from matrix_inside import QUESTION, SYSTEM, TOOL, World, cancelled
from matrix_tool import look_up

PROVIDER, MODEL, AGENT = "openai", "gpt-4o-mini", "agent"
COST_USD = 0.000132
ERROR = "BadRequestError"
EMPTY: dict[str, str] = {}
USAGE_TOO = {"stream_options": {"include_usage": True}}


def _agent(world: World) -> Agent:
    generator = OpenAIChatGenerator(
        api_key=Secret.from_token(world.api_key),
        model=MODEL,
        api_base_url=world.openai_url,
        max_retries=0,
    )
    tool = Tool(
        name=TOOL,
        description="Look an order up.",
        parameters={"type": "object", "properties": {"order": {"type": "integer"}}},
        function=look_up,
    )
    return Agent(chat_generator=generator, tools=[tool], system_prompt=SYSTEM)


def _question() -> Any:
    return [ChatMessage.from_user(QUESTION)]


def plain(world: World) -> None:
    _agent(world).run(_question())


def stream(world: World) -> None:
    _agent(world).run(_question(), streaming_callback=lambda _chunk: None, generation_kwargs=USAGE_TOO)


async def async_plain(world: World) -> None:
    await _agent(world).run_async(_question())


async def async_stream(world: World) -> None:
    async def ignore(_chunk: StreamingChunk) -> None:
        pass

    await _agent(world).run_async(_question(), streaming_callback=ignore, generation_kwargs=USAGE_TOO)


def agent(world: World) -> None:
    _agent(world).run(_question())


def error(world: World) -> None:
    _agent(world).run(_question())


async def cancel(world: World) -> None:
    await cancelled(_agent(world).run_async(_question()))
