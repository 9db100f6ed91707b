"""What a round cost, and everything else that is known about it."""

from collections.abc import Iterator
from decimal import Decimal

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from .exact_json import readable
from .figures import NOTHING, exact_dollars
from .run_cells import celery_task
from .summary import exact_cost
from .terminal import Fact, Page, Row, facts, heading
from .text import Block
from .times import local_time


def cost_breakdown(round_: Row, *, page: Page) -> Iterator[RenderableType]:
    """Tokens, and what each kind of them cost, to the last digit."""
    table = Table(box=None, padding=(0, 3, 0, 0), pad_edge=False, header_style="dim")
    table.add_column("")
    table.add_column("Tokens", justify="right", no_wrap=True)
    # Not to the right: all begin with the same digits, so the points stand below each other.
    table.add_column("Cost", no_wrap=True)
    for name, tokens, cost in _token_kinds(round_):
        table.add_row(Text(name), f"{tokens:,}", cost, style="" if name[0] == " " else "bold")
    yield Text()
    yield table
    yield Text()
    yield facts(_pricing(round_), page=page)


def metadata(run: Row, round_: Row, *, page: Page) -> Iterator[RenderableType]:
    """Who asked whom, when, with what parameters, and under which ids."""
    yield Text()
    yield facts(_identity(run, round_), page=page)
    yield heading("Request params")
    yield Block(text=readable(round_["request_params"]) or NOTHING, full=page.full)


def _token_kinds(round_: Row) -> Iterator[tuple[str, int, str]]:
    read, written = round_["cache_read_tokens"], round_["cache_write_tokens"]
    yield "Input", round_["input_tokens"], ""
    if round_["usage_valid"]:
        yield "  not cached", round_["input_tokens"] - read - written, _dollars(round_["cost_input_usd"])
    yield "  cache read", read, _dollars(round_["cost_cache_read_usd"])
    yield "  cache creation", written, _dollars(round_["cost_cache_write_usd"])
    yield "Output", round_["output_tokens"], _dollars(round_["cost_output_usd"])
    yield "  of it reasoning", round_["reasoning_tokens"], ""
    yield "Total", round_["input_tokens"] + round_["output_tokens"], exact_cost(round_) or NOTHING


def _dollars(cost: Decimal | None) -> str:
    return NOTHING if cost is None else exact_dollars(cost)


def _pricing(round_: Row) -> Iterator[Fact]:
    yield "Stop reason", round_["stop_reason"]
    yield "Latency", f"{round_['latency_ms']:,} ms"
    yield "Cost source", _source(round_)
    yield "Price list", round_["price_version"]


def _source(round_: Row) -> str:
    if round_["usage_valid"]:
        return str(round_["cost_source"])
    return f"{round_['cost_source']}: the token counts contradict each other"


def _identity(run: Row, round_: Row) -> Iterator[Fact]:
    first_token_ms = round_["time_to_first_token_ms"]
    yield "Triggered by", round_["trigger"]
    yield "User id", round_["user_id"]
    yield "Celery task", celery_task(run)
    yield "Celery task id", round_["celery_task_id"]
    yield "Session", round_["session_id"]
    yield "Tenant", round_["tenant"]
    yield "Agent", round_["agent"]
    yield "Provider", round_["provider"]
    yield "Model", round_["model"]
    yield "Model asked for", round_["request_model"]
    yield "Status", round_["status"]
    yield "Error type", round_["error_type"]
    yield "Created", local_time(round_["started_at"])
    yield "Time to first token", "" if first_token_ms is None else f"{first_token_ms:,} ms"
    yield "Memory", f"{round_['memory_messages']} messages" if round_["memory_enabled"] else ""
    yield "No longer in memory", f"{round_['memory_dropped']} messages" if round_["memory_dropped"] else ""
    yield "Response id", round_["response_id"]
    yield "External id", run["external_id"]
    yield "Service", round_["service"]
    yield "Environment", round_["environment"]
    yield "Trace id", round_["trace_id"]
    yield "Span id", round_["span_id"]
