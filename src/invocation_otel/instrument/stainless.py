"""Records ``openai`` and ``anthropic``, whose clients come from the same generator (Stainless), at their one door.

Every call of every client of theirs (sync, async, raw, parsed, streamed, Azure, Bedrock, Vertex) goes through
``request`` of its base client, once, whatever is tried again inside. ``docs/decisions.md`` says why not the official
packages.
"""

from collections.abc import Callable
from importlib import import_module
from inspect import iscoroutinefunction
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import TracerProvider

from invocation_otel.record.duplicates import others_tell, we_tell
from invocation_otel.record.entry import live
from invocation_otel.record.guard import agent_goes_on
from invocation_otel.spans import attributes as a
from invocation_otel.spans.wire.anthropic_messages import ANTHROPIC_MESSAGES
from invocation_otel.spans.wire.form import WireForm
from invocation_otel.spans.wire.openai_chat import OPENAI_CHAT
from invocation_otel.spans.wire.openai_embeddings import OPENAI_EMBEDDINGS
from invocation_otel.spans.wire.openai_responses import OPENAI_RESPONSES

from .methods import Undo, all_of, replace
from .model_call import ModelCall
from .streams import watch, watch_closing

_FORMS: dict[str, dict[str, WireForm]] = {
    "openai": {
        "/chat/completions": OPENAI_CHAT,
        "/responses": OPENAI_RESPONSES,
        "/embeddings": OPENAI_EMBEDDINGS,
    },
    "anthropic": {"/v1/messages": ANTHROPIC_MESSAGES},
}
"""By the path that the client's method names, before any host has its own."""

_HOSTS = (
    ("Azure", "azure.ai.openai"),
    ("Bedrock", "aws.bedrock"),
    ("AWS", "aws.bedrock"),
    ("Vertex", "gcp.vertex_ai"),
    ("GoogleCloud", "gcp.vertex_ai"),
    ("Foundry", "azure.ai.inference"),
)
"""What the name of a client's class says about who hosts the model (values of ``gen_ai.provider.name``)."""

_NOT_SENT = frozenset({"NotGiven", "Omit"})
"""Classes of the values with which the clients mark a parameter that was not given."""

_RESENDS = "http.request.resend_count"


def record_openai(_provider: TracerProvider | None) -> Undo:
    """Record every call of ``openai``."""
    return _record("openai")


def record_anthropic(_provider: TracerProvider | None) -> Undo:
    """Record every call of ``anthropic``."""
    return _record("anthropic")


def _record(library: str) -> Undo:
    base = import_module(f"{library}._base_client")
    recorder = _Recorder(library)
    undos = [replace(base.BaseClient, "_build_request", _counting_resends)]
    undos += [replace(cls, "request", recorder.around) for cls in _with_own_request(base.SyncAPIClient)]
    undos += [replace(cls, "request", recorder.around_async) for cls in _with_own_request(base.AsyncAPIClient)]
    we_tell(library)
    return all_of([*undos, lambda: others_tell(library)])


def _with_own_request(cls: type) -> list[type]:
    """*cls*, and those of its subclasses to which somebody has given a ``request`` that bypasses that of *cls*."""
    subclasses: list[type] = cls.__subclasses__()
    found = [cls] if "request" in vars(cls) else []
    return [*found, *(one for subclass in subclasses for one in _with_own_request(subclass))]


