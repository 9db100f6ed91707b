"""Agents that stream their text, one from each provider."""

from collections.abc import AsyncIterator, Iterator

from anthropic import Anthropic
from openai import AsyncOpenAI

import invocation_otel
from invocation_otel import Prompt
from invocation_otel.demo.shop import Bills


class ProductWriter:
    """Writes product texts; the reader sees them grow."""

    name = "product-writer"

    def __init__(self, claude: Anthropic, bills: Bills) -> None:
        self._claude = claude
        self._bills = bills

    def run(self, task: str, *, system_prompt: Prompt) -> Iterator[str]:
        """The text, piece by piece."""
        self._bills.add(invocation_otel.current_run())
        with self._claude.messages.stream(
            model="claude-sonnet-5-5",
            max_tokens=400,
            system=system_prompt.text,
            messages=[{"role": "user", "content": task}],
        ) as stream:
            yield from stream.text_stream


class NewsletterWriter:
    """Writes the monthly letter."""

    name = "newsletter"

    def __init__(self, gpt: AsyncOpenAI, bills: Bills) -> None:
        self._gpt = gpt
        self._bills = bills

    async def run(self, task: str, *, system_prompt: Prompt) -> AsyncIterator[str]:
        """The letter, piece by piece."""
        self._bills.add(invocation_otel.current_run())
        stream = await self._gpt.chat.completions.create(
            model="gpt-6-luna",
            messages=[{"role": "system", "content": system_prompt.text}, {"role": "user", "content": task}],
            stream=True,
            stream_options={"include_usage": True},
        )
        async for chunk in stream:
            if chunk.choices and chunk.choices[0].delta.content:
                yield chunk.choices[0].delta.content
