"""The stream of a model call: each chunk is heard as it passes, and the call ends with it, however that is.

A chunk costs two method calls and one append. What ends a stream: its last chunk, an error, a cancelled task, closing
it or its response, or that nobody holds it any more.
"""

from collections.abc import Callable
from typing import Any

from invocation_otel.record.guard import agent_goes_on

from .model_call import ModelCall


def watch(stream: Any, call: ModelCall) -> None:
    """Follow *stream*, a ``Stream`` or an ``AsyncStream`` of the client, as that of *call*."""
    inner = stream._iterator  # noqa: SLF001 - what both of the client's ways to read it go through
    stream._iterator = watch_chunks(inner, call)  # noqa: SLF001 - see above

    def closed() -> None:
        if not _is_running(inner):
            call.left()

    _watch_closing(stream.response, closed)


def watch_chunks(inner: Any, call: ModelCall) -> Any:
    """*inner*, an iterator or an async iterator of chunks, which are heard as those of *call*."""
    return (_AsyncChunks if hasattr(inner, "__anext__") else _Chunks)(inner, call)


def watch_closing(response: Any, call: ModelCall) -> None:
    """End *call* when *response*, an answer that the program reads itself, is closed."""
    _watch_closing(response, call.end)


class _Watched:
    """What both kinds of chunks have in common."""

    __slots__ = ("_call", "_hear", "_inner")

    def __init__(self, inner: Any, call: ModelCall) -> None:
        self._call = call
        self._inner = inner
        self._hear: Callable[[Any], None] = self._first

    def _first(self, chunk: Any) -> None:
        self._call.first_chunk()
        conversation = self._call.conversation
        conversation.hearing = hearing = conversation.form.hearing()
        self._hear = hearing.hear
        hearing.hear(chunk)

    def _missed(self, error: Exception) -> None:
        """Hear no more of a stream that we cannot understand; the program reads on."""
        self._hear = _ignore
        with agent_goes_on("hearing a stream"):
            raise error

    def __del__(self) -> None:
        self._call.left()


class _Chunks(_Watched):
    __slots__ = ()

    def __iter__(self) -> "_Chunks":
        return self

    def __next__(self) -> Any:
        try:
            chunk = self._inner.__next__()
        except BaseException as error:
            self._call.end(None if isinstance(error, StopIteration) else error)
            raise
        try:
            self._hear(chunk)
        except Exception as error:  # noqa: BLE001 - ours, not the stream's
            self._missed(error)
        return chunk


class _AsyncChunks(_Watched):
    __slots__ = ()

    def __aiter__(self) -> "_AsyncChunks":
        return self

    async def __anext__(self) -> Any:
        try:
            chunk = await self._inner.__anext__()
        except BaseException as error:
            self._call.end(None if isinstance(error, StopAsyncIteration) else error)
            raise
        try:
            self._hear(chunk)
        except Exception as error:  # noqa: BLE001 - ours, not the stream's
            self._missed(error)
        return chunk


def _ignore(_chunk: Any) -> None:
    """Hear nothing."""


def _is_running(generator: Any) -> bool:
    """Whether *generator* is at work: the client closes the response itself at the end of its stream."""
    return bool(getattr(generator, "gi_running", False) or getattr(generator, "ag_running", False))


def _watch_closing(response: Any, closed: Callable[[], None]) -> None:
    """Call *closed* before *response* is closed, by whichever of the client's ways."""
    name = "aclose" if hasattr(response.stream, "__aiter__") else "close"
    vars(response).pop(name, None)  # a stream inside a raw answer is followed more closely than the answer was
    original = getattr(response, name)

    def close() -> Any:
        vars(response).pop(name, None)  # it holds this function, which holds it
        with agent_goes_on("noting that a stream was closed"):
            closed()
        return original()

    setattr(response, name, close)
