"""smolagents, beyond the table: code that calls tools, agents that run out of steps, and streams that nobody reads."""

from typing import Any

import pytest

from matrix_facts import each_side, facts, parts, scenario
from matrix_inside import ANSWER, EVENT_DELAY_S, QUESTION
from matrix_venvs import Side

CODE = "final_answer(lookup(%d))"
DONE = {"output": "shipped", "logs": "", "is_final_answer": True}


def _tools(found: dict[str, Any]) -> list[tuple[Any, ...]]:
    names = ("gen_ai.tool.name", "gen_ai.tool.call.arguments", "gen_ai.tool.call.result", "error.type")
    return [
        (call["invocation.round.index"], *(call.get(name) for name in names))
        for call in sorted(found["tool_calls"], key=lambda call: call["span.start_ns"])
    ]


@each_side
def test_code_is_a_tool_call_and_so_are_the_tools_that_it_calls(side: Side) -> None:
    """It runs in a thread of its own."""
    found = scenario("smolagents", side, "code")
    interpreter_error = "smolagents.local_python_executor.InterpreterError"
    assert _tools(found) == [
        (1, "python_interpreter", CODE % -1, None, interpreter_error),
        (1, "lookup", {"order": -1}, None, "ValueError"),
        (2, "python_interpreter", CODE % 7, DONE, None),
        (2, "lookup", {"order": 7}, "shipped", None),
    ]
    first, inner, *_ = found["tool_calls"]
    assert inner["span.parent"] == first["span.id"]


@each_side
def test_an_agent_without_a_name_has_that_of_its_class_and_its_additional_arguments_are_variables(side: Side) -> None:
    found = scenario("smolagents", side, "code")
    [run] = found["runs"]
    assert (run["gen_ai.agent.name"], run["invocation.status"]) == ("CodeAgent", "success")
    assert {round_["invocation.prompt.variables"]["variables"]["customer"] for round_ in found["rounds"]} == {"anna"}


@each_side
def test_tools_that_run_at_once_are_all_calls_of_the_round_that_asked(side: Side) -> None:
    found = scenario("smolagents", side, "two_tools_at_once")
    assert sorted(_tools(found), key=str) == [
        (1, "lookup", {"order": 1}, "shipped", None),
        (1, "lookup", {"order": 2}, "shipped", None),
    ]


@each_side
@pytest.mark.parametrize("name", ["out_of_steps", "out_of_steps_streamed"])
def test_a_run_without_a_step_left_has_failed_although_it_answers(side: Side, name: str) -> None:
    """As smolagents itself says in its full result; its last round is the run's too."""
    found = scenario("smolagents", side, name)
    [run] = found["runs"]
    told = (run["invocation.status"], run["error.type"], run["invocation.run.rounds"])
    assert (found["raised"], *told) == (None, "failed", "smolagents.utils.AgentMaxStepsError", 2)


@each_side
def test_a_stream_that_nobody_reads_on_is_a_cancelled_run(side: Side) -> None:
    found = scenario("smolagents", side, "dropped")
    assert [(run["invocation.status"], run["error.type"]) for run in found["runs"]] == [("cancelled", "GeneratorExit")]


@each_side
def test_an_agent_that_code_calls_is_a_run_inside_that_call(side: Side) -> None:
    found = scenario("smolagents", side, "nested_in_code")
    [boss, helper] = found["runs"]
    [call] = [call for call in found["tool_calls"] if call["gen_ai.tool.name"] == "helper"]
    assert (helper["span.parent"], helper["invocation.parent_run.id"]) == (call["span.id"], boss["invocation.run.id"])
    assert call["gen_ai.tool.call.arguments"] == {"task": "x"}


@each_side
@pytest.mark.parametrize(
    "name", ["hugging_face", "hugging_face_streamed", "hugging_face_async", "hugging_face_async_streamed"]
)
def test_a_completion_of_hugging_face_is_a_round(side: Side, name: str) -> None:
    assert facts("smolagents", side, name) == {
        "provider": "huggingface",
        "answered": "Qwen/Qwen3-32B",
        "status": "success",
        "input": 1000,
        "output": 20,
        "cached": 400,
        "finish": ["tool_calls"],
        "source": "unpriced",
    }
    [round_] = scenario("smolagents", side, name)["rounds"]
    [asked, answered] = [parts(round_, f"gen_ai.{way}.messages")[-1] for way in ("input", "output")]
    assert QUESTION in asked["content"]
    assert (answered["name"], answered["arguments"]) == ("final_answer", {"answer": ANSWER})


@each_side
@pytest.mark.parametrize("name", ["hugging_face_streamed", "hugging_face_async_streamed"])
def test_a_stream_of_hugging_face_knows_when_its_first_chunk_came(side: Side, name: str) -> None:
    [round_] = scenario("smolagents", side, name)["rounds"]
    lasted_s = (round_["span.end_ns"] - round_["span.start_ns"]) / 1e9
    assert EVENT_DELAY_S <= round_["gen_ai.response.time_to_first_chunk"] < lasted_s


@each_side
def test_what_hugging_face_refuses_is_a_failed_round_of_a_failed_run(side: Side) -> None:
    found = facts("smolagents", side, "hugging_face_refuses")
    assert (found["status"], found["error"]) == ("failed", "BadRequestError")


@each_side
def test_what_hugging_face_refuses_its_async_client_is_a_failed_round_too(side: Side) -> None:
    found = facts("smolagents", side, "hugging_face_async_refuses")
    raised = {"newest": "BadRequestError", "lowest": "ClientResponseError"}[side]
    assert (found["status"], found["error"]) == ("failed", raised)


@each_side
def test_uninstrument_leaves_smolagents_as_it_was(side: Side) -> None:
    found = scenario("smolagents", side, "uninstrumented")
    assert (found["raised"], found["runs"], found["rounds"]) == (None, [], [])
