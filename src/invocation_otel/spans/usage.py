"""Tokens of a round and the rule they follow."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import attributes as a

_NAMES = {
    "input_tokens": a.INPUT_TOKENS,
    "output_tokens": a.OUTPUT_TOKENS,
    "cache_read_tokens": a.CACHE_READ_TOKENS,
    "cache_write_tokens": a.CACHE_WRITE_TOKENS,
    "cache_write_1h_tokens": a.CACHE_WRITE_1H_TOKENS,
    "reasoning_tokens": a.REASONING_TOKENS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens that went in and out: ``input_tokens`` is the total, cached ones included.

    ``cache_write_1h_tokens`` are those of ``cache_write_tokens`` that are kept for an hour (Anthropic bills them
    higher); ``reasoning_tokens`` are part of ``output_tokens``.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    cache_write_1h_tokens: int = 0
    reasoning_tokens: int = 0

    @classmethod
    def from_attributes(cls, attributes: Mapping[str, Any]) -> "Usage | None":
        """The usage that *attributes* tell, or ``None`` when they tell none."""
        told = {field: attributes[name] for field, name in _NAMES.items() if isinstance(attributes.get(name), int)}
        return cls(**told) if told else None

    def to_attributes(self) -> dict[str, int]:
        """The same as span attributes; counts of zero are left out, except the two totals."""
        counts = {name: int(getattr(self, field)) for field, name in _NAMES.items()}
        return {name: count for name, count in counts.items() if count or name in (a.INPUT_TOKENS, a.OUTPUT_TOKENS)}

    @property
    def valid(self) -> bool:
        """Whether the counts can be true: none is negative, and what was cached is part of the input."""
        counts = (self.input_tokens, self.output_tokens, self.cache_read_tokens, self.cache_write_tokens)
        return min(counts) >= 0 and self.cache_read_tokens + self.cache_write_tokens <= self.input_tokens

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(**{field: getattr(self, field) + getattr(other, field) for field in _NAMES})
