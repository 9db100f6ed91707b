"""The provider clients of the demo: real ones, pointed at the local server or, live, at the providers."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from anthropic import Anthropic, AsyncAnthropic
from openai import AsyncOpenAI, OpenAI

from invocation_otel.errors import SettingsError

from .providers import ProviderServer
from .screenplay import script

OPENAI_KEY = "OPENAI_API_KEY"
ANTHROPIC_KEY = "ANTHROPIC_API_KEY"


@dataclass(frozen=True, kw_only=True)
class Clients:
    """A client of each kind; live, those without a key are never asked."""

    claude: Anthropic
    claude_async: AsyncAnthropic
    gpt: OpenAI
    gpt_async: AsyncOpenAI
    providers: frozenset[str]
    """The providers that can be asked."""


@asynccontextmanager
async def scripted_clients() -> AsyncIterator[Clients]:
    """Clients of a local server that speaks both providers' protocols and answers from the screenplay."""
    with ProviderServer(script) as server:
        claude = {"base_url": server.anthropic_url, "api_key": server.api_key}
        gpt = {"base_url": server.openai_url, "api_key": server.api_key}
        async with _opened(claude, gpt, frozenset({"anthropic", "openai"})) as clients:
            yield clients


def live_keys(environ: Mapping[str, str]) -> dict[str, str]:
    """The keys of real providers that are set, by provider. Raises SettingsError when there is none."""
    keys = {"anthropic": environ.get(ANTHROPIC_KEY, ""), "openai": environ.get(OPENAI_KEY, "")}
    if not any(keys.values()):
        raise SettingsError(
            f"--live asks real providers, but neither {OPENAI_KEY} nor {ANTHROPIC_KEY} is set: set one."
        )
    return {provider: key for provider, key in keys.items() if key}


@asynccontextmanager
async def live_clients(keys: Mapping[str, str]) -> AsyncIterator[Clients]:
    """Clients of the real providers, by the keys that there are."""
    never_asked = "no key"
    claude, gpt = ({"api_key": keys.get(provider, never_asked)} for provider in ("anthropic", "openai"))
    async with _opened(claude, gpt, frozenset(keys)) as clients:
        yield clients


@asynccontextmanager
async def _opened(
    claude: Mapping[str, Any], gpt: Mapping[str, Any], providers: frozenset[str]
) -> AsyncIterator[Clients]:
    async with AsyncExitStack() as stack:
        yield Clients(
            claude=stack.enter_context(Anthropic(**claude)),
            claude_async=await stack.enter_async_context(AsyncAnthropic(**claude)),
            gpt=stack.enter_context(OpenAI(**gpt)),
            gpt_async=await stack.enter_async_context(AsyncOpenAI(**gpt)),
            providers=providers,
        )
