"""One LLM call that the agent's own code describes, for clients that nothing instruments."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from opentelemetry.context import Context
from opentelemetry.trace import SpanKind

from invocation_otel.errors import UsageError
from invocation_otel.spans import attributes as a
from invocation_otel.spans.usage import Usage

from .child import ChildSpan


class Round(ChildSpan):
    """One LLM call of a run, as ``with run.round(…) as round_`` gives it."""

    _kind = "round"

    def __init__(
        self,
        context: Callable[[], Context],
        *,
        provider: str,
        model: str,
        messages: Any,
        system: Any,
        tools: Any,
        params: Mapping[str, Any] | None,
    ) -> None:
        for name, value in (("provider", provider), ("model", model)):
            if not isinstance(value, str) or not value:
                raise UsageError(
                    f'{name} is {value!r}; expected a text such as run.round(provider="openai", model="gpt-4o").'
                )
        super().__init__(
            context,
            name=f"{a.CHAT} {model}",
            span_kind=SpanKind.CLIENT,
            attributes={a.OPERATION: a.CHAT, a.PROVIDER: provider, a.REQUEST_MODEL: model},
        )
        self._given = {
            a.INPUT_MESSAGES: messages,
            a.SYSTEM_INSTRUCTIONS: system,
            a.TOOL_DEFINITIONS: tools,
            a.REQUEST_PARAMS: None if params is None else dict(params),
        }
        self._started_s = 0.0

    def respond(
        self,
        output: Any = None,
        *,
        input_tokens: int | None = None,
        output_tokens: int | None = None,
        cache_read_tokens: int = 0,
        cache_write_tokens: int = 0,
        reasoning_tokens: int = 0,
        cost_usd: float | None = None,
        stop_reason: str | None = None,
        response_model: str | None = None,
        response_id: str | None = None,
    ) -> None:
        """Say what the model answered: a text or messages, and what it took.

        *input_tokens* is the total, cached tokens included; without it the round's usage and cost stay unknown.
        *cost_usd* is what the provider itself says the call cost, and wins over the price list. Raises ``UsageError``
        for a count or a cost that is negative or not a number.
        """
        self._check_open()
        told: dict[str, Any] = {a.RESPONSE_MODEL: response_model, a.RESPONSE_ID: response_id}
        if input_tokens is not None or output_tokens is not None:
            told |= _usage(
                input_tokens=input_tokens or 0,
                output_tokens=output_tokens or 0,
                cache_read_tokens=cache_read_tokens,
                cache_write_tokens=cache_write_tokens,
                reasoning_tokens=reasoning_tokens,
            ).to_attributes()
        if cost_usd is not None:
            told[a.COST_TOTAL] = _amount("cost_usd", cost_usd, (int, float))
        if stop_reason is not None:
            told[a.FINISH_REASONS] = [stop_reason]
        self._span.set_attributes({name: value for name, value in told.items() if value is not None})
        self._entry.keep(a.OUTPUT_MESSAGES, output)

    def first_token(self) -> None:
        """Say that the first part of a streamed answer has arrived now; later calls change nothing."""
        self._check_open()
        if self._started_s:
            self._span.set_attribute(a.FIRST_CHUNK_S, time.perf_counter() - self._started_s)
            self._started_s = 0.0

    def _started(self) -> None:
        self._started_s = time.perf_counter()
        for name, value in self._given.items():
            self._entry.keep(name, value)


def _usage(**counts: int) -> Usage:
    return Usage(**{name: _amount(name, count, (int,)) for name, count in counts.items()})


def _amount(name: str, value: Any, types: tuple[type, ...]) -> Any:
    number = isinstance(value, types) and not isinstance(value, bool)
    if not number or not value >= 0:
        expected = "a count of tokens, 0 or more" if types == (int,) else "US dollars, 0 or more"
        raise UsageError(f"{name} is {value!r}; expected {expected}.")
    return value
