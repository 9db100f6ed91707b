"""How columns look: colours, units, widths and links.

Every short column has a width: without one Grafana gives all the same and cuts off what does not fit.
"""

from typing import Any

Look = dict[str, Any]

STATUSES = {
    "success": "green",
    "failed": "red",
    "timeout": "orange",
    "cancelled": "text",
    "running": "blue",
    "lost": "purple",
}

NOTHING = "–"  # noqa: RUF001 - the dash that people know
"""What an empty cell shows."""

COLOURED: Look = {"custom.cellOptions": {"type": "color-text"}}
MARKDOWN: Look = {"custom.cellOptions": {"type": "markdown"}}
MARKDOWN_TALL: Look = {"custom.cellOptions": {"type": "markdown", "dynamicHeight": True}, "custom.wrapText": True}
HIDDEN: Look = {"custom.hideFrom.viz": True}
INSPECTED: Look = {"custom.inspect": True}
USD: Look = {"unit": "currencyUSD", "decimals": 4, "noValue": "unpriced", "custom.width": 90}
SPENT: Look = {"unit": "currencyUSD", "decimals": 2, "noValue": "unpriced", "custom.width": 90}
MS: Look = {"unit": "ms", "custom.width": 80}
SECONDS: Look = {"unit": "s", "decimals": 1}
SHARE: Look = {"unit": "percentunit", "decimals": 1, "custom.width": 95}
COUNT: Look = {"unit": "short", "custom.width": 90}
BYTES: Look = {"unit": "bytes", "custom.width": 90}
TIME: Look = {"unit": "time:MMM D, HH:mm:ss", "custom.width": 130}
AGO: Look = {"unit": "dateTimeFromNow", "custom.width": 120}


def width(pixels: int) -> Look:
    """A column of that many pixels."""
    return {"custom.width": pixels}


def wide(pixels: int) -> Look:
    """A column that takes what is left, at least that many pixels."""
    return {"custom.minWidth": pixels}


def mapping(values: dict[str, tuple[str, str]]) -> Look:
    """Texts and colours by value."""
    options = {
        value: {"text": text, "color": colour, "index": index}
        for index, (value, (text, colour)) in enumerate(values.items())
    }
    return {"mappings": [{"type": "value", "options": options}]}


def levels(*steps: tuple[float, str]) -> Look:
    """The text's own colour, and another from each of *steps* on."""
    listed = [{"color": "text", "value": None}, *({"color": colour, "value": value} for value, colour in steps)]
    return {"color": {"mode": "thresholds"}, "thresholds": {"mode": "absolute", "steps": listed}}


def bar(limit: float | None = None) -> Look:
    """A bar from green over yellow to red, as long as the value is near *limit* (the column's largest when None)."""
    options = {"type": "gauge", "mode": "basic", "valueDisplayMode": "text"}
    look = {"min": 0, "color": {"mode": "continuous-GrYlRd"}, "custom.cellOptions": options}
    return look | ({"fieldMinMax": True} if limit is None else {"max": limit})


STATUS: Look = mapping({name: (f"● {name.title()}", colour) for name, colour in STATUSES.items()})
STATUS_CELL: Look = STATUS | COLOURED | width(105)
TRIGGER: Look = mapping({"user": ("User", "blue"), "system": ("System", "text"), "task": ("Task", "purple")})
TRIGGER_CELL: Look = TRIGGER | COLOURED | width(70)
RED_FROM_ONE: Look = levels((1, "red"))
ERROR_SHARE: Look = SHARE | COLOURED | levels((0.02, "orange"), (0.1, "red"))
ERROR_CELL: Look = COLOURED | INSPECTED | {"color": {"mode": "fixed", "fixedColor": "red"}} | wide(100)
CHOSEN_ROW: Look = {
    "custom.width": 36,
    "mappings": [
        {
            "type": "value",
            "options": {
                "▶": {"color": "rgba(110, 159, 255, 0.25)", "text": "▶"},
                "": {"color": "transparent", "text": ""},
            },
        }
    ],
    "custom.cellOptions": {"type": "color-background", "mode": "basic", "applyToRow": True},
}
"""A column that is ▶ or empty; its row is marked."""


def cell(column: str) -> str:
    """What another column of the row shows, for a link; with its unit, so only of columns that have none."""
    return f'${{__data.fields["{column}"]}}'


def link(title: str, uid: str, **variables: str) -> Look:
    """A link to the dashboard *uid* for the same time range."""
    chosen = "&".join(f"var-{name}={value}" for name, value in variables.items())
    return {"links": [{"title": title, "url": f"/d/{uid}?{chosen}&${{__url_time_range}}", "oneClick": True}]}


def run_link(title: str = "Open the run", column: str = "run_id") -> Look:
    """A link to the run whose id is in *column*."""
    return link(title, "invocation-run", run=cell(column), round="1")


def agent_link(title: str, column: str = "Agent") -> Look:
    """A link to the runs of the agent in *column*."""
    return link(title, "invocation-logs", tenant="${tenant}", agent=cell(column))
