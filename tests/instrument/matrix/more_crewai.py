"""Crews of CrewAI: their agents, and what was asked of them."""

import os

os.environ |= {"CREWAI_DISABLE_TELEMETRY": "true", "CREWAI_TRACING_ENABLED": "false"}

from crewai import LLM, Agent, Crew, Task

from invocation_otel import invocation
from invocation_otel.demo.script import Failure, Reply, Request
from matrix_inside import QUESTION, World, refused, reply


def _crew(world: World, *names: str) -> Crew:
    llm = LLM(model="openai/gpt-4o-mini", base_url=world.openai_url, api_key=world.api_key, max_retries=0)
    agents = [Agent(role=name, goal="to help", backstory=name, llm=llm) for name in names]
    tasks = [Task(description=f"{QUESTION} {{order}}", expected_output="a text", agent=agent) for agent in agents]
    return Crew(name="crew", agents=agents, tasks=tasks)


def crew(world: World) -> None:
    _crew(world, "first", "second").kickoff(inputs={"order": 7})


async def async_crew(world: World) -> None:
    await _crew(world, "first", "second").akickoff(inputs={"order": 7})


def _refuse_one(world: World) -> None:
    answers = iter([refused])

    def answer(request: Request) -> Reply | Failure:
        return next(answers, reply)(request)

    world.script = answer


def refused_once(world: World) -> None:
    _refuse_one(world)
    crew(world)


async def async_refused_once(world: World) -> None:
    _refuse_one(world)
    await async_crew(world)


def inside(world: World) -> None:
    with invocation("outer", triggered_by="user", user_id="7", session_id="s1"):
        llm = LLM(model="openai/gpt-4o-mini", base_url=world.openai_url, api_key=world.api_key, max_retries=0)
        Agent(role="inner", goal="to help", backstory="x", llm=llm).kickoff(QUESTION)
