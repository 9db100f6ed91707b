"""What an agent of Google's Agent Development Kit is asked to do, on the Gemini API."""

import asyncio
from typing import Any

from google.adk.agents import Agent, RunConfig
from google.adk.agents.run_config import StreamingMode
from google.adk.models import Gemini
from google.adk.runners import InMemoryRunner
from google.genai import Client, types

from matrix_inside import QUESTION, SYSTEM, TOOL_RESULT, World, cancelled
from matrix_providers import GEMINI

PROVIDER, MODEL, AGENT = "gcp.gemini", "gemini-2.5-flash", "support"
COST_USD = 0.000242
ERROR = "ClientError"
EMPTY: dict[str, str] = {}


def lookup(order: int) -> str:
    """Look an order up."""
    assert order == 7
    return TOOL_RESULT


class _Model(Gemini):
    """Gemini at the local server."""

    @property
    def api_client(self) -> Client:
        return _CLIENTS[0]


_CLIENTS: list[Client] = []


async def _run(world: World, mode: StreamingMode = StreamingMode.NONE) -> None:
    options = types.HttpOptions(base_url=world.server.url_of(GEMINI))
    _CLIENTS[:] = [Client(api_key=world.api_key, vertexai=False, http_options=options)]
    agent = Agent(name=AGENT, model=_Model(model=MODEL), instruction=SYSTEM, tools=[lookup])
    runner = InMemoryRunner(agent=agent, app_name="shop")
    session = await runner.session_service.create_session(app_name="shop", user_id="anna")
    question = types.Content(role="user", parts=[types.Part(text=QUESTION)])
    said: Any = runner.run_async(
        user_id="anna", session_id=session.id, new_message=question, run_config=RunConfig(streaming_mode=mode)
    )
    async for _ in said:
        pass


def plain(world: World) -> None:
    asyncio.run(_run(world))


def stream(world: World) -> None:
    asyncio.run(async_stream(world))


async def async_plain(world: World) -> None:
    await _run(world)


async def async_stream(world: World) -> None:
    await _run(world, StreamingMode.SSE)


async def agent(world: World) -> None:
    await _run(world)


async def error(world: World) -> None:
    await _run(world)


async def cancel(world: World) -> None:
    await cancelled(_run(world))
