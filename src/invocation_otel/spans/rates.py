"""Prices of one model made ready: what one token of each kind adds to the cost of a round, as whole numbers."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from operator import attrgetter
from typing import Any, NamedTuple

from . import attributes as a
from .usage import Usage

NANO = 1_000_000_000


class Cost(NamedTuple):
    """US dollars of one round, in nano-dollars by kind of token; ``source`` and ``version`` say who says so.

    ``output`` includes what is billed beside tokens, such as web searches.
    """

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


class _Kind(NamedTuple):
    """A kind of token that has a price of its own; what more of them narrow down is priced as the narrower kind."""

    price: str
    """The price's name in genai-prices: dollars for a million tokens (``mtok``) or a thousand uses (``kcount``)."""

    field: str
    """The field of `Usage` that counts it."""

    part: str
    """The part of the cost."""

    traits: frozenset[str]


def _kind(price: str, field: str, part: str, traits: str) -> _Kind:
    return _Kind(price, field, part, frozenset(traits.split()))


_KINDS = (
    _kind("input_mtok", "input_tokens", "input", "in"),
    _kind("output_mtok", "output_tokens", "output", "out"),
    _kind("cache_read_mtok", "cache_read_tokens", "cache_read", "in read"),
    _kind("cache_write_mtok", "cache_write_tokens", "cache_write", "in write"),
    _kind("cache_write_1h_mtok", "cache_write_1h_tokens", "cache_write", "in write 1h"),
    _kind("output_reasoning_mtok", "reasoning_tokens", "output", "out reasoning"),
    _kind("input_audio_mtok", "audio_input_tokens", "input", "in audio"),
    _kind("output_audio_mtok", "audio_output_tokens", "output", "out audio"),
    _kind("cache_audio_read_mtok", "audio_cache_read_tokens", "cache_read", "in read audio"),
    _kind("input_image_mtok", "image_input_tokens", "input", "in image"),
    _kind("output_image_mtok", "image_output_tokens", "output", "out image"),
    _kind("cache_image_read_mtok", "image_cache_read_tokens", "cache_read", "in read image"),
    _kind("web_searches_kcount", "web_searches", "output", "search"),
)
_PARTS = ("input", "output", "cache_read", "cache_write")
_REQUESTS = "requests_kcount"
_DECIMALS = (3, 9, 18)
"""Prices are kept as whole numbers: with 3 decimals most are exact, with 18 all are.

With 3, a token costs whole nano-dollars, and nothing has to be rounded.
"""


class Rates(NamedTuple):
    """What a round costs at one model's prices, as ``cost`` works it out."""

    counts: Callable[[Usage], tuple[int, ...]]
    """Reads the counts that matter."""

    per_count: tuple[tuple[int, int, int, int], ...]
    """For each of them, what one adds to the four parts of the cost, in `unit`."""

    per_request: int
    unit: int
    """How many of those are a nano-dollar."""

    above: tuple[tuple[int, "Rates"], ...]
    """Other rates for a call with more input tokens than this; the highest first."""

    has_modalities: bool
    source: str
    version: str


def rates(prices: Mapping[str, Any], *, source: str, version: str) -> Rates:
    """*prices* made ready: dollars by name, each a ``Decimal`` or a price of genai-prices with tiers."""
    known = {name: price for name, price in prices.items() if price is not None}
    starts = {tier.start for price in known.values() for tier in getattr(price, "tiers", ())}
    above = [(start, _flat(_at(known, start + 1), source, version)) for start in sorted(starts, reverse=True)]
    return _flat(_at(known, 0), source, version)._replace(above=tuple(above))


