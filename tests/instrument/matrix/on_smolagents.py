"""What a smolagents agent is asked to do, on OpenAI's chat completions; code agents and others in `more_smolagents.py`.

Its model answers by calling the tool `final_answer`, and reads what a tool gave back in the words of its user.
"""

from dataclasses import replace
from typing import Any

from smolagents import OpenAIServerModel, ToolCallingAgent, tool

from invocation_otel.demo.script import Reply, Request, ToolCall
from matrix_inside import ANSWER, QUESTION, SYSTEM, TOOL_RESULT, World, reply, tool_loop

PROVIDER, MODEL, AGENT = "openai", "gpt-4o-mini", "support"
COST_USD = 0.000132
ERROR = "BadRequestError"
ANSWERS_BY, RESULTS_AS = "final_answer", "user"
EMPTY = {"async": "an agent of `smolagents` has no async run", "cancel": "an agent of `smolagents` has no async run"}


@tool
def lookup(order: int) -> str:
    """Look an order up.

    Args:
        order: its number

    """
    assert order == 7
    return TOOL_RESULT


def _agent(world: World, **more: Any) -> ToolCallingAgent:
    once: Any = {"client_kwargs": {"max_retries": 0}, "retry": False}
    model = OpenAIServerModel(MODEL, api_base=world.openai_url, api_key=world.api_key, **once)
    return ToolCallingAgent(name=AGENT, model=model, tools=[lookup], instructions=SYSTEM, verbosity_level=-1, **more)


def _answer(request: Request) -> Reply:
    return replace(reply(request), tool_calls=(ToolCall(name=ANSWERS_BY, arguments={"answer": ANSWER}),))


def _tool_loop(request: Request) -> Reply:
    return _answer(request) if TOOL_RESULT in request.question else tool_loop(request)


def plain(world: World) -> None:
    world.script = _answer
    assert _agent(world).run(QUESTION) == ANSWER


def stream(world: World) -> None:
    world.script = _answer
    for _ in _agent(world, stream_outputs=True).run(QUESTION, stream=True):
        pass


def agent(world: World) -> None:
    world.script = _tool_loop
    _agent(world).run(QUESTION)


def error(world: World) -> None:
    _agent(world).run(QUESTION)
