"""What a round costs: tokens times the price list of genai-prices. Costs are whole nano-dollars, so sums are exact."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from . import attributes as a
from .usage import Usage

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice

NANO = 1_000_000_000
_MILLION = 1_000_000
_HOUR_NS = 3600 * NANO
_NOTHING = Decimal(0)
_SIMPLE = frozenset(
    {
        "input_mtok",
        "output_mtok",
        "cache_read_mtok",
        "cache_write_mtok",
        "cache_write_5m_mtok",
        "cache_write_1h_mtok",
        "web_searches_kcount",
    }
)
"""Prices of which ours is a fifteenth of the list's own calculation; with any other the list calculates itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """US dollars of one round, in nano-dollars by kind of token; ``source`` and ``version`` say who says so."""

    input: int
    output: int
    cache_read: int
    cache_write: int
    source: str
    version: str

    @property
    def total(self) -> int:
        return self.input + self.output + self.cache_read + self.cache_write

    def to_attributes(self) -> dict[str, float | str]:
        """The cost as span attributes: dollars with at most 9 decimals, which ``Decimal(18, 9)`` keeps exactly."""
        return {
            a.COST_TOTAL: dollars(self.total),
            a.COST_INPUT: dollars(self.input),
            a.COST_OUTPUT: dollars(self.output),
            a.COST_CACHE_READ: dollars(self.cache_read),
            a.COST_CACHE_WRITE: dollars(self.cache_write),
            a.COST_SOURCE: self.source,
            a.PRICE_VERSION: self.version,
        }


def dollars(nano: int) -> float:
    """Nano-dollars as the nearest double, whose shortest decimal form has at most 9 decimals."""
    return nano / NANO


def nano_dollars(amount: float | Decimal) -> int:
    """Dollars as whole nano-dollars, rounded half to even."""
    return int((Decimal(str(amount)) * NANO).to_integral_value(ROUND_HALF_EVEN))


def load_prices() -> None:
    """Read the price list now, which takes half a second, instead of when the first round is priced."""
    # A whole calculation: the list's package imports modules of its own for the first one.
    price(provider="openai", models=("gpt-4o-mini",), usage=Usage(input_tokens=1, output_tokens=1), at_ns=0)


def price(*, provider: str, models: tuple[str, ...], usage: Usage, at_ns: int) -> Cost | None:
    """The cost of *usage* at the price of the first of *models* that the list knows; ``None`` when it knows none."""
    hour = at_ns // _HOUR_NS  # the finest step at which a list price changes
    for model in models:
        prices = _prices(provider, model, hour)
        if prices is not None:
            return _cost(prices, usage)
    return None


def _cost(prices: "ModelPrice", usage: Usage) -> Cost:
    writes_1h = min(usage.cache_write_1h_tokens, usage.cache_write_tokens)
    long_price = "cache_write_mtok" if prices.cache_write_1h_mtok is None else "cache_write_1h_mtok"
    reads = _part(prices, "cache_read_mtok", usage.cache_read_tokens, usage)
    writes = _part(prices, "cache_write_mtok", usage.cache_write_tokens - writes_1h, usage)
    writes += _part(prices, long_price, writes_1h, usage)
    if _SIMPLE.issuperset(vars(prices)):
        plain = usage.input_tokens
        plain -= usage.cache_read_tokens if prices.cache_read_mtok is not None else 0
        plain -= usage.cache_write_tokens if prices.cache_write_mtok is not None else 0
        input_ = _part(prices, "input_mtok", plain, usage)
        output = _part(prices, "output_mtok", usage.output_tokens, usage)
    else:
        whole = prices.calc_price(_list_usage(usage))
        input_ = whole["input_price"] - reads - writes
        output = whole["output_price"] + _neither(whole)
    return Cost(
        input=nano_dollars(input_),
        output=nano_dollars(output),
        cache_read=nano_dollars(reads),
        cache_write=nano_dollars(writes),
        source="computed",
        version=_version(),
    )


def _part(prices: "ModelPrice", price_key: str, tokens: int, usage: Usage) -> Decimal:
    """Dollars for *tokens* at one price of the list, at the tier that the whole input reaches."""
    from genai_prices.types import calc_unit_price  # noqa: PLC0415 - half a second to import: never on the agent's thread

    return calc_unit_price(getattr(prices, price_key), tokens, usage.input_tokens, _MILLION) if tokens else _NOTHING


def _list_usage(usage: Usage) -> Any:
    from genai_prices import Usage as ListUsage  # noqa: PLC0415 - see _part

    return ListUsage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cache_read_tokens,
        cache_write_tokens=usage.cache_write_tokens,
        cache_write_1h_tokens=min(usage.cache_write_1h_tokens, usage.cache_write_tokens),
    )


def _neither(whole: Any) -> Decimal:
    """What is billed for the request itself, neither for input nor for output."""
    return Decimal(whole["total_price"] - whole["input_price"] - whole["output_price"])


@lru_cache(maxsize=1024)
def _prices(provider: str, model: str, hour: int) -> "ModelPrice | None":
    info = _model(provider, model)
    return info.get_prices(datetime.fromtimestamp(hour * 3600, UTC)) if info else None


@lru_cache(maxsize=1024)
def _model(provider: str, model: str) -> "ModelInfo | None":
    from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415 - see _part

    try:
        return get_snapshot().find_provider_model(model, None, provider or None, None)[1]
    except LookupError:
        return None


@cache
def _version() -> str:
    from genai_prices import __version__  # noqa: PLC0415 - see _part

    return f"genai-prices {__version__}"
