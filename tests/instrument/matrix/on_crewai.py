"""What CrewAI is asked to do: an agent with a tool, on OpenAI's chat completions; crews stand in `more_crewai.py`."""

import os

os.environ |= {"CREWAI_DISABLE_TELEMETRY": "true", "CREWAI_TRACING_ENABLED": "false"}

from crewai import LLM, Agent
from crewai.tools import tool

from matrix_inside import QUESTION, SYSTEM, TOOL, World, cancelled
from matrix_tool import look_up

PROVIDER, MODEL, AGENT = "openai", "gpt-4o-mini", "support"
COST_USD = 0.000132
ERROR = "BadRequestError"
EMPTY = {"cancel": "CrewAI asks in a thread that outlives the cancelled task: the run is cancelled, its round is not"}


def _agent(world: World, *, stream: bool = False) -> Agent:
    llm = LLM(model=f"openai/{MODEL}", base_url=world.openai_url, api_key=world.api_key, stream=stream, max_retries=0)
    return Agent(role=AGENT, goal="to help", backstory=SYSTEM, llm=llm, tools=[tool(TOOL)(look_up)], max_retry_limit=0)


def plain(world: World) -> None:
    _agent(world).kickoff(QUESTION)


def stream(world: World) -> None:
    _agent(world, stream=True).kickoff(QUESTION)


async def async_plain(world: World) -> None:
    await _agent(world).akickoff(QUESTION)


async def async_stream(world: World) -> None:
    await _agent(world, stream=True).akickoff(QUESTION)


def agent(world: World) -> None:
    _agent(world).kickoff(QUESTION)


def error(world: World) -> None:
    _agent(world).kickoff(QUESTION)


async def cancel(world: World) -> None:
    await cancelled(_agent(world).akickoff(QUESTION))
