"""`instrument(AnyAgentClass)`: each call of its run method is a run, and nothing else changes."""

import asyncio
import inspect
from collections.abc import AsyncGenerator, Generator
from typing import Any

import pytest

from conftest import Recording
from invocation_otel import File, current_run, instrument, uninstrument
from invocation_otel.errors import UsageError


class Agent:
    """An agent as people write them."""

    name = "support"

    def run(self, question: str, variables: dict[str, Any] | None = None) -> str:
        return f"{current_run().agent}: {question} {variables}"


def test_each_call_of_run_is_a_run_that_takes_its_facts_from_the_arguments(recording: Recording) -> None:
    instrument(Agent)
    file = File.from_bytes(b"x", name="a.txt")
    answer = Agent().run(  # type: ignore[call-arg] # what it does not take itself is taken by the recorder
        "where?", {"order": 7}, triggered_by="user", user_id="42", session_id="s", tenant="acme", files=[file]
    )

    assert answer == "support: where? {'order': 7}"
    [run] = recording.of("invoke_agent")
    assert run["gen_ai.agent.name"] == "support"
    assert run["invocation.trigger"] == "user"
    assert run["user.id"] == "42"
    assert run["gen_ai.conversation.id"] == "s"
    assert run["invocation.tenant"] == "acme"
    assert '"name":"a.txt"' in run["invocation.files"]


def test_a_method_that_takes_the_arguments_itself_still_gets_them(recording: Recording) -> None:
    class Own:
        def execute(self, *, user_id: str, **rest: Any) -> tuple[str, dict[str, Any]]:
            return user_id, rest

    instrument(Own, method="execute", name="named")
    assert Own().execute(user_id="1", session_id="s", other=2) == ("1", {"session_id": "s", "other": 2})
    [run] = recording.of("invoke_agent")
    assert (run["gen_ai.agent.name"], run["user.id"], run["gen_ai.conversation.id"]) == ("named", "1", "s")


def test_async_and_streaming_agents_are_runs_from_start_to_end(recording: Recording) -> None:
    class Streaming:
        async def run(self) -> str:
            return current_run().agent

        def stream(self) -> Generator[str, None, None]:
            yield current_run().agent

        async def astream(self) -> AsyncGenerator[str, None]:
            yield current_run().agent

        def later(self) -> Any:
            return self.stream_inside()

        def stream_inside(self) -> Generator[str, None, None]:
            yield current_run().agent

    for method in ("run", "stream", "astream", "later"):
        instrument(Streaming, method=method, name=method)

    async def drain() -> list[str]:
        return [item async for item in Streaming().astream()]

    assert inspect.iscoroutinefunction(Streaming.run)
    assert inspect.isgeneratorfunction(Streaming.stream)
    assert inspect.isasyncgenfunction(Streaming.astream)
    assert asyncio.run(Streaming().run()) == "run"
    assert list(Streaming().stream()) == ["stream"]
    assert asyncio.run(drain()) == ["astream"]
    assert list(Streaming().later()) == ["later"]
    assert [run["invocation.status"] for run in recording.of("invoke_agent")] == ["success"] * 4


def test_a_subclass_is_recorded_once(recording: Recording) -> None:
    class Base:
        def run(self) -> str:
            return "base"

    class Derived(Base):
        pass

    instrument(Base)
    instrument(Base)
    instrument(Derived)
    assert Derived().run() == "base"
    assert [run["gen_ai.agent.name"] for run in recording.of("invoke_agent")] == ["Derived"]


def test_an_error_of_the_agent_stays_as_it_was(recording: Recording) -> None:
    class Failing:
        def run(self, question: str) -> None:
            raise LookupError(question)

    instrument(Failing)
    with pytest.raises(LookupError, match="why"):
        Failing().run("why")
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'question'"):
        Failing().run()  # type: ignore[call-arg] # the mistake
    assert [run["error.type"] for run in recording.of("invoke_agent")] == ["LookupError", "TypeError"]


def test_uninstrument_gives_the_class_its_own_method_back(recording: Recording) -> None:
    class Plain:
        def run(self) -> str:
            return "x"

    own = Plain.run
    instrument(Plain)
    assert Plain.run is not own
    uninstrument()
    assert Plain.run is own
    assert recording.spans == []


def test_a_class_without_the_method_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match=r"Agent has no method 'execute'; name the one that runs it"):
        instrument(Agent, method="execute")
