"""Questions that are asked of the store in SQL, shown with their SQL and the answer."""

import textwrap
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from invocation_otel.store.client import Store
from invocation_otel.store.queries import query
from invocation_otel.view.figures import NOTHING, exact_dollars
from invocation_otel.view.run_cells import short_id
from invocation_otel.view.terminal import heading, show
from invocation_otel.view.text import one_line

_LONGEST_TEXT = 90
_SHORT_TEXT = 24
_SLOWEST = 5


def print_questions(console: Console, store: Store, *, run_id: str) -> None:
    """Ask three questions of everything that is recorded, and one of them of the run *run_id*."""
    _print_question(console, store, "spend_per_agent", {"tenant": ""})
    _print_question(console, store, "slowest_rounds", {"tenant": "", "limit": _SLOWEST})
    _print_question(console, store, "what_the_model_saw", {"run": run_id})


def _print_question(console: Console, store: Store, name: str, parameters: Mapping[str, Any]) -> None:
    first_line, _, sql = query(name).partition("\n")
    show(
        console,
        heading(first_line.removeprefix("-- "), f"{name}.sql"),
        Padding(Text(textwrap.dedent(sql).strip(), style="dim"), (1, 0, 1, 2)),
        _answer(store.rows(sql, parameters)),
    )


def _answer(rows: Sequence[Mapping[str, Any]]) -> RenderableType:
    if not rows:
        return Text("no rows")
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="dim")
    shown = [{name: _shown(name, value) for name, value in row.items()} for row in rows]
    for name, value in rows[0].items():
        # Where there is no room, the names of numbers become two lines high, and long texts are cut.
        short = isinstance(value, str) and max(len(row[name]) for row in shown) <= _SHORT_TEXT
        right = isinstance(value, int | Decimal)
        table.add_column(name.replace("_", " "), justify="right" if right else "left", no_wrap=short)
    for row in shown:
        table.add_row(*(Text(text, no_wrap=True, overflow="ellipsis") for text in row.values()))
    return table


def _shown(name: str, value: Any) -> str:
    if value is None:
        return "unpriced" if name == "cost_usd" else NOTHING
    if isinstance(value, Decimal):
        return exact_dollars(value)
    if name == "run_id":
        return short_id(value).removeprefix("run_")
    text = f"{value:,}" if isinstance(value, int) else one_line(str(value))
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"
