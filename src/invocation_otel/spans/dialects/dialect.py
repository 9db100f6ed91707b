"""The shape of a table of facts about one library's spans."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Attributes = dict[str, Any]


class Event(NamedTuple):
    """An event on a span: where older libraries put messages."""

    name: str
    attributes: Mapping[str, Any]


class Source(NamedTuple):
    """What is known of a span beside its attributes."""

    scope: str = ""
    """Name of the instrumentation scope: which library made it."""

    name: str = ""
    events: Sequence[Event] = ()
    failed: bool = False
    """Whether its status is an error."""


class Told(NamedTuple):
    """One span as its library tells it, with what the tables have found in it so far (``found``, today's names)."""

    attributes: Mapping[str, Any]
    source: Source
    found: Attributes


def nothing(_told: Told) -> Attributes:
    """What a dialect reads whose table says all."""
    return {}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dialect:
    """What one library calls things. Names are today's ones of OpenTelemetry, or ours."""

    name: str
    scopes: tuple[str, ...] = ()
    """Names of its instrumentation scopes; with ``*`` at the end, what they begin with."""

    marks: frozenset[str] = frozenset()
    """Attributes that no other dialect has, for spans whose scope says nothing."""

    operations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Attribute -> its value -> operation. An operation that is not here stays what it is called."""

    operations_by_name: Mapping[str, str] = field(default_factory=dict)
    """Name of the span -> operation, where no attribute says it."""

    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Today's name -> what the library calls it; the first that says something wins, and today's before all."""

    read: Callable[[Told], Attributes] = nothing
    """What no table can say: messages, JSON, units. It wins over the table."""

    also_read: tuple[str, ...] = ()
    """Beginnings of further names that ``read`` reads. What is read is not kept under its old name."""
