"""What was in a run: its rounds, tool calls, files and nested runs. What there was none of takes no line."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from rich.console import RenderableType
from rich.filesize import decimal
from rich.text import Text

from . import run_cells as cells
from .figures import NOTHING, compact, cost, duration
from .table import Layout
from .terminal import Page, Row, heading
from .text import cell, one_line

_SHORT_SHA256 = 12

_ROUNDS = Layout(
    columns={
        "Round": lambda row: cell(f"r{row['round']}", "cyan"),
        "Time": cells.clock_cell,
        "Provider": lambda row: cell(row["provider"], "dim"),
        "Model": lambda row: cell(row["model"], "dim"),
        "Tokens": cells.tokens_cell,
        "Cached": lambda row: cell(compact(row["cache_read_tokens"]) if row["cache_read_tokens"] else NOTHING, "dim"),
        "Cost": cells.cost_cell,
        "Latency": cells.latency_cell,
        "First token": lambda row: cell(_duration(row["time_to_first_token_ms"]), "dim"),
        "Status": cells.status_cell,
        "Ended with": lambda row: cells.error_cell(row) if row["error_type"] else cell(row["stop_reason"], "dim"),
    },
    numbers=("Tokens", "Cached", "Cost", "Latency", "First token"),
    first_to_go=("First token", "Provider", "Cached", "Time", "Latency", "Tokens", "Cost"),
    cuts=(("Ended with", 14), ("Model", 17), ("Ended with", 8), ("Model", 11)),
)
_TOOL_CALLS = Layout(
    columns={
        "Round": lambda row: cell(f"r{row['round']}" if row["round"] else NOTHING, "cyan"),
        "Tool": lambda row: cell(row["tool"], "magenta"),
        "Arguments": lambda row: cell(row["arguments"] or NOTHING),
        "Result": lambda row: cells.error_cell(row) if row["error_type"] else cell(row["result"] or NOTHING, "dim"),
        "Latency": cells.latency_cell,
        "Status": cells.status_cell,
    },
    numbers=("Latency",),
    first_to_go=("Latency", "Round"),
    cuts=(("Result", 36), ("Arguments", 28), ("Tool", 20), ("Result", 12), ("Arguments", 12), ("Tool", 8)),
)
_CHILDREN = Layout(
    columns={
        "Run": lambda row: _nested(row, cells.short_id_cell(row)),
        "Agent": cells.agent_cell,
        "Provider / model": cells.model_cell,
        "Tokens": cells.tokens_cell,
        "Cost": cells.cost_cell,
        "With nested": lambda row: cell(cost(row["inclusive_cost_usd"], used_tokens=row["input_tokens"])),
        "Latency": cells.latency_cell,
        "Status": cells.status_cell,
    },
    numbers=("Tokens", "Cost", "With nested", "Latency"),
    first_to_go=("Latency", "Tokens", "With nested", "Cost"),
    cuts=(("Provider / model", 17), ("Agent", 14), ("Provider / model", 11), ("Agent", 11)),
)


_CHILDREN_PIPED = replace(_CHILDREN, columns={**_CHILDREN.columns, "Run": lambda row: _nested(row, cells.id_cell(row))})


def rounds_table(rounds: Sequence[Row], *, page: Page) -> Iterator[RenderableType]:
    """The rounds: r1, r2 and so on."""
    if rounds:
        yield heading("Rounds")
        yield _ROUNDS.table(rounds, page=page)


def tool_calls_table(tool_calls: Sequence[Row], *, page: Page) -> Iterator[RenderableType]:
    """The tool calls, each with the round that asked for it."""
    if tool_calls:
        yield heading("Tool calls")
        yield _TOOL_CALLS.table(tool_calls, page=page)


def files_list(files: Sequence[Row], *, page: Page) -> Iterator[RenderableType]:
    """The files that the run was given, each with its link."""
    if files:
        yield heading("Files")
        yield from (_file(file, page=page) for file in files)


def children_table(children: Sequence[Row], *, page: Page) -> Iterator[RenderableType]:
    """The runs that were started inside this one, and inside those."""
    if children:
        yield heading("Nested runs")
        yield (_CHILDREN_PIPED if page.width is None else _CHILDREN).table(children, page=page)


def _file(file: Row, *, page: Page) -> Text:
    told = [
        file["media_type"],
        "size unknown" if file["bytes"] is None else decimal(file["bytes"]),
        f"from {file['source']}",
    ]
    told += ["mirrored" if file["mirrored"] else "not mirrored"]
    if file["sha256"]:
        told += ["sha256 " + (file["sha256"] if page.full else f"{file['sha256'][:_SHORT_SHA256]}…")]
    quiet = "".join(f"  {one_line(fact)}" for fact in told)
    link = (f"\n  {one_line(file['uri'])}", "blue") if file["uri"] else ""
    return Text.assemble((one_line(file["name"]), "bold"), (quiet, "dim"), link, overflow="fold")


def _nested(row: Row, run_id: Text) -> Text:
    return Text("  " * (row["depth"] - 1), no_wrap=True, overflow="ellipsis").append_text(run_id)


def _duration(milliseconds: int | None) -> str:
    return NOTHING if milliseconds is None else duration(milliseconds)
