"""*Pipeline health*: what was produced and what is stored, how late it came, and whether it is sound."""

from typing import Any

from . import looks
from .dashboard import dashboard
from .looks import run_link, wide, width
from .panels import Panel, Place, bars, facts, lines, shown, table

LOST: looks.Look = looks.COUNT | looks.COLOURED | looks.RED_FROM_ONE


def health() -> dict[str, Any]:
    """The page of the pipeline, over all tenants."""
    figures = {
        "Last arrival": {"unit": "dateTimeFromNow"},
        "Arrival lag p50": looks.SECONDS,
        "Arrival lag p99": looks.SECONDS,
        "Clock ahead": looks.RED_FROM_ONE,
    }
    return dashboard(
        "invocation-health",
        "Pipeline health",
        [
            facts("Summary", Place(y=0, h=4), "health_facts", columns=figures),
            shown(Place(y=4, h=3), "health_shown"),
            _delivery(),
            bars("Rows that arrived", Place(x=0, y=15, w=12, h=8), "health_arrivals", unit="short", label="kind"),
            lines("Arrival lag", Place(x=12, y=15, w=12, h=8), "health_lag", unit="s"),
            _checks(),
            _tables(),
            _lost(),
        ],
        [],
        description="Is everything that was produced stored, how late is it, and is it sound? Over all tenants.",
        since="now-6h",
        refresh="1m",
    )


def _delivery() -> Panel:
    columns = {
        "Service": wide(160),
        "Processes": looks.COUNT,
        "Produced": looks.COUNT,
        "Stored": looks.COUNT,
        **dict.fromkeys(("Missing", "Refused", "Dropped"), LOST),
        "On disk": looks.COUNT | looks.COLOURED | looks.levels((1, "orange")),
        "Shortened": looks.COUNT | width(95),
        "Last seen": looks.AGO,
    }
    return table("Delivery: produced and stored spans", Place(y=7, h=8), "health_delivery", columns=columns)


def _checks() -> Panel:
    columns = {
        "Check": wide(260),
        "Found": looks.COUNT | looks.COLOURED | looks.levels((1, "orange")),
        "What to do": wide(200),
    }
    return table("Checks", Place(x=0, y=23, w=14, h=8), "health_checks", columns=columns)


def _tables() -> Panel:
    columns = {
        "Table": wide(100),
        "Rows": looks.COUNT,
        "Parts": looks.COUNT | width(70),
        "On disk": looks.BYTES,
        "Compression": {"unit": "suffix: x", "decimals": 1} | width(110),
    }
    return table("Tables", Place(x=14, y=23, w=10, h=8), "health_tables", columns=columns)


def _lost() -> Panel:
    columns = {
        "Run": width(125) | run_link(),
        "run_id": looks.HIDDEN,
        "Tenant": wide(100),
        "Agent": wide(140),
        "Service": wide(120),
        "Started": looks.TIME,
        "Last seen": looks.TIME,
        "Rounds": {"unit": "none"} | width(80),
    }
    return table("Lost runs", Place(y=31, h=7), "health_lost", columns=columns)
