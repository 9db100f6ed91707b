"""OpenInference's package, switched on by somebody else."""

from openinference.instrumentation.anthropic import AnthropicInstrumentor

AnthropicInstrumentor().instrument()
