"""What a round and a tool call have in common: a child span of the run that is current inside a ``with`` block."""

from contextvars import Token
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, get_args

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, StatusCode

from invocation_otel.errors import UsageError
from invocation_otel.spans import attributes as a
from invocation_otel.spans.outcome import CANCELLED, error_type, outcome_of_error

from .entry import Entry, Kind, with_own_entry
from .guard import agent_goes_on
from .tracing import leave, tracer

if TYPE_CHECKING:
    from .run import Run


_STARTING = {kind: agent_goes_on(f"starting a {kind}") for kind in get_args(Kind)}
_ENDING = {kind: agent_goes_on(f"ending a {kind}") for kind in get_args(Kind)}


class ChildSpan:
    """A span that starts with the block, is current inside it, and ends with it, whatever the block does."""

    _kind: Kind

    def __init__(self, run: "Run", *, name: str, span_kind: SpanKind, attributes: dict[str, Any]) -> None:
        self._run = run
        self._name = name
        self._span_kind = span_kind
        self._span: Span = trace.INVALID_SPAN
        self._entry = Entry(self._kind, run.ledger, told=attributes, run=run)
        self._token: Token[Context] | None = None

    def __enter__(self) -> Self:
        with _STARTING[self._kind]:
            run, entry = self._run, self._entry
            context = run.inner_context()
            self._span = tracer().start_span(
                self._name,
                context=with_own_entry(context, entry),
                kind=self._span_kind,
                attributes=None if run.beside else {**run.identity, **entry.told},
            )
            self._token = otel_context.attach(trace.set_span_in_context(self._span, context))
            self._started()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with _ENDING[self._kind]:
            if self._token is not None:
                leave(self._token)
            if error is not None:
                self._failed(error)
            self._span.end()

    def _started(self) -> None:
        """Keep what is known at the start."""

    def _check_open(self) -> None:
        if self._token is None:
            raise UsageError(
                f"This {self._kind} has not started; use it as `with run.{self._kind}(…) as {self._kind}_:`."
            )

    def _failed(self, error: BaseException) -> None:
        outcome = outcome_of_error(error)
        self._entry.tell(self._span, {a.STATUS: outcome, a.ERROR_TYPE: error_type(error)})
        if outcome != CANCELLED:
            self._span.set_status(StatusCode.ERROR, str(error))
