"""Dashboards and their variables."""

from typing import Any

from .panels import SOURCE, Panel
from .sql import query

Variable = dict[str, Any]

ALL: dict[str, Any] = {"text": ["All"], "value": ["$__all"]}
HIDDEN = 2


def dashboard(
    uid: str,
    title: str,
    panels: list[Panel],
    variables: list[Variable],
    *,
    description: str,
    since: str = "now-7d",
    refresh: str = "",
    links: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """A dashboard that reads whichever ClickHouse data source its hidden variable names."""
    source = {
        "name": "datasource",
        "label": "Data source",
        "type": "datasource",
        "query": "grafana-clickhouse-datasource",
        "hide": HIDDEN,
    }
    menu = {
        "type": "dashboards",
        "title": "Invocations",
        "tags": ["invocation"],
        "asDropdown": True,
        "includeVars": False,
        "keepTime": True,
    }
    return {
        "uid": uid,
        "title": title,
        "description": description,
        "tags": ["invocation"],
        "schemaVersion": 42,
        "editable": False,
        "graphTooltip": 1,
        "time": {"from": since, "to": "now"},
        "refresh": refresh,
        "templating": {"list": [source, *variables]},
        "panels": [{"id": number, **panel} for number, panel in enumerate(panels, 1)],
        "links": [*(links or []), menu],
        "annotations": {"list": []},
    }


def tenant() -> Variable:
    """Whose runs are shown; what a reader may see at all is for the database's row policies to say."""
    return _queried("tenant", "Tenant", query("variable_tenants"), multi=False)


def facet(name: str, label: str) -> Variable:
    """A filter with the values that were recorded, any number of which can be chosen."""
    return _queried(name, label, query("variable_facet", facet=name), multi=True) | {"current": ALL}


def listed(name: str, label: str, sql: str) -> Variable:
    """One of what the file *sql* finds."""
    return _queried(name, label, query(sql), multi=False)


def found(name: str, sql: str) -> Variable:
    """What the file *sql* finds, unseen, for links."""
    return _queried(name, name.title(), query(sql), multi=False) | {"hide": HIDDEN}


def fixed(name: str, label: str, values: list[str], *, multi: bool) -> Variable:
    """A choice among *values*."""
    current = ALL if multi else {"text": values[0], "value": values[0]}
    kind = {"type": "custom", "query": ",".join(values), "multi": multi, "includeAll": multi}
    return {"name": name, "label": label, "current": current} | kind


def text(name: str, label: str) -> Variable:
    """A box to write into."""
    return {"name": name, "label": label, "type": "textbox", "query": "", "current": {"text": "", "value": ""}}


def all_runs() -> list[dict[str, Any]]:
    """The way back to the tenant's list."""
    url = "/d/invocation-logs?var-tenant=${tenant}"
    return [{"type": "link", "title": "All runs", "url": url, "keepTime": True, "icon": "arrow-left"}]


def _queried(name: str, label: str, sql: str, *, multi: bool) -> Variable:
    kind = {"type": "query", "datasource": SOURCE, "query": sql, "refresh": 2}
    return {"name": name, "label": label} | kind | {"multi": multi, "includeAll": multi, "hide": 0, "sort": 0}
