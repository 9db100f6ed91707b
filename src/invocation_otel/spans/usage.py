"""Tokens of a round and the rule they follow."""

from collections.abc import Mapping
from operator import add
from typing import Any, NamedTuple

from . import attributes as a

_NAMES = {
    "input_tokens": a.INPUT_TOKENS,
    "output_tokens": a.OUTPUT_TOKENS,
    "cache_read_tokens": a.CACHE_READ_TOKENS,
    "cache_write_tokens": a.CACHE_WRITE_TOKENS,
    "cache_write_1h_tokens": a.CACHE_WRITE_1H_TOKENS,
    "reasoning_tokens": a.REASONING_TOKENS,
    "audio_input_tokens": a.AUDIO_INPUT_TOKENS,
    "audio_output_tokens": a.AUDIO_OUTPUT_TOKENS,
    "audio_cache_read_tokens": a.AUDIO_CACHE_READ_TOKENS,
    "image_input_tokens": a.IMAGE_INPUT_TOKENS,
    "image_output_tokens": a.IMAGE_OUTPUT_TOKENS,
    "image_cache_read_tokens": a.IMAGE_CACHE_READ_TOKENS,
    "web_searches": a.WEB_SEARCHES,
}

FIELDS = {name: field for field, name in _NAMES.items()}
"""Attribute name -> what it is called in `Usage`."""


class Usage(NamedTuple):
    """Tokens that went in and out: ``input_tokens`` is the total, cached ones included.

    ``cache_write_1h_tokens`` are those of ``cache_write_tokens`` that are kept for an hour (Anthropic bills them
    higher); ``reasoning_tokens`` are part of ``output_tokens``. Audio and image tokens are part of the totals of their
    direction, what of them was cached is part of both. ``web_searches`` are searches, not tokens.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    cache_write_1h_tokens: int = 0
    reasoning_tokens: int = 0
    audio_input_tokens: int = 0
    audio_output_tokens: int = 0
    audio_cache_read_tokens: int = 0
    image_input_tokens: int = 0
    image_output_tokens: int = 0
    image_cache_read_tokens: int = 0
    web_searches: int = 0

    @classmethod
    def from_attributes(cls, attributes: Mapping[str, Any]) -> "Usage | None":
        """The usage that *attributes* tell, or ``None`` when they tell none."""
        counts = {
            FIELDS[name]: count
            for name in FIELDS.keys() & attributes.keys()
            if isinstance(count := attributes[name], int)
        }
        return cls(**counts) if counts else None

    def to_attributes(self) -> dict[str, int]:
        """The same as span attributes; counts of zero are left out, except the two totals."""
        counts = zip(_NAMES.values(), self, strict=True)
        return {name: int(count) for name, count in counts if count or name in (a.INPUT_TOKENS, a.OUTPUT_TOKENS)}

    @property
    def valid(self) -> bool:
        """Whether the counts can be true: none is negative, and no part is more than its whole."""
        return (
            min(self.input_tokens, self.output_tokens, self.cache_read_tokens, self.cache_write_tokens) >= 0
            and self.cache_read_tokens + self.cache_write_tokens <= self.input_tokens
            and 0 <= self.reasoning_tokens <= self.output_tokens
            and 0 <= self.cache_write_1h_tokens <= self.cache_write_tokens
            and (not self._has_modalities or self._modalities_valid)
        )

    @property
    def _has_modalities(self) -> bool:
        return bool(
            self.audio_input_tokens
            or self.audio_output_tokens
            or self.image_input_tokens
            or self.image_output_tokens
            or self.audio_cache_read_tokens
            or self.image_cache_read_tokens
        )

    @property
    def _modalities_valid(self) -> bool:
        return (
            0 <= self.audio_cache_read_tokens <= self.audio_input_tokens
            and 0 <= self.image_cache_read_tokens <= self.image_input_tokens
            and 0 <= self.audio_output_tokens + self.image_output_tokens <= self.output_tokens
            and self.audio_input_tokens + self.image_input_tokens <= self.input_tokens
            and self.audio_cache_read_tokens + self.image_cache_read_tokens <= self.cache_read_tokens
        )

    def __add__(self, other: "Usage") -> "Usage":  # type: ignore[override] # tokens are added up, not listed
        return Usage(*map(add, self, other))
