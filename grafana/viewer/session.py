"""*Session*: the runs of one short-term-memory conversation, in order."""

from typing import Any

from . import looks
from .dashboard import all_runs, dashboard, listed, tenant
from .looks import run_link, wide, width
from .panels import Place, facts, page, table


def session() -> dict[str, Any]:
    """The page of one session."""
    figures = {"Errors": looks.RED_FROM_ONE, "Cost": looks.USD, "First": looks.TIME, "Last": looks.TIME}
    runs = {
        "Run": width(125) | run_link(),
        "run_id": looks.HIDDEN,
        "Time": looks.TIME,
        "Agent": wide(120),
        "Status": looks.STATUS_CELL,
        "Rounds": {"unit": "none"} | width(75),
        "From memory": {"unit": "suffix: messages"} | width(120),
        "New messages": {"unit": "none"} | width(115),
        "Tokens": {"custom.align": "right"} | width(120),
        "Cost": looks.USD,
        "Latency": looks.MS,
    }
    about = {"Session": wide(160), "Tenant": width(120), "Users": wide(120), "Agents": wide(160)}
    return dashboard(
        "invocation-session",
        "Session",
        [
            facts("Summary", Place(y=0, h=4), "session_facts", columns=figures),
            table("About", Place(y=4, h=3), "session_about", columns=about),
            table("Runs", Place(y=7, h=9), "session_runs", columns=runs),
            page("What was said", Place(y=16, h=24), "session_said", "Said"),
        ],
        [tenant(), listed("session", "Session", "variable_sessions")],
        description="The runs of one short-term-memory session in order: what each saw, and what was new.",
        since="now-30d",
        links=all_runs(),
    )
