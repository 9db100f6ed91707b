"""Microsoft's Agent Framework tells its runs, calls and tools itself, to the global tracer provider."""

from opentelemetry.trace import TracerProvider

from .methods import Undo


def tell_everything(_provider: TracerProvider | None) -> Undo:
    """Let every agent tell its runs, with their content; gives back what ends that."""
    from agent_framework import observability  # noqa: PLC0415 - is there when this is called

    settings = observability.OBSERVABILITY_SETTINGS
    before = settings.enable_instrumentation, settings.enable_sensitive_data
    observability.enable_instrumentation(enable_sensitive_data=True)

    def undo() -> None:
        settings.enable_instrumentation, settings.enable_sensitive_data = before

    return undo
