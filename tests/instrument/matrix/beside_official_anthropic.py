"""The official OpenTelemetry package, switched on by somebody else."""

from opentelemetry.instrumentation.genai.anthropic import AnthropicInstrumentor

AnthropicInstrumentor().instrument()
