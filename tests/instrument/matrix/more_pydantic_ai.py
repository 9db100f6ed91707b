"""Agents of Pydantic AI inside one another."""

from typing import Any

from openai import AsyncOpenAI
from pydantic_ai import Agent, Tool
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

from invocation_otel import invocation
from invocation_otel.demo.script import Reply, Request, ToolCall
from matrix_inside import QUESTION, USAGE, World, reply


def _agent(world: World, name: str, **more: Any) -> Agent[Any, Any]:
    client = AsyncOpenAI(base_url=world.openai_url, api_key=world.api_key, max_retries=0)
    return Agent(OpenAIChatModel("gpt-4o-mini", provider=OpenAIProvider(openai_client=client)), name=name, **more)


def _asks_the_helper(request: Request) -> Reply:
    if "ask_helper" in request.tools and not request.tool_results:
        return Reply(tool_calls=(ToolCall(name="ask_helper", arguments={"question": "x"}),), **USAGE)
    return reply(request)


async def nested(world: World) -> None:
    world.script = _asks_the_helper
    helper = _agent(world, "helper")

    async def ask_helper(question: str) -> str:
        """Ask the helper."""
        return str((await helper.run(question)).output)

    await _agent(world, "boss", tools=[Tool(ask_helper)]).run(QUESTION)


async def inside(world: World) -> None:
    with invocation("outer", triggered_by="user", user_id="7", session_id="s1"):
        await _agent(world, "inner").run(QUESTION)
