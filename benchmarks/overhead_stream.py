"""What a chunk of a streamed answer costs the agent's thread, beside the same stream that nobody records."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Callable, Iterator

import invocation_otel
from invocation_otel import current_run, invocation
from overhead_figures import Figure
from sink import sink

MOST_US = 3.0


def streamed(*, chunks: int, times: int) -> Iterator[Figure]:
    """Each way in which our code sees every chunk: an agent that is a generator, and a round that is told of it."""
    with sink() as endpoint:
        handle = invocation_otel.configure(endpoint=endpoint, announce=False, instrument=False)
        recorded = invocation("support")
        agent, async_agent, told = recorded(_agent), recorded(_async_agent), recorded(_telling)
        for what, ours, alone in (
            ("chunk of a generator agent", lambda: _us(agent(chunks)), lambda: _us(_agent(chunks))),
            (
                "chunk of an async generator agent",
                lambda: asyncio.run(_async_us(async_agent(chunks))),
                lambda: asyncio.run(_async_us(_async_agent(chunks))),
            ),
            ("first_token() at each chunk", lambda: told(chunks), lambda: _plain(chunks)),
        ):
            yield _figure(what, ours, alone, times)
        handle.shutdown()


def _figure(what: str, ours: Callable[[], float], alone: Callable[[], float], times: int) -> Figure:
    pairs = [(ours(), alone()) for _ in range(times)]
    return Figure(
        what=what,
        ours=statistics.median(pair[0] for pair in pairs),
        baseline=statistics.median(pair[1] for pair in pairs),
        unit="us",
        target=MOST_US,
        difference=True,
    )


def _agent(chunks: int) -> Iterator[str]:
    for _ in range(chunks):
        yield "a chunk"


async def _async_agent(chunks: int) -> AsyncIterator[str]:
    for _ in range(chunks):
        yield "a chunk"


def _telling(chunks: int) -> float:
    """Microseconds for a chunk, when a round is told of each that a part of the answer has come."""
    with current_run().round(provider="openai", model="gpt-4o-mini") as round_:
        started = time.perf_counter()
        for _ in _agent(chunks):
            round_.first_token()
        return (time.perf_counter() - started) / chunks * 1e6


def _plain(chunks: int) -> float:
    started = time.perf_counter()
    for _ in _agent(chunks):
        pass
    return (time.perf_counter() - started) / chunks * 1e6


def _us(stream: Iterator[str]) -> float:
    started = time.perf_counter()
    count = sum(1 for _ in stream)
    return (time.perf_counter() - started) / count * 1e6


async def _async_us(stream: AsyncIterator[str]) -> float:
    started, count = time.perf_counter(), 0
    async for _ in stream:
        count += 1
    return (time.perf_counter() - started) / count * 1e6
