"""*Invocation logs*: the list of runs, its filters, and the day's figures."""

from typing import Any

from . import looks
from .dashboard import dashboard, facet, fixed, tenant, text
from .looks import STATUSES, run_link, wide, width
from .panels import Panel, Place, bars, shown, stat, table

RUN_COLUMNS = (
    "Run", "run_id", "Time", "Agent", "Provider / model", "Tokens", "Cost", "Latency", "Trigger", "Status", "Rounds",
    "User", "Session",
)  # fmt: skip
"""The columns of a run; what else the query gives belongs to its rounds, which the row opens to."""

OLDER = '/d/invocation-logs?${__all_variables}&from=${__from}&to=${__data.fields["oldest"]}'
SLOW_MS = 30_000


def logs() -> dict[str, Any]:
    """The first page: what ran, how it went, and what it cost."""
    return dashboard(
        "invocation-logs",
        "Invocation logs",
        [*_header(), _over_time(), _shown(), _runs()],
        [
            tenant(),
            facet("agent", "Agent"),
            facet("provider", "Provider"),
            facet("model", "Model"),
            fixed("status", "Status", list(STATUSES), multi=True),
            fixed("trigger", "Trigger", ["user", "system", "task"], multi=True),
            fixed("memory", "Memory", ["on", "off"], multi=True),
            facet("user", "User"),
            text("text", "Text"),
            fixed("rows", "Rows", ["200", "1000", "5000"], multi=False),
        ],
        description="Every run, newest first: open a row for its rounds, click a run to read it.",
    )


def _header() -> list[Panel]:
    return [
        stat("Total runs", Place(x=0, y=0, w=6, h=3), "logs_total", look={"unit": "locale"}),
        stat(
            "Today (UTC), against yesterday so far",
            Place(x=6, y=0, w=6, h=3),
            "logs_today",
            look={"unit": "locale"},
            against_before=True,
        ),
        stat("Errors (24 h)", Place(x=12, y=0, w=6, h=3), "logs_errors", look={"unit": "locale"} | looks.RED_FROM_ONE),
        stat(
            "Cost today, against yesterday so far",
            Place(x=18, y=0, w=6, h=3),
            "logs_cost_today",
            look={"unit": "currencyUSD", "decimals": 2, "noValue": "unpriced"},
            against_before=True,
        ),
    ]


def _over_time() -> Panel:
    return bars("Runs over time", Place(y=3, h=5), "logs_over_time", unit="short")


def _shown() -> Panel:
    older = {"links": [{"title": "Older runs", "url": OLDER, "oneClick": True}]}
    columns = {"oldest": looks.HIDDEN, "Older": width(140) | older}
    return shown(Place(y=8, h=3), "logs_shown", columns=columns)


def _runs() -> Panel:
    group = {name: {"operation": "groupby", "aggregations": []} for name in RUN_COLUMNS}
    nested = {"id": "groupToNestedTable", "options": {"showSubframeHeaders": True, "fields": group}}
    columns = {
        "Run": width(120) | run_link(),
        "run_id": looks.HIDDEN,
        "Time": looks.TIME,
        "Agent": wide(100),
        "Provider / model": wide(100),
        "Tokens": width(105) | {"custom.align": "right"},
        "Cost": looks.USD | width(75),
        "Latency": looks.MS | looks.bar(SLOW_MS) | width(100),
        "Trigger": looks.TRIGGER_CELL,
        "Status": looks.STATUS_CELL | width(100),
        "Rounds": looks.MARKDOWN | width(130),
        "User": width(80),
        "Session": width(85)
        | looks.link("Open the session", "invocation-session", tenant="${tenant}", session=looks.cell("Session")),
    }
    # No pages: they would clip the tables inside.
    return table("Runs", Place(y=11, h=22), "logs_list", columns=columns, transformations=[nested])
