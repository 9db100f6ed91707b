"""Record each call of a function as a run, whatever kind of function it is.

A run is current while the function's own code runs, and not while a generator is suspended: code between two items
belongs to the consumer, and a context held across ``yield`` would leak into it.
"""

import asyncio
import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Generator, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    _AsyncGeneratorContextManager,
    _GeneratorContextManager,
    asynccontextmanager,
    contextmanager,
    nullcontext,
)
from contextvars import Token
from functools import partial, wraps
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import Any, NamedTuple

from opentelemetry import context as otel_context
from opentelemetry.context import Context

from .guard import agent_goes_on
from .run import Run
from .tracing import leave


class SameRun:
    """Stands for a run that is going on already: who started it makes it current and ends it."""

    def active(self) -> AbstractContextManager[None]:
        """Change nothing inside the block."""
        return nullcontext()

    def enter(self) -> Token[Context]:
        """Change nothing until ``leave`` is called with the token."""
        return otel_context.attach(otel_context.get_current())

    def end(self, error: BaseException | None = None) -> None:
        """End nothing."""


class Begun(NamedTuple):
    """A started run and the arguments that the function itself is to have."""

    run: Run | SameRun
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


Begin = Callable[[tuple[Any, ...], dict[str, Any]], Begun]
"""From a call's arguments to what begins with it."""


def recorded(function: Callable[..., Any], begin: Begin) -> Callable[..., Any]:
    """*function*, each call of which is the run that *begin* starts."""
    if inspect.isasyncgenfunction(function):

        def begun(*args: Any, **kwargs: Any) -> "tuple[Run | SameRun, AsyncGeneratorType[Any, Any]]":
            run, args, kwargs = begin(args, kwargs)
            return run, function(*args, **kwargs)

        return wraps(function)(_async_driver(begun))
    if inspect.isgeneratorfunction(function):

        @wraps(function)
        def generator(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
            run, args, kwargs = begin(args, kwargs)
            return (yield from _drive(run, function(*args, **kwargs)))

        return generator
    if inspect.iscoroutinefunction(function):

        @wraps(function)
        async def coroutine(*args: Any, **kwargs: Any) -> Any:
            run, args, kwargs = begin(args, kwargs)
            return await _await(run, function(*args, **kwargs))

        return coroutine

    @wraps(function)
    def plain(*args: Any, **kwargs: Any) -> Any:
        run, args, kwargs = begin(args, kwargs)
        return _call(run, function, args, kwargs)

    return plain


def _call(run: Run | SameRun, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    try:
        with run.active():
            result = function(*args, **kwargs)
    except BaseException as error:
        run.end(error)
        raise
    return _handed_out(run, result)


def _handed_out(run: Run | SameRun, result: Any) -> Any:
    """What the caller gets: *result*, or what does the work later (``def run(self): return self._stream()``)."""
    continue_with = _CONTINUE.get(type(result))
    if continue_with is not None:
        return continue_with(run, result)
    if asyncio.isfuture(result):
        result.add_done_callback(partial(_done, run))
        return result
    return _returned(run, result)


def _returned(run: Run | SameRun, result: Any) -> Any:
    """End *run*, which gave *result*; a result that has a place for the cost of its run gets it."""
    run.end()
    with agent_goes_on("giving a result the cost of its run"):
        if isinstance(run, Run) and getattr(result, "cost_usd", 0) is None:
            result.cost_usd = run.cost_usd
    return result


def _done(run: Run | SameRun, work: "asyncio.Future[Any]") -> None:
    error = asyncio.CancelledError() if work.cancelled() else work.exception()
    if error is None:
        _returned(run, work.result())
    else:
        run.end(error)


@contextmanager
def _inside(run: Run | SameRun, manager: AbstractContextManager[Any]) -> Iterator[Any]:
    """*manager*, the block of which is the run."""
    try:
        with run.active(), manager as value:
            yield value
    except BaseException as error:
        run.end(error)
        raise
    run.end()


@asynccontextmanager
async def _async_inside(run: Run | SameRun, manager: AbstractAsyncContextManager[Any]) -> AsyncIterator[Any]:
    try:
        with run.active():
            async with manager as value:
                yield value
    except BaseException as error:
        run.end(error)
        raise
    run.end()


async def _await(run: Run | SameRun, work: Coroutine[Any, Any, Any]) -> Any:
    try:
        with run.active():
            result = await work
    except BaseException as error:
        run.end(error)
        raise
    return _handed_out(run, result)


def _drive(run: Run | SameRun, work: "GeneratorType[Any, Any, Any]") -> Generator[Any, Any, Any]:
    """*work*, step by step inside *run*; whatever the consumer sends or throws reaches it."""
    step, value = work.send, None
    try:
        while True:
            token = run.enter()  # and not `with run.active()`: a chunk of a stream costs half as much
            try:
                item = step(value)
            finally:
                leave(token)
            try:
                value = yield item
                step = work.send
            except GeneratorExit as left:
                try:
                    with run.active():
                        work.close()
                finally:
                    if work.gi_frame is not None:  # it goes on although nobody reads it
                        run.end(left)
                raise
            except BaseException as thrown:  # noqa: BLE001 - whatever the consumer throws in belongs to the generator
                step, value = work.throw, thrown
    except StopIteration as stop:
        return _returned(run, stop.value)
    except BaseException as error:
        run.end(error)
        raise


def _async_driver(
    begin: "Callable[..., tuple[Run | SameRun, AsyncGeneratorType[Any, Any]]]",
) -> Callable[..., AsyncGenerator[Any, Any]]:
    """The same for an async generator, which cannot hand over to another one: the loop has to be its own body."""

    async def drive(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        run, work = begin(*args, **kwargs)
        step, value = work.asend, None
        try:
            while True:
                token = run.enter()
                try:
                    item = await step(value)
                finally:
                    leave(token)
                try:
                    value = yield item
                    step = work.asend
                except GeneratorExit as left:
                    try:
                        with run.active():
                            await work.aclose()
                    finally:
                        if work.ag_frame is not None:
                            run.end(left)
                    raise
                except BaseException as thrown:  # noqa: BLE001 - see _drive
                    step, value = work.athrow, thrown
        except StopAsyncIteration:
            run.end()
        except BaseException as error:
            run.end(error)
            raise

    return drive


_CONTINUE: dict[type, Callable[[Any, Any], Any]] = {
    GeneratorType: _drive,
    AsyncGeneratorType: lambda run, work: _async_driver(lambda: (run, work))(),
    CoroutineType: _await,
    _GeneratorContextManager: _inside,
    _AsyncGeneratorContextManager: _async_inside,
}
"""What goes on after a function has returned it, and how that is done inside the run."""
