"""Agents of smolagents that write code, manage one another, run out of steps, or are left before they are done."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from huggingface_hub import AsyncInferenceClient, InferenceClient
from smolagents import (
    CodeAgent,
    FinalAnswerTool,
    InferenceClientModel,
    MultiStepAgent,
    OpenAIServerModel,
    Tool,
    ToolCallingAgent,
    local_python_executor,
    tool,
)

from invocation_otel import invocation, uninstrument
from invocation_otel.demo.script import Reply, Request, ToolCall
from matrix_inside import ANSWER, EVENT_DELAY_S, QUESTION, TOOL_RESULT, USAGE, World, refused

FINAL_ANSWER: Any = [
    {
        "type": "function",
        "function": {"name": "final_answer", "description": "Answers.", "parameters": {"type": "object"}},
    }
]


@tool
def lookup(order: int) -> str:
    """Look an order up.

    Args:
        order: its number

    """
    if order < 0:
        raise ValueError("no such order")
    return TOOL_RESULT


def _agent(world: World, name: str | None, kind: Any = ToolCallingAgent, **more: Any) -> Any:
    once: Any = {"client_kwargs": {"max_retries": 0}, "retry": False}
    model = OpenAIServerModel("gpt-4o-mini", api_base=world.openai_url, api_key=world.api_key, **once)
    return kind(name=name, model=model, description="Helps.", verbosity_level=-1, **{"tools": [], **more})


def _calls(name: str, *arguments: dict[str, Any]) -> Reply:
    return Reply(tool_calls=tuple(ToolCall(name=name, arguments=each) for each in arguments), **USAGE)


def _answers(_request: Request) -> Reply:
    return _calls("final_answer", {"answer": ANSWER})


def _writes(code: str) -> Reply:
    return Reply(text=f"<code>\n{code}\n</code>", **USAGE)


def _observed(request: Request) -> bool:
    return "Observation" in request.question


def nested(world: World) -> None:
    world.script = lambda request: (
        _calls("helper", {"task": "x"}) if "helper" in request.tools and not _observed(request) else _answers(request)
    )
    _agent(world, "boss", managed_agents=[_agent(world, "helper")]).run(QUESTION)


def nested_in_code(world: World) -> None:
    world.script = lambda request: _answers(request) if request.tools else _writes('final_answer(helper("x"))')
    _agent(world, "boss", CodeAgent, managed_agents=[_agent(world, "helper")]).run(QUESTION)


def inside(world: World) -> None:
    world.script = _answers
    with invocation("outer", triggered_by="user", user_id="7", session_id="s1"):
        _agent(world, "inner").run(QUESTION)


def code(world: World) -> None:
    """Fails first, and is right the second time."""
    world.script = lambda request: _writes(f"final_answer(lookup({7 if 'no such order' in request.question else -1}))")
    _agent(world, None, CodeAgent, tools=[lookup]).run(QUESTION, additional_args={"customer": "anna"})


def two_tools_at_once(world: World) -> None:
    world.script = lambda request: (
        _answers(request) if _observed(request) else _calls("lookup", {"order": 1}, {"order": 2})
    )
    _agent(world, "support", tools=[lookup]).run(QUESTION)


def out_of_steps(world: World) -> None:
    world.script = lambda request: _calls("lookup", {"order": 7}) if request.tools else Reply(text=ANSWER, **USAGE)
    assert _agent(world, "support", tools=[lookup], max_steps=1).run(QUESTION) == ANSWER


def out_of_steps_streamed(world: World) -> None:
    world.script = lambda request: _calls("lookup", {"order": 7}) if request.tools else Reply(text=ANSWER, **USAGE)
    for _ in _agent(world, "support", tools=[lookup], max_steps=1).run(QUESTION, stream=True):
        pass


def dropped(world: World) -> None:
    world.script = _answers
    next(_agent(world, "support").run(QUESTION, stream=True))


def _asks_hugging_face(world: World) -> ToolCallingAgent:
    world.script = lambda request: replace(_answers(request), model="Qwen/Qwen3-32B", event_delay_s=EVENT_DELAY_S)
    model = InferenceClientModel(world.openai_url, token=world.api_key, retry=False)
    return ToolCallingAgent(name="support", model=model, tools=[], stream_outputs=False, verbosity_level=-1)


def hugging_face(world: World) -> None:
    _asks_hugging_face(world).run(QUESTION)


def hugging_face_streamed(world: World) -> None:
    agent = _asks_hugging_face(world)
    agent.stream_outputs = True
    agent.run(QUESTION)


def hugging_face_refuses(world: World) -> None:
    agent = _asks_hugging_face(world)
    world.script = refused
    agent.run(QUESTION)


async def hugging_face_async(world: World) -> None:
    _asks_hugging_face(world)
    client = AsyncInferenceClient(world.openai_url, token=world.api_key)
    await client.chat_completion([{"role": "user", "content": QUESTION}], tools=FINAL_ANSWER)


async def hugging_face_async_streamed(world: World) -> None:
    _asks_hugging_face(world)
    client = AsyncInferenceClient(world.openai_url, token=world.api_key)
    options: Any = {"include_usage": True}
    messages = [{"role": "user", "content": QUESTION}]
    async for _ in await client.chat_completion(messages, tools=FINAL_ANSWER, stream=True, stream_options=options):
        pass


async def hugging_face_async_refuses(world: World) -> None:
    world.script = refused
    client = AsyncInferenceClient(world.openai_url, token=world.api_key)
    await client.chat_completion([{"role": "user", "content": QUESTION}])


def uninstrumented(world: World) -> None:
    """The last one, since nothing is recorded any more."""
    uninstrument()
    ours = ("__call__", "run", "_handle_max_steps_reached", "chat_completion")
    executor = local_python_executor.LocalPythonExecutor
    classes = (MultiStepAgent, Tool, FinalAnswerTool, executor, InferenceClient, AsyncInferenceClient)
    assert [cls for cls in classes for name in ours if hasattr(vars(cls).get(name), "__wrapped__")] == []
    assert "__call__" not in vars(FinalAnswerTool)
    assert local_python_executor.ThreadPoolExecutor is ThreadPoolExecutor
    world.script = _answers
    assert _agent(world, "support").run(QUESTION) == ANSWER
