"""A stream of `mistralai` whose reader is cancelled."""

from invocation_otel.demo.script import Reply
from matrix_chat import messages
from matrix_inside import ANSWER, World, cancelled
from on_mistralai import MODEL, _client


async def cancelled_stream(world: World) -> None:
    world.script = lambda _request: Reply(text=ANSWER * 20, event_delay_s=0.5)

    async def read() -> None:
        async with _client(world) as client:
            async for _ in await client.chat.stream_async(model=MODEL, messages=messages()):
                pass

    await cancelled(read(), after_s=1.2)
