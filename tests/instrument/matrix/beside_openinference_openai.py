"""OpenInference's package, switched on by somebody else."""

from openinference.instrumentation.openai import OpenAIInstrumentor

OpenAIInstrumentor().instrument()
