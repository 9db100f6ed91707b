"""The libraries that are recorded when they are installed, and by what; ``docs/instrumentation.md`` says why."""

from .library import Library, official, own

LIBRARIES = (
    Library(
        extra="openai",
        module="openai",
        distribution="openai",
        versions=">=1.66,<4",
        recorders=(
            official("opentelemetry.instrumentation.genai.openai", "OpenAIInstrumentor"),
            own("requests.tap_openai"),
        ),
    ),
    Library(
        extra="anthropic",
        module="anthropic",
        distribution="anthropic",
        versions=">=0.51,<3",
        recorders=(
            official("opentelemetry.instrumentation.genai.anthropic", "AnthropicInstrumentor"),
            own("requests.tap_anthropic"),
        ),
    ),
)
