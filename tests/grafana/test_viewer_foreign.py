"""A run that another library recorded is read like any other, though there is no time in its id."""

import secrets
from datetime import timedelta
from typing import Any

import pytest
from interpolation import ALL, Page, Value
from viewer_files import PANELS

from invocation_otel.store.client import Store
from invocation_otel.store.settle import settle
from landing_rows import now, span_row

TENANT = "viewer-foreign"


@pytest.fixture(scope="module")
def run_ids(store: Store) -> list[str]:
    """Two runs of one agent, newest first, each with a round and a tool call."""
    for minutes in (2, 1):
        at, trace = now() - timedelta(minutes=minutes), secrets.token_hex(16)
        resource: dict[str, Any] = {"TraceId": trace, "ResourceAttributes": {"invocation.tenant": TENANT}}
        agent = span_row({"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "other"}, at=at, **resource)
        chat = {
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.usage.input_tokens": "7",
            "gen_ai.usage.output_tokens": "1",
            "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"Where is it?"}]}]',
            "gen_ai.output.messages": '[{"role":"assistant","parts":[{"type":"text","content":"On its way."}]}]',
        }
        tool = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "lookup"}
        children = [span_row(said, at=at + timedelta(seconds=1), **resource) for said in (chat, tool)]
        store.insert("otel_traces", [agent, *({**child, "ParentSpanId": agent["SpanId"]} for child in children)])
    settle(store)
    rows = store.rows("SELECT run_id FROM v_runs WHERE tenant = {t:String} ORDER BY started_at DESC", {"t": TENANT})
    return [row["run_id"] for row in rows]


def shown(store: Store, panel: str, run_ids: list[str]) -> list[dict[str, Any]]:
    variables: dict[str, Value] = {
        "tenant": TENANT,
        "run": run_ids[0],
        "round": "1",
        "other": run_ids[1],
        "view": "rendered",
        "user": [ALL],
    }
    return store.rows(Page(variables=variables).sql(PANELS[f"invocation-run: {panel}"][1]["targets"][0]["rawSql"]))


def test_everything_of_it_is_shown(store: Store, run_ids: list[str]) -> None:
    assert len(run_ids) == 2
    assert run_ids[0][16] == "f", "there is no time in it"
    [summary] = shown(store, "Summary", run_ids)
    assert (summary["Status"], summary["Rounds"], summary["Tool calls"]) == ("success", 1, 1)
    [about] = shown(store, "About", run_ids)
    assert (about["Agent"], about["before"], about["after"]) == ("other", run_ids[1], "")
    assert [row["Input"] for row in shown(store, "Rounds", run_ids)] == [7]
    assert [row["Tool"] for row in shown(store, "Tool calls", run_ids)] == ["lookup"]


@pytest.mark.parametrize(
    ("panel", "column", "told"),
    [
        ("Request / response · r$round", "Messages", ["Where is it?", "On its way."]),
        ("Cost breakdown · r$round", "Cost", ["7 tokens"]),
        ("Metadata · r$round", "Metadata", ["gpt-4o"]),
        ("Beside another run", "Comparison", ["(this run)", "On its way."]),
    ],
)
def test_its_round_is_told(store: Store, run_ids: list[str], panel: str, column: str, told: list[str]) -> None:
    [row] = shown(store, panel, run_ids)
    assert [text for text in told if text not in row[column]] == []
