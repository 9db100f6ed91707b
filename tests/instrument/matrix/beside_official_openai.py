"""The official OpenTelemetry package, switched on by somebody else."""

from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor

OpenAIInstrumentor().instrument()
