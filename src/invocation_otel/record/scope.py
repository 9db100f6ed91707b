"""Facts that hold for every run started inside a block: tenant, user, trigger, session, Celery task."""

from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from contextvars import ContextVar, Token

from opentelemetry import context as otel_context

from invocation_otel.spans.capture import Capture

from .facts import Ambient
from .outside import with_baggage
from .tracing import leave

Facts = Ambient | Callable[[], Ambient]
"""Facts, or what tells them when a run starts: who asks is often known only then, or costs a query to find out."""

_scope: ContextVar[Facts | None] = ContextVar("invocation_scope", default=None)
_process = Ambient()


@contextmanager
def scope(
    *,
    tenant: str | None = None,
    user_id: str | None = None,
    trigger: str | None = None,
    session_id: str | None = None,
    celery_task_id: str | None = None,
    capture: Capture | None = None,
    baggage: bool = False,
) -> Generator[None, None, None]:
    """Give these facts to every run started inside the block that does not say otherwise itself.

    Scopes nest: an inner one adds to, and wins over, an outer one. *capture* is how much is kept: ``full``,
    ``metadata`` (all but what was said) or ``none`` (that it ran and what it cost); see ``docs/privacy.md``. With
    *baggage* the tenant, the user and the session also travel as W3C baggage with requests to other services, where a
    propagator sends it: every receiver sees them. Raises ``UsageError`` for a trigger that is none of ``user``,
    ``system``, ``task``, and for another *capture*.
    """
    said = Ambient(
        tenant=tenant,
        trigger=trigger,
        user_id=user_id,
        session_id=session_id,
        celery_task_id=celery_task_id,
        capture=capture,
    ).checked()
    facts = said.over(ambient())
    sent = otel_context.attach(with_baggage(facts)) if baggage else None
    try:
        with inside(facts):
            yield
    finally:
        if sent is not None:
            leave(sent)


@contextmanager
def inside(facts: Facts) -> Generator[None, None, None]:
    """Let *facts* hold inside the block instead of those around it."""
    token = enter(facts)
    try:
        yield
    finally:
        exit_scope(token)


def enter(facts: Facts) -> Token[Facts | None]:
    """Let *facts* hold until ``exit_scope`` is called with the token."""
    return _scope.set(facts)


def exit_scope(token: Token[Facts | None]) -> None:
    """Undo ``enter``; elsewhere than where it was entered (a generator that another task closes) nothing holds."""
    with suppress(ValueError):
        _scope.reset(token)


def ambient() -> Ambient:
    """What the surrounding scopes and the process say."""
    found = _scope.get()
    if found is None:
        return _process
    return found if isinstance(found, Ambient) else found()


def set_process_facts(facts: Ambient) -> None:
    """What holds for runs outside any scope; ``configure(tenant=…)`` says so."""
    global _process  # noqa: PLW0603 - one process has one default tenant
    _process = facts
