"""Begins to record each installed library when it is imported, and leaves every library usable whatever happens.

Why a library is not recorded is told when the program uses it: many are only there because another package needs them.
"""

import logging
import os
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from opentelemetry.trace import TracerProvider

from invocation_otel.record.guard import agent_goes_on

from .libraries import LIBRARIES
from .library import Library
from .methods import Undo

_DISABLED = "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS"
_log = logging.getLogger("invocation_otel")
_active: dict[str, "_Activation"] = {}
"""By extra."""


def instrument_libraries(provider: TracerProvider | None, libraries: Sequence[Library] = LIBRARIES) -> None:
    """Record the calls of every one of *libraries* that is installed, from the moment it is imported.

    Those that ``OTEL_PYTHON_DISABLED_INSTRUMENTATIONS`` names are left alone.
    """
    for library in libraries:
        if library.extra not in _active and not is_disabled(library.extra) and library.installed:
            _active[library.extra] = _Activation(library, provider)


def is_disabled(name: str) -> bool:
    """Whether OpenTelemetry's own switch, names with commas between them or ``*``, turns *name* off."""
    named = {word.strip().replace("_", "-") for word in os.environ.get(_DISABLED, "").split(",")}
    return not named.isdisjoint((name, "*"))


def uninstrument_libraries() -> None:
    """Leave every library as it was."""
    while _active:
        _, activation = _active.popitem()
        activation.end()


class _Activation:
    """One library that is recorded, or will be once it is imported, unless something hinders that."""

    def __init__(self, library: Library, provider: TracerProvider | None) -> None:
        self._library = library
        self._provider = provider
        self._undo: list[Undo] = []
        self._ended = False
        after_import(library.module, self._start)

    def _start(self, module: Any) -> None:
        if self._ended:
            return
        try:
            if module is not None:
                import_module(self._library.module)  # waits for a thread that is in the middle of importing it
            hindrance = self._library.hindrance
            if hindrance:
                self._undo.append(self._library.when_used(lambda: self._warn(hindrance)))
                return
            for recorder in self._library.recorders:
                self._undo.append(recorder.start(self._provider))
        except Exception as error:  # noqa: BLE001 - a library that cannot be patched must still be importable
            said = f"{type(error).__name__}: {error}"
            self.end()
            self._warn(f"recording it failed ({said}); please report it. Its calls go on.")

    def _warn(self, what_to_do: str) -> None:
        known = self._library
        _log.warning("%s %s is installed but not recorded: %s", known.distribution, known.version, what_to_do)

    def end(self) -> None:
        self._ended = True
        while self._undo:
            with agent_goes_on(f"leaving {self._library.distribution} as it was"):
                self._undo.pop()()


def after_import(module: str, hook: Callable[[Any], None]) -> None:
    """Call *hook* once *module* is imported; now, where the package is missing without which nothing is recorded."""
    try:
        import wrapt  # noqa: PLC0415 - comes with what records the libraries, which is optional
    except ImportError:
        hook(None)
    else:
        wrapt.register_post_import_hook(hook, module)
