"""The client libraries that are recorded when they are installed, each by its official OpenTelemetry GenAI package.

``docs/decisions.md`` says why these, and what is added to them: the content hook and the request tap.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from opentelemetry.trace import TracerProvider

from . import requests
from .content import ContentHook

_log = logging.getLogger("invocation_otel")


@dataclass(frozen=True, slots=True)
class Library:
    """A client library, and the module and class that record it; the extra of this package has the library's name."""

    name: str
    module: str
    instrumentor: str


LIBRARIES = (
    Library("openai", "opentelemetry.instrumentation.genai.openai", "OpenAIInstrumentor"),
    Library("anthropic", "opentelemetry.instrumentation.genai.anthropic", "AnthropicInstrumentor"),
)

_undo: dict[str, Callable[[], None]] = {}


def instrument_libraries(provider: TracerProvider | None) -> None:
    """Record the calls of every known library that is installed, from the moment it is imported."""
    for library in LIBRARIES:
        if find_spec(library.name) is not None and library.name not in _undo:
            _instrument(library, provider)


def uninstrument_libraries() -> None:
    """Leave every library as it was."""
    while _undo:
        _, undo = _undo.popitem()
        undo()


def _instrument(library: Library, provider: TracerProvider | None) -> None:
    if not _installed(library.module):
        _log.warning("%s is installed but not recorded: pip install 'invocation-otel[%s]'.", library.name, library.name)
        return
    import wrapt  # noqa: PLC0415 - comes with the instrumentor's package

    active = True
    instrumentor: Any = None

    def start(_module: Any) -> None:
        nonlocal instrumentor
        if not active:
            return
        try:
            # Here, and not before: an instrumentor imports the library that it patches, which takes up to a second.
            instrumentor = getattr(import_module(library.module), library.instrumentor)()
            instrumentor.instrument(tracer_provider=provider, completion_hook=ContentHook())
            requests.tap(library.name)
        except Exception as error:  # noqa: BLE001 - a library that cannot be patched must still be importable
            _log.warning("%s is not recorded (%s: %s); its calls go on.", library.name, type(error).__name__, error)

    def undo() -> None:
        nonlocal active
        active = False
        if instrumentor is not None and instrumentor.is_instrumented_by_opentelemetry:
            instrumentor.uninstrument()
            requests.untap(library.name)

    _undo[library.name] = undo
    wrapt.register_post_import_hook(start, library.name)


def _installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # a package above it is missing
        return False
