"""The parameters of a request as the client sends it; the official instrumentations keep only some of them.

``openai`` and ``anthropic`` come from the same generator: both build the request's body in ``_prepare_options`` of
their base client, inside the span of the call.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import TracerProvider

from invocation_otel.record.entry import live
from invocation_otel.record.guard import agent_goes_on
from invocation_otel.spans import attributes as a

# What the model is told, kept elsewhere, and what identifies it.
_NOT_PARAMS = frozenset({"model", "messages", "input", "prompt", "system", "instructions", "tools"})
_CLIENTS = ("SyncAPIClient", "AsyncAPIClient")
_METHOD = "_prepare_options"


def tap_openai(_provider: TracerProvider | None) -> Callable[[], None]:
    """Keep the parameters of each request that ``openai`` sends."""
    return _tap("openai")


def tap_anthropic(_provider: TracerProvider | None) -> Callable[[], None]:
    """Keep the parameters of each request that ``anthropic`` sends."""
    return _tap("anthropic")


def _tap(library: str) -> Callable[[], None]:
    import wrapt  # noqa: PLC0415 - comes with the instrumentations, which are optional

    module = import_module(f"{library}._base_client")
    for client in _CLIENTS:
        wrapt.wrap_function_wrapper(module, f"{client}.{_METHOD}", _keep_params)

    def untap() -> None:
        for client in _CLIENTS:
            wrapped = getattr(module, client).__dict__.get(_METHOD)
            if hasattr(wrapped, "__wrapped__"):
                setattr(getattr(module, client), _METHOD, wrapped.__wrapped__)

    return untap


def _keep_params(wrapped: Callable[..., Any], _client: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    with agent_goes_on("keeping a request's parameters"):
        entry = live.get(trace.get_current_span().get_span_context().span_id)
        body = getattr(args[0] if args else kwargs.get("options"), "json_data", None)
        if entry is not None and isinstance(body, Mapping):
            entry.described.keep(a.REQUEST_PARAMS, {name: body[name] for name in body if name not in _NOT_PARAMS})
    return wrapped(*args, **kwargs)
