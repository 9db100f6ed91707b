"""The engine: from what a library's span says to today's names, by the tables of `DIALECTS`."""

import math
from collections.abc import Mapping
from functools import cache
from typing import Any

from invocation_otel.spans import attributes as a
from invocation_otel.spans.forms import parsed

from . import semconv, values
from .adk import ADK
from .agent_framework import AGENT_FRAMEWORK
from .dialect import Attributes, Dialect, Source, Told
from .langsmith import LANGSMITH
from .logfire import LOGFIRE
from .mlflow import MLFLOW
from .openinference import OPENINFERENCE
from .openllmetry import OPENLLMETRY
from .pydantic_ai import PYDANTIC_AI
from .semconv import SEMCONV
from .strands import STRANDS
from .vercel import VERCEL

DIALECTS = (
    OPENINFERENCE,
    VERCEL,
    LANGSMITH,
    MLFLOW,
    PYDANTIC_AI,
    LOGFIRE,
    ADK,
    STRANDS,
    AGENT_FRAMEWORK,
    OPENLLMETRY,
    SEMCONV,
)
"""In the order in which they are tried; the last one is everybody's."""

_OURS = ("invocation_otel", "opentelemetry.instrumentation.genai.", "com.anthropic.")
"""Scopes that speak today's names, at most in an older spelling: nothing but the names is looked at."""

_OPERATIONS = frozenset({*a.ROUND_OPERATIONS, a.EXECUTE_TOOL, a.INVOKE_AGENT, "invoke_workflow"})
_COUNTS = frozenset(name for name in semconv.NAMES if ".usage." in name)
_SUMMANDS = (a.INPUT_TOKENS, a.OUTPUT_TOKENS, a.CACHE_READ_TOKENS, a.CACHE_WRITE_TOKENS)
_NO_SOURCE = Source()


def dialect_of(attributes: Mapping[str, Any], scope: str = "") -> Dialect:
    """The dialect of a span, told by its scope, else by attributes that only one library has."""
    known = _dialect_of_scope(scope)
    if known is not None:
        return known
    return next((dialect for dialect in DIALECTS if not dialect.marks.isdisjoint(attributes)), SEMCONV)


def operation_of(attributes: Mapping[str, Any], source: Source = _NO_SOURCE) -> str:
    """What a span is about (``chat``, ``execute_tool``, ``invoke_agent``, …); empty when it does not say.

    Works at a span's start as well, as far as its library says it there.
    """
    return _operation(dialect_of(attributes, source.scope), attributes, source)


def canonical(attributes: Mapping[str, Any], source: Source = _NO_SOURCE) -> Attributes:
    """*attributes* under today's names; what is read is not kept under another, and what is unknown stays as it is.

    Content (messages, tool definitions, arguments, results) may come as plain values instead of JSON.
    """
    ours = not source.scope or source.scope.startswith(_OURS)
    if ours and not source.events and _TOLD.isdisjoint(attributes):
        return dict(attributes)
    dialect = dialect_of(attributes, source.scope)
    old = _spellings(dialect)
    found = {k: v for k, v in attributes.items() if k not in old and not k.startswith(dialect.also_read)}
    for name, spellings in _names(dialect).items():
        if found.get(name) in (None, ""):
            said = next((attributes[old] for old in spellings if attributes.get(old) not in (None, "")), None)
            found |= {} if said is None else {name: said}
    found |= _reported_cost(attributes, found)
    if operation := _operation(dialect, attributes, source):
        found[a.OPERATION] = operation
    found |= dialect.read(Told(attributes, source, found))
    if source.failed and not ours and a.ERROR_TYPE not in found:
        found[a.ERROR_TYPE] = _error_type(source)
    return _tidied(found)


@cache
def _dialect_of_scope(scope: str) -> Dialect | None:
    if scope.startswith(_OURS):
        return SEMCONV
    return next((dialect for dialect in DIALECTS if _made_by(scope, dialect)), None)


def _made_by(scope: str, dialect: Dialect) -> bool:
    return any(scope.startswith(own[:-1]) if own.endswith("*") else scope == own for own in dialect.scopes)


@cache
def _names(dialect: Dialect) -> Mapping[str, tuple[str, ...]]:
    """Today's name -> every other spelling, this dialect's first."""
    own, shared = dialect.names, semconv.NAMES
    if dialect is SEMCONV:
        return shared
    return {name: (*own.get(name, ()), *shared.get(name, ())) for name in {**own, **shared}}


@cache
def _spellings(dialect: Dialect) -> frozenset[str]:
    """Every other spelling of anything."""
    return frozenset(semconv.REPORTED_COST).union(*_names(dialect).values())


_TOLD = _spellings(SEMCONV).union(*(dialect.marks for dialect in DIALECTS))
"""Names of which one must be there, else the span speaks today's."""


def _operation(dialect: Dialect, attributes: Mapping[str, Any], source: Source) -> str:
    for attribute, operations in dialect.operations.items():
        known = operations.get(str(attributes.get(attribute)))
        if known:
            return known
    said = attributes.get(a.OPERATION) or dialect.operations_by_name.get(source.name)
    if said is None and dialect is not SEMCONV:
        first = source.name.partition(" ")[0]  # `chat gpt-4o`, at a start at which no attribute is there yet
        said = first if first in _OPERATIONS else None
    return str(said or "")


def _reported_cost(attributes: Mapping[str, Any], found: Attributes) -> Attributes:
    """US dollars that the provider or a gateway told; 0 is what they tell when they do not know."""
    if values.number(found.get(a.COST_TOTAL)) and a.COST_SOURCE in found:
        return {}
    told = (found.get(a.COST_TOTAL), *(attributes.get(name) for name in semconv.REPORTED_COST))
    cost = next((cost for cost in map(values.number, told) if cost), None)
    return {} if cost is None else {a.COST_TOTAL: cost}


def _error_type(source: Source) -> str:
    """The class of the exception that ended the span, where its library keeps that in an event only."""
    thrown = [event.attributes.get("exception.type") for event in source.events if event.name == "exception"]
    return str(next((name for name in reversed(thrown) if name), "_OTHER"))  # OpenTelemetry's word for any other


def _tidied(found: Attributes) -> Attributes:
    """*found* with values of the right kind under today's names."""
    for name in _COUNTS & found.keys():
        count = values.number(found[name])
        if count is not None and math.isfinite(count) and not isinstance(found[name], int):
            found[name] = int(count)
    if a.PROVIDER in found:
        found[a.PROVIDER] = values.provider(found[a.PROVIDER], found.get(a.REQUEST_MODEL))
    if isinstance(found.get(a.FINISH_REASONS), str):
        reasons = parsed(found[a.FINISH_REASONS])
        found[a.FINISH_REASONS] = reasons if isinstance(reasons, list) else [found[a.FINISH_REASONS]]
    return found | _whole_input(found)


def _whole_input(found: Attributes) -> Attributes:
    """The input with what was cached, where the total shows that it was left out."""
    counts = {name: found[name] for name in (*_SUMMANDS, *semconv.TOTAL_TOKENS) if isinstance(found.get(name), int)}
    total = next((counts[name] for name in semconv.TOTAL_TOKENS if name in counts), None)
    cached = counts.get(a.CACHE_READ_TOKENS, 0) + counts.get(a.CACHE_WRITE_TOKENS, 0)
    if cached and a.INPUT_TOKENS in counts and total == sum(counts.get(name, 0) for name in _SUMMANDS):
        return {a.INPUT_TOKENS: counts[a.INPUT_TOKENS] + cached}
    return {}
