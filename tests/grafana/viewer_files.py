"""The viewer's own files, and the generator that made them."""

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
GRAFANA = ROOT / "grafana"
sys.path[:0] = [str(GRAFANA), str(ROOT / "tests/store")]  # a script's folder, and the rows that others test with

import yaml  # noqa: E402 - see above

from build import built  # noqa: E402
from viewer.alerts import budget_sql  # noqa: E402
from viewer.sql import QUERIES, question  # noqa: E402

__all__ = [
    "ALERTS",
    "DASHBOARDS",
    "GRAFANA",
    "PANELS",
    "QUERIES",
    "ROOT",
    "VARIABLES",
    "budget_sql",
    "built",
    "question",
    "rules",
]

DASHBOARDS: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text("utf-8")) for path in sorted((GRAFANA / "dashboards").glob("*.json"))
}
"""The committed dashboards by uid."""

PANELS = {
    f"{uid}: {panel['title']}": (dashboard, panel)
    for uid, dashboard in DASHBOARDS.items()
    for panel in dashboard["panels"]
}
"""Every panel with its dashboard."""

VARIABLES = {
    f"{uid}: {variable['name']}": (dashboard, variable)
    for uid, dashboard in DASHBOARDS.items()
    for variable in dashboard["templating"]["list"]
    if variable["type"] == "query"
}
"""Every variable whose values are asked of the database."""


def rules() -> list[dict[str, Any]]:
    """The committed alert rules."""
    text = (GRAFANA / "provisioning/alerting/invocation.yaml").read_text("utf-8")
    return [rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]


ALERTS = {rule["uid"]: rule for rule in rules()}
