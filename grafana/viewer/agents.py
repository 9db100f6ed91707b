"""*Agents*: how often, how fast, how well and for how much each agent runs, with its tools and prompts."""

from typing import Any

from . import looks
from .dashboard import dashboard, tenant
from .looks import Look, agent_link, wide, width
from .panels import Panel, Place, bars, facts, lines, shown, table

LATENCIES: dict[str, Look] = dict.fromkeys(("p50", "p95", "p99"), looks.MS)


def agents() -> dict[str, Any]:
    """The page of all agents of a tenant."""
    figures = {
        "Total invocations": {"unit": "locale"},
        "Total cost": looks.SPENT,
        "Error rate": looks.SHARE | looks.levels((0.02, "orange"), (0.1, "red")),
        **LATENCIES,
    }
    return dashboard(
        "invocation-agents",
        "Agents",
        [
            facts("Summary", Place(y=0, h=4), "agents_facts", columns=figures),
            shown(Place(y=4, h=3), "runs_shown"),
            _agents(),
            bars("Runs by agent", Place(x=0, y=15, w=12, h=8), "agents_runs", unit="short", label="agent", points=60),
            lines("Latency p95 by agent", Place(x=12, y=15, w=12, h=8), "agents_latency", unit="ms", label="agent"),
            _tools(),
            _failures(),
            _prompts(),
        ],
        [tenant()],
        description="Every agent: invocations, cost, latency, errors, tools, and its prompts' versions side by side.",
        since="now-30d",
    )


def _agents() -> Panel:
    columns = {
        "Agent": wide(160) | agent_link("Runs of this agent"),
        "Invocations": looks.COUNT | width(100),
        "Cost": looks.SPENT,
        "Per run": looks.USD,
        "Error rate": looks.ERROR_SHARE,
        **LATENCIES,
        "Rounds per run": {"decimals": 1, "unit": "none"} | width(120),
        "Tokens": {"custom.align": "right"} | width(120),
        "Last run": looks.AGO,
    }
    return table("Agents", Place(y=7, h=8), "agents_list", columns=columns)


def _tools() -> Panel:
    columns = {
        "Tool": wide(120),
        "Calls": looks.COUNT | width(70),
        "Failures": looks.COUNT | width(80),
        "Failure rate": looks.ERROR_SHARE,
        **LATENCIES,
        "Last error": looks.INSPECTED | wide(100),
    }
    del columns["p99"]
    return table("Tools", Place(x=0, y=23, w=13, h=9), "agents_tools", columns=columns)


def _failures() -> Panel:
    columns = {
        "Agent": wide(120) | agent_link("Runs of this agent"),
        "Error": looks.INSPECTED | wide(140),
        "Runs": looks.COUNT | width(70),
        "Last": looks.AGO,
    }
    return table("Failures by type", Place(x=13, y=23, w=11, h=9), "agents_failures", columns=columns)


def _prompts() -> Panel:
    columns = {
        "Agent": wide(100) | agent_link("Runs of this agent"),
        "Prompt": wide(100),
        "Version": width(75),
        "Runs": looks.COUNT | width(70),
        "Rounds": looks.COUNT | width(75),
        "Error rate": looks.ERROR_SHARE,
        "Input per round": {"unit": "short", "decimals": 0} | width(110),
        "Output per round": {"unit": "short", "decimals": 0} | width(115),
        "Cost per round": looks.USD | {"decimals": 6} | width(105),
        **dict.fromkeys(("p50", "p95"), looks.MS),
        "First used": looks.AGO | width(105),
        "Last used": looks.AGO | width(105),
    }
    return table("Prompt versions", Place(y=32, h=9), "agents_prompts", columns=columns)
