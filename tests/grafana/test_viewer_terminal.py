"""The terminal and Grafana tell the same of a run: both ask the public views, each with SQL of its own form."""

import json
import re
from collections.abc import Mapping
from io import StringIO
from typing import Any

import pytest
from interpolation import ALL
from rich.console import Console
from viewer_choices import chosen, shown
from viewer_story import TENANT, Story, stored

from invocation_otel.store.client import Store
from invocation_otel.view.filters import Filters
from invocation_otel.view.recorded import recorded_run
from invocation_otel.view.runs import print_runs


@pytest.fixture(scope="module")
def told(store: Store) -> Story:
    """The story, stored."""
    return stored(store)


def listed(store: Store) -> dict[str, dict[str, Any]]:
    """The runs of `invocation-otel runs --json`, by id."""
    out = StringIO()
    print_runs(store, console=Console(file=out, width=10_000), filters=Filters(tenant=TENANT), as_json=True)
    return {run["run_id"]: run for run in map(json.loads, out.getvalue().splitlines())}


_COLUMNS = {
    "Agent": "",
    "Provider / model": "",
    "Cost": "cost_usd",
    "Latency": "latency_ms",
    "Trigger": "trigger",
    "Status": "status",
    "User": "user_id",
    "Session": "session_id",
}
"""Those of the list in Grafana, and what the terminal calls them; nothing where it has them in another form."""


def _model(run: Mapping[str, Any]) -> str:
    return " / ".join(filter(None, (run["provider"], run["model"])))


def _rounds(cell: str) -> int:
    """The number of rounds in the list's cell, which is a text with links."""
    return int(re.findall(r"\*\*(\d+)\*\*", cell)[0])


def test_the_list_has_the_same_runs_with_the_same_facts(store: Store, told: Story) -> None:
    rows = shown(
        store, "invocation-logs: Runs", chosen(told).variables | {"text": "", "provider": [ALL], "model": [ALL]}
    )
    in_grafana = {row["run_id"]: [row[name] for name in _COLUMNS] + [_rounds(row["Rounds"])] for row in rows}
    in_the_terminal = {
        run_id: [run["agent"], _model(run), *(run[name] for name in _COLUMNS.values() if name), run["rounds"]]
        for run_id, run in listed(store).items()
        if run_id in in_grafana
    }
    assert len(in_grafana) >= 4
    assert in_grafana == in_the_terminal


def test_a_run_s_page_and_show_have_the_same_rounds_tools_and_files(store: Store, told: Story) -> None:
    run = recorded_run(store, told.answered.run_id)
    page = chosen(told).variables | {"run": told.answered.run_id, "round": "1"}
    rounds = shown(store, "invocation-run: Rounds", page)
    assert [row["Round"] for row in rounds] == [row["round"] for row in run.rounds]
    tools = shown(store, "invocation-run: Tool calls", page)
    assert [row["Tool"] for row in tools] == [row["tool"] for row in run.tool_calls]
    files = shown(store, "invocation-run: Files", page)
    assert [row["SHA-256"] for row in files] == [row["sha256"] for row in run.files]
    [facts] = shown(store, "invocation-run: Summary", page)
    assert (facts["Status"], facts["Rounds"], facts["Tool calls"], facts["Cost"], facts["Latency"]) == (
        run.run["status"],
        run.run["rounds"],
        run.run["tool_calls"],
        float(run.run["cost_usd"]),
        run.run["latency_ms"],
    )
