"""What a round costs: tokens times the price list of genai-prices. Costs are whole nano-dollars, so sums are exact."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from . import attributes as a
from .usage import Usage

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice

NANO = 1_000_000_000
_MILLION = 1_000_000


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


def price(*, provider: str, models: tuple[str, ...], usage: Usage, at_ns: int) -> Cost | None:
    """The cost of *usage* at the price of the first of *models* that the list knows; ``None`` when it knows none."""
    when = datetime.fromtimestamp(at_ns / NANO, UTC)
    for model in models:
        info = _model(provider, model)
        if info is not None:
            return _cost(info.get_prices(when), usage)
    return None


def _cost(prices: "ModelPrice", usage: Usage) -> Cost:
    from genai_prices import Usage as ListUsage  # noqa: PLC0415 - half a second to import: never on the agent's thread
    from genai_prices.types import calc_unit_price  # noqa: PLC0415

    writes_1h = min(usage.cache_write_1h_tokens, usage.cache_write_tokens)
    whole = prices.calc_price(
        ListUsage(
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            cache_read_tokens=usage.cache_read_tokens,
            cache_write_tokens=usage.cache_write_tokens,
            cache_write_1h_tokens=writes_1h,
        )
    )

    def part(price_key: str, tokens: int) -> Decimal:
        return calc_unit_price(getattr(prices, price_key), tokens, usage.input_tokens, _MILLION)

    reads = nano_dollars(part("cache_read_mtok", usage.cache_read_tokens))
    long_price = "cache_write_mtok" if prices.cache_write_1h_mtok is None else "cache_write_1h_mtok"
    short_writes = part("cache_write_mtok", usage.cache_write_tokens - writes_1h)
    writes = nano_dollars(short_writes + part(long_price, writes_1h))
    return Cost(
        input=nano_dollars(whole["input_price"]) - reads - writes,
        output=nano_dollars(whole["output_price"]),
        cache_read=reads,
        cache_write=writes,
        source="computed",
        version=_version(),
    )


@lru_cache(maxsize=1024)
def _model(provider: str, model: str) -> "ModelInfo | None":
    from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415 - see _cost

    try:
        return get_snapshot().find_provider_model(model, None, provider or None, None)[1]
    except LookupError:
        return None


@cache
def _version() -> str:
    from genai_prices import __version__  # noqa: PLC0415 - see _cost

    return f"genai-prices {__version__}"
