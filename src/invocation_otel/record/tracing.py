"""Where spans are made: the provider that ``configure()`` was given or made, else OpenTelemetry's global one."""

import logging
from contextvars import Token

from opentelemetry import trace
from opentelemetry.context import _RUNTIME_CONTEXT, Context  # see leave()
from opentelemetry.trace import ProxyTracerProvider, Tracer, TracerProvider

SCOPE = "invocation_otel"

_log = logging.getLogger(SCOPE)
_provider: TracerProvider | None = None
_made: tuple[TracerProvider, Tracer] | None = None
_warned = False


def use_provider(provider: TracerProvider | None) -> None:
    """Make spans with *provider* from now on; ``None`` for the global one."""
    global _provider  # noqa: PLW0603 - one process has one configuration
    _provider = provider


def tracer() -> Tracer:
    """The tracer for our own spans. Says once when nothing has been configured, since runs would vanish silently."""
    global _made, _warned  # noqa: PLW0603 - once in a process
    provider = _provider or trace.get_tracer_provider()
    if _made is None or _made[0] is not provider:
        if isinstance(provider, ProxyTracerProvider) and not _warned:
            _warned = True
            _log.warning("Agent runs are not recorded: call invocation_otel.configure() first, once in the process.")
        _made = provider, provider.get_tracer(SCOPE)
    return _made[1]


def leave(token: Token[Context]) -> None:
    """Undo ``attach``, whatever was attached since and left so, as an open stream does inside a generator.

    Elsewhere than where it was attached (a generator that another task closes) there is nothing to undo, which the
    public ``detach`` would log as an error.
    """
    try:  # noqa: SIM105 - suppress() takes five times as long, and this is done for each chunk of a stream
        _RUNTIME_CONTEXT.detach(token)
    except ValueError:
        pass
