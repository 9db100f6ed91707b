"""What runs at the start of a process that nobody wrote ``configure()`` into. A failure never reaches the program."""

import logging
import os

from invocation_otel.configure import configure, instrument
from invocation_otel.errors import InvocationError

_log = logging.getLogger("invocation_otel")
_COMPLETION_HOOK = "OTEL_INSTRUMENTATION_GENAI_COMPLETION_HOOK"
_DISABLED = "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS"
_NAME = "invocation"
"""Ours among the entry points of OpenTelemetry's groups."""


def begin(*, libraries: bool = True) -> None:
    """Record this process as ``configure()`` does, from the environment alone; *libraries* is its ``instrument``."""
    try:
        configure(instrument=libraries)
    except InvocationError as error:
        _log.error("Nothing is recorded. %s", error)


def before_instrumentors() -> None:
    """``opentelemetry-instrument`` calls this before it activates the instrumentations that are installed.

    It activates the official GenAI packages itself; that they hand their content to us, the environment tells them.
    """
    if not _disabled():
        os.environ.setdefault(_COMPLETION_HOOK, _NAME)
        begin(libraries=False)


def after_instrumentors() -> None:
    """``opentelemetry-instrument`` calls this afterwards: what is left to record is activated here."""
    if not _disabled():
        instrument()


def _disabled() -> bool:
    named = [name.strip() for name in os.environ.get(_DISABLED, "").split(",")]
    return _NAME in named or "*" in named
