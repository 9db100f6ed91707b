"""What LangChain is asked to do: an agent of `create_agent`, on OpenAI's chat completions."""

from typing import Any

from langchain.agents import create_agent
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from langchain_openai.chat_models import base
from openai import DefaultAsyncHttpxClient
from pydantic import SecretStr

from matrix_inside import QUESTION, SYSTEM, TOOL, World, cancelled
from matrix_tool import look_up

PROVIDER, MODEL, AGENT = "openai", "gpt-4o-mini", "support"
COST_USD = 0.000132
ERROR = "OpenAIInvalidRequestError" if hasattr(base, "OpenAIInvalidRequestError") else "BadRequestError"
EMPTY: dict[str, str] = {}


def _agent(world: World) -> Any:
    model = ChatOpenAI(
        model=MODEL,
        base_url=world.openai_url,
        api_key=SecretStr(world.api_key),
        max_retries=0,
        stream_usage=True,
        http_async_client=DefaultAsyncHttpxClient(),  # else one is kept for all event loops
    )
    return create_agent(model, [tool(TOOL)(look_up)], system_prompt=SYSTEM, name=AGENT)


def _question() -> Any:
    return {"messages": [{"role": "user", "content": QUESTION}]}


def plain(world: World) -> None:
    _agent(world).invoke(_question())


def stream(world: World) -> None:
    for _ in _agent(world).stream(_question(), stream_mode="messages"):
        pass


async def async_plain(world: World) -> None:
    await _agent(world).ainvoke(_question())


async def async_stream(world: World) -> None:
    async for _ in _agent(world).astream(_question(), stream_mode="messages"):
        pass


def agent(world: World) -> None:
    _agent(world).invoke(_question())


def error(world: World) -> None:
    _agent(world).invoke(_question())


async def cancel(world: World) -> None:
    await cancelled(_agent(world).ainvoke(_question()))
