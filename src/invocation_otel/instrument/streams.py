"""The stream of a model call: each chunk is heard as it passes, and the call ends with it, however that is.

A chunk costs two method calls and one append. What ends a stream: its last chunk, an error, a cancelled task, closing
it or its response, or that nobody holds it any more.
"""

from collections.abc import Callable
from typing import Any, Protocol

from invocation_otel.record.guard import agent_goes_on

from .model_call import ModelCall

Hear = Callable[[Any], None]


class Streamed(Protocol):
    """What has to be known of a call to follow its stream."""

    def first_chunk(self) -> Hear:
        """Note that the first chunk is here, and give what hears this one and all others."""

    def left(self) -> None:
        """Note that nobody reads on, if it has not ended."""

    def end(self, error: BaseException | None = None) -> None:
        """Note how it ended."""


def watch(stream: Any, call: ModelCall) -> None:
    """Follow *stream*, a ``Stream`` or an ``AsyncStream`` of the client, as that of *call*."""
    inner = stream._iterator  # noqa: SLF001 - what both of the client's ways to read it go through
    stream._iterator = watch_chunks(inner, call)  # noqa: SLF001 - see above

    def closed() -> None:
        if not _is_running(inner):
            call.left()

    _watch_closing(stream.response, closed)


def watch_chunks(inner: Any, call: Streamed) -> Any:
    """*inner*, an iterator or an async iterator of chunks, which are heard as those of *call*."""
    return (_AsyncChunks if hasattr(inner, "__anext__") else _Chunks)(inner, call)


def watch_closing(response: Any, call: ModelCall) -> None:
    """End *call* when *response*, an answer that the program reads itself, is closed."""
    _watch_closing(response, call.end)


class _Watched:
    """What both kinds of chunks have in common."""

    __slots__ = ("_call", "_hear", "_inner")

    def __init__(self, inner: Any, call: Streamed) -> None:
        self._call = call
        self._inner = inner
        self._hear: Hear = self._first

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)  # such as `close` of a generator, in the place of which it stands

    def _first(self, chunk: Any) -> None:
        self._hear = hear = self._call.first_chunk()
        hear(chunk)

    def _missed(self, error: Exception) -> None:
        """Hear no more of a stream that we cannot understand; the program reads on."""
        self._hear = ignore
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


def ignore(_chunk: Any) -> None:
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
