"""Write the dashboards and the alert rules from the SQL files: ``python grafana/build.py``.

What it writes is committed. Grafana reads nothing else, and the test says when it no longer equals a rebuild.
"""

import json
from pathlib import Path

from viewer.agents import agents
from viewer.alerts import budget_sql, rules, thresholds
from viewer.cost import cost
from viewer.health import health
from viewer.logs import logs
from viewer.run import run
from viewer.session import session

HERE = Path(__file__).parent


def built() -> dict[str, str]:
    """Every file that is made, by its path in this folder."""
    said = thresholds()
    pages = [logs(), run(), session(), agents(), cost(budget=budget_sql(said)), health()]
    files = {f"dashboards/{page['uid']}.json": _json(page) for page in pages}
    # YAML is a superset of JSON: one writer does for both.
    return files | {"provisioning/alerting/invocation.yaml": _json(rules(said))}


def _json(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for name, text in built().items():
        (HERE / name).write_text(text, "utf-8")