class _Recorder:
    """The calls of one library."""

    def __init__(self, library: str) -> None:
        self._library = library
        self._forms = _FORMS[library]

    def around(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def request(client: Any, cast_to: Any, options: Any, *args: Any, **kwargs: Any) -> Any:
            call = self._begin(client, options)
            if call is None:
                return original(client, cast_to, options, *args, **kwargs)
            try:
                with call.current():
                    answer = original(client, cast_to, options, *args, **kwargs)
            except BaseException as error:
                self._failed(call, error)
                raise
            self._answered(call, answer)
            return answer

        return request

    def around_async(self, original: Callable[..., Any]) -> Callable[..., Any]:
        async def request(client: Any, cast_to: Any, options: Any, *args: Any, **kwargs: Any) -> Any:
            call = self._begin(client, options)
            if call is None:
                return await original(client, cast_to, options, *args, **kwargs)
            try:
                with call.current():
                    answer = await original(client, cast_to, options, *args, **kwargs)
            except BaseException as error:
                self._failed(call, error)
                raise
            self._answered(call, answer)
            return answer

        return request

    def _begin(self, client: Any, options: Any) -> ModelCall | None:
        with agent_goes_on(f"starting a call of {self._library}"):
            form = self._forms.get(options.url.partition("?")[0]) if options.method.lower() == "post" else None
            if form is not None and isinstance(options.json_data, dict):
                body = {**options.json_data, **(options.extra_json or {})}
                sent = {name: value for name, value in body.items() if type(value).__name__ not in _NOT_SENT}
                return ModelCall(form, sent, self._where(client))
        return None

    def _where(self, client: Any) -> dict[str, Any]:
        name = type(client).__name__
        provider = next((host for part, host in _HOSTS if part in name), self._library)
        url = client.base_url
        found = {a.PROVIDER: provider, a.SERVER_ADDRESS: url.host}
        return found | ({"server.port": url.port} if url.port else {})

    def _failed(self, call: ModelCall, error: BaseException) -> None:
        with agent_goes_on("noting the error of a call"):
            # Of an answer that the client could not parse, which was paid for all the same.
            call.conversation.answer = getattr(error, "completion", None)
            self._tell_request_id(call, getattr(error, "response", None))
        call.end(error)

    def _answered(self, call: ModelCall, answer: Any) -> None:
        with agent_goes_on(f"reading an answer of {self._library}"):
            if hasattr(answer, "_iterator"):
                self._tell_request_id(call, answer.response)
                watch(answer, call)
            elif hasattr(answer, "http_response"):
                self._raw(call, answer)
            else:
                call.conversation.answer = answer
                self._tell({"request.id": getattr(answer, "_request_id", None)}, call)
                call.end()
            return
        call.end()

    def _raw(self, call: ModelCall, answer: Any) -> None:
        """An answer that the program parses itself, if it does."""
        response = answer.http_response
        self._tell_request_id(call, response)
        if response.is_closed:
            call.conversation.answer = response.content
            call.end()
        else:
            watch_closing(response, call)
            _replace_parse(answer, call)

    def _tell_request_id(self, call: ModelCall, response: Any) -> None:
        headers = getattr(response, "headers", {})
        self._tell({"request.id": headers.get("request-id") or headers.get("x-request-id")}, call)

    def _tell(self, facts: dict[str, Any], call: ModelCall) -> None:
        call.tell({f"{self._library}.{name}": value for name, value in facts.items() if value})


def _replace_parse(answer: Any, call: ModelCall) -> None:
    """Follow the stream, or keep the answer, that ``parse`` of a raw answer gives."""
    original = answer.parse

    def parsed(found: Any) -> Any:
        with agent_goes_on("following a raw answer"):
            if not hasattr(found, "_iterator"):
                call.conversation.answer = found
            elif call.conversation.hearing is None:
                watch(found, call)
        return found

    async def parse_async(*args: Any, **kwargs: Any) -> Any:
        return parsed(await original(*args, **kwargs))

    def parse(*args: Any, **kwargs: Any) -> Any:
        return parsed(original(*args, **kwargs))

    answer.parse = parse_async if iscoroutinefunction(original) else parse


def _counting_resends(original: Callable[..., Any]) -> Callable[..., Any]:
    """Building the request is what each attempt begins with, and knows how many there were."""

    def build(client: Any, options: Any, *args: Any, **kwargs: Any) -> Any:
        resends = kwargs.get("retries_taken", 0)
        if resends:
            with agent_goes_on("counting the attempts of a call"):
                span = trace.get_current_span()
                entry = live.get(span.get_span_context().span_id)
                if entry is not None:
                    entry.described.told = {**entry.described.told, _RESENDS: resends}
        return original(client, options, *args, **kwargs)

    return build
