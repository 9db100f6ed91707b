"""Record each call of a function as a run, whatever kind of function it is.

A run is current while the function's own code runs, and not while a generator is suspended: code between two items
belongs to the consumer, and a context held across ``yield`` would leak into it.
"""

import inspect
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from functools import wraps
from typing import Any

from .run import Run

Begin = Callable[[tuple[Any, ...], dict[str, Any]], tuple[Run, tuple[Any, ...], dict[str, Any]]]
"""From a call's arguments to a started run and the arguments that the function itself is to have."""


def recorded(function: Callable[..., Any], begin: Begin) -> Callable[..., Any]:
    """*function*, each call of which is the run that *begin* starts."""
    if inspect.isasyncgenfunction(function):

        def begun(*args: Any, **kwargs: Any) -> tuple[Run, AsyncGenerator[Any, Any]]:
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


def _call(run: Run, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    try:
        with run.active():
            result = function(*args, **kwargs)
    except BaseException as error:
        run.end(error)
        raise
    # A plain function may hand out what does the work later (`def run(self): return self._stream()`).
    if inspect.isgenerator(result):
        return _drive(run, result)
    if inspect.isasyncgen(result):
        return _async_driver(lambda: (run, result))()
    if inspect.iscoroutine(result):
        return _await(run, result)
    run.end()
    return result


async def _await(run: Run, work: Coroutine[Any, Any, Any]) -> Any:
    try:
        with run.active():
            result = await work
    except BaseException as error:
        run.end(error)
        raise
    run.end()
    return result


def _drive(run: Run, work: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
    """*work*, step by step inside *run*; whatever the consumer sends or throws reaches it."""
    step, value = work.send, None
    try:
        while True:
            with run.active():
                item = step(value)
            try:
                value = yield item
                step = work.send
            except GeneratorExit:
                with run.active():
                    work.close()
                raise
            except BaseException as thrown:  # noqa: BLE001 - whatever the consumer throws in belongs to the generator
                step, value = work.throw, thrown
    except StopIteration as stop:
        run.end()
        return stop.value
    except BaseException as error:
        run.end(error)
        raise


def _async_driver(
    begin: Callable[..., tuple[Run, AsyncGenerator[Any, Any]]],
) -> Callable[..., AsyncGenerator[Any, Any]]:
    """The same for an async generator, which cannot hand over to another one: the loop has to be its own body."""

    async def drive(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        run, work = begin(*args, **kwargs)
        step, value = work.asend, None
        try:
            while True:
                with run.active():
                    item = await step(value)
                try:
                    value = yield item
                    step = work.asend
                except GeneratorExit:
                    with run.active():
                        await work.aclose()
                    raise
                except BaseException as thrown:  # noqa: BLE001 - see _drive
                    step, value = work.athrow, thrown
        except StopAsyncIteration:
            run.end()
        except BaseException as error:
            run.end(error)
            raise

    return drive
