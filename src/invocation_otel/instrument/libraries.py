"""The libraries that are recorded when they are installed, and by what; ``docs/instrumentation.md`` says why."""

from dataclasses import replace

from . import bedrock
from .content import WholeInput
from .library import Library, Recorder, official, openinference, own


def _library(extra: str, versions: str, *recorders: Recorder, module: str = "", distribution: str = "") -> Library:
    """A library whose module and distribution are called as its extra is, unless they are told."""
    return Library(
        extra=extra,
        module=module or extra,
        distribution=distribution or extra,
        versions=versions,
        recorders=recorders,
    )


LIBRARIES = (
    _library("openai", ">=1.66,<4", own("stainless.record_openai")),
    _library("anthropic", ">=0.51,<3", own("stainless.record_anthropic"), own("anthropic_tools.keep_content")),
    _library(
        "langchain",
        ">=1.0,<2",
        official("opentelemetry.instrumentation.genai.langchain", "LangChainInstrumentor"),
        own("tools.tap"),
        module="langchain_core",
    ),
    _library(
        "openai-agents",
        ">=0.3.3,<1",
        official("opentelemetry.instrumentation.genai.openai_agents", "OpenAIAgentsInstrumentor"),
        own("tools.tap"),
        module="agents",
    ),
    _library(
        "pydantic-ai",
        ">=2.0,<3",
        own("pydantic_ai.tell_everything"),
        module="pydantic_ai",
        distribution="pydantic-ai-slim",
    ),
    _library(
        "llama-index",
        ">=0.14.19,<0.15",
        official("opentelemetry.instrumentation.genai.llama_index", "LlamaIndexInstrumentor"),
        own("tools.tap"),
        module="llama_index.core",
        distribution="llama-index-core",
    ),
    _library("crewai", ">=1.15.21,<2", own("crewai.record")),
    _library("litellm", ">=1.80,<2", openinference("openinference.instrumentation.litellm", "LiteLLMInstrumentor")),
    _library("strands-agents", ">=1.42,<2", module="strands"),
    _library("agno", ">=3.0,<4", openinference("openinference.instrumentation.agno", "AgnoInstrumentor")),
    _library(
        "agent-framework",
        ">=1.8,<2",
        own("agent_framework.tell_everything"),
        module="agent_framework",
        distribution="agent-framework-core",
    ),
    _library("haystack", ">=3.0,<4", own("haystack.tell_agents"), distribution="haystack-ai"),
    _library("smolagents", ">=1.24,<2", own("smolagents.record"), own("huggingface.record")),
    _library(
        "google-genai",
        ">=2.0,<4",
        own("first_chunk.of_google_genai"),
        openinference("openinference.instrumentation.google_genai", "GoogleGenAIInstrumentor"),
        module="google.genai",
    ),
    replace(
        _library(
            "boto3",
            ">=1.40.46,<2",
            official("opentelemetry.instrumentation.genai.bedrock", "BedrockInstrumentor", hook=WholeInput()),
        ),
        when_used=bedrock.when_asked,
    ),
    _library(
        "ollama",
        ">=0.4,<1",
        own("first_chunk.of_ollama"),
        openinference("openinference.instrumentation.ollama", "OllamaInstrumentor"),
    ),
    _library(
        "mistralai",
        ">=2.9.2,<4",
        own("first_chunk.of_mistralai"),
        openinference("openinference.instrumentation.mistralai", "MistralAIInstrumentor"),
        module="mistralai.client",
    ),
    _library("google-adk", ">=2.13,<3", own("google_adk.keep_tools"), module="google.adk"),
)
