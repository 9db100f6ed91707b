"""Agents of LlamaIndex that hand over to one another, and one inside a run of the program's own."""

from llama_index.core.agent.workflow import AgentWorkflow, FunctionAgent
from llama_index.llms.openai import OpenAI

from invocation_otel import invocation
from invocation_otel.demo.script import Reply, Request, ToolCall
from matrix_inside import QUESTION, USAGE, World, reply


def _agent(world: World, name: str, *, hands_over_to: list[str] | None = None) -> FunctionAgent:
    llm = OpenAI(
        model="gpt-4o-mini", api_base=world.openai_url, api_key=world.api_key, max_retries=0, reuse_client=False
    )
    return FunctionAgent(
        name=name,
        description=name,
        system_prompt=name,
        llm=llm,
        tools=[],
        streaming=False,
        can_handoff_to=hands_over_to or [],
    )


def _hands_over(request: Request) -> Reply:
    if "handoff" in request.tools and not request.tool_results:
        to = {"to_agent": "helper", "reason": "x"}
        return Reply(tool_calls=(ToolCall(name="handoff", arguments=to),), **USAGE)
    return reply(request)


async def hand_off(world: World) -> None:
    world.script = _hands_over
    agents = [_agent(world, "boss", hands_over_to=["helper"]), _agent(world, "helper")]
    await AgentWorkflow(agents=agents, root_agent="boss").run(QUESTION)


async def inside(world: World) -> None:
    with invocation("outer", triggered_by="user", user_id="7", session_id="s1"):
        await _agent(world, "inner").run(QUESTION)
