"""Celery: runs inside a task know the task, and belong to whom asked for it, through chains, groups and retries.

The one who publishes a task adds a header to its message: tenant, user, session, the run that asks, and the place in
the trace. Whatever the task publishes itself carries them on.
"""

import sys
from collections.abc import Callable, MutableMapping
from contextvars import Token
from typing import Any

from opentelemetry import propagate, trace
from opentelemetry.context import Context

from invocation_otel.record.facts import Ambient
from invocation_otel.record.guard import agent_goes_on
from invocation_otel.record.outside import CARRIED, trace_in
from invocation_otel.record.run import run_in
from invocation_otel.record.scope import ambient, enter, exit_scope
from invocation_otel.spans import attributes as a

from .activate import is_disabled
from .library import has_module, spec_of

_HEADER = "invocation"
_CARRIED = (*CARRIED, "parent_run_id", "root_run_id")
_UID = "invocation_otel"
_active = False
_begin: Callable[[], None] | None = None
_entered: dict[int, Token[Any]] = {}
"""By the identity of the task's request, which lives from the one signal to the other."""


def instrument_celery(begin: Callable[[], None] | None = None) -> None:
    """Follow the tasks of this process, from the moment Celery is imported. A second time changes nothing.

    Unless ``OTEL_PYTHON_DISABLED_INSTRUMENTATIONS`` names it. *begin* is called in each process of a worker's pool when
    it begins: what one that ended left is delivered by the next, even if that waits long for a task.
    """
    global _active, _begin  # noqa: PLW0603 - one process has one Celery
    _begin = begin or _begin  # `instrument()` may come before `configure()`, which knows what begins
    celery = spec_of("celery")
    if _active or celery is None or celery.origin is None or is_disabled("celery"):  # a folder is no Celery
        return
    _active = True
    if "celery.signals" in sys.modules or not has_module("wrapt"):
        _connect()
    else:
        import wrapt  # noqa: PLC0415 - comes with the instrumentations, which are optional

        # Importing Celery takes half a second, which a process that does not use it need not pay.
        wrapt.register_post_import_hook(lambda _module: _connect(), "celery.signals")


def uninstrument_celery() -> None:
    """Leave Celery as it was."""
    global _active, _begin
    if _active and "celery.signals" in sys.modules:
        for signal, receiver in _receivers():
            signal.disconnect(receiver, dispatch_uid=_UID)
    _active, _begin = False, None


def _connect() -> None:
    if _active:
        with agent_goes_on("following Celery's tasks"):
            for signal, receiver in _receivers():
                signal.connect(receiver, weak=False, dispatch_uid=_UID)


def _receivers() -> tuple[tuple[Any, Any], ...]:
    from celery import signals  # noqa: PLC0415 - optional, and slow to import

    return (
        (signals.worker_process_init, _child_began),
        (signals.before_task_publish, _publishing),
        (signals.task_prerun, _starting),
        (signals.task_postrun, _ended),
    )


def _child_began(**_: Any) -> None:
    with agent_goes_on("beginning to deliver in a Celery worker's process"):
        if _begin is not None:
            _begin()


def _publishing(headers: MutableMapping[str, Any] | None = None, **_: Any) -> None:
    with agent_goes_on("telling a Celery task who asks for it"):
        if headers is not None:
            headers[_HEADER] = _told()


def _told() -> dict[str, str]:
    """The ids of the run or the scope that asks for a task, and the span that it is to continue."""
    run = run_in()
    facts = run.ambient if run else ambient()
    if run:
        facts = facts._replace(parent_run_id=run.id, root_run_id=run.identity[a.ROOT_RUN_ID])
    told = {name: getattr(facts, name) for name in _CARRIED if getattr(facts, name) is not None}
    here = trace.get_current_span()
    if not here.get_span_context().is_valid and facts.trace is not None:
        here = trace.NonRecordingSpan(facts.trace)
    propagate.inject(told, trace.set_span_in_context(here, Context()))
    return told


def _starting(task: Any = None, task_id: str | None = None, **_: Any) -> None:
    with agent_goes_on("noting the start of a Celery task"):
        request = task.request
        told = (request.headers or {}).get(_HEADER) or {}
        asked = Ambient(**{name: told[name] for name in _CARRIED if name in told}, trace=trace_in(told))
        this = Ambient(
            trigger="task", celery_task_id=task_id, celery_task_name=task.name, celery_retries=request.retries
        )
        _entered[id(request)] = enter(this.over(asked, ambient()))


def _ended(task: Any = None, **_: Any) -> None:
    with agent_goes_on("noting the end of a Celery task"):
        token = _entered.pop(id(task.request), None)
        if token is not None:
            exit_scope(token)
