"""Agents of the OpenAI Agents SDK that hand over to one another, and that are tools of one another."""

from typing import Any

from agents import Agent, OpenAIResponsesModel, Runner
from openai import AsyncOpenAI

from invocation_otel import invocation
from invocation_otel.demo.script import Reply, Request, ToolCall
from matrix_inside import QUESTION, USAGE, World, reply


def _agent(world: World, name: str, **more: Any) -> Agent[Any]:
    client = AsyncOpenAI(base_url=world.openai_url, api_key=world.api_key, max_retries=0)
    return Agent(name=name, instructions=name, model=OpenAIResponsesModel("gpt-4o-mini", openai_client=client), **more)


def _calls(world: World, tool: str, **arguments: Any) -> None:
    def script(request: Request) -> Reply:
        if tool in request.tools and not request.tool_results:
            return Reply(tool_calls=(ToolCall(name=tool, arguments=arguments),), **USAGE)
        return reply(request)

    world.script = script


async def hand_off(world: World) -> None:
    _calls(world, "transfer_to_helper")
    await Runner.run(_agent(world, "boss", handoffs=[_agent(world, "helper")]), QUESTION)


async def nested(world: World) -> None:
    _calls(world, "ask_helper", input="x")
    helper = _agent(world, "helper").as_tool("ask_helper", "Ask the helper.")
    await Runner.run(_agent(world, "boss", tools=[helper]), QUESTION)


async def inside(world: World) -> None:
    with invocation("outer", triggered_by="user", user_id="7", session_id="s1"):
        await Runner.run(_agent(world, "inner"), QUESTION)
