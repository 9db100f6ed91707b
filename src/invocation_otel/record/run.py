"""One agent run: its identity, its span, its rounds and tool calls, and what it has cost so far."""

import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import Token
from typing import Any

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import Span, StatusCode

from invocation_otel.errors import UsageError
from invocation_otel.spans import attributes as a
from invocation_otel.spans.capture import kept
from invocation_otel.spans.outcome import CANCELLED, SUCCESS, error_type, outcome_of_error
from invocation_otel.spans.usage import Usage

from .entry import Entry, live, with_own_entry
from .facts import Ambient, Facts
from .guard import agent_goes_on
from .ids import new_run_id
from .keeping import keep_files
from .ledger import Ledger
from .privacy import Privacy, policy
from .prompt import Prompt
from .round import Round
from .scope import ambient
from .tool import ToolCall
from .tracing import leave, tracer

_RUN = otel_context.create_key("invocation-run")
_STARTING, _ENDING = agent_goes_on("starting a run"), agent_goes_on("ending a run")


def run_in(context: Context | None = None) -> "Run | None":
    """The run that is active in *context* (the current one by default), or ``None``."""
    current = live.get(trace.get_current_span(context).get_span_context().span_id)
    if current is not None and current.run is not None:
        return current.run
    return opened_run_in(context)


def opened_run_in(context: Context | None = None) -> "Run | None":
    """The run that the program itself has opened around *context*."""
    found = otel_context.get_value(_RUN, context)
    return found if isinstance(found, Run) else None


def current_run() -> "Run":
    """The run that is active here. Raises ``UsageError`` outside any run."""
    run = run_in()
    if run is None:
        raise UsageError(
            'No run is active here. Open one first: `with invocation_otel.invocation("my-agent") as run:`.'
        )
    return run


