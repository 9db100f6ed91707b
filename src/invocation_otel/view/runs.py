"""The list of runs: a line of totals, then the newest runs that the filters let through."""

from collections.abc import Sequence
from datetime import UTC, datetime

from rich.console import Console
from rich.text import Text

from invocation_otel.store.client import Store
from invocation_otel.store.queries import query

from .exact_json import to_json
from .figures import dollars
from .filters import MOST_RUNS, Filters
from .runs_table import legend, runs_table
from .terminal import Page, Row, show, show_lines
from .text import one_line

_NO_RUNS = """No runs are recorded here yet. To record some:

  invocation-otel demo     runs a small company of agents; no account is needed
  invocation-otel serve    takes what your agents send; call invocation_otel.configure() where your program starts"""


def print_runs(store: Store, *, console: Console, filters: Filters, as_json: bool = False) -> None:
    """Print the runs that *filters* let through: as a table or, *as_json*, as one JSON object a line."""
    asked = filters.parameters(now=datetime.now(UTC))
    rows = store.rows(query("runs_list"), asked)
    if as_json:
        show_lines(console, map(to_json, rows))
        return
    [header] = store.rows(query("runs_header"), {"tenant": asked["tenant"]})
    if rows:
        matching = len(rows) if len(rows) < filters.limit else _matching(store, asked)
        show(console, _totals(header), Text(), runs_table(rows, page=Page.on(console)), Text())
        show(console, _footer(rows, matching=matching, filters=filters))
    elif filters.described():
        show(console, Text(f"No run matches {one_line(filters.described())}. Widen a filter, or leave it out."))
    else:
        show(console, Text(_NO_RUNS))


def _matching(store: Store, asked: dict[str, object]) -> int:
    """How many runs match when there is no limit."""
    sql = f"SELECT count() AS runs FROM ({query('runs_list')})"  # noqa: S608 - our own text; values are parameters
    [answer] = store.rows(sql, asked | {"limit": MOST_RUNS})
    return int(answer["runs"])


def _totals(header: Row) -> Text:
    """The line above the list."""
    # The store counts days of UTC; where the reader's are others, it is said.
    today = "Today (UTC)" if datetime.now(UTC).astimezone().utcoffset() else "Today"
    cost, unpriced, errors = header["cost_today_usd"], header["unpriced_rounds_today"], header["errors_24h"]
    told = [
        ("Total Runs", f"{header['total_runs']:,}", "bold"),
        (today, f"{header['runs_today']:,}", "bold"),
        ("Errors (24h)", f"{errors:,}", "bold red" if errors else "bold"),
        (f"Cost {today}", "unpriced" if cost is None else dollars(cost), "bold"),
    ]
    note = f" and {unpriced:,} unpriced round{'s' * (unpriced != 1)}" if unpriced and cost is not None else ""
    totals = Text("   ").join(Text.assemble((name, "dim"), " ", (value, style)) for name, value, style in told)
    return totals.append(note, "dim")


def _footer(rows: Sequence[Row], *, matching: int, filters: Filters) -> Text:
    """How many runs there are beyond those shown, and what the marks mean."""
    runs = "run" if matching == 1 else "runs"
    counted = f"{matching:,} {runs}" if matching == len(rows) else f"newest {len(rows):,} of {matching:,} {runs}"
    told = (counted, one_line(filters.described()), legend(rows), f"invocation-otel show {rows[0]['run_id'][-8:]}")
    return Text(" · ".join(part for part in told if part), style="dim")
