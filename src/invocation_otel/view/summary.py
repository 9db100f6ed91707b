"""One run: what it was, how it ended, and what it cost."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from . import run_cells as cells
from .figures import NOTHING, exact_dollars
from .terminal import Fact, Page, Row, facts, heading
from .text import Block
from .times import local_time


def summary(run: Row, *, page: Page) -> Iterator[RenderableType]:
    """The run's id and status, what it failed with, and all that is known of it."""
    yield Text.assemble((run["run_id"], "bold cyan"), "   ", cells.status_cell(run))
    yield from failure(run, page=page)
    yield Text()
    yield facts([fact for fact in _facts(run) if fact[1]], page=page)


def failure(row: Row, *, page: Page) -> Iterator[RenderableType]:
    """What a run or a round ended with, if it did not end well."""
    if row["error_type"] or row["error_message"]:
        yield heading("Error", row["error_type"], style="red")
        yield Block(text=row["error_message"] or NOTHING, full=page.full, bar_style="red")


def exact_cost(row: Row) -> str:
    """What a run or a round cost, to the last digit; empty where nothing was used."""
    if row["cost_usd"] is None:
        return "unpriced" if row["input_tokens"] or row["output_tokens"] else ""
    return exact_dollars(row["cost_usd"])


def _facts(run: Row) -> Iterator[Fact]:
    yield "Agent", run["agent"]
    yield "Provider / model", cells.model_cell(run).plain
    yield "Started", local_time(run["started_at"])
    yield "Latency", "" if run["latency_ms"] is None else f"{run['latency_ms']:,} ms"
    yield "Last seen", local_time(run["last_seen_at"]) if run["ended_at"] is None else ""
    yield "Tokens", f"{run['input_tokens']:,} in / {run['output_tokens']:,} out"
    yield "Cached", _cached(run)
    yield "Cost", _own_cost(run)
    yield "With nested runs", _inclusive_cost(run)
    yield "Rounds", f"{run['rounds']:,}"
    yield "Tool calls", f"{run['tool_calls']:,}"
    yield "Trigger", run["trigger"].capitalize()
    yield "Tenant", run["tenant"]
    yield "User", run["user_id"]
    yield "Session", run["session_id"]
    yield "Memory", "on" if run["memory_enabled"] else ""
    yield "Celery task", cells.celery_task(run)
    yield "Celery task id", run["celery_task_id"]
    yield "External id", run["external_id"]
    yield "Inside run", run["parent_run_id"]
    yield "Outermost run", run["root_run_id"] if run["root_run_id"] not in (run["run_id"], run["parent_run_id"]) else ""
    yield "Service", run["service"]
    yield "Environment", run["environment"]
    yield "Trace id", run["trace_id"]
    yield "Span id", run["span_id"]


def _cached(run: Row) -> str:
    if not run["cache_read_tokens"] and not run["cache_write_tokens"]:
        return ""
    return f"{run['cache_read_tokens']:,} read / {run['cache_write_tokens']:,} written"


def _own_cost(run: Row) -> str:
    unpriced = run["unpriced_rounds"]
    note = f" and {unpriced} of {run['rounds']} rounds unpriced" if unpriced and run["cost_usd"] is not None else ""
    return exact_cost(run) + note


def _inclusive_cost(run: Row) -> str:
    if not run["runs_inside"]:
        return ""
    cost = run["inclusive_cost_usd"]
    return f"{'unpriced' if cost is None else exact_dollars(cost)} ({run['runs_inside']} inside)"
