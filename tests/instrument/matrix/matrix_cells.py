"""The columns of the table in `docs/instrumentation.md`, and what has to be recorded for each.

A check takes the results of a library's scenarios and fails unless exactly that arrived
which was asked, answered and used; also when there is no such scenario.
"""

import json
import traceback
from collections.abc import Callable
from typing import Any

from matrix_inside import ANSWER, EVENT_DELAY_S, QUESTION, TOOL, TOOL_ARGUMENTS, TOOL_RESULT, USAGE

Results = dict[str, Any]
Span = dict[str, Any]
TOKENS = {"gen_ai.usage.input_tokens": USAGE["input_tokens"], "gen_ai.usage.output_tokens": USAGE["output_tokens"]}


def run(results: Results) -> None:
    """The agent's call is one run, with its name and the totals of its rounds; a bare call is a run of one round."""
    scenario, rounds = ("agent", 2) if "agent" in results["scenarios"] else ("plain", 1)
    found = _of(results, scenario)
    [run_] = found["runs"]
    assert _told(run_, "invocation.status", "gen_ai.agent.name", "invocation.run.rounds") == {
        "invocation.status": "success",
        "gen_ai.agent.name": results["facts"]["AGENT"],
        "invocation.run.rounds": rounds,
    }
    assert run_["invocation.run.input_tokens"] == rounds * USAGE["input_tokens"]
    assert {round_["invocation.run.id"] for round_ in found["rounds"]} == {run_["invocation.run.id"]}


def rounds(results: Results) -> None:
    """Two calls are two rounds, numbered, each with what the model was given and what it answered."""
    first, second = _tool_loop(results)["rounds"]
    assert [first["invocation.round.index"], second["invocation.round.index"]] == [1, 2]
    assert QUESTION in "\n".join(_texts(first, "gen_ai.input.messages"))
    assert TOOL_RESULT in json.dumps(_results(second, results["facts"]))
    assert _texts(second, "gen_ai.output.messages") == [ANSWER]


def tools(results: Results) -> None:
    """The tool that the first round asked for is one tool call of that round, with arguments and result."""
    found = _tool_loop(results)
    [asked] = [part for part in _parts(found["rounds"][0], "gen_ai.output.messages") if part["type"] == "tool_call"]
    assert (asked["name"], asked["arguments"]) == (TOOL, TOOL_ARGUMENTS)
    offered = [TOOL, *filter(None, [results["facts"].get("ANSWERS_BY")])]
    assert [tool.get("name") for tool in found["rounds"][0]["gen_ai.tool.definitions"]] == offered
    [call] = found["tool_calls"]
    assert (call["gen_ai.tool.name"], call["invocation.status"], call["invocation.round.index"]) == (TOOL, "success", 1)
    assert call["gen_ai.tool.call.arguments"] == TOOL_ARGUMENTS
    assert call["gen_ai.tool.call.result"] == TOOL_RESULT


def tokens(results: Results) -> None:
    """The round has the tokens that the provider counted."""
    [round_] = _of(results, "plain")["rounds"]
    assert _told(round_, *TOKENS) == TOKENS
    facts = results["facts"]
    assert round_.get("gen_ai.response.model", "") == facts.get("MODEL_OF_ANSWER", facts["MODEL"])
    assert round_["gen_ai.provider.name"] == facts["PROVIDER"]


def cache(results: Results) -> None:
    """The round has the tokens that the provider read from its cache."""
    [round_] = _of(results, "plain")["rounds"]
    assert round_["gen_ai.usage.cache_read.input_tokens"] == USAGE["cache_read_tokens"]


def cost(results: Results) -> None:
    """The round has its price by the price list, and the run the same."""
    found = _of(results, "plain")
    [round_], [run_] = found["rounds"], found["runs"]
    assert (round_["invocation.cost.source"], round_["invocation.cost.total"]) == (
        "computed",
        results["facts"]["COST_USD"],
    )
    assert run_["invocation.run.cost"] == results["facts"]["COST_USD"]


