"""`instrument(AnyAgentClass)`: each call of its run method is a run, and nothing else changes."""

import asyncio
import inspect
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest

from conftest import Recording
from invocation_otel import File, current_run, instrument, uninstrument
from invocation_otel.errors import UsageError
from invocation_otel.instrument.agents import instrument_agent


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
    with pytest.raises(UsageError, match=r"int has none of run, arun, .*; name the method that runs it"):
        instrument(int)
    with pytest.raises(UsageError, match=r"Agent has no method 'execute'; name the one that runs it"):
        instrument(Agent, method="execute")


class Everything:
    """An agent with all its usual methods, which call one another as such methods do."""

    def run(self, question: str) -> str:
        return asyncio.run(self.arun(question))

    async def arun(self, question: str) -> str:
        return "".join([part async for part in self.astream(question)])

    async def astream(self, question: str) -> AsyncGenerator[str, None]:
        for letter in question:
            yield letter

    @classmethod
    def invoke(cls, question: str) -> str:
        return cls.__name__ + question

    @staticmethod
    def stream(question: str) -> str:
        return question


def test_the_usual_methods_are_found_and_one_that_calls_another_is_one_run(recording: Recording) -> None:
    instrument(Everything)
    assert Everything().run("why") == "why"
    assert len(recording.of("invoke_agent")) == 1
    assert Everything().invoke("?") == "Everything?"
    assert Everything().stream("?") == "?"
    assert [run["gen_ai.agent.name"] for run in recording.of("invoke_agent")] == ["Everything"] * 3


def test_a_method_that_calls_itself_is_a_run_inside_the_run(recording: Recording) -> None:
    class Recursive:
        def run(self, depth: int) -> int:
            return depth and self.run(depth - 1)

    instrument(Recursive)
    Recursive().run(2)
    inner, middle, outer = recording.of("invoke_agent")
    assert inner["invocation.parent_run.id"] == middle["invocation.run.id"]
    assert middle["invocation.parent_run.id"] == outer["invocation.run.id"]


def test_a_method_that_calls_itself_with_the_same_work_tries_again_in_its_run(recording: Recording) -> None:
    class Worker:
        def execute(self, task: list[str], tries: int = 0) -> int:
            if tries < 2:
                return self.execute(task, tries + 1)
            return self.execute(task=task[1:]) if task else tries

    instrument_agent(Worker, method="execute", work="task")
    assert Worker().execute(["a"]) == 2
    inner, outer = recording.of("invoke_agent")
    assert inner["invocation.parent_run.id"] == outer["invocation.run.id"]
    assert Worker().execute([]) == 2
    assert len(recording.of("invoke_agent")) == 3


def test_a_subclass_s_own_method_is_recorded_also_when_it_is_written_later(recording: Recording) -> None:
    class Base:
        options: dict[str, Any]

        def __init_subclass__(cls, **options: Any) -> None:
            cls.options = options

        def run(self) -> str:
            return "base"

    class Early(Base):
        def run(self) -> str:
            return f"early {super().run()}"

    own = Base.__dict__["__init_subclass__"]
    instrument(Base)

    class Late(Early, colour="red"):
        def run(self) -> str:
            return f"late {super().run()}"

    assert Late().run() == "late early base"
    assert Early().run() == "early base"
    assert Late.options == {"colour": "red"}
    assert [run["gen_ai.agent.name"] for run in recording.of("invoke_agent")] == ["Late", "Early"]
    uninstrument()
    assert Base.__dict__["__init_subclass__"] is own
    assert Late().run() == "late early base"
    assert len(recording.of("invoke_agent")) == 2


def test_what_is_handed_out_is_inside_the_run_whatever_it_is(recording: Recording) -> None:
    class Handing:
        @contextmanager
        def block(self) -> Generator[str, None, None]:
            yield current_run().agent

        @asynccontextmanager
        async def ablock(self) -> AsyncGenerator[str, None]:
            yield current_run().agent

        def task(self) -> "asyncio.Task[str]":
            return asyncio.create_task(self.inside())

        async def inside(self) -> str:
            await asyncio.sleep(0)
            return current_run().agent

        async def later(self) -> AsyncGenerator[str, None]:
            return self.parts()

        async def parts(self) -> AsyncGenerator[str, None]:
            yield current_run().agent

    instrument(Handing, method=("block", "ablock", "task", "later"), name="handing")

    async def ask() -> list[str]:
        async with Handing().ablock() as told:
            assert current_run().agent == told
        return [told, await Handing().task(), *[part async for part in await Handing().later()]]

    with Handing().block() as told:
        assert current_run().agent == told == "handing"
    assert asyncio.run(ask()) == ["handing"] * 3
    assert [run["invocation.status"] for run in recording.of("invoke_agent")] == ["success"] * 4
    with pytest.raises(LookupError), Handing().block():
        raise LookupError
    assert recording.of("invoke_agent")[-1]["invocation.status"] == "failed"


def test_a_task_that_is_cancelled_ends_its_run(recording: Recording) -> None:
    class Slow:
        def run(self) -> "asyncio.Task[None]":
            return asyncio.create_task(asyncio.sleep(60))

    instrument(Slow)

    async def cancel() -> None:
        task = Slow().run()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    assert [run["invocation.status"] for run in recording.of("invoke_agent")] == ["cancelled"]
