"""*Run*: one run, its rounds, and the chosen round word for word."""

from typing import Any

from . import looks
from .dashboard import all_runs, dashboard, fixed, found, listed, text
from .looks import run_link, wide, width
from .panels import Panel, Place, facts, page, table, waterfall

SESSION = looks.link(
    "Open the session", "invocation-session", tenant=looks.cell("tenant"), session=looks.cell("Session")
)
AGENT = looks.link("Runs of this agent", "invocation-logs", tenant=looks.cell("tenant"), agent=looks.cell("Agent"))
THIS_ROUND = looks.link("Show this round", "invocation-run", run="${run}", round="${__value.raw}")
COMPARE = looks.link(
    "Compare with this run", "invocation-run", run="${run}", round="${round}", other=looks.cell("run_id")
)


def run() -> dict[str, Any]:
    """The page of one run."""
    return dashboard(
        "invocation-run",
        "Run",
        [_facts(), _about(), _rounds(), *_chosen_round(), *_around(), *_below()],
        [
            text("run", "Run"),
            found("tenant", "variable_tenant_of_run"),
            listed("round", "Round", "variable_rounds"),
            fixed("view", "Messages", ["rendered", "plain", "stored"], multi=False),
            text("other", "Compare with"),
        ],
        description="One run: what the model saw, which tools it called, what it answered, and what it cost.",
        links=all_runs(),
    )


def _facts() -> Panel:
    columns = {
        "Status": looks.STATUS,
        "Cost": looks.USD,
        "With runs inside": looks.USD,
        "Latency": looks.MS,
    }
    return facts("Summary", Place(y=0, h=4), "run_facts", columns=columns)


def _about() -> Panel:
    columns = {
        "Agent": wide(160) | AGENT,
        "Started": {"unit": "time:MMM D YYYY, HH:mm:ss"} | width(170),
        "Model": wide(160),
        "Trigger": looks.TRIGGER_CELL,
        "User": width(100),
        "Session": width(100) | SESSION,
        "Error": looks.ERROR_CELL,
        **dict.fromkeys(("tenant", "parent", "before", "after"), looks.HIDDEN),
        "Inside": width(95) | run_link("The run inside which this one was started", "parent"),
        "Previous": width(90) | run_link("The tenant's run before this one", "before"),
        "Next": width(75) | run_link("The tenant's run after this one", "after"),
    }
    return table("About", Place(y=4, h=4), "run_about", columns=columns)


def _rounds() -> Panel:
    columns = {
        " ": looks.CHOSEN_ROW,
        "Round": {"unit": "prefix:r", "custom.align": "left"} | width(65) | THIS_ROUND,
        "Model": wide(160),
        "Stop reason": width(105),
        **{name: {"unit": "none"} | width(95) for name in ("Input", "Output", "Cache write", "Cache read")},
        "Cost": looks.USD | {"decimals": 6} | width(95),
        "Latency": looks.MS,
        "First token": looks.MS | width(90),
        "Status": looks.STATUS_CELL,
        "Error": looks.ERROR_CELL,
    }
    return table("Rounds", Place(y=8, h=6), "run_rounds", columns=columns)


def _chosen_round() -> list[Panel]:
    return [
        page("Request / response · r$round", Place(x=0, y=14, w=15, h=30), "run_conversation", "Messages"),
        page("Prompt · r$round", Place(x=15, y=14, w=9, h=11), "run_prompt", "Prompt"),
        page("Cost breakdown · r$round", Place(x=15, y=25, w=9, h=8), "run_cost", "Cost"),
        page("Metadata · r$round", Place(x=15, y=33, w=9, h=11), "run_metadata", "Metadata"),
    ]


def _around() -> list[Panel]:
    tool_calls = {
        "Tool": width(160),
        "Round": width(65),
        "Status": looks.STATUS_CELL,
        "Latency": looks.MS,
        "Arguments": looks.INSPECTED | wide(200),
        "Result": looks.INSPECTED | wide(200),
        "Error": looks.ERROR_CELL,
    }
    files = {
        "Filename": wide(120)
        | {"links": [{"title": "Open the file", "url": '${__data.fields["uri"]}', "targetBlank": True}]},
        "uri": looks.HIDDEN,
        "Media type": width(120),
        "Size": looks.BYTES,
        "Source": width(130),
        "Lies at": looks.INSPECTED | wide(100),
        "SHA-256": looks.INSPECTED | width(120),
    }
    return [
        table("Tool calls", Place(y=44, h=7), "run_tool_calls", columns=tool_calls),
        table("Files", Place(y=51, h=5), "run_files", columns=files),
        table("Runs inside this run", Place(y=56, h=6), "run_nested", columns=_other_runs("Own cost", "Inclusive")),
    ]


def _below() -> list[Panel]:
    session = _other_runs("Cost") | {"Beside": width(80) | COMPARE}
    return [
        table("Runs of this session", Place(y=62, h=7), "run_session", columns=session),
        page("Beside another run", Place(y=69, h=16), "run_compare", "Comparison"),
        waterfall("Trace", Place(y=85, h=14), "run_trace"),
    ]


def _other_runs(*costs: str) -> dict[str, looks.Look]:
    return {
        "Run": width(125) | run_link(),
        "run_id": looks.HIDDEN,
        "Time": looks.TIME,
        "Agent": wide(90),
        "Status": looks.STATUS_CELL,
        **{cost: looks.USD | width(80) for cost in costs},
        "Latency": looks.MS,
    }
