"""What arrives of `openai` whichever way it is called, and however a call ends."""

from typing import Any

import pytest

from matrix_facts import each_side, facts, parts, scenario
from matrix_inside import ANSWER
from matrix_venvs import Side

CALL = {"provider": "openai", "asked": "gpt-4o-mini"}
HEARD = {**CALL, "answered": "gpt-4o-mini"}
COUNTED = {"input": 1000, "output": 20, "cached": 400, "cost": 0.000132, "source": "computed"}
CHAT: dict[str, Any] = {**HEARD, **COUNTED, "status": "success", "finish": ["stop"], "text": ANSWER}
RESPONSES = {**CHAT, "finish": ["completed"]}
PLACE = '{"city": "Wien"}'
NOTHING_HEARD = {**CALL, "source": "unpriced"}
VECTORS: dict[str, Any] = {
    "provider": "openai",
    "asked": "text-embedding-3-small",
    "answered": "text-embedding-3-small",
    "status": "success",
    "input": 1000,
    "cost": 0.00002,
    "source": "computed",
}
WHOLE = {
    "responses": RESPONSES,
    "responses_stream": RESPONSES,
    "responses_stream_helper": RESPONSES,
    "responses_async_stream": RESPONSES,
    "responses_parse": {**RESPONSES, "text": PLACE},
    "responses_incomplete": {**RESPONSES, "finish": ["max_output_tokens"], "text": "It"},
    "embeddings": VECTORS,
    "async_embeddings": VECTORS,
    "parse": {**CHAT, "text": PLACE},
    "stream_helper": CHAT,
    "raw": CHAT,
    "async_raw": CHAT,
    "raw_stream": CHAT,
    "streaming_response_parsed": CHAT,
    "streaming_response": {**NOTHING_HEARD, "status": "success"},
    "azure": {**CHAT, "provider": "azure.ai.openai"},
    "async_azure": {**CHAT, "provider": "azure.ai.openai"},
    "recovered": {**CHAT, "resent": 2},
    "refused": {**CHAT, "text": "I cannot help with that."},
    "filtered": {**HEARD, **COUNTED, "status": "success", "finish": ["content_filter"]},
    "empty": {
        **HEARD,
        "status": "success",
        "finish": ["stop"],
        "input": 1000,
        "cost": 0.00015,
        "source": "computed",
    },
}
GUESSED = {**HEARD, "input": 5, "output": 3, "cost": 2.55e-6, "source": "estimated", "text": "It left our "}
LEFT = {**GUESSED, "status": "cancelled", "error": "GeneratorExit"}
BROKEN = {
    "without_usage": {**GUESSED, "status": "success", "output": 9, "cost": 6.15e-6, "finish": ["stop"], "text": ANSWER},
    "closed_early": LEFT,
    "raw_stream_closed_early": LEFT,
    "raw_stream_broken_off": {**GUESSED, "status": "failed", "error": "APIError"},
    "closed_when_all_was_said": {
        **GUESSED,
        "status": "success",
        "output": 9,
        "cost": 6.15e-6,
        "finish": ["stop"],
        "text": ANSWER,
    },
    "abandoned": LEFT,
    "broken_off": {**GUESSED, "status": "failed"},
    "error_in_stream": {**GUESSED, "status": "failed", "error": "APIError"},
    "rate_limited": {**NOTHING_HEARD, "status": "failed", "error": "RateLimitError", "resent": 1},
    "timed_out": {**NOTHING_HEARD, "status": "timeout", "error": "APITimeoutError"},
}


@each_side
@pytest.mark.parametrize("name", WHOLE)
def test_a_call_that_was_answered_is_told_as_it_was(side: Side, name: str) -> None:
    assert facts("openai", side, name) == WHOLE[name]


@each_side
@pytest.mark.parametrize("name", BROKEN)
def test_a_call_that_was_not_answered_whole_says_so_and_what_it_guesses(side: Side, name: str) -> None:
    told = facts("openai", side, name)
    if name == "broken_off":  # the class of the HTTP library that the release uses
        assert told.pop("error") in ("APIConnectionError", "RemoteProtocolError")
    assert told == BROKEN[name]


@each_side
@pytest.mark.parametrize("name", ["helper_closed_early", "async_closed_early", "async_abandoned"])
def test_a_stream_of_which_nothing_was_heard_yet_is_cancelled(side: Side, name: str) -> None:
    told = facts("openai", side, name)
    assert (told["status"], told["error"], told["source"]) == ("cancelled", "GeneratorExit", "estimated")
    assert "text" not in told


@each_side
def test_a_task_cancelled_while_it_waits_for_a_chunk_is_a_cancelled_round(side: Side) -> None:
    told = facts("openai", side, "cancelled_in_stream")
    assert (told["status"], told["error"], told["source"]) == ("cancelled", "CancelledError", "estimated")


@each_side
def test_a_task_cancelled_between_two_chunks_leaves_a_cancelled_round(side: Side) -> None:
    told = facts("openai", side, "cancelled_between_chunks")
    assert (told["status"], told["source"]) == ("cancelled", "estimated")


@each_side
def test_an_answer_that_could_not_be_parsed_is_a_failed_round(side: Side) -> None:
    told = facts("openai", side, "filtered_when_parsed")
    assert (told["status"], told["error"]) == ("failed", "ContentFilterFinishReasonError")


def test_an_answer_that_could_not_be_parsed_was_paid_for_all_the_same() -> None:
    """Old releases throw the answer away with the error."""
    told = facts("openai", "newest", "filtered_when_parsed")
    assert told == {**WHOLE["filtered"], "status": "failed", "error": "ContentFilterFinishReasonError"}


@each_side
def test_every_parameter_of_a_request_is_kept(side: Side) -> None:
    [round_] = scenario("openai", side, "params")["rounds"]
    assert round_["invocation.request.params"] == {
        "temperature": 0.5,
        "max_tokens": 50,
        "stop": ["END"],
        "tool_choice": "none",
        "reasoning_effort": "low",
        "parallel_tool_calls": False,
        "user": "42",
        "metadata": {"k": "v"},
        "own": 1,
    }
    assert round_["gen_ai.request.temperature"] == 0.5
    assert round_["gen_ai.request.max_tokens"] == 50
    assert round_["gen_ai.request.stop_sequences"] == ["END"]
    assert round_["gen_ai.request.reasoning.level"] == "low"


@each_side
def test_texts_to_embed_are_kept_and_vectors_are_not(side: Side) -> None:
    [round_] = scenario("openai", side, "embeddings")["rounds"]
    assert [part["content"] for part in parts(round_, "gen_ai.input.messages")] == ["one", "two"]
    assert round_["gen_ai.embeddings.dimension.count"] == 4
    assert "gen_ai.output.messages" not in round_


@each_side
def test_what_is_no_model_call_is_not_recorded(side: Side) -> None:
    found = scenario("openai", side, "models")
    assert (found["runs"], found["rounds"], found["others"]) == ([], [], [])