class Run:
    """One run, as ``with invocation(…) as run`` gives it. Its figures can be read at any time, also after its end."""

    told_twice: tuple[Entry, ...] = ()
    """Entries of rounds whose call another instrumentation tells once more, inside: one for each time it does."""

    def __init__(self, facts: Facts, *, context: Context | None = None, span: Span | None = None) -> None:
        """Start it in *context*, the current one by default; as *span*, when somebody else has started that."""
        self._facts = facts
        self._context = otel_context.get_current() if context is None else context
        self._parent = run_in(self._context)
        self._ambient = _resolved(facts.ambient, self._parent)
        self._started_ns = time.time_ns()
        self._ended = False
        self.id = new_run_id(self._started_ns)
        """``run_`` and 32 hex digits; the same text in the terminal, in Grafana and in SQL."""

        self.beside = False
        """Whether its spans stay slim; the processor says so as the run starts."""

        self.status = "running"
        """``running``, then ``success``, ``failed``, ``timeout`` or ``cancelled``."""

        self.capture = policy().capture(self.tenant, self._ambient.capture)
        """How much of it is kept: ``full``, ``metadata`` or ``none``."""

        self.identity = self._identity()
        """The attributes that every span of this run carries."""

        self.ledger = Ledger(facts, self.identity, Privacy(self.capture))
        """The books of this run."""

        self.files = keep_files(facts.files, tenant=self.tenant, capture=self.capture) if facts.files else None
        """The files that it was given, and what becomes of them."""

        self.entry = Entry("run", self.ledger)
        self.entry.files = self.files
        """What is known of its span."""

        self.span = trace.INVALID_SPAN if span is None else span
        """The span that it is."""

        with _STARTING:
            self._context = otel_context.set_value(_RUN, self, self._context)
            if span is None:
                self.span = self._start_span()
            self._context = trace.set_span_in_context(self.span, self._context)

    @property
    def agent(self) -> str:
        """Name of the agent."""
        return self._facts.agent

    @property
    def ambient(self) -> Ambient:
        """Whose it is, for whom and why: what is inherited by the runs inside it and by the tasks it asks for."""
        return self._ambient

    @property
    def tenant(self) -> str:
        """Whose run it is."""
        return self._ambient.tenant or "default"

    @property
    def system_prompt(self) -> Prompt | None:
        """The system prompt that the run was opened with."""
        return self._facts.system_prompt

    @property
    def user_prompt(self) -> Prompt | None:
        """The user prompt that the run was opened with."""
        return self._facts.user_prompt

    @property
    def cost_usd(self) -> float | None:
        """US dollars of the rounds that have ended, as stored; ``None`` when no price is known for any of them."""
        return self.ledger.settled().cost_usd

    @property
    def usage(self) -> Usage:
        """Tokens of the rounds that have ended."""
        return self.ledger.settled().usage

    @property
    def rounds(self) -> int:
        """How many rounds have ended."""
        return self.ledger.settled().rounds

    def round(
        self,
        *,
        provider: str,
        model: str,
        messages: Any = None,
        system: Any = None,
        tools: Any = None,
        params: Mapping[str, Any] | None = None,
    ) -> Round:
        """One LLM call, as a context manager; only needed for clients that nothing instruments.

        *messages* is what the model is given: a text, or messages in OpenAI's, Anthropic's or OpenTelemetry's form.
        *params* are the request's parameters (temperature, max_tokens, …). Calls that an instrumented client makes
        inside the block are this round, not rounds of their own. Raises ``UsageError`` after the run's end.
        """
        self._check_open("round")
        return Round(
            self,
            provider=provider,
            model=model,
            messages=messages,
            system=system,
            tools=tools,
            params=params,
        )

    def tool(self, name: str, *, arguments: Any = None, call_id: str | None = None, type: str = "function") -> ToolCall:  # noqa: A002 - OTel's word
        """One execution of a tool, as a context manager.

        *call_id* is the id under which the model asked for it; it tells the round the call belongs to. Raises
        ``UsageError`` after the run's end.
        """
        self._check_open("tool")
        return ToolCall(self, name=name, arguments=arguments, call_id=call_id, type_=type)

    @contextmanager
    def active(self) -> Generator[None, None, None]:
        """Make this the current run inside the block."""
        token = self.enter()
        try:
            yield
        finally:
            leave(token)

    def enter(self) -> Token[Context]:
        """Make this the current run, until ``leave`` is called with the token."""
        return otel_context.attach(self._context)

    def end(self, error: BaseException | None = None) -> None:
        """End the run, once; *error* is what it ended with."""
        if self._ended:
            return
        self._ended = True
        with _ENDING:
            if error and outcome_of_error(error) != CANCELLED:
                self.span.set_status(StatusCode.ERROR, str(error))
                self.span.record_exception(error)
            if error:
                self.close(outcome_of_error(error), error_type(error))
            else:
                self.close(SUCCESS)

    def close(self, status: str, error: str | None = None) -> None:
        """Say how it ended, and end its span unless somebody else has done so."""
        self._ended = True
        self.status = status
        told = {a.STATUS: status}
        told |= {a.FILES: self.files.to_json()} if self.files else {}
        told |= {a.ERROR_TYPE: error} if error else {}
        if self.span.is_recording():
            self.entry.tell(self.span, told)
            self.span.end()
        else:
            self.entry.told = {**self.entry.told, **told}
        # It holds this run, which holds it: without that cycle a run is gone when it is done, not at a collection.
        self._context = Context()

    def _check_open(self, what: str) -> None:
        if self._ended:
            raise UsageError(
                f"Run {self.id} has ended, so it takes no further {what}; open it inside the `with` block."
            )

    def inner_context(self) -> Context:
        """Where a child span starts: at the current span when that is of this run, else at the run's own span."""
        current = otel_context.get_current()
        # Mostly it is the run's own, and then there is nothing to look for.
        return current if current is not self._context and run_in(current) is self else self._context

    def never_ended(self) -> list[Entry]:
        """The rounds of which, at the run's end, only a span inside has ended: frameworks forget cancelled calls."""
        return [entry for entry in dict.fromkeys(self.told_twice) if entry.span is None and entry.inner]

    def span_ended(self, span: ReadableSpan) -> None:
        """Note that somebody else's span of it has ended: `adopted` runs end so."""

    def _start_span(self) -> Span:
        return tracer().start_span(
            f"{a.INVOKE_AGENT} {self.agent}",
            context=with_own_entry(self._starting_point(), self.entry),
            start_time=self._started_ns,
            attributes={a.OPERATION: a.INVOKE_AGENT},
        )

    def _starting_point(self) -> Context:
        """The current context; where no span is current, at the span elsewhere that asked for this run."""
        asked = self._ambient.trace
        if asked is None or trace.get_current_span().get_span_context().is_valid:
            return self._context
        return trace.set_span_in_context(trace.NonRecordingSpan(asked), self._context)

    def _identity(self) -> dict[str, Any]:
        said, parent = self._ambient, self._parent
        told = {
            a.RUN_ID: self.id,
            a.TENANT: self.tenant,
            a.TRIGGER: said.trigger or ("task" if said.celery_task_id else "system"),
            a.AGENT: self.agent,
            a.USER_ID: said.user_id,
            a.SESSION: said.session_id,
            a.CELERY_TASK_ID: said.celery_task_id,
            a.CELERY_TASK_NAME: said.celery_task_name,
            a.CELERY_RETRIES: said.celery_retries,
            a.EXTERNAL_ID: self._facts.external_id,
            a.PARENT_RUN_ID: parent.id if parent else said.parent_run_id,
            a.ROOT_RUN_ID: parent.identity[a.ROOT_RUN_ID] if parent else said.root_run_id or self.id,
            a.CAPTURE: None if self.capture == "full" else self.capture,
            a.MEMORY_ENABLED: None if self._facts.memory is None else self._facts.memory is not False,
        }
        return kept({name: value for name, value in told.items() if value is not None}, self.capture)


def _resolved(said: Ambient, parent: Run | None) -> Ambient:
    """What the call says, else the run around it, else the scope, else the process."""
    return said.over(parent._ambient, ambient()) if parent else said.over(ambient())  # noqa: SLF001 - the same class
