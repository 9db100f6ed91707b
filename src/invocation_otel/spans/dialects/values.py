"""Values that several dialects write in their own way."""

from collections.abc import Iterable, Mapping
from typing import Any

from invocation_otel.spans.forms import parsed

PROVIDERS = {
    "amazon-bedrock": "aws.bedrock",
    "amazon_bedrock": "aws.bedrock",
    "aws": "aws.bedrock",
    "az.ai.inference": "azure.ai.inference",
    "az.ai.openai": "azure.ai.openai",
    "azure": "azure.ai.openai",
    "azure-openai": "azure.ai.openai",
    "bedrock": "aws.bedrock",
    "bedrock_converse": "aws.bedrock",
    "gemini": "gcp.gemini",
    "google": "gcp.gen_ai",
    "google_genai": "gcp.gemini",
    "google-vertex": "gcp.vertex_ai",
    "google_vertexai": "gcp.vertex_ai",
    "vertex_ai": "gcp.vertex_ai",
    "vertexai": "gcp.vertex_ai",
    "mistral": "mistral_ai",
    "mistralai": "mistral_ai",
    "moonshot": "moonshot_ai",
    "moonshotai": "moonshot_ai",
    "watsonx": "ibm.watsonx.ai",
    "xai": "x_ai",
}
"""What libraries call a provider -> OpenTelemetry's name, where that is another."""

_KNOWN = frozenset(PROVIDERS.values()) | {"openai", "anthropic", "cohere", "deepseek", "groq", "perplexity"}
_FRAMEWORKS = frozenset({"strands-agents", "gcp.vertex.agent", "microsoft.agent_framework", "langchain"})
_BEDROCK_MAKERS = ("amazon.", "anthropic.", "meta.", "cohere.", "mistral.", "ai21.", "deepseek.", "qwen.", "writer.")


def provider(told: Any, model: Any) -> str:
    """OpenTelemetry's name of the provider *told*; one that is only known to its library stays as it is.

    A framework that names itself instead is no provider: then the form of the *model*'s id tells the provider, where it
    can be no other.
    """
    said = str(told).strip().lower()
    if is_framework(told):
        return _provider_of(str(model or "")) or str(told)
    if said in _KNOWN:
        return said
    family = said.partition(".")[0]  # the Vercel AI SDK adds the endpoint: openai.chat, anthropic.messages
    return PROVIDERS.get(said) or PROVIDERS.get(family) or (family if family in _KNOWN else str(told))


def is_framework(provider: Any) -> bool:
    """Whether *provider* is only the name of the framework that told it."""
    return str(provider).strip().lower() in _FRAMEWORKS


def _provider_of(model: str) -> str:
    without_region = model.partition(".")[2] if model[:3] in {"us.", "eu."} or model[:5] == "apac." else model
    if ":" in model and without_region.startswith(_BEDROCK_MAKERS):
        return "aws.bedrock"
    return "gcp.gen_ai" if model.startswith("gemini-") else ""


def joined(pairs: Iterable[tuple[str, Any]], **rest: Any) -> dict[str, Any]:
    """A dictionary of those of *pairs* that say something."""
    return {name: value for name, value in (*pairs, *rest.items()) if value not in (None, "", [], {})}


def as_list(told: Any) -> list[Any]:
    """*told*, read as JSON where it is a text, when that is a list; else an empty one."""
    value = parsed(told)
    return list(value) if isinstance(value, list | tuple) else []


def as_mapping(told: Any) -> Mapping[str, Any]:
    """*told*, read as JSON where it is a text, when that is an object; else an empty one."""
    value = parsed(told)
    return value if isinstance(value, Mapping) else {}


def number(told: Any) -> float | None:
    """*told* as a number; ``None`` when it is none. SQL and JSON carry some of them as text."""
    try:
        return None if told is None or isinstance(told, bool) else float(told)
    except (TypeError, ValueError):
        return None
