"""Alert rules: what Grafana watches when somebody unpauses it. The thresholds stand in thresholds.toml."""

import tomllib
from pathlib import Path
from typing import Any

from .sql import query, quoted

SOURCE_UID = "invocation-clickhouse"
HOUR_S, DAY_S, MONTH_S = 3_600, 86_400, 31 * 86_400

_THRESHOLDS = Path(__file__).parents[1] / "thresholds.toml"


def thresholds() -> dict[str, Any]:
    """What thresholds.toml says."""
    return tomllib.loads(_THRESHOLDS.read_text("utf-8"))


def budget_sql(said: dict[str, Any]) -> str:
    """SQL for the monthly budget of the tenant in a row, in US dollars."""
    special = said["budget"]["tenants"]
    usual = float(said["budget"]["monthly_usd"])
    if not special:
        return f"toFloat64({usual})"
    tenants = ", ".join(quoted(tenant) for tenant in special)
    budgets = ", ".join(f"toFloat64({float(usd)})" for usd in special.values())
    return f"transform(tenant, [{tenants}], [{budgets}], toFloat64({usual}))"


def rules(said: dict[str, Any]) -> dict[str, Any]:
    """Every rule, paused."""
    listed = [
        _rule(
            "error_rate",
            "Share of failed runs",
            "{{ $labels.agent }} of {{ $labels.tenant }}: {{ humanizePercentage $values.A.Value }} of its runs failed",
            query("alert_error_rate", error_rate_minimum_runs=int(said["error_rate"]["minimum_runs"])),
            window_s=HOUR_S,
            above=said["error_rate"]["above"],
        ),
        _rule(
            "budget",
            "Tenant's budget",
            "{{ $labels.tenant }} has spent {{ humanizePercentage $values.A.Value }} of its budget for this month",
            query("alert_budget", budget=budget_sql(said)),
            window_s=MONTH_S,
            above=said["budget"]["above"],
        ),
        _rule(
            "pipeline_loss",
            "Spans lost on the way",
            "{{ $labels.service }}: {{ $values.A.Value }} spans are neither stored nor on their way",
            query("alert_pipeline_loss"),
            window_s=DAY_S,
            above=said["pipeline_loss"]["above"],
        ),
        _rule(
            "runs_lost",
            "Runs lost",
            "{{ $labels.agent }} of {{ $labels.tenant }}: {{ $values.A.Value }} runs began and never ended",
            query("alert_runs_lost"),
            window_s=HOUR_S,
            above=said["runs_lost"]["above"],
        ),
        _rule(
            "unpriced_model",
            "Unpriced model seen",
            "{{ $labels.provider }} / {{ $labels.model }}: {{ $values.A.Value }} rounds have no price",
            query("alert_unpriced"),
            window_s=HOUR_S,
            above=said["unpriced_model"]["above"],
        ),
    ]
    group = {"orgId": 1, "name": "invocation", "folder": "Invocations", "interval": "1m", "rules": listed}
    return {"apiVersion": 1, "groups": [group]}


def _rule(name: str, title: str, summary: str, sql: str, *, window_s: int, above: float) -> dict[str, Any]:
    question = {"refId": "A", "editorType": "sql", "format": 1, "queryType": "table", "rawSql": sql}
    limit = {"evaluator": {"type": "gt", "params": [above]}}
    answer = {"refId": "B", "type": "threshold", "expression": "A", "conditions": [limit]}
    window = {"from": window_s, "to": 0}
    return {
        "uid": f"invocation-{name.replace('_', '-')}",
        "title": title,
        "condition": "B",
        "for": "0s",
        "noDataState": "OK",
        "execErrState": "Error",
        "isPaused": True,
        "annotations": {"summary": summary},
        "labels": {"severity": "warning"},
        "data": [
            {"refId": "A", "relativeTimeRange": window, "datasourceUid": SOURCE_UID, "model": question},
            {"refId": "B", "datasourceUid": "__expr__", "model": answer},
        ],
    }
