"""Facts that hold for every run started inside a block: tenant, user, trigger, session, Celery task."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

from .facts import Ambient

_scope: ContextVar[Ambient | None] = ContextVar("invocation_scope", default=None)
_process = Ambient()


@contextmanager
def scope(
    *,
    tenant: str | None = None,
    user_id: str | None = None,
    trigger: str | None = None,
    session_id: str | None = None,
    celery_task_id: str | None = None,
) -> Generator[None, None, None]:
    """Give these facts to every run started inside the block that does not say otherwise itself.

    Scopes nest: an inner one adds to, and wins over, an outer one. Raises ``UsageError`` for a trigger that is none of
    ``user``, ``system``, ``task``.
    """
    said = Ambient(
        tenant=tenant, trigger=trigger, user_id=user_id, session_id=session_id, celery_task_id=celery_task_id
    ).checked()
    token = _scope.set(said.over(ambient()))
    try:
        yield
    finally:
        _scope.reset(token)


def ambient() -> Ambient:
    """What the surrounding scopes and the process say."""
    return _scope.get() or _process


def set_process_facts(facts: Ambient) -> None:
    """What holds for runs outside any scope; ``configure(tenant=…)`` says so."""
    global _process  # noqa: PLW0603 - one process has one default tenant
    _process = facts
