"""Runs as a table: a line each where there is room, else two."""

from collections.abc import Sequence
from dataclasses import replace

from rich.table import Table
from rich.text import Text

from . import run_cells as cells
from .table import Layout
from .terminal import Page, Row

_PIPED = Layout(
    columns={
        "Run": cells.id_cell,
        "Timestamp": cells.timestamp_cell,
        "Agent": cells.agent_cell,
        "Provider / model": cells.model_cell,
        "Tokens": cells.tokens_cell,
        "Cost": cells.cost_cell,
        "Latency": cells.latency_cell,
        "Trigger": cells.trigger_cell,
        "Status": cells.status_cell,
        "Rounds": cells.rounds_cell,
        "Error": cells.error_cell,
    },
    numbers=("Tokens", "Cost", "Latency"),
)
_ONE_LINE = replace(_PIPED, columns={**_PIPED.columns, "Run": cells.short_id_cell}, cuts=(("Error", 8),))
_TWO_LINES = Layout(
    columns={
        "Run\nTrigger": lambda row: _stacked(cells.short_id_cell(row), cells.trigger_cell(row)),
        "Time\nDay": lambda row: _stacked(cells.clock_cell(row), cells.day_cell(row)),
        "Agent\nProvider / model": lambda row: _stacked(cells.agent_cell(row), cells.model_cell(row)),
        "Tokens\nRounds": lambda row: _stacked(cells.tokens_cell(row), cells.rounds_cell(row)),
        "Cost\n": cells.cost_cell,
        "Latency\n": cells.latency_cell,
        "Status\nError": lambda row: _stacked(cells.status_cell(row), cells.error_cell(row)),
    },
    numbers=("Tokens\nRounds", "Cost\n", "Latency\n"),
    first_to_go=("Latency\n", "Tokens\nRounds", "Time\nDay", "Cost\n"),
    cuts=(("Status\nError", 11), ("Agent\nProvider / model", 18)),
)


def runs_table(rows: Sequence[Row], *, page: Page) -> Table:
    """*rows* of ``v_runs``, as many facts of each as *page* has room for."""
    if page.width is None:
        return _PIPED.table(rows, page=page)
    return (_ONE_LINE if _ONE_LINE.fits(rows, width=page.width) else _TWO_LINES).table(rows, page=page)


def legend(rows: Sequence[Row]) -> str:
    """What the marks in the table of *rows* mean, those that are there."""
    marks = {
        f"{cells.MEMORY_MARK} with memory": any(row["memory_enabled"] for row in rows),
        f"{cells.NESTED_MARK} inside another run": any(row["parent_run_id"] for row in rows),
        "+ and rounds without a price": any(row["unpriced_rounds"] and row["cost_usd"] for row in rows),
    }
    return " · ".join(meaning for meaning, is_there in marks.items() if is_there)


def _stacked(upper: Text, lower: Text) -> Text:
    return Text("\n", no_wrap=True, overflow="ellipsis").join((upper, lower))
