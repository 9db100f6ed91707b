"""Facts that go to other processes and come from them: ids only, never content.

What comes from outside is checked before it is believed, and a bad value neither breaks a request nor loses a run.
"""

import logging
from collections.abc import Collection, Mapping
from typing import Any

from opentelemetry import baggage, propagate, trace
from opentelemetry import context as otel_context
from opentelemetry.context import Context
from opentelemetry.trace import SpanContext

from invocation_otel.spans import attributes as a

from .facts import Ambient

_log = logging.getLogger("invocation_otel")

REJECTED_TENANT = "_rejected"
"""Whose the runs are when somebody outside names a tenant that cannot be. Nobody outside can name this one."""

CARRIED = {"tenant": a.TENANT, "user_id": a.USER_ID, "session_id": a.SESSION}
"""The facts that travel, and the names of their baggage."""

_LONGEST_ID = 128
_rejected_before = False


def with_baggage(facts: Ambient) -> Context:
    """The current context with the ids of *facts* as baggage, which propagators send with requests."""
    context = otel_context.get_current()
    for name, key in CARRIED.items():
        value = getattr(facts, name)
        if value is not None:
            context = baggage.set_baggage(key, value, context)
    return context


def trace_in(headers: Mapping[str, Any]) -> SpanContext | None:
    """The span that *headers* name, in the form that the process's propagator reads; ``None`` when they name none."""
    told = trace.get_current_span(propagate.extract(headers, context=Context())).get_span_context()
    return told if told.is_valid else None


def facts_in_baggage(headers: Mapping[str, Any], names: Collection[str]) -> Ambient:
    """What the baggage of a request says of *names*, which are some of ``tenant``, ``user_id``, ``session_id``."""
    context = propagate.extract(headers, context=Context())
    told = {name: baggage.get_baggage(CARRIED[name], context) for name in names}
    ids: dict[str, Any] = {name: id_from_outside(value) for name, value in told.items() if value is not None}
    return Ambient(**ids)


def id_from_outside(value: Any) -> str | None:
    """*value* as an id; ``None`` when it is no printable text of 1 to 128 characters."""
    text = str(value).strip()
    return text if text and text.isprintable() and len(text) <= _LONGEST_ID else None


def tenant_from_outside(value: Any, known: Collection[str] | None = None) -> str:
    """*value* as a tenant's name, or ``_rejected``: a run is neither lost nor given to a tenant that it may not reach.

    Refused are names that are no printable text of 1 to 128 characters or begin with ``_``, and, where the tenants are
    *known*, all others. The first is logged.
    """
    global _rejected_before  # noqa: PLW0603 - once in a process
    name = id_from_outside(value)
    if name and not name.startswith("_") and (known is None or name in known):
        return name
    if not _rejected_before:
        _rejected_before = True
        message = "A tenant from outside is refused: %.200r. Its runs are the tenant %s's; further ones are not logged."
        _log.warning(message, value, REJECTED_TENANT)
    return REJECTED_TENANT
