"""Panels: a question's SQL, where it stands, and how its columns look."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .looks import MARKDOWN_TALL, NOTHING, STATUSES, Look
from .sql import query, question

Panel = dict[str, Any]

SOURCE = {"type": "grafana-clickhouse-datasource", "uid": "${datasource}"}
PLUGIN_VERSION = "4.20.0"
ROW_PIXELS, FRAME_PIXELS = 38, 80
"""Height of a grid row, and what of a panel's height its frame takes."""

_FORMATS = {"timeseries": 0, "table": 1, "traces": 3}


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a panel stands in the grid of 24 columns."""

    x: int = 0
    y: int
    w: int = 24
    h: int

    @property
    def content_pixels(self) -> int:
        """How high the panel's content is."""
        return self.h * ROW_PIXELS - FRAME_PIXELS


def table(
    title: str,
    place: Place,
    sql: str,
    *,
    columns: dict[str, Look],
    header: bool = True,
    values: Mapping[str, object] | None = None,
    transformations: list[Any] | None = None,
) -> Panel:
    """Rows; *columns* says how each looks."""
    return _panel(
        "table",
        title,
        place,
        sql,
        values=values,
        options={"cellHeight": "sm", "showHeader": header},
        defaults={"custom": {"minWidth": 60}, "noValue": NOTHING},
        columns=columns,
        transformations=transformations or [],
    )


def page(title: str, place: Place, sql: str, column: str) -> Panel:
    """One cell of markdown and HTML that fills the panel: lower rows would be centred in it."""
    pixels = {"pixels": place.content_pixels}
    return table(title, place, sql, columns={column: MARKDOWN_TALL}, header=False, values=pixels)


def shown(place: Place, sql: str, *, columns: dict[str, Look] | None = None) -> Panel:
    """One line that says how much is shown, and what to do when that is nothing."""
    return table("Shown", place, sql, columns=columns or {}, header=False)


def stat(title: str, place: Place, sql: str, *, look: Look, against_before: bool = False) -> Panel:
    """One large number, with the change from the row before it when asked."""
    options = {
        "colorMode": "value" if "thresholds" in look else "none",
        "graphMode": "none",
        "textMode": "value",
        "showPercentChange": against_before,
        "percentChangeColorMode": "same_as_value",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "text": {"valueSize": 34},
    }
    return _panel("stat", title, place, sql, options=options, defaults=look)


def facts(title: str, place: Place, sql: str, *, columns: dict[str, Look]) -> Panel:
    """A row of small numbers, each under its name; more than eight do not fit."""
    options = {
        "colorMode": "value",
        "graphMode": "none",
        "textMode": "value_and_name",
        "orientation": "vertical",
        "wideLayout": False,
        "text": {"titleSize": 12, "valueSize": 20},
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "/.*/", "values": False},
    }
    defaults = {"color": {"mode": "fixed", "fixedColor": "text"}, "unit": "none", "noValue": NOTHING}
    return _panel("stat", title, place, sql, options=options, defaults=defaults, columns=columns)


def bars(title: str, place: Place, sql: str, *, unit: str, label: str = "", points: int = 150) -> Panel:
    """Stacked bars over time, one colour for each value of the column *label*, or for each status."""
    custom = {"drawStyle": "bars", "stacking": {"mode": "normal"}, "fillOpacity": 80, "lineWidth": 0}
    return _over_time(title, place, sql, custom=custom, unit=unit, label=label, points=points)


def lines(title: str, place: Place, sql: str, *, unit: str, label: str = "", points: int = 60) -> Panel:
    """Lines over time, one for each value of the column *label*, or for each number."""
    custom = {"spanNulls": True, "showPoints": "auto"}
    return _over_time(title, place, sql, custom=custom, unit=unit, label=label, points=points)


def donut(title: str, place: Place, sql: str, *, unit: str) -> Panel:
    """Shares of a whole."""
    options = {
        "reduceOptions": {"values": True, "calcs": ["lastNotNull"], "fields": ""},
        "pieType": "donut",
        "legend": {"displayMode": "table", "placement": "right", "values": ["percent"]},
    }
    return _panel("piechart", title, place, sql, options=options, defaults={"unit": unit})


def waterfall(title: str, place: Place, sql: str) -> Panel:
    """A trace, span by span."""
    return _panel("traces", title, place, sql, form="traces")


def _over_time(title: str, place: Place, sql: str, *, custom: Look, unit: str, label: str, points: int) -> Panel:
    options = {
        "legend": {"displayMode": "list", "placement": "right"},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    named = {"displayName": f"${{__field.labels.{label}}}"} if label else {}
    built = _panel(
        "timeseries",
        title,
        place,
        sql,
        form="timeseries",
        options=options,
        defaults={"custom": custom, "unit": unit, "noValue": "Nothing in this time range: widen it."} | named,
    )
    built["fieldConfig"]["overrides"] = [_status(name, colour) for name, colour in STATUSES.items()]
    return built | {"maxDataPoints": points}


def _status(name: str, colour: str) -> Panel:
    properties = [
        {"id": "color", "value": {"mode": "fixed", "fixedColor": colour}},
        {"id": "displayName", "value": name.title()},
    ]
    return {"matcher": {"id": "byRegexp", "options": f"/{name}$/"}, "properties": properties}


def _panel(
    kind: str,
    title: str,
    place: Place,
    sql: str,
    *,
    form: str = "table",
    values: Mapping[str, object] | None = None,
    options: Look | None = None,
    defaults: Look | None = None,
    columns: dict[str, Look] | None = None,
    **more: Any,
) -> Panel:
    target = {
        "refId": "A",
        "datasource": SOURCE,
        "editorType": "sql",
        "rawSql": query(sql, **(values or {})),
        "format": _FORMATS[form],
        "pluginVersion": PLUGIN_VERSION,
        "queryType": form,
    }
    return {
        "type": kind,
        "title": title,
        "description": question(sql),
        "gridPos": {"x": place.x, "y": place.y, "w": place.w, "h": place.h},
        "datasource": SOURCE,
        "targets": [target],
        "options": options or {},
        "fieldConfig": {
            "defaults": defaults or {},
            "overrides": [_override(*item) for item in (columns or {}).items()],
        },
        "transformations": [],
        **more,
    }


def _override(column: str, look: Look) -> Panel:
    properties = [{"id": name, "value": value} for name, value in look.items()]
    return {"matcher": {"id": "byName", "options": column}, "properties": properties}
