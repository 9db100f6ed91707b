"""What an Agno agent is asked to do, on OpenAI's chat completions."""

from agno.agent import Agent
from agno.models.openai import OpenAIChat
from agno.run.base import RunStatus
from agno.tools.function import Function

from matrix_inside import QUESTION, SYSTEM, TOOL, World, cancelled
from matrix_tool import look_up

PROVIDER, MODEL, AGENT = "openai", "gpt-4o-mini", "support"
COST_USD = 0.000132
ERROR = "BadRequestError"
EMPTY: dict[str, str] = {}


def _agent(world: World) -> Agent:
    model = OpenAIChat(id=MODEL, base_url=world.openai_url, api_key=world.api_key, max_retries=0)
    tool = Function(
        name=TOOL,
        description="Look an order up.",
        parameters={"type": "object", "properties": {"order": {"type": "integer"}}, "required": ["order"]},
        entrypoint=look_up,
        skip_entrypoint_processing=True,
    )
    return Agent(name=AGENT, model=model, instructions=SYSTEM, tools=[tool], telemetry=False)


def plain(world: World) -> None:
    _agent(world).run(QUESTION)


def stream(world: World) -> None:
    for _ in _agent(world).run(QUESTION, stream=True):
        pass


async def async_plain(world: World) -> None:
    await _agent(world).arun(QUESTION)


async def async_stream(world: World) -> None:
    async for _ in _agent(world).arun(QUESTION, stream=True):
        pass


def agent(world: World) -> None:
    _agent(world).run(QUESTION)


def error(world: World) -> None:
    answer = _agent(world).run(QUESTION)
    if answer.status == RunStatus.error:  # Agno raises nothing itself
        raise RuntimeError(answer.content)


async def cancel(world: World) -> None:
    await cancelled(_agent(world).arun(QUESTION))
