"""What arrives of `anthropic` whichever way it is called, and however a call ends."""

from typing import Any

import pytest

from matrix_facts import each_side, facts, parts, scenario
from matrix_inside import ANSWER
from matrix_venvs import Side, results

CALL = {"provider": "anthropic", "asked": "claude-opus-4-5"}
HEARD = {**CALL, "answered": "claude-opus-4-5"}
COUNTED = {"input": 1000, "output": 20, "cached": 400, "cost": 0.0037, "source": "computed"}
MESSAGE: dict[str, Any] = {**HEARD, **COUNTED, "status": "success", "finish": ["end_turn"], "text": ANSWER}
BEDROCK_MODEL, VERTEX_MODEL = "anthropic.claude-opus-4-5-20251101-v1:0", "claude-opus-4-5@20251101"
BEDROCK = {
    **MESSAGE,
    "provider": "aws.bedrock",
    "asked": BEDROCK_MODEL,
    "answered": BEDROCK_MODEL,
    "cost": 0.00407,
}
VERTEX = {**MESSAGE, "provider": "gcp.vertex_ai", "asked": VERTEX_MODEL, "answered": VERTEX_MODEL}
WHOLE = {
    "create_stream": MESSAGE,
    "final_message": MESSAGE,
    "beta": MESSAGE,
    "raw": MESSAGE,
    "bedrock": BEDROCK,
    "bedrock_stream": BEDROCK,
    "vertex": VERTEX,
    "vertex_stream": VERTEX,
    "recovered": {**MESSAGE, "resent": 2},
    "filtered": {**HEARD, **COUNTED, "status": "success", "finish": ["refusal"]},
    "empty": {
        **HEARD,
        "status": "success",
        "finish": ["end_turn"],
        "input": 1000,
        "output": 1,
        "cost": 0.005025,
        "source": "computed",
    },
}
GUESSED = {
    **HEARD,
    "input": 1000,
    "output": 3,
    "cached": 400,
    "cost": 0.003275,
    "source": "estimated",
    "text": "It left our ",
}
BROKEN = {
    "closed_early": {**GUESSED, "status": "cancelled", "error": "GeneratorExit"},
    "broken_off": {**GUESSED, "status": "failed", "error": "RemoteProtocolError"},
    "error_in_stream": {**GUESSED, "status": "failed", "error": "APIStatusError"},
    "timed_out": {**CALL, "source": "unpriced", "status": "timeout", "error": "APITimeoutError"},
}


@each_side
@pytest.mark.parametrize("name", WHOLE)
def test_a_message_that_was_answered_is_told_as_it_was(side: Side, name: str) -> None:
    assert facts("anthropic", side, name) == WHOLE[name]


@each_side
@pytest.mark.parametrize("name", BROKEN)
def test_a_message_that_was_not_answered_whole_says_so_and_what_it_guesses(side: Side, name: str) -> None:
    assert facts("anthropic", side, name) == BROKEN[name]


@each_side
@pytest.mark.parametrize(("name", "error"), [("abandoned", "GeneratorExit"), ("cancelled_in_stream", "CancelledError")])
def test_a_stream_that_nobody_reads_on_is_a_cancelled_round_with_the_input_it_was_billed(
    side: Side, name: str, error: str
) -> None:
    told = facts("anthropic", side, name)
    assert (told["status"], told["error"], told["input"], told["source"]) == ("cancelled", error, 1000, "estimated")


@each_side
def test_a_cache_written_for_an_hour_is_told_apart(side: Side) -> None:
    [round_] = scenario("anthropic", side, "cached_for_an_hour")["rounds"]
    written = round_["gen_ai.usage.cache_write.input_tokens"]
    assert written == 3000
    assert round_["anthropic.usage.cache_creation.ephemeral_1h_input_tokens"] == written
    assert round_["invocation.cost.cache_write"] == 0.03
    assert round_["anthropic.request.id"].startswith("req_")


@each_side
def test_every_parameter_of_a_message_is_kept(side: Side) -> None:
    [round_] = scenario("anthropic", side, "params")["rounds"]
    assert round_["invocation.request.params"] == {
        "max_tokens": 100,
        "tool_choice": {"type": "none"},
        "metadata": {"user_id": "42"},
        "stop_sequences": ["END"],
    }


def test_the_tool_runner_is_a_run_with_its_rounds_and_tool_calls() -> None:
    """The lowest supported release has no tool runner."""
    found = scenario("anthropic", "newest", "tool_runner")
    [run], [first, second], [call] = found["runs"], found["rounds"], found["tool_calls"]
    assert (run["gen_ai.agent.name"], run["invocation.status"]) == ("anthropic.messages.tool_runner", "success")
    assert (run["invocation.run.rounds"], run["invocation.run.cost"]) == (2, 0.0074)
    assert [first["gen_ai.response.finish_reasons"], second["gen_ai.response.finish_reasons"]] == [
        ["tool_use"],
        ["end_turn"],
    ]
    assert parts(first, "gen_ai.output.messages")[0]["arguments"] == {"order": 7}
    assert (call["gen_ai.tool.call.arguments"], call["gen_ai.tool.call.result"]) == ({"order": 7}, "shipped")
    assert (call["invocation.round.index"], call["invocation.status"]) == (1, "success")


def test_the_spans_that_the_client_makes_itself_are_merged() -> None:
    found = results("anthropic", "newest", script="more_anthropic")["scenarios"]
    assert {name: told["others"] for name, told in found.items() if told["others"]} == {}
