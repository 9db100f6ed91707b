"""Runs recorded by the library itself, and what the viewer prints of them."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from view_rows import piped, printed

import invocation_otel
from invocation_otel import File, Prompt, Run
from invocation_otel.store.client import Store
from invocation_otel.view.filters import Filters
from invocation_otel.view.run import print_run
from invocation_otel.view.runs import print_runs

CALL = {"id": "call_1", "function": {"name": "lookup", "arguments": '{"order": 7}'}}
MEMORY = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Good morning"}]
ASKS: dict[str, Any] = {"role": "assistant", "content": "", "tool_calls": [CALL]}
RESULT = {"role": "tool", "tool_call_id": "call_1", "content": '{"state": "sent"}'}


def support(*, tenant: str, question: str = "Where is order 7?", **facts: Any) -> Run:
    """A run of two rounds with memory, a prompt, a file and a tool call."""
    prompt = Prompt("support-system", version="3", template="Help customers of {shop}.", variables={"shop": "Süd"})
    file = File.from_bytes(b"x", name="a.pdf")
    told = {"triggered_by": "user", "user_id": "42", "session_id": "s-1", "memory": MEMORY} | facts
    messages = [*MEMORY, {"role": "user", "content": question}]
    with invocation_otel.invocation("support", tenant=tenant, system_prompt=prompt, files=[file], **told) as run:
        _round(run, messages, answer=ASKS, stop_reason="tool_calls")
        with run.tool("lookup", arguments={"order": 7}, call_id="call_1") as tool:
            tool.result({"state": "sent", "weight": 1.5})
        _round(run, [*messages, ASKS, RESULT], answer="It is on its way.", stop_reason="stop")
    return run


def extraction(*, tenant: str) -> Run:
    """A task that fails."""
    ended: list[Run] = []
    with (
        suppress(ValueError),
        invocation_otel.invocation(
            "extraction", tenant=tenant, triggered_by="task", user_id="7", session_id="s-2", memory=True
        ) as run,
    ):
        ended.append(run)
        with run.round(provider="anthropic", model="claude-sonnet-4-5", messages="Read it.") as round_:
            round_.respond("", input_tokens=10, output_tokens=1)
        raise ValueError("no such form")
    return ended[0]


def nothing_done(agent: str, *, tenant: str) -> Run:
    """A run without any round."""
    with invocation_otel.invocation(agent, tenant=tenant) as run:
        pass
    return run


def listed(store: Store, filters: Filters, *, as_json: bool = False) -> str:
    """What `runs` prints into a pipe."""
    console = piped()
    print_runs(store, console=console, filters=filters, as_json=as_json)
    return printed(console)


def shown(store: Store, run_id: str, **options: Any) -> str:
    """What `show` prints into a pipe."""
    console = piped()
    print_run(store, run_id, console=console, **options)
    return printed(console)


def _round(run: Run, messages: Sequence[Any], *, answer: Any, stop_reason: str) -> None:
    with run.round(
        provider="openai",
        model="gpt-4o-mini",
        messages=messages,
        system="Help customers of Süd.",
        params={"temperature": 0.5},
    ) as round_:
        round_.respond(answer, input_tokens=1000, output_tokens=17, cache_read_tokens=640, stop_reason=stop_reason)
