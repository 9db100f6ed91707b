"""``invocation``: how the agent's own code says "this is one run"."""

from collections.abc import Callable, Mapping, Sequence
from contextvars import Token
from types import TracebackType
from typing import Any, TypeVar, cast

from opentelemetry.context import Context

from invocation_otel.errors import UsageError
from invocation_otel.spans.capture import Capture

from .facts import Ambient, Facts
from .file import File
from .prompt import Prompt
from .run import Run
from .tracing import leave
from .wrap import Begun, recorded

Function = TypeVar("Function", bound=Callable[..., Any])


class invocation:  # noqa: N801 - used as `with invocation(…)` and `@invocation(…)`, like contextlib's classes
    """Record one agent run: ``with`` or ``async with`` around its code, or a decorator of the function that is the run.

    The decorator takes functions, coroutine functions, generators and async generators; each call is a run of its own.

    *agent* is the agent's name. *triggered_by* is ``user``, ``system`` or ``task`` (default: what a surrounding
    ``scope`` says; ``task`` with a *celery_task_id*; else ``system``). *memory* is ``True``, ``False`` or the messages
    that were injected from earlier turns: their number tells which leading messages of each round came from memory.
    *variables* and *system_variables* are kept as a snapshot beside those of the prompts. *external_id* is your own id
    of the run. *files* are those that it is given: ``File.from_…``, or whatever `File.of` understands. *capture* is how
    much is kept of it: ``full``, ``metadata`` or ``none``.

    Inside another run it becomes its child, and tenant, user, trigger, session and task are inherited unless said.
    Raises ``UsageError`` for a value that cannot be recorded.
    """

    def __init__(
        self,
        agent: str,
        *,
        triggered_by: str | None = None,
        tenant: str | None = None,
        user_id: str | None = None,
        session_id: str | None = None,
        memory: bool | Sequence[Any] | None = None,
        celery_task_id: str | None = None,
        system_prompt: Prompt | None = None,
        user_prompt: Prompt | None = None,
        variables: Mapping[str, Any] | None = None,
        system_variables: Mapping[str, Any] | None = None,
        files: Sequence[Any] = (),
        external_id: str | None = None,
        capture: Capture | None = None,
    ) -> None:
        self._facts = Facts(
            agent=agent,
            ambient=Ambient(
                tenant=tenant,
                trigger=triggered_by,
                user_id=user_id,
                session_id=session_id,
                celery_task_id=celery_task_id,
                capture=capture,
            ).checked(),
            memory=memory,
            system_prompt=system_prompt,
            user_prompt=user_prompt,
            variables=variables,
            system_variables=system_variables,
            files=tuple(map(File.of, files)),
            external_id=external_id,
        ).checked()
        self._run: Run | None = None
        self._token: Token[Context] | None = None

    def start(self) -> Run:
        """Start a run that the caller makes current and ends itself; ``with`` and the decorator do both."""
        return Run(self._facts)

    def __call__(self, function: Function) -> Function:
        return cast("Function", recorded(function, lambda args, kwargs: Begun(self.start(), args, kwargs)))

    def __enter__(self) -> Run:
        if self._run is not None:
            raise UsageError(
                f"This invocation of {self._facts.agent!r} is in use; write invocation(…) anew for each run."
            )
        self._run = self.start()
        self._token = self._run.enter()
        return self._run

    def __exit__(
        self, exc_type: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        run, token, self._run, self._token = self._run, self._token, None, None
        if run is not None and token is not None:
            leave(token)
            run.end(error)

    async def __aenter__(self) -> Run:
        return self.__enter__()

    async def __aexit__(
        self, exc_type: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.__exit__(exc_type, error, traceback)
