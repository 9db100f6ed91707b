"""What `ollama` is asked to do: chats, plain and streamed."""

from typing import Any

import ollama

from invocation_otel import invocation
from matrix_chat import TOOLS, messages
from matrix_inside import TOOL_RESULT, World, cancelled
from matrix_providers import OLLAMA

PROVIDER, MODEL, AGENT = "ollama", "llama3.2", "chat"
ERROR = "ResponseError"
EMPTY = {
    "cache": "Ollama does not tell what it had cached",
    "cost": "a model on one's own machine has no price",
}


def _to(world: World) -> Any:
    return {"host": world.server.url_of(OLLAMA), "headers": {"Authorization": f"Bearer {world.api_key}"}}


def plain(world: World) -> None:
    ollama.Client(**_to(world)).chat(model=MODEL, messages=messages())


def stream(world: World) -> None:
    for _ in ollama.Client(**_to(world)).chat(model=MODEL, messages=messages(), stream=True):
        pass


async def async_plain(world: World) -> None:
    await ollama.AsyncClient(**_to(world)).chat(model=MODEL, messages=messages())


async def async_stream(world: World) -> None:
    async for _ in await ollama.AsyncClient(**_to(world)).chat(model=MODEL, messages=messages(), stream=True):
        pass


def tools(world: World) -> None:
    client, conversation = ollama.Client(**_to(world)), messages()
    with invocation("support") as run:
        answer = client.chat(model=MODEL, messages=conversation, tools=TOOLS).message
        conversation.append(answer)
        for call in answer.tool_calls or []:
            with run.tool(call.function.name, arguments=dict(call.function.arguments)) as tool:
                tool.result(TOOL_RESULT)
            conversation.append({"role": "tool", "tool_name": call.function.name, "content": TOOL_RESULT})
        client.chat(model=MODEL, messages=conversation, tools=TOOLS)


def error(world: World) -> None:
    plain(world)


async def cancel(world: World) -> None:
    await cancelled(ollama.AsyncClient(**_to(world)).chat(model=MODEL, messages=messages()))
