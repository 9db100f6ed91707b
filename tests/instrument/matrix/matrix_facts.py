"""What the tests of single libraries compare: the facts of a scenario's one round, each side of the library."""

from typing import Any

import pytest

from matrix_venvs import SIDES, Side, results

NAMES = {
    "provider": "gen_ai.provider.name",
    "asked": "gen_ai.request.model",
    "answered": "gen_ai.response.model",
    "status": "invocation.status",
    "input": "gen_ai.usage.input_tokens",
    "output": "gen_ai.usage.output_tokens",
    "cached": "gen_ai.usage.cache_read.input_tokens",
    "finish": "gen_ai.response.finish_reasons",
    "cost": "invocation.cost.total",
    "source": "invocation.cost.source",
    "resent": "http.request.resend_count",
}
MARKS = {"newest": [], "lowest": [pytest.mark.lowest]}
each_side = pytest.mark.parametrize("side", [pytest.param(side, marks=MARKS[side]) for side in SIDES])


def scenario(library: str, side: Side, name: str) -> dict[str, Any]:
    """What was recorded in scenario *name* of the file of further scenarios of *library*."""
    found: dict[str, Any] = results(library, side, script=f"more_{library}")["scenarios"][name]
    assert found["failures"] == {}
    return found


def facts(library: str, side: Side, name: str) -> dict[str, Any]:
    """The scenario's one round in one run, as short facts; those that are not told, and zeros, are left out."""
    found = scenario(library, side, name)
    [round_], [run] = found["rounds"], found["runs"]
    assert (run["invocation.status"], run["invocation.run.rounds"]) == (round_["invocation.status"], 1)
    told = {short: round_[name] for short, name in NAMES.items() if round_.get(name)}
    texts = [part["content"] for part in parts(round_, "gen_ai.output.messages") if part["type"] == "text"]
    error = {"error": round_["error.type"].rpartition(".")[2]} if "error.type" in round_ else {}
    return told | error | ({"text": "".join(texts)} if texts else {})


def parts(span: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The parts of all messages of *span* under *name*."""
    return [part for message in span.get(name, []) for part in message["parts"]]
