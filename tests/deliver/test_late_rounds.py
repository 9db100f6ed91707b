"""A run that has ended while rounds of it go on, such as a stream that it has returned, tells of them too."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

import openai
import pytest

from conftest import Recording
from invocation_otel import instrument, invocation, uninstrument
from invocation_otel.deliver import held
from invocation_otel.demo.providers import ProviderServer
from invocation_otel.demo.script import Reply
from invocation_otel.record.run import Run


def left_open(rounds: int) -> tuple[Run, list[Callable[[], None]]]:
    """A run that has ended, and what ends *rounds* of it that have not."""
    with invocation("agent") as run:
        with run.round(provider="openai", model="gpt-4o-mini") as first:
            first.respond("", input_tokens=100, output_tokens=1)
        return run, [begun(run) for _ in range(rounds)]


def begun(run: Run) -> Callable[[], None]:
    """Begin a round of *run*, beside others that go on; gives back what ends it."""
    round_, beside = run.round(provider="openai", model="gpt-4o-mini"), copy_context()
    beside.run(round_.__enter__)

    def end() -> None:
        round_.respond("", input_tokens=1000, output_tokens=10)
        beside.run(round_.__exit__, None, None, None)

    return end


def run_within(recording: Recording, longest_s: float) -> dict[str, Any] | None:
    """The run's own span, if it comes within *longest_s* without anybody's asking for it."""
    until = time.monotonic() + longest_s
    while time.monotonic() < until:
        found = [told for told in recording.arrived if told.get("gen_ai.operation.name") == "invoke_agent"]
        if found:
            return found[0]
        time.sleep(0.05)
    return None


def figures(told: dict[str, Any] | None) -> tuple[Any, ...] | None:
    names = ("rounds", "input_tokens", "output_tokens", "cost")
    return None if told is None else tuple(told[f"invocation.run.{name}"] for name in names)


def test_a_run_waits_for_the_rounds_that_end_after_it(recording: Recording) -> None:
    run, ends = left_open(2)
    for end in ends:
        assert run_within(recording, 0.8) is None
        end()
    assert figures(run_within(recording, 10)) == (3, 2100, 21, run.cost_usd)
    assert [round_["invocation.round.index"] for round_ in recording.of("chat")] == [1, 2, 3]
    assert run.rounds == 3


def test_rounds_that_end_at_once_in_many_threads_are_all_in_their_runs(recording: Recording) -> None:
    runs = [left_open(3) for _ in range(50)]
    with ThreadPoolExecutor(12) as threads:
        for end in [end for nth in range(3) for _, ends in runs for end in ends[nth : nth + 1]]:
            threads.submit(end)
    told = recording.of("invoke_agent")
    assert {run["invocation.run.id"] for run in told} == {run.id for run, _ in runs}
    assert [figures(run) for run in told] == [(4, 3100, 31, runs[0][0].cost_usd)] * 50


def test_a_run_that_did_not_end_well_waits_for_nothing(recording: Recording) -> None:
    run = invocation("agent").start()
    end = begun(run)
    run.end(ValueError("no"))
    told = run_within(recording, 10)
    assert told is not None
    assert (told["invocation.status"], told["invocation.run.rounds"]) == ("failed", 0)
    end()


def test_whoever_flushes_does_not_wait_for_a_stream_that_only_he_can_read(recording: Recording) -> None:
    _, [end] = left_open(1)
    began = time.monotonic()
    assert recording.handle.flush(20)
    assert time.monotonic() - began < 5
    assert figures(run_within(recording, 1)) == (1, 100, 1, 0.0000156)
    end()


def test_a_round_that_never_ends_holds_its_run_back_for_so_long_and_no_longer(
    recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held, "ROUNDS_S", 1.5)
    left_open(1)
    assert run_within(recording, 1) is None
    assert figures(run_within(recording, 10)) == (1, 100, 1, 0.0000156)


def test_the_end_of_the_process_hands_on_what_is_held(recording: Recording) -> None:
    left_open(1)
    recording.handle.shutdown()
    assert figures(run_within(recording, 1)) == (1, 100, 1, 0.0000156)


def test_an_agent_that_returns_its_stream_costs_what_its_reader_has_heard(recording: Recording) -> None:
    class Agent:
        def run(self, client: openai.OpenAI) -> openai.Stream[Any]:
            options: Any = {"include_usage": True}
            messages: Any = [{"role": "user", "content": "Where?"}]
            return client.chat.completions.create(
                model="gpt-4o-mini", messages=messages, stream=True, stream_options=options
            )

    instrument(Agent)
    try:
        reply = Reply(text="Shipped.", input_tokens=1000, output_tokens=20)
        with (
            ProviderServer(lambda _request: reply) as server,
            openai.OpenAI(base_url=server.openai_url, api_key=server.api_key) as client,
        ):
            for _ in Agent().run(client):
                pass
            assert figures(run_within(recording, 10)) == (1, 1000, 20, 0.000162)
    finally:
        uninstrument()
