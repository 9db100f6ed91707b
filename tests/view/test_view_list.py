"""The list of runs on pages of any width."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from rich.cells import cell_len
from rich.console import Console
from view_rows import STARTED_AT, central_europe, page, piped, printed, run_row, terminal, written

from invocation_otel.view.run_cells import STATUS_STYLES, status_cell
from invocation_otel.view.runs_table import legend, runs_table
from invocation_otel.view.terminal import Page, show

EARLIER = STARTED_AT - timedelta(days=1)
ROWS = [
    run_row(),
    run_row(
        run_id="run_019d0c3a7b1f7c3d8e9f0a1b00000001",
        started_at=EARLIER,
        status="failed",
        agent="invoice-extractor",
        provider="anthropic",
        model="claude-sonnet-4-5",
        trigger="task",
        memory_enabled=True,
        parent_run_id="run_019d0c3a7b1f7c3d8e9f0a1bdbab996a",
        cost_usd=Decimal("0.000012000"),
        unpriced_rounds=1,
        rounds=12,
        error_type="openai.RateLimitError",
    ),
    run_row(
        run_id="run_019d0c3a7b1f7c3d8e9f0a1b00000002",
        started_at=EARLIER,
        status="running",
        provider="",
        model="",
        trigger="system",
        latency_ms=None,
        cost_usd=Decimal(0),
        rounds=0,
        input_tokens=0,
        output_tokens=0,
    ),
    run_row(run_id="run_019d0c3a7b1f7c3d8e9f0a1b00000003", started_at=EARLIER, cost_usd=None, status="lost"),
]
HOSTILE = run_row(agent="\x1b[2J" + "東" * 40, model="[red]" * 20, trigger="\n", error_type="e\u202e" * 30)


@pytest.fixture(autouse=True)
def _zone() -> Iterator[None]:
    with central_europe():
        yield


def table(console: Console) -> str:
    show(console, runs_table(ROWS, page=Page.on(console)))
    return printed(console)


@pytest.mark.parametrize("width", [80, 100, 160])
def test_a_terminal_shows_as_much_as_has_room(width: int) -> None:
    """100 columns have every fact, 80 leave the latency out, 160 have a line for each run."""
    assert table(terminal(width)) == page(f"list-{width}")


def test_a_pipe_has_whole_ids_and_cuts_nothing() -> None:
    console = piped()
    assert table(console) == page("list-piped")
    assert " \n" not in written(console)


@pytest.mark.parametrize("width", range(20, 200, 7))
def test_no_line_is_wider_than_the_terminal_and_no_run_takes_a_third_line(width: int) -> None:
    console = terminal(width)
    show(console, runs_table([*ROWS, HOSTILE], page=Page.on(console)))
    lines = printed(console).splitlines()
    assert max(map(cell_len, lines)) <= width
    assert len(lines) in ((len(ROWS) + 2), 2 * (len(ROWS) + 2))


def test_an_exact_fit_is_used() -> None:
    """One column less than a line for each run needs, and they take two."""
    widest = max(map(cell_len, table(terminal(300)).splitlines()))
    assert len(table(terminal(widest)).splitlines()) == len(ROWS) + 1


def test_the_marks_that_are_there_are_explained() -> None:
    assert legend(ROWS) == "◆ with memory · ↳ inside another run · + and rounds without a price"
    assert legend(ROWS[:1]) == ""


@pytest.mark.parametrize(
    ("status", "colour"),
    [
        ("success", "green"),
        ("failed", "red"),
        ("timeout", "dark_orange"),
        ("cancelled", "bright_black"),
        ("running", "blue"),
        ("lost", "magenta"),
    ],
)
def test_each_status_has_its_colour(status: str, colour: str) -> None:
    shown = status_cell({"status": status})
    assert (shown.plain, shown.style) == (f"● {status.capitalize()}", colour)
    assert status in STATUS_STYLES


def test_a_terminal_gets_colours_and_a_pipe_gets_none() -> None:
    console = Console(file=StringIO(), force_terminal=True, color_system="256", width=100)
    assert "\x1b[32m● Success\x1b[0m" in table(console)
    assert "\x1b" not in table(piped())
