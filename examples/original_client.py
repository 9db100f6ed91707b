"""An agent client that is there already, recorded without a change to it: one `instrument(...)` call says how.

invocation-otel serve &
OPENAI_API_KEY=… python examples/original_client.py invoice.pdf
invocation-otel runs
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import invocation_otel

# ── What is there already ────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class AgentResult:
    """What an agent answered; the client itself never knew what that cost."""

    text: str
    cost_usd: float | None = None


class AgentClient:
    """One agent: its model and its prompts, which are filled in for each run."""

    def __init__(self, name: str, *, model: str, system: str, prompt: str) -> None:
        self.name = name
        self._model, self._system, self._prompt = model, system, prompt

    def run(
        self,
        *,
        input: str,  # noqa: A002 - the client's own word
        variables: Mapping[str, Any] | None = None,
        system_variables: Mapping[str, Any] | None = None,
        files: Sequence[Path] = (),
        triggered_by: str = "system",
        session_id: str | None = None,
        user_ref: int | None = None,
    ) -> AgentResult:
        """Ask the model once."""
        from openai import OpenAI  # noqa: PLC0415 - as late as in the program that this is taken from

        names = ", ".join(file.name for file in files)
        question = self._prompt.format(input=input, files=names, **(variables or {}))
        with OpenAI() as client:
            answer = client.chat.completions.create(
                model=self._model,
                messages=[
                    {"role": "system", "content": self._system.format(**(system_variables or {}))},
                    {"role": "user", "content": question},
                ],
                metadata={"user": str(user_ref), "session": str(session_id), "by": triggered_by},
            )
        return AgentResult(answer.choices[0].message.content or "")


@cache
def get_agent(name: str) -> AgentClient:
    """The agent of that name."""
    return AgentClient(
        name,
        model="gpt-4o-mini",
        system="You check invoices for {shop}.",
        prompt="{input} The order is {order}. Attached: {files}",
    )


# ── What records it ──────────────────────────────────────────────────────────────────────────────────────────────────

invocation_otel.configure(service_name="invoices")
invocation_otel.instrument(AgentClient, arguments={"user_ref": "user_id"})


def main(path: str) -> None:
    """One run; everything that its arguments say about it is recorded with it."""
    result = get_agent("invoice-checker").run(
        input="Is this right?",
        variables={"order": 7},
        system_variables={"shop": "Acme"},
        files=[Path(path)],
        triggered_by="user",
        session_id="s1",
        user_ref=42,
    )
    print(result.text, result.cost_usd)


if __name__ == "__main__":
    main(sys.argv[1])