def first_token(results: Results) -> None:
    """The streamed round knows when its first chunk came: after the server's pause, before the end."""
    [round_] = _of(results, "stream")["rounds"]
    duration_s = (round_["span.end_ns"] - round_["span.start_ns"]) / 1e9
    assert EVENT_DELAY_S <= round_["gen_ai.response.time_to_first_chunk"] < duration_s


def stream(results: Results) -> None:
    """The streamed round is whole: answer, tokens, success."""
    _whole(_of(results, "stream"))


def async_(results: Results) -> None:
    """The same with the async client, plain and streamed."""
    _whole(_of(results, "async_plain"))
    _whole(_of(results, "async_stream"))


def error(results: Results) -> None:
    """A call that the provider refuses is a failed round of a failed run, and says which error it was."""
    found = _of(results, "error", raises=True)
    [round_], [run_] = found["rounds"], found["runs"]
    assert (round_["invocation.status"], run_["invocation.status"]) == ("failed", "failed")
    assert round_["error.type"].rpartition(".")[2] == results["facts"]["ERROR"]


def cancel(results: Results) -> None:
    """A call whose task is cancelled is a cancelled round of a cancelled run."""
    found = _of(results, "cancel", raises=True)
    [round_], [run_] = found["rounds"], found["runs"]
    assert (round_["invocation.status"], run_["invocation.status"]) == ("cancelled", "cancelled")


COLUMNS: dict[str, Callable[[Results], None]] = {
    "run": run,
    "rounds": rounds,
    "tools": tools,
    "tokens": tokens,
    "cache": cache,
    "cost": cost,
    "first token": first_token,
    "stream": stream,
    "async": async_,
    "error": error,
    "cancel": cancel,
}


def cells(results: Results) -> dict[str, str]:
    """What went wrong in each column; an empty text for a column that holds."""
    return {name: _wrong(check, results) for name, check in COLUMNS.items()}


def _wrong(check: Callable[[Results], None], results: Results) -> str:
    try:
        check(results)
    except (AssertionError, KeyError, ValueError, TypeError, AttributeError) as error_:
        where = traceback.extract_tb(error_.__traceback__)[-1]
        return f"{type(error_).__name__}: {error_} in `{where.line}` (line {where.lineno})"
    return ""


def _of(results: Results, scenario: str, *, raises: bool = False) -> Results:
    found: Results = results["scenarios"][scenario]
    assert (found["raised"] is not None) is raises, f"{scenario} raised {found['raised']}"
    assert found["failures"] == {}, f"{scenario}: failures of ours: {found['failures']}"
    return found


def _tool_loop(results: Results) -> Results:
    return _of(results, "agent" if "agent" in results["scenarios"] else "tools")


def _whole(found: Results) -> None:
    [round_], [run_] = found["rounds"], found["runs"]
    assert _told(round_, *TOKENS) == TOKENS
    assert _texts(round_, "gen_ai.output.messages") == [ANSWER]
    assert QUESTION in "\n".join(_texts(round_, "gen_ai.input.messages"))
    assert (round_["invocation.status"], run_["invocation.status"]) == ("success", "success")


def _told(span: Span, *names: str) -> Span:
    return {name: span.get(name) for name in names}


def _parts(span: Span, name: str) -> list[Span]:
    return [part for message in span[name] for part in message["parts"]]


def _texts(span: Span, name: str) -> list[str]:
    return [part["content"] for part in _parts(span, name) if part["type"] == "text"]


def _results(span: Span, facts: dict[str, Any]) -> list[Any]:
    """What the model was told that tools gave back."""
    if "RESULTS_AS" not in facts:
        return _responses(span)
    last = span["gen_ai.input.messages"][-1]
    assert last["role"] == facts["RESULTS_AS"]
    return [part["content"] for part in last["parts"]]


def _responses(span: Span) -> list[Any]:
    parts = [part for part in _parts(span, "gen_ai.input.messages") if part["type"] == "tool_call_response"]
    found = [part["response"] for part in parts]
    return [item.get("text") if isinstance(item, dict) else item for items in found for item in _listed(items)]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