def cost(at: Rates, usage: Usage) -> Cost:
    """What *usage* costs."""
    for start, higher in at.above:
        if usage.input_tokens > start:
            at = higher
            break
    if at.has_modalities and (usage.audio_input_tokens or usage.image_input_tokens):
        usage = _with_cached_modalities(usage)
    input_ = reads = writes = 0
    output = at.per_request
    for count, (to_input, to_output, to_reads, to_writes) in zip(at.counts(usage), at.per_count, strict=True):
        if count:
            input_ += count * to_input
            output += count * to_output
            reads += count * to_reads
            writes += count * to_writes
    unit = at.unit
    if unit > 1:
        input_, output, reads, writes = [_rounded(part, unit) for part in (input_, output, reads, writes)]
    return Cost(input_, output, reads, writes, at.source, at.version)


def _at(prices: Mapping[str, Any], input_tokens: int) -> dict[str, Decimal]:
    """*prices* for a call with so many input tokens."""
    return {name: _tier(price, input_tokens) for name, price in prices.items()}


def _tier(price: Any, input_tokens: int) -> Decimal:
    reached = [tier.price for tier in getattr(price, "tiers", ()) if input_tokens > tier.start]
    return Decimal(reached[-1] if reached else getattr(price, "base", price))


def _flat(prices: Mapping[str, Decimal], source: str, version: str) -> Rates:
    decimals = next(n for n in _DECIMALS if n == _DECIMALS[-1] or all(_is_whole(p, n) for p in prices.values()))
    priced = [kind for kind in _KINDS if kind.price in prices]
    adds = {kind.field: dict.fromkeys(_PARTS, 0) for kind in priced}
    for kind in priced:
        price = int(prices[kind.price].scaleb(decimals)) * (1000 if kind.price.endswith("_kcount") else 1)
        for field, sign in _remainder(kind, priced).items():
            adds[field][kind.part] += sign * price
    return Rates(
        counts=_reader(list(adds)),
        per_count=tuple((add["input"], add["output"], add["cache_read"], add["cache_write"]) for add in adds.values()),
        per_request=int(prices.get(_REQUESTS, Decimal(0)).scaleb(decimals)) * 1000,
        unit=10**decimals * 1_000_000 // NANO,
        above=(),
        has_modalities=any(kind.traits & {"audio", "image"} for kind in priced),
        source=source,
        version=version,
    )


def _is_whole(price: Decimal, decimals: int) -> bool:
    scaled = price.scaleb(decimals)
    return scaled == scaled.to_integral_value()


def _remainder(kind: _Kind, priced: list[_Kind]) -> dict[str, int]:
    """How the tokens that are of *kind* and of no narrower one are counted: field -> how often it is added."""
    counted = {kind.field: 1}
    for narrower in priced:
        if kind.traits < narrower.traits:
            for field, sign in _remainder(narrower, priced).items():
                counted[field] = counted.get(field, 0) - sign
    return counted


def _reader(fields: list[str]) -> Callable[[Usage], tuple[int, ...]]:
    if len(fields) > 1:
        return attrgetter(*fields)
    return lambda usage: tuple(getattr(usage, field) for field in fields)


def _with_cached_modalities(usage: Usage) -> Usage:
    """*usage* whose parts fit: what is audio or image *and* cached counts once, also where nobody told how much it is.

    OpenAI's chat completions tell the audio tokens and the cached tokens, not the cached audio tokens.
    """
    audio = usage.audio_input_tokens - usage.audio_cache_read_tokens
    image = usage.image_input_tokens - usage.image_cache_read_tokens
    twice = usage.cache_read_tokens + usage.cache_write_tokens + audio + image - usage.input_tokens
    if twice <= 0:
        return usage
    return usage._replace(
        audio_cache_read_tokens=usage.audio_cache_read_tokens + min(twice, audio),
        image_cache_read_tokens=usage.image_cache_read_tokens + max(twice - audio, 0),
    )


def _rounded(amount: int, unit: int) -> int:
    """*amount* in whole units, rounded half to even."""
    whole, rest = divmod(amount, unit)
    return whole + (rest * 2 > unit or (rest * 2 == unit and whole % 2)) if rest else whole
