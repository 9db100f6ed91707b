"""Tokens of a call whose provider did not count them: about one for four characters of English."""

from collections.abc import Mapping
from typing import Any

CHARACTERS_PER_TOKEN = 4
_NO_TEXT = frozenset(
    {"type", "role", "finish_reason", "id", "signature", "encrypted_content"}
    | {"data", "url", "image_url", "file_data", "file_id"}
)


def guessed_tokens(*values: Any) -> int:
    """About how many tokens the texts in *values* take; images, files and sounds count nothing."""
    return -(-sum(_characters(value) for value in values) // CHARACTERS_PER_TOKEN)


def _characters(value: Any) -> int:
    if isinstance(value, str):
        return 0 if value.startswith("data:") else len(value)
    if isinstance(value, Mapping):
        return sum(_characters(item) for name, item in value.items() if name not in _NO_TEXT)
    return sum(_characters(item) for item in value) if isinstance(value, list) else 0
