"""Spans that frameworks start become runs: agents, workflows, hand-offs, and how they end."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from opentelemetry.sdk.trace import Span
from opentelemetry.trace import SpanKind, Status, StatusCode

from conftest import Recording
from invocation_otel import current_run, invocation, scope

OPENAI_AGENTS = "opentelemetry.instrumentation.genai.openai_agents"


class Framework:
    """Tells its spans as the official instrumentations do."""

    def __init__(self, recording: Recording, name: str = "framework") -> None:
        self._tracer = recording.handle.provider.get_tracer(name)

    @contextmanager
    def span(self, operation: str, name: str = "", **said: Any) -> Generator[Span, None, None]:
        told = {"gen_ai.operation.name": operation, **{key.replace("__", "."): value for key, value in said.items()}}
        with self._tracer.start_as_current_span(
            f"{operation} {name}".strip(), attributes=told, record_exception=False, set_status_on_exception=False
        ) as span:
            assert isinstance(span, Span)
            yield span

    def agent(self, name: str, **said: Any) -> Any:
        return self.span("invoke_agent", name, gen_ai__agent__name=name, **said)

    def call(self) -> None:
        with self.span("chat", "gpt-4o-mini") as span:
            span.set_attribute("gen_ai.usage.input_tokens", 1000)
            span.set_attribute("gen_ai.usage.output_tokens", 10)


def family(recording: Recording) -> dict[str, tuple[str | None, int, str]]:
    """Of each run by its agent: the agent of the run around it, its rounds and its status."""
    runs = recording.of("invoke_agent")
    agents = {run["invocation.run.id"]: run["gen_ai.agent.name"] for run in runs}
    return {
        run["gen_ai.agent.name"]: (
            agents.get(run.get("invocation.parent_run.id")),
            run["invocation.run.rounds"],
            run["invocation.status"],
        )
        for run in runs
        if "invocation.status" in run
    }


def test_agents_inside_agents_are_runs_with_rounds_of_their_own(recording: Recording) -> None:
    framework = Framework(recording)
    with framework.agent("boss"):
        framework.call()
        with framework.span("execute_tool", "ask"), framework.agent("helper"):
            framework.call()
            assert current_run().agent == "helper"
        framework.call()
        assert current_run().usage.input_tokens == 2000
    assert family(recording) == {"boss": (None, 2, "success"), "helper": ("boss", 1, "success")}
    assert [round_["invocation.round.index"] for round_ in recording.of("chat")] == [1, 1, 2]
    assert [tool["gen_ai.agent.name"] for tool in recording.of("execute_tool")] == ["boss"]


def test_a_workflow_is_the_run_around_its_agents(recording: Recording) -> None:
    framework = Framework(recording)
    with framework.span("invoke_workflow", "crew"):
        framework.call()
        for name in ("first", "second"):
            with framework.agent(name):
                framework.call()
    assert family(recording) == {
        "crew": (None, 1, "success"),
        "first": ("crew", 1, "success"),
        "second": ("crew", 1, "success"),
    }


def test_a_workflow_inside_a_run_is_part_of_it(recording: Recording) -> None:
    framework = Framework(recording)
    with invocation("mine"), framework.span("invoke_workflow", "chain"):
        framework.call()
    assert family(recording) == {"mine": (None, 1, "success")}


def test_a_hand_off_is_a_run_inside_the_one_that_handed_over(recording: Recording) -> None:
    framework = Framework(recording, OPENAI_AGENTS)
    with framework.span("invoke_workflow", "Agent workflow"):
        with framework.agent("triage"):
            framework.call()
        with framework.agent("billing"):
            framework.call()
    with framework.span("invoke_workflow", "Agent workflow"), framework.agent("alone"):
        framework.call()
    assert family(recording) == {
        "triage": (None, 1, "success"),
        "billing": ("triage", 1, "success"),
        "alone": (None, 1, "success"),
    }


def test_an_agent_that_gets_the_conversation_back_is_a_run_again(recording: Recording) -> None:
    framework = Framework(recording, OPENAI_AGENTS)
    with framework.span("invoke_workflow", "Agent workflow"):
        for name in ("triage", "billing", "triage"):
            with framework.agent(name):
                framework.call()
    runs = recording.of("invoke_agent")
    assert [run["invocation.run.rounds"] for run in runs] == [1, 1, 1]
    assert [run.get("invocation.parent_run.id") for run in runs] == [None, *[runs[0]["invocation.run.id"]] * 2]


def test_the_agent_of_the_same_name_is_the_run_itself(recording: Recording) -> None:
    framework = Framework(recording)
    with invocation("support") as run, framework.agent("support"):
        framework.call()
    assert run.rounds == 1
    assert family(recording) == {"support": (None, 1, "success")}


def test_what_the_program_says_wins_over_what_a_framework_makes_up(recording: Recording) -> None:
    framework = Framework(recording)
    with scope(session_id="s1", user_id="7"), framework.agent("a", gen_ai__conversation__id="made-up"):
        framework.call()
    with framework.agent("b", gen_ai__conversation__id="thread-1"):
        pass
    told = [(span["gen_ai.conversation.id"], span.get("user.id")) for span in recording.of("invoke_agent")]
    assert told == [("s1", "7"), ("thread-1", None)]
    assert [round_["gen_ai.conversation.id"] for round_ in recording.of("chat")] == ["s1"]


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (LookupError("x"), "failed", "LookupError"),
        (TimeoutError(), "timeout", "TimeoutError"),
        (asyncio.CancelledError(), "cancelled", "asyncio.exceptions.CancelledError"),
        (StopAsyncIteration(), "success", None),
    ],
)
def test_an_error_that_passes_through_a_framework_that_does_not_tell_it_is_the_run_s(
    recording: Recording, error: BaseException, status: str, told: str | None
) -> None:
    framework = Framework(recording)
    with pytest.raises(type(error)), framework.agent("silent"):
        raise error
    [run] = recording.of("invoke_agent")
    assert (run["invocation.status"], run.get("error.type")) == (status, told)


def test_an_error_that_was_being_handled_before_is_not_the_run_s(recording: Recording) -> None:
    framework = Framework(recording)
    known: dict[str, str] = {}
    try:
        known["missing"]
    except LookupError:
        with framework.agent("rescue"):
            framework.call()
    assert family(recording) == {"rescue": (None, 1, "success")}


def test_what_a_framework_tells_of_an_error_is_kept(recording: Recording) -> None:
    framework = Framework(recording)
    with suppress(LookupError), framework.agent("telling") as span:
        span.set_attribute("error.type", "rate_limit")
        span.set_status(Status(StatusCode.ERROR, "slow down"))
        raise LookupError
    [run] = recording.of("invoke_agent")
    assert (run["invocation.status"], run["error.type"]) == ("failed", "rate_limit")


def test_a_call_outside_of_any_run_is_a_run_of_one_round(recording: Recording) -> None:
    with recording.handle.provider.get_tracer("client").start_as_current_span(
        "chat gpt-4o-mini", kind=SpanKind.CLIENT, attributes={"gen_ai.operation.name": "chat"}
    ):
        assert current_run().agent == "chat"
    assert family(recording) == {"chat": (None, 1, "success")}
