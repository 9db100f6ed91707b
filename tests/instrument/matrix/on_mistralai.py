"""What `mistralai` is asked to do: chats, plain and streamed."""

from mistralai.client import Mistral

from matrix_chat import TOOLS, call_tools, messages
from matrix_inside import World, cancelled
from matrix_providers import MISTRAL

PROVIDER, MODEL, AGENT = "mistral_ai", "mistral-small-latest", "chat"
COST_USD = 0.000108
ERROR = "SDKError"
EMPTY: dict[str, str] = {}


def _client(world: World) -> Mistral:
    return Mistral(api_key=world.api_key, server_url=world.server.url_of(MISTRAL))


def plain(world: World) -> None:
    with _client(world) as client:
        client.chat.complete(model=MODEL, messages=messages())


def stream(world: World) -> None:
    with _client(world) as client:
        for _ in client.chat.stream(model=MODEL, messages=messages()):
            pass


async def async_plain(world: World) -> None:
    async with _client(world) as client:
        await client.chat.complete_async(model=MODEL, messages=messages())


async def async_stream(world: World) -> None:
    async with _client(world) as client:
        async for _ in await client.chat.stream_async(model=MODEL, messages=messages()):
            pass


def tools(world: World) -> None:
    with _client(world) as client:
        call_tools(lambda said: client.chat.complete(model=MODEL, messages=said, tools=TOOLS).choices[0].message)


def error(world: World) -> None:
    plain(world)


async def cancel(world: World) -> None:
    async with _client(world) as client:
        await cancelled(client.chat.complete_async(model=MODEL, messages=messages()))
