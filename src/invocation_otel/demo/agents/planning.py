"""Agents that look ahead: a forecast with a time limit, and a watch that does not end."""

from collections.abc import Iterator

from anthropic import Anthropic
from anthropic.types import Message, MessageParam

import invocation_otel
from invocation_otel.demo.shop import Bills


def _text(answer: Message) -> str:
    return "".join(block.text for block in answer.content if block.type == "text")


class ForecastAgent:
    """Says how much will be sold; the order form does not wait longer than the limit."""

    name = "stock-forecast"

    def __init__(self, claude: Anthropic, bills: Bills, *, limit_s: float = 0.6) -> None:
        self._claude = claude.with_options(timeout=limit_s, max_retries=0)
        self._bills = bills

    def run(self, question: str) -> str:
        """The forecast."""
        self._bills.add(invocation_otel.current_run())
        messages: list[MessageParam] = [{"role": "user", "content": question}]
        return _text(self._claude.messages.create(model="claude-opus-5-5", max_tokens=600, messages=messages))


class DeliveryWatch:
    """Looks after a delivery, and says what is new each time it is asked."""

    name = "delivery-watch"

    def __init__(self, claude: Anthropic, bills: Bills) -> None:
        self._claude = claude
        self._bills = bills

    def run(self, question: str) -> Iterator[str]:
        """One piece of news after the other, without end."""
        self._bills.add(invocation_otel.current_run())
        messages: list[MessageParam] = [{"role": "user", "content": question}]
        while True:
            answer = self._claude.messages.create(model="claude-haiku-5-5", max_tokens=200, messages=messages)
            yield _text(answer)
            messages.append({"role": "assistant", "content": answer.content})
            messages.append({"role": "user", "content": "And now?"})
