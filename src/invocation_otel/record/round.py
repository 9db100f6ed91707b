"""One LLM call that the agent's own code describes, for clients that nothing instruments."""

import time
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from opentelemetry.trace import SpanKind

from invocation_otel.errors import UsageError
from invocation_otel.spans import attributes as a
from invocation_otel.spans.content import snapshot
from invocation_otel.spans.usage import FIELDS

from .child import ChildSpan

if TYPE_CHECKING:
    from .run import Run


class Round(ChildSpan):
    """One LLM call of a run, as ``with run.round(…) as round_`` gives it."""

    _kind = "round"

    def __init__(
        self,
        run: "Run",
        *,
        provider: str,
        model: str,
        messages: Any,
        system: Any,
        tools: Any,
        params: Mapping[str, Any] | None,
    ) -> None:
        if not isinstance(provider, str) or not provider:
            raise _no_name("provider", provider)
        if not isinstance(model, str) or not model:
            raise _no_name("model", model)
        super().__init__(
            run,
            name=f"{a.CHAT} {model}",
            span_kind=SpanKind.CLIENT,
            attributes={a.OPERATION: a.CHAT, a.PROVIDER: provider, a.REQUEST_MODEL: model},
        )
        self._given: dict[str, Any] = {}
        if messages is not None:
            self._given[a.INPUT_MESSAGES] = messages
        if system is not None:
            self._given[a.SYSTEM_INSTRUCTIONS] = system
        if tools is not None:
            self._given[a.TOOL_DEFINITIONS] = tools
        if params is not None:
            self._given[a.REQUEST_PARAMS] = params
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
        told: dict[str, Any] = {}
        if input_tokens is not None or output_tokens is not None:
            told[a.INPUT_TOKENS] = input_tokens or 0
            told[a.OUTPUT_TOKENS] = output_tokens or 0
        if cache_read_tokens:
            told[a.CACHE_READ_TOKENS] = cache_read_tokens
        if cache_write_tokens:
            told[a.CACHE_WRITE_TOKENS] = cache_write_tokens
        if reasoning_tokens:
            told[a.REASONING_TOKENS] = reasoning_tokens
        _check_counts(told)
        if cost_usd is not None:
            told[a.COST_TOTAL] = _dollars("cost_usd", cost_usd)
        if stop_reason is not None:
            told[a.FINISH_REASONS] = _one(stop_reason)
        if response_model is not None:
            told[a.RESPONSE_MODEL] = response_model
        if response_id is not None:
            told[a.RESPONSE_ID] = response_id
        self._entry.tell(self._span, told)
        self._entry.keep(a.OUTPUT_MESSAGES, output)

    def first_token(self) -> None:
        """Say that the first part of a streamed answer has arrived now; later calls change nothing."""
        self._check_open()
        if self._started_s:
            self._entry.tell(self._span, {a.FIRST_CHUNK_S: time.perf_counter() - self._started_s})
            self._started_s = 0.0

    def _started(self) -> None:
        self._started_s = time.perf_counter()
        if self._given:
            self._entry.given = snapshot(self._given)


@lru_cache(maxsize=64)
def _one(reason: str) -> tuple[str]:
    """A list of *reason* alone, always the same one: what is not made need not be collected."""
    return (reason,)


def _no_name(name: str, value: object) -> UsageError:
    return UsageError(f'{name} is {value!r}; expected a text such as run.round(provider="openai", model="gpt-4o").')


def _check_counts(told: Mapping[str, Any]) -> None:
    for name, count in told.items():
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            raise UsageError(f"{FIELDS[name]} is {count!r}; expected a count of tokens, 0 or more.")


def _dollars(name: str, value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not value >= 0:
        raise UsageError(f"{name} is {value!r}; expected US dollars, 0 or more.")
    return value
