"""What is known of a library that can be recorded: its versions, and what records it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

from opentelemetry.trace import TracerProvider

from .content import ContentHook
from .methods import Undo

_HOOK = ContentHook()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorder:
    """One part of what records a library."""

    needs: str
    """The module that must be installed for it."""

    start: Callable[[TracerProvider | None], Undo]
    """Begins to record, once the library is imported; gives back what ends it. May raise: the library stays usable."""


def _at_once(tell: Callable[[], None]) -> Undo:
    tell()
    return lambda: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """A client library or a framework, and what records it."""

    extra: str
    """The extra of this package that brings what its recorders need."""

    module: str
    """The module whose import begins the recording."""

    distribution: str
    """Its name in the package index."""

    versions: str
    """The supported ones, such as ``>=1.26,<4``; the lowest and the newest are tested."""

    recorders: tuple[Recorder, ...]

    when_used: Callable[[Callable[[], None]], Undo] = _at_once
    """Calls back, once the library is imported, when the program uses it for models; gives back what ends the waiting.

    Not before that is the program told that it is not recorded: a library may be there for something else.
    """

    @property
    def installed(self) -> bool:
        """Whether it is installed, and not only a module of the program that has its name."""
        try:
            return bool(self.version) and has_module(self.module)
        except PackageNotFoundError:
            return False

    @property
    def version(self) -> str:
        """The installed version."""
        return version(self.distribution)

    @property
    def hindrance(self) -> str:
        """What to do before it can be recorded; empty when it can."""
        needed = ("opentelemetry.instrumentation", *(recorder.needs for recorder in self.recorders))
        if not all(map(has_module, needed)):
            return f"pip install 'invocation-otel[{self.extra}]'."
        from packaging.specifiers import SpecifierSet  # noqa: PLC0415 - comes with the first of those

        if SpecifierSet(self.versions).contains(self.version, prereleases=True):
            return ""
        return f"supported are other versions: pip install '{self.distribution}{self.versions}'."


def official(module: str, instrumentor: str, *, hook: ContentHook = _HOOK) -> Recorder:
    """The official OpenTelemetry GenAI package *module*, which hands its content to our *hook*."""
    return Recorder(needs=module, start=partial(_instrumentor, module, instrumentor, completion_hook=hook))


def openinference(module: str, instrumentor: str) -> Recorder:
    """OpenInference's package *module*."""
    return Recorder(needs=module, start=partial(_instrumentor, module, instrumentor))


def own(function: str) -> Recorder:
    """Our own glue: *function* is ``module.function`` in this room; it takes the provider and gives back its undo."""
    module, _, name = f"{__package__}.{function}".rpartition(".")
    return Recorder(needs=module, start=lambda provider: getattr(import_module(module), name)(provider))  # noqa: PLW0108 - imported when it is needed, not before


def has_module(name: str) -> bool:
    """Whether *name* can be imported."""
    return spec_of(name) is not None


def spec_of(name: str) -> ModuleSpec | None:
    """Where *name* would be imported from; ``None`` when it cannot be."""
    try:
        return find_spec(name)
    except (ModuleNotFoundError, ValueError):  # a package above it is missing, or a test has put something in its place
        return None


def _instrumentor(module: str, name: str, provider: TracerProvider | None, **more: Any) -> Undo:
    # Imported here, and not before: an instrumentor imports the library that it patches, which takes up to a second.
    instrumentor = getattr(import_module(module), name)()
    if instrumentor.is_instrumented_by_opentelemetry:  # by somebody else, whose settings it keeps
        return lambda: None
    instrumentor.instrument(tracer_provider=provider, **more)
    if not instrumentor.is_instrumented_by_opentelemetry:
        raise RuntimeError(f"{name} found a version that it does not support")

    def undo() -> None:
        if instrumentor.is_instrumented_by_opentelemetry:
            instrumentor.uninstrument()

    return undo
