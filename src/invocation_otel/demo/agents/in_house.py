"""Agents on the shop's own models, whose price no list knows."""

from openai import OpenAI

import invocation_otel
from invocation_otel.demo.shop import Bills


class LabelWriter:
    """Writes labels with a model of the shop's own, on a server that speaks OpenAI's protocol."""

    name = "label-writer"

    def __init__(self, own_server: OpenAI, bills: Bills) -> None:
        self._own_server = own_server
        self._bills = bills

    def run(self, product: str) -> str:
        """The label."""
        self._bills.add(invocation_otel.current_run())
        answer = self._own_server.chat.completions.create(
            model="harbour-labels-3b",
            messages=[{"role": "user", "content": f"Label for the tin: {product}"}],
            max_completion_tokens=80,
        )
        return answer.choices[0].message.content or ""


class TastingNotes:
    """Turns the taster's marks into a sentence, with a model inside this process that no client library knows."""

    name = "tasting-notes"

    def __init__(self, bills: Bills) -> None:
        self._bills = bills

    def run(self, tea: str, marks: dict[str, int]) -> str:
        """The sentence."""
        run = invocation_otel.current_run()
        self._bills.add(run)
        question = f"{tea}: " + ", ".join(f"{mark} {points}" for mark, points in marks.items())
        with run.round(provider="in-house", model="tasting-notes-v2", messages=question) as round_:
            first, second = sorted(marks, key=lambda mark: -marks[mark])[:2]
            sentence = f"{tea} is above all {first}, with something {second} behind it."
            round_.respond(sentence, input_tokens=len(question) // 4, output_tokens=len(sentence) // 4)
        return sentence
