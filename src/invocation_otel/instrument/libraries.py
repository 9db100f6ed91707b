"""The libraries that are recorded when they are installed, and by what; ``docs/instrumentation.md`` says why."""

from . import bedrock
from .content import WholeInput
from .library import Library, official, openinference, own

LIBRARIES = (
    Library(
        extra="openai",
        module="openai",
        distribution="openai",
        versions=">=1.66,<4",
        recorders=(own("stainless.record_openai"),),
    ),
    Library(
        extra="anthropic",
        module="anthropic",
        distribution="anthropic",
        versions=">=0.51,<3",
        recorders=(own("stainless.record_anthropic"), own("anthropic_tools.keep_content")),
    ),
    Library(
        extra="langchain",
        module="langchain_core",
        distribution="langchain",
        versions=">=1.0,<2",
        recorders=(
            official("opentelemetry.instrumentation.genai.langchain", "LangChainInstrumentor"),
            own("tools.tap"),
        ),
    ),
    Library(
        extra="openai-agents",
        module="agents",
        distribution="openai-agents",
        versions=">=0.3.3,<1",
        recorders=(
            official("opentelemetry.instrumentation.genai.openai_agents", "OpenAIAgentsInstrumentor"),
            own("tools.tap"),
        ),
    ),
    Library(
        extra="pydantic-ai",
        module="pydantic_ai",
        distribution="pydantic-ai-slim",
        versions=">=2.0,<3",
        recorders=(own("pydantic_ai.tell_everything"),),
    ),
    Library(
        extra="llama-index",
        module="llama_index.core",
        distribution="llama-index-core",
        versions=">=0.14.19,<0.15",
        recorders=(
            official("opentelemetry.instrumentation.genai.llama_index", "LlamaIndexInstrumentor"),
            own("tools.tap"),
        ),
    ),
    Library(
        extra="crewai",
        module="crewai",
        distribution="crewai",
        versions=">=1.15.21,<2",
        recorders=(own("crewai.record"),),
    ),
    Library(
        extra="litellm",
        module="litellm",
        distribution="litellm",
        versions=">=1.80,<2",
        recorders=(openinference("openinference.instrumentation.litellm", "LiteLLMInstrumentor"),),
    ),
    Library(
        extra="strands-agents",
        module="strands",
        distribution="strands-agents",
        versions=">=1.42,<2",
        recorders=(),
    ),
    Library(
        extra="agno",
        module="agno",
        distribution="agno",
        versions=">=3.0,<4",
        recorders=(openinference("openinference.instrumentation.agno", "AgnoInstrumentor"),),
    ),
    Library(
        extra="agent-framework",
        module="agent_framework",
        distribution="agent-framework-core",
        versions=">=1.8,<2",
        recorders=(own("agent_framework.tell_everything"),),
    ),
    Library(
        extra="haystack",
        module="haystack",
        distribution="haystack-ai",
        versions=">=3.0,<4",
        recorders=(own("haystack.tell_agents"),),
    ),
    Library(
        extra="smolagents",
        module="smolagents",
        distribution="smolagents",
        versions=">=1.24,<2",
        recorders=(own("smolagents.record"), own("huggingface.record")),
    ),
    Library(
        extra="google-genai",
        module="google.genai",
        distribution="google-genai",
        versions=">=2.0,<4",
        recorders=(
            own("first_chunk.of_google_genai"),
            openinference("openinference.instrumentation.google_genai", "GoogleGenAIInstrumentor"),
        ),
    ),
    Library(
        extra="boto3",
        module="boto3",
        distribution="boto3",
        versions=">=1.40.46,<2",
        recorders=(official("opentelemetry.instrumentation.genai.bedrock", "BedrockInstrumentor", hook=WholeInput()),),
        when_used=bedrock.when_asked,
    ),
    Library(
        extra="ollama",
        module="ollama",
        distribution="ollama",
        versions=">=0.4,<1",
        recorders=(
            own("first_chunk.of_ollama"),
            openinference("openinference.instrumentation.ollama", "OllamaInstrumentor"),
        ),
    ),
    Library(
        extra="mistralai",
        module="mistralai.client",
        distribution="mistralai",
        versions=">=2.9.2,<4",
        recorders=(
            own("first_chunk.of_mistralai"),
            openinference("openinference.instrumentation.mistralai", "MistralAIInstrumentor"),
        ),
    ),
    Library(
        extra="google-adk",
        module="google.adk",
        distribution="google-adk",
        versions=">=2.13,<3",
        recorders=(own("google_adk.keep_tools"),),
    ),
)
