"""What a round costs: its tokens at the price of the user's own list, else of genai-prices.

Costs are whole nano-dollars, so sums are exact. ``docs/cost.md`` says how a price is found.
"""

from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from .own_prices import OwnPrices
from .rates import NANO, Cost, Rates, cost, dollars, rates
from .usage import Usage

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, Provider

__all__ = ["NANO", "Cost", "dollars", "load_prices", "nano_dollars", "price", "use_own_prices"]

_STEP_S = 1800
"""The finest step at which a price of the list changes: DeepSeek's nights begin at half past."""

_LIST_NAMES = {
    "azure.ai.openai": "azure",
    "azure.ai.inference": "azure",
    "gcp.gen_ai": "google",
    "x_ai": "x-ai",
}
"""OpenTelemetry's name of a provider -> the list's, where the list does not find it by itself."""

_STANDARD_TIERS = frozenset({"", "auto", "default", "standard", "standard_only", "on_demand", "on-demand"})
_own: OwnPrices | None = None


def nano_dollars(amount: float | Decimal) -> int:
    """Dollars as whole nano-dollars, rounded half to even."""
    return int((Decimal(str(amount)) * NANO).to_integral_value(ROUND_HALF_EVEN))


def use_own_prices(prices: OwnPrices | None) -> None:
    """Let *prices* go before the list's from now on; ``None`` undoes it."""
    global _own  # noqa: PLW0603 - one process has one price list
    _own = prices
    _rates.cache_clear()


def load_prices() -> None:
    """Read the price list now, which takes half a second, instead of when the first round is priced."""
    price(provider="openai", models=("gpt-4o-mini",), usage=Usage(input_tokens=1, output_tokens=1), at_ns=0)


def price(
    *, provider: str, models: tuple[str, ...], usage: Usage, at_ns: int, tier: str = "", address: str = ""
) -> Cost | None:
    """The cost of *usage* at the price of the first of *models* that has one; ``None`` when none has.

    *tier* is how the provider ran the call (flex, priority, batch, …), *address* the host that was asked: a client of
    one provider may have asked another. ``estimated`` is the price of the same model at another provider, or of the
    standard tier where the list does not know the tier's.
    """
    found = _rates(provider, models, at_ns // (_STEP_S * NANO), tier, address)
    return None if found is None else cost(found, usage)


@lru_cache(maxsize=4096)
def _rates(provider: str, models: tuple[str, ...], step: int, tier: str, address: str) -> Rates | None:
    at = datetime.fromtimestamp(step * _STEP_S, UTC)
    for estimate in (False, True):
        for model in models:
            own = None if _own is None else _own.find(provider, model)
            if own is not None:
                return own
            found = _elsewhere(model) if estimate else _listed(provider, model, address)
            if found is not None:
                return _at_tier(*found, at=at, tier=tier, estimate=estimate)
    return None


def _at_tier(provider: "Provider", model: "ModelInfo", *, at: datetime, tier: str, estimate: bool) -> Rates:
    """The list's prices of *model* at that time, those of *tier* where it has some."""
    context = {} if tier.lower() in _STANDARD_TIERS else _context(provider.id, tier.lower())
    # A model that is listed with another provider has that one's prices, but not its tiers.
    known = bool(context) and model in provider.models and _has_variant(model, context, at)
    prices = vars(model.get_prices(at, context if known else None))
    source = "estimated" if estimate or (context and not known) else "computed"
    return rates(prices, source=source, version=_version())


def _context(provider: str, tier: str) -> dict[str, str]:
    """*tier* in the list's words."""
    if tier == "batch":
        return {"processing": "batch"}
    return {"speed" if provider == "anthropic" and tier == "fast" else "service_tier": tier}


def _has_variant(model: "ModelInfo", context: dict[str, str], at: datetime) -> bool:
    return any(
        context.items() >= variant.when.items() and (variant.constraint is None or variant.constraint.active(at))
        for variant in model.price_variants or ()
    )


def _listed(provider: str, model: str, address: str) -> "tuple[Provider, ModelInfo] | None":
    """The list's entry of *model* at the provider that was asked."""
    host = address if "://" in address else f"https://{address}"
    told = _find(model, provider_id=None, url=host) if address else None
    return told or (_find(model, provider_id=_LIST_NAMES.get(provider, provider), url=None) if provider else None)


def _elsewhere(model: str) -> "tuple[Provider, ModelInfo] | None":
    """The list's entry of *model* at whoever is known for it; ``openai/gpt-4o`` says who that is."""
    return _find(model, provider_id="litellm", url=None)


def _find(model: str, *, provider_id: str | None, url: str | None) -> "tuple[Provider, ModelInfo] | None":
    from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415 - half a second: never on the agent's thread

    try:
        return get_snapshot().find_provider_model(_plain_name(model), None, provider_id, url)
    except LookupError:
        return None


def _plain_name(model: str) -> str:
    """*model* without the path that Google and AWS put before it."""
    if model.startswith("arn:"):
        return model.rpartition("/")[2]
    return model.rpartition("models/")[2]


@cache
def _version() -> Any:
    from genai_prices import __version__  # noqa: PLC0415 - see _find

    return f"genai-prices {__version__}"
