"""One model call that an own wrapper records: a round from the request to the last chunk, however that ends."""

import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode

from invocation_otel.record.duplicates import without_duplicates
from invocation_otel.record.entry import Entry, with_own_entry
from invocation_otel.record.facts import Facts
from invocation_otel.record.guard import agent_goes_on
from invocation_otel.record.run import Run, run_in
from invocation_otel.record.tracing import leave, tracer
from invocation_otel.spans import attributes as a
from invocation_otel.spans.content import Snapshot
from invocation_otel.spans.outcome import CANCELLED, error_type, outcome_of_error
from invocation_otel.spans.wire.conversation import Conversation
from invocation_otel.spans.wire.form import WireForm


class ModelCall:
    """A round that starts when it is made, and ends once; outside of any run, the run of that one round."""

    def __init__(self, form: WireForm, body: Mapping[str, Any], attributes: Mapping[str, Any]) -> None:
        """*body* is the request's; *attributes* say which provider and which server."""
        self._open = True
        self._started_s = time.perf_counter()
        self.conversation = Conversation(form=form, request=Snapshot(dict(body)))
        run = run_in()
        self._own_run = None
        if run is None:
            self._own_run = run = Run(Facts(form.operation))
        told = {a.OPERATION: form.operation, a.REQUEST_MODEL: str(body.get("model") or ""), **attributes}
        self._entry = Entry("round", run.ledger, told=told, conversation=self.conversation, run=run)
        context = without_duplicates(run.inner_context())
        self._span = tracer().start_span(
            f"{form.operation} {told[a.REQUEST_MODEL]}",
            context=with_own_entry(context, self._entry),
            kind=SpanKind.CLIENT,
            attributes=None if run.beside else told,
        )
        self._context = trace.set_span_in_context(self._span, context)

    @contextmanager
    def current(self) -> Generator[None, None, None]:
        """Make its span the current one inside the block: what the client does there is part of the call."""
        token = otel_context.attach(self._context)
        try:
            yield
        finally:
            leave(token)

    def tell(self, attributes: dict[str, Any]) -> None:
        """Say *attributes* of it, unless it has ended."""
        if self._open:
            self._entry.tell(self._span, attributes)

    def first_chunk(self) -> Callable[[Any], None]:
        """Note that the first chunk of its stream is here, and give what hears this one and all others."""
        self.tell({a.FIRST_CHUNK_S: time.perf_counter() - self._started_s})
        self.conversation.hearing = hearing = self.conversation.form.hearing()
        return hearing.hear

    def left(self) -> None:
        """End it where nobody reads on: closed early or dropped. What had said all before that is a success."""
        if self._open:
            self.end(None if self.conversation.complete else GeneratorExit("Nobody read the stream to its end."))

    def end(self, error: BaseException | None = None) -> None:
        """End it, once; *error* is what it ended with."""
        if not self._open:
            return
        with agent_goes_on("ending a model call"):
            if error is not None:
                self._failed(error)
            if not self._entry.beside:
                self._entry.tell(self._span, self.conversation.told().attributes)
            self._open = False
            self._span.end()
            if self._own_run is not None:
                self._own_run.end(error)

    def _failed(self, error: BaseException) -> None:
        outcome = outcome_of_error(error)
        self.tell({a.STATUS: outcome, a.ERROR_TYPE: error_type(error)})
        if outcome != CANCELLED:
            self._span.set_status(StatusCode.ERROR, str(error))
