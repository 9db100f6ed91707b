"""Small agents that run many at a time, on the async clients."""

import asyncio

from anthropic import AsyncAnthropic
from openai import AsyncOpenAI

import invocation_otel
from invocation_otel import Prompt
from invocation_otel.demo.shop import Bills, prompt

PATIENCE_S = 0.3


class ReviewTagger:
    """Tags one review."""

    name = "review-tagger"

    def __init__(self, gpt: AsyncOpenAI, bills: Bills) -> None:
        self._gpt = gpt
        self._bills = bills

    async def run(self, review: str, *, system_prompt: Prompt) -> str | None:
        """The tags as JSON; None when the provider filtered the answer."""
        self._bills.add(invocation_otel.current_run())
        answer = await self._gpt.chat.completions.create(
            model="gpt-6-luna",
            messages=[{"role": "system", "content": system_prompt.text}, {"role": "user", "content": review}],
            response_format={"type": "json_object"},
            max_completion_tokens=200,
        )
        return answer.choices[0].message.content or None


class Concierge:
    """Talks with visitors in the shop's chat window, who do not wait long."""

    name = "concierge"

    def __init__(self, gpt: AsyncOpenAI, bills: Bills, *, patience_s: float = PATIENCE_S) -> None:
        self._gpt = gpt
        self._bills = bills
        self._patience_s = patience_s

    async def run(self, question: str, *, system_prompt: Prompt) -> str:
        """The answer. Raises TimeoutError when it takes too long."""
        self._bills.add(invocation_otel.current_run())
        async with asyncio.timeout(self._patience_s):
            answer = await self._gpt.chat.completions.create(
                model="gpt-6-luna",
                messages=[{"role": "system", "content": system_prompt.text}, {"role": "user", "content": question}],
            )
        return answer.choices[0].message.content or ""


@invocation_otel.invocation("translate", triggered_by="system")
async def translate(text: str, language: str, *, claude: AsyncAnthropic, shop: str, bills: Bills) -> str:
    """A product text in another language."""
    bills.add(invocation_otel.current_run())
    answer = await claude.messages.create(
        model="claude-haiku-5-5",
        max_tokens=1_000,
        system=prompt("translate-system", shop=shop, language=language).text,
        messages=[{"role": "user", "content": text}],
    )
    return "".join(block.text for block in answer.content if block.type == "text")
