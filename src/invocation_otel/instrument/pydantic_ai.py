"""Pydantic AI tells its runs, calls and tools itself, when it is asked to."""

from opentelemetry.trace import TracerProvider

from .methods import Undo


def tell_everything(provider: TracerProvider | None) -> Undo:
    """Let every agent that has no settings of its own tell its runs; gives back what ends that."""
    from pydantic_ai import Agent  # noqa: PLC0415 - is there when this is called
    from pydantic_ai.models.instrumented import InstrumentationSettings  # noqa: PLC0415

    before = Agent._instrument_default  # noqa: SLF001 - there is no way to ask
    Agent.instrument_all(InstrumentationSettings(tracer_provider=provider))
    return lambda: Agent.instrument_all(before)
