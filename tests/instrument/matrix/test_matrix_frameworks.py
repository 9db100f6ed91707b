"""Agents inside agents, hand-offs, graphs, and a framework inside a run: who is whose run, and nothing twice."""

from typing import Any

import pytest

from matrix_inside import ANSWER, QUESTION
from matrix_venvs import results

Family = dict[str, tuple[str | None, int]]
"""Agent -> the agent of the run around its run, and how many rounds it had itself."""

NESTED: Family = {"boss": (None, 2), "helper": ("boss", 1)}
HANDED_OVER: Family = {"boss": (None, 1), "helper": ("boss", 1)}
INSIDE: Family = {"outer": (None, 0), "inner": ("outer", 1)}
CREW: Family = {"crew": (None, 0), "first": ("crew", 1), "second": ("crew", 1)}
TRIED_AGAIN: Family = CREW | {"first": ("crew", 2)}
FAMILIES: list[tuple[str, str, Family]] = [
    ("langchain", "nested", NESTED),
    ("langchain", "graph", {"pipeline": (None, 2)}),
    ("langchain", "graph_of_agents", CREW),
    ("langchain", "chain", {"RunnableSequence": (None, 1)}),
    ("langchain", "inside", INSIDE),
    ("openai-agents", "hand_off", HANDED_OVER),
    ("openai-agents", "nested", NESTED),
    ("openai-agents", "inside", INSIDE),
    ("pydantic-ai", "nested", NESTED),
    ("pydantic-ai", "inside", INSIDE),
    (
        "llama-index",
        "hand_off",
        {"AgentWorkflow": (None, 0), "boss": ("AgentWorkflow", 1), "helper": ("AgentWorkflow", 1)},
    ),
    ("llama-index", "inside", INSIDE),
    ("crewai", "crew", CREW),
    ("crewai", "async_crew", CREW),
    ("crewai", "refused_once", TRIED_AGAIN),
    ("crewai", "async_refused_once", TRIED_AGAIN),
    ("crewai", "inside", INSIDE),
    ("smolagents", "nested", NESTED),
    ("smolagents", "nested_in_code", {"boss": (None, 1), "helper": ("boss", 1)}),
    ("smolagents", "inside", INSIDE),
]


def _recorded(library: str, scenario: str) -> dict[str, Any]:
    found: dict[str, Any] = results(library, "newest", script=f"more_{library.replace('-', '_')}")["scenarios"][
        scenario
    ]
    assert (found["raised"], found["failures"]) == (None, {})
    return found


@pytest.mark.parametrize(
    ("library", "scenario", "expected"), FAMILIES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_each_agent_has_its_run_in_the_run_of_who_asked_it(library: str, scenario: str, expected: Family) -> None:
    found = _recorded(library, scenario)
    agents = {run["invocation.run.id"]: run["gen_ai.agent.name"] for run in found["runs"]}
    family = {
        run["gen_ai.agent.name"]: (agents.get(run.get("invocation.parent_run.id")), run["invocation.run.rounds"])
        for run in found["runs"]
    }
    assert family == expected
    assert len(found["runs"]) == len(expected)
    assert len(found["rounds"]) == sum(rounds for _, rounds in expected.values())
    [root] = {run["invocation.root_run.id"] for run in found["runs"]}
    assert agents[root] == next(name for name, (parent, _) in expected.items() if parent is None)


@pytest.mark.parametrize("scenario", ["refused_once", "async_refused_once"])
def test_a_task_that_an_agent_of_crewai_tries_again_is_one_run_with_both_rounds(scenario: str) -> None:
    found = _recorded("crewai", scenario)
    assert [(run["gen_ai.agent.name"], run["invocation.status"]) for run in found["runs"]] == [
        ("crew", "success"),
        ("first", "success"),
        ("second", "success"),
    ]
    told = [
        (each["gen_ai.agent.name"], each["invocation.round.index"], each["invocation.status"])
        for each in found["rounds"]
    ]
    assert told == [("first", 1, "failed"), ("first", 2, "success"), ("second", 1, "success")]


@pytest.mark.parametrize(
    "library", ["langchain", "openai-agents", "pydantic-ai", "llama-index", "crewai", "smolagents"]
)
def test_a_framework_inside_a_run_inherits_whose_it_is(library: str) -> None:
    found = _recorded(library, "inside")
    told = [(run["user.id"], run["invocation.trigger"], run["gen_ai.conversation.id"]) for run in found["runs"]]
    assert told == [("7", "user", "s1")] * 2
    assert [round_["gen_ai.conversation.id"] for round_ in found["rounds"]] == ["s1"]


def test_a_graph_s_thread_is_its_session() -> None:
    found = _recorded("langchain", "graph")
    assert [round_["gen_ai.conversation.id"] for round_ in found["rounds"]] == ["t-1", "t-1"]


def test_a_model_of_one_s_own_is_recorded_by_langchain_alone() -> None:
    found = _recorded("langchain", "own_model")
    [run], [round_] = found["runs"], found["rounds"]
    assert (run["gen_ai.agent.name"], round_["gen_ai.request.model"]) == ("own", "own-1")
    told = [round_["gen_ai.input.messages"], round_["gen_ai.output.messages"]]
    assert [[part["content"] for message in messages for part in message["parts"]] for messages in told] == [
        [QUESTION],
        [ANSWER],
    ]
