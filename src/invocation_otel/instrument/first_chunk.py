"""When the first chunk of a stream came, and that a call was cancelled, where OpenInference does not tell.

These wrappers stand inside those of OpenInference, whose span is the current one as a call of the client begins.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from inspect import iscoroutine
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import Span, StatusCode, TracerProvider

from invocation_otel.record.entry import Entry, live
from invocation_otel.record.guard import agent_goes_on
from invocation_otel.spans import attributes as a

from .methods import Undo, all_of, replace
from .streams import Hear, ignore, watch_chunks


def of_google_genai(_provider: TracerProvider | None) -> Undo:
    """Tell it of Gemini's streams."""
    from google.genai.models import AsyncModels, Models  # noqa: PLC0415 - is there when this is called

    return all_of([replace(cls, "generate_content_stream", _timed(_chunks)) for cls in (Models, AsyncModels)])


def of_ollama(_provider: TracerProvider | None) -> Undo:
    """Tell it of Ollama's streams."""
    from ollama import AsyncClient, Client  # noqa: PLC0415 - is there when this is called

    return all_of([replace(cls, "chat", _timed(_chunks)) for cls in (Client, AsyncClient)])


def of_mistralai(_provider: TracerProvider | None) -> Undo:
    """Tell it of Mistral's streams; and end the spans of its calls that are cancelled, which nobody else does."""
    from mistralai.client.agents import Agents  # noqa: PLC0415 - is there when this is called
    from mistralai.client.chat import Chat  # noqa: PLC0415

    wrappers = {"stream": _timed(_events), "stream_async": _timed(_events), "complete_async": _ended_if_cancelled}
    return all_of([replace(cls, name, wrapper) for cls in (Chat, Agents) for name, wrapper in wrappers.items()])


class _ToldCall:
    """A call that another instrumentation tells."""

    def __init__(self, span: Span, entry: Entry) -> None:
        self.span, self._entry = span, entry
        self._started_s = time.perf_counter()

    def first_chunk(self) -> Hear:
        """Note that the first chunk is here; what it says is told by the other one."""
        self._entry.tell(self.span, {a.FIRST_CHUNK_S: time.perf_counter() - self._started_s})
        return ignore

    def left(self) -> None:
        """Do nothing: the other one ends it."""

    def end(self, error: BaseException | None = None) -> None:
        """Say that it was cancelled; what else it ends with is told by the other one."""
        if isinstance(error, asyncio.CancelledError):
            self.span.record_exception(error)
            self.span.set_status(StatusCode.ERROR)


def _told_call() -> _ToldCall | None:
    span = trace.get_current_span()
    entry = live.get(span.get_span_context().span_id)
    return None if entry is None or entry.described.kind != "round" else _ToldCall(span, entry)


def _timed(follow: Callable[[Any, _ToldCall], Any]) -> Callable[[Any], Any]:
    """A wrapper of a method that gives a stream, now or when it is awaited; *follow* gives it back as it is watched."""

    def wrapper(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(client: Any, *args: Any, **kwargs: Any) -> Any:
            told = _told_call()
            answer = original(client, *args, **kwargs)
            if told is None:
                return answer
            return _awaited(answer, told, follow) if iscoroutine(answer) else follow(answer, told)

        return call

    return wrapper


async def _awaited(work: Coroutine[Any, Any, Any], told: _ToldCall, follow: Callable[[Any, _ToldCall], Any]) -> Any:
    try:
        answer = await work
    except asyncio.CancelledError as error:
        told.end(error)
        raise
    return follow(answer, told)


def _chunks(answer: Any, told: _ToldCall) -> Any:
    """*answer*, which is an iterator if it is a stream."""
    return watch_chunks(answer, told) if hasattr(answer, "__next__") or hasattr(answer, "__anext__") else answer


def _events(stream: Any, told: _ToldCall) -> Any:
    """Mistral's *stream*, which is no iterator itself but reads one."""
    with agent_goes_on("following a stream"):
        stream.generator = watch_chunks(stream.generator, told)
    return stream


def _ended_if_cancelled(original: Callable[..., Any]) -> Callable[..., Any]:
    async def call(client: Any, *args: Any, **kwargs: Any) -> Any:
        told = _told_call()
        try:
            return await original(client, *args, **kwargs)
        except asyncio.CancelledError as error:
            if told is not None:
                told.end(error)
                told.span.end()
            raise

    return call
