"""Rows as the SQL views give them, made by hand, and terminals that keep what is printed on them."""

import json
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan
from rich.console import Console

from invocation_otel.store.client import Store
from invocation_otel.store.landing import LANDING_COLUMNS, LANDING_TABLE, landing_rows

Row = dict[str, Any]

RUN_ID = "run_019d0c3a7b1f7c3d8e9f0a1bdbab996a"
STARTED_AT = datetime(2026, 11, 22, 13, 46, 31, 120_000, UTC)


def run_row(**changes: Any) -> Row:
    """A row of `v_runs`, as `run.sql` gives it."""
    row = {
        "tenant": "acme",
        "run_id": RUN_ID,
        "started_at": STARTED_AT,
        "ended_at": STARTED_AT + timedelta(milliseconds=2700),
        "last_seen_at": STARTED_AT + timedelta(milliseconds=2700),
        "latency_ms": 2700,
        "status": "success",
        "agent": "support",
        "provider": "openai",
        "model": "gpt-4o-mini",
        "trigger": "user",
        "user_id": "42",
        "session_id": "s1",
        "celery_task_id": "",
        "celery_task_name": "",
        "celery_retries": 0,
        "external_id": "",
        "parent_run_id": "",
        "root_run_id": RUN_ID,
        "memory_enabled": False,
        "rounds": 2,
        "tool_calls": 1,
        "input_tokens": 4912,
        "output_tokens": 312,
        "cache_read_tokens": 4000,
        "cache_write_tokens": 0,
        "cost_usd": Decimal("0.001234500"),
        "unpriced_rounds": 0,
        "error_type": "",
        "error_message": "",
        "service": "shop",
        "environment": "",
        "trace_id": "eddaf95825577b2b5d6ead6772c87e80",
        "span_id": "face0dda213f97d1",
        "inclusive_cost_usd": Decimal("0.001234500"),
        "runs_inside": 0,
    }
    return row | changes


def round_row(**changes: Any) -> Row:
    """A row of `v_rounds`."""
    row = {
        "tenant": "acme",
        "run_id": RUN_ID,
        "run_started_at": STARTED_AT,
        "round": 2,
        "started_at": STARTED_AT + timedelta(seconds=1),
        "ended_at": STARTED_AT + timedelta(milliseconds=2274),
        "latency_ms": 1274,
        "time_to_first_token_ms": 310,
        "status": "success",
        "stop_reason": "end_turn",
        "provider": "anthropic",
        "model": "claude-sonnet-4-5",
        "request_model": "claude-sonnet-4-5",
        "input_tokens": 306,
        "output_tokens": 14,
        "cache_read_tokens": 200,
        "cache_write_tokens": 6,
        "reasoning_tokens": 3,
        "usage_valid": True,
        "cost_usd": Decimal("0.000592500"),
        "cost_input_usd": Decimal("0.000300000"),
        "cost_output_usd": Decimal("0.000210000"),
        "cost_cache_read_usd": Decimal("0.000060000"),
        "cost_cache_write_usd": Decimal("0.000022500"),
        "cost_source": "computed",
        "price_version": "genai-prices 0.2.3",
        "system_prompt_name": "clinic-system",
        "system_prompt_version": "2",
        "user_prompt_name": "",
        "user_prompt_version": "",
        "request_params": '{"max_tokens":2000,"temperature":0.10}',
        "memory_messages": 2,
        "memory_dropped": 0,
        "memory_enabled": True,
        "error_type": "",
        "error_message": "",
        "response_id": "msg_01",
        "agent": "support",
        "trigger": "user",
        "user_id": "42",
        "session_id": "s1",
        "celery_task_id": "",
        "service": "shop",
        "environment": "",
        "trace_id": "eddaf95825577b2b5d6ead6772c87e80",
        "span_id": "cf4309bf7f44e0b6",
    }
    return row | changes


def tool_call_row(**changes: Any) -> Row:
    """A row of `v_tool_calls`."""
    row = {
        "tenant": "acme",
        "run_id": RUN_ID,
        "run_started_at": STARTED_AT,
        "round": 1,
        "started_at": STARTED_AT,
        "ended_at": STARTED_AT,
        "latency_ms": 120,
        "status": "success",
        "tool": "get_patient",
        "tool_call_id": "call_1",
        "tool_type": "function",
        "arguments": '{"lead_id":"PN-2"}',
        "result": '{"name":"Patient 2","weight":71.50}',
        "error_type": "",
        "error_message": "",
    }
    return row | changes


def file_row(**changes: Any) -> Row:
    """A row of `v_files`."""
    row = {
        "tenant": "acme",
        "run_id": RUN_ID,
        "run_started_at": STARTED_AT,
        "position": 1,
        "name": "invoice.jpg",
        "media_type": "image/jpeg",
        "bytes": 493_200,
        "sha256": "106ef990fefc" + "0" * 52,
        "source": "path",
        "uri": "file:///data/invoice.jpg",
        "mirrored": True,
    }
    return row | changes


def content_row(part: str, body: Any, *, role: str = "") -> Row:
    """A row of `v_messages`; *body* is written as JSON unless it is a text or None already."""
    text = body if body is None or isinstance(body, str) else json.dumps(body)
    return {"part": part, "role": role, "body": text, "span_id": "cf4309bf7f44e0b6", "round": 2}


def message_row(part: str, role: str, *parts: Row) -> Row:
    """A message in OpenTelemetry's form."""
    return content_row(part, {"role": role, "parts": list(parts)}, role=role)


def said(text: str) -> Row:
    """A text in a message."""
    return {"type": "text", "content": text}


@contextmanager
def central_europe() -> Iterator[None]:
    """Let this machine be in central Europe, whatever zones it knows by name."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "CET-1CEST,M3.5.0,M10.5.0/3"
    time.tzset()
    yield
    os.environ.pop("TZ")
    os.environ.update({"TZ": before} if before is not None else {})
    time.tzset()


def terminal(width: int) -> Console:
    """A terminal without colours, *width* characters wide."""
    return Console(file=StringIO(), force_terminal=True, color_system=None, width=width)


def piped() -> Console:
    """What `print` goes to when the command's output is piped."""
    return Console(file=StringIO())


def printed(console: Console) -> str:
    """What was printed on *console*, without the blanks at the ends of its lines."""
    return "\n".join(line.rstrip() for line in written(console).split("\n"))


def written(console: Console) -> str:
    """What was printed on *console*, to the last blank."""
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def page(name: str) -> str:
    """What `pages/` says a terminal should show."""
    return (Path(__file__).parent / "pages" / f"{name}.golden.txt").read_text("utf-8")


def keep(store: Store, spans: Iterable[ReadableSpan]) -> None:
    """Put *spans* into *store* the way they get there in earnest: over OTLP, as the landing table's rows."""
    store.insert(LANDING_TABLE, landed(spans))


def landed(spans: Iterable[ReadableSpan]) -> list[Row]:
    """*spans* as rows of the landing table."""
    return [_as_json(row) for row in landing_rows(encode_spans(list(spans)))]


def _as_json(values: Iterable[Any]) -> Row:
    row = dict(zip(LANDING_COLUMNS, values, strict=True))
    row["Timestamp"] = f"{row['Timestamp'] / 1e9:.9f}"
    row["Events.Timestamp"] = [f"{time_ns / 1e9:.9f}" for time_ns in row["Events.Timestamp"]]
    for column in ("ResourceAttributes", "SpanAttributes"):
        row[column] = dict(row[column])
    for column in ("Events.Attributes", "Links.Attributes"):
        row[column] = [dict(attributes) for attributes in row[column]]
    return row
