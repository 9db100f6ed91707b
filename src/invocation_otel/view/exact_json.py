"""JSON whose numbers keep every digit that they have in the database, or had when they were recorded."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from .times import iso_utc


class _Literal(str):
    """A number as it was written: ``1.50`` stays ``1.50``, and ``1e400`` is no infinity."""

    __slots__ = ()


_DEEPEST = 300
"""Levels that are written; where Python itself gives up differs from one version to the next."""

UNREADABLE = (ValueError, RecursionError)
"""What is raised for a text that is no JSON, or that is brackets inside brackets hundreds of levels deep."""


def to_json(value: Any, *, indent: int | None = None, level: int = 1) -> str:  # noqa: PLR0911 - a form for each type
    """*value*, made of what the store answers, as JSON: all digits of decimals, times in ISO 8601 with ``Z``."""
    if level > _DEEPEST:
        raise ValueError(f"brackets inside brackets, more than {_DEEPEST} deep")
    match value:
        case _Literal():
            return str(value)
        case Decimal():
            return f"{value:f}"
        case datetime():
            return f'"{iso_utc(value)}"'
        case date():
            return f'"{value}"'
        case str():
            return _string(value)
        case Mapping():
            members = [
                f"{_string(key)}: {to_json(item, indent=indent, level=level + 1)}" for key, item in value.items()
            ]
            return f"{{{_joined(members, indent, level)}}}"
        case Sequence():
            return f"[{_joined([to_json(item, indent=indent, level=level + 1) for item in value], indent, level)}]"
        case _:
            return json.dumps(value)


def parsed(text: str) -> Any:
    """The value of the JSON *text*, for `to_json` to write again; ValueError or RecursionError when there is none."""
    return json.loads(text, parse_float=_Literal, parse_int=_Literal, parse_constant=_Literal)


def readable(text: str) -> str:
    """*text* with one value a line if it is JSON, the text inside if it is a JSON string, else as it is."""
    try:
        value = parsed(text)
        return value if isinstance(value, str) else to_json(value, indent=2)
    except UNREADABLE:
        return text


def _joined(members: list[str], indent: int | None, level: int) -> str:
    if indent is None or not members:
        return ", ".join(members)
    line_end = "\n" + " " * indent * level
    return f"{line_end}{f',{line_end}'.join(members)}\n{' ' * indent * (level - 1)}"


def _string(text: str) -> str:
    """*text* as a JSON string that people can read and that cannot play tricks on a terminal."""
    quoted = json.dumps(text, ensure_ascii=False)
    if quoted.isprintable():
        return quoted
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in quoted)
