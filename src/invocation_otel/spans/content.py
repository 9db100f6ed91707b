"""Keeping what an agent handed over as it was at that moment, and writing it as JSON later, on the worker."""

import base64
import dataclasses
import json
import marshal
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from types import NoneType
from typing import Any

import orjson


class Snapshot:
    """A value as it was when it was handed over, whatever its owner does to it afterwards.

    Plain builtins are copied by ``marshal`` (a tenth of the time of ``json``); anything else is turned into plain
    values first.
    """

    __slots__ = ("_bytes",)

    def __init__(self, value: Any) -> None:
        self._bytes = snapshot(value)

    def __len__(self) -> int:
        return len(self._bytes)

    def value(self) -> Any:
        """The value, made of plain builtins."""
        return restored(self._bytes)


def snapshot(value: Any) -> bytes:
    """*value* as it is now, as bytes: what a span keeps so gives the garbage collector nothing to follow."""
    try:
        return marshal.dumps(value)
    except ValueError:
        return marshal.dumps(plain(value))


def restored(kept: bytes) -> Any:
    """What ``snapshot`` has kept, made of plain builtins."""
    return marshal.loads(kept)  # noqa: S302 - these bytes were written above, in this process


_SIMPLE = frozenset({str, int, float, bool, NoneType})


def plain(value: Any) -> Any:  # noqa: PLR0911 - one line for each type
    """*value* made of dictionaries, lists, texts and numbers only; what has no such form becomes its ``str``."""
    if type(value) in _SIMPLE:
        return value
    if isinstance(value, str):  # the text of an enumeration's member, for one, which its str() need not be
        return str.__str__(value)
    if isinstance(value, int | float):
        return int(value) if isinstance(value, int) else float(value)
    if isinstance(value, Mapping):
        return {plain(key) if isinstance(key, str) else str(key): plain(item) for key, item in value.items()}
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, Sequence | AbstractSet):
        return [plain(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        told = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return {name: plain(item) for name, item in told.items() if item is not None}
    dump = getattr(value, "model_dump", None)  # pydantic models: what both client libraries are made of
    return plain(dump()) if callable(dump) else str(value)


def to_json(value: Any) -> str:
    """*value* as compact JSON text; infinities and NaN, which JSON has not, become ``null``."""
    try:
        return orjson.dumps(value, plain, _ONLY_BUILTINS).decode()
    except TypeError:  # what orjson refuses: integers beyond 64 bits, lone surrogates, keys that are no texts
        return json.dumps(_finite(plain(value)), ensure_ascii=False, separators=(",", ":"))


_ONLY_BUILTINS = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_SUBCLASS


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list) else value
