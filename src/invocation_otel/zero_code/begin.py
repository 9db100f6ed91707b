"""What runs at the start of a process that nobody wrote ``configure()`` into. A failure never reaches the program."""

import logging
import os

from invocation_otel.configure import configure, instrument
from invocation_otel.errors import InvocationError
from invocation_otel.instrument.activate import is_disabled

_log = logging.getLogger("invocation_otel")
_COMPLETION_HOOK = "OTEL_INSTRUMENTATION_GENAI_COMPLETION_HOOK"
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
    if not is_disabled(_NAME):
        os.environ.setdefault(_COMPLETION_HOOK, _NAME)
        begin(libraries=False)


def after_instrumentors() -> None:
    """``opentelemetry-instrument`` calls this afterwards: what is left to record is activated here."""
    if not is_disabled(_NAME):
        instrument()
