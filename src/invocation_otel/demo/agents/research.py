"""A researcher that hands claims over to a second agent: a run inside a run, on the other provider."""

import json
from typing import cast

from anthropic import Anthropic
from openai import OpenAI
from openai.types.responses import FunctionToolParam, ResponseFunctionToolCall, ResponseInputItemParam

import invocation_otel
from invocation_otel import Prompt
from invocation_otel.demo.shop import Bills, prompt

MOST_ROUNDS = 4
CHECK_CLAIM: FunctionToolParam = {
    "type": "function",
    "name": "check_claim",
    "description": "Has one claim checked.",
    "parameters": {
        "type": "object",
        "properties": {"claim": {"type": "string"}},
        "required": ["claim"],
        "additionalProperties": False,
    },
    "strict": True,
}


class FactCheckAgent:
    """Checks one claim."""

    name = "fact-check"

    def __init__(self, claude: Anthropic, bills: Bills) -> None:
        self._claude = claude
        self._bills = bills

    def run(self, claim: str, *, system_prompt: Prompt) -> str:
        """The verdict."""
        self._bills.add(invocation_otel.current_run())
        answer = self._claude.messages.create(
            model="claude-haiku-5-5",
            max_tokens=200,
            system=system_prompt.text,
            messages=[{"role": "user", "content": claim}],
        )
        return "".join(block.text for block in answer.content if block.type == "text")


class ResearchAgent:
    """Answers a question of the shop's owner after its claims were checked."""

    name = "research"

    def __init__(self, gpt: OpenAI, checker: FactCheckAgent, bills: Bills) -> None:
        self._gpt = gpt
        self._checker = checker
        self._bills = bills

    def run(self, question: str, *, system_prompt: Prompt) -> str:
        """The answer."""
        self._bills.add(invocation_otel.current_run())
        given: list[ResponseInputItemParam] = [{"role": "user", "content": question}]
        for _ in range(MOST_ROUNDS):
            response = self._gpt.responses.create(
                model="gpt-6.1-terra",
                instructions=system_prompt.text,
                input=given,
                tools=[CHECK_CLAIM],
                reasoning={"effort": "low"},
            )
            calls = [item for item in response.output if item.type == "function_call"]
            if not calls:
                return response.output_text
            given.extend(cast("ResponseInputItemParam", item.to_dict()) for item in response.output)
            given.extend(self._check(call) for call in calls)
        raise RuntimeError(f"No answer after {MOST_ROUNDS} rounds.")

    def _check(self, call: ResponseFunctionToolCall) -> ResponseInputItemParam:
        claim = json.loads(call.arguments)["claim"]
        with invocation_otel.current_run().tool(call.name, arguments={"claim": claim}, call_id=call.call_id) as tool:
            verdict = self._checker.run(claim, system_prompt=prompt("fact-check-system"))
            tool.result(verdict)
        return {"type": "function_call_output", "call_id": call.call_id, "output": verdict}
