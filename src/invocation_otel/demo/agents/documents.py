"""Read suppliers' documents into a form."""

from openai import OpenAI
from openai.types.responses import ResponseInputContentParam
from pydantic import BaseModel

import invocation_otel
from invocation_otel import Prompt
from invocation_otel.demo.shop import Bills


class Document(BaseModel):
    """What the shop wants to know of a supplier's document."""

    supplier: str
    number: str
    date: str
    currency: str
    total: float
    positions: int
    remarks: str


class ExtractionAgent:
    """Reads one document; the files are named by the caller, who has them."""

    name = "extraction"

    def __init__(self, gpt: OpenAI, bills: Bills) -> None:
        self._gpt = gpt
        self._bills = bills

    def run(
        self, user_prompt: Prompt, *, system_prompt: Prompt, attachment: ResponseInputContentParam | None = None
    ) -> Document | None:
        """The form, filled in; None when the model could not."""
        self._bills.add(invocation_otel.current_run())
        content: list[ResponseInputContentParam] = [{"type": "input_text", "text": user_prompt.text}]
        response = self._gpt.responses.parse(
            model="gpt-6.1-terra",
            instructions=system_prompt.text,
            input=[{"role": "user", "content": [*content, attachment] if attachment else content}],
            text_format=Document,
            max_output_tokens=2_000,
        )
        return response.output_parsed
