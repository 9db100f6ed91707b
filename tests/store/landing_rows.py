"""Rows of `otel_traces` as the Collector's exporter writes them, made by hand: each test says what is in them."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from invocation_otel.spans import attributes as names

Row = dict[str, Any]


def now() -> datetime:
    """The time, as exact as the store keeps it."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def new_run_id(started_at: datetime) -> str:
    """run_ and a UUIDv7 of *started_at*."""
    milliseconds = round(started_at.timestamp() * 1000)
    return f"run_{milliseconds:012x}7{secrets.token_hex(2)[1:]}8{secrets.token_hex(8)[1:]}"


def span_row(attributes: Mapping[str, str], *, at: datetime, duration_ms: int = 0, **columns: Any) -> Row:
    """One row of `otel_traces`; *columns* replace what is not said otherwise."""
    return {
        "Timestamp": f"{at.timestamp():.3f}",
        "TraceId": secrets.token_hex(16),
        "SpanId": secrets.token_hex(8),
        "ParentSpanId": "",
        "SpanName": "span",
        "SpanKind": "Internal",
        "ServiceName": "shop",
        "ResourceAttributes": {"service.name": "shop", "deployment.environment.name": "test"},
        "SpanAttributes": dict(attributes),
        "Duration": duration_ms * 1_000_000,
        "StatusCode": "Unset",
        **columns,
    }


@dataclass(frozen=True, kw_only=True)
class RecordedRun:
    """A run whose spans are made one by one."""

    tenant: str
    started_at: datetime = field(default_factory=lambda: now() - timedelta(seconds=60))
    identity: Mapping[str, str] = field(default_factory=dict)
    trace_id: str = field(default_factory=lambda: secrets.token_hex(16))
    span_id: str = field(default_factory=lambda: secrets.token_hex(8))
    run_id: str = ""

    def __post_init__(self) -> None:
        if not self.run_id:
            object.__setattr__(self, "run_id", new_run_id(self.started_at))

    def announcement(self) -> Row:
        """The tiny span sent when the run starts, a child of the run's own span."""
        return self._child({names.OPERATION: names.INVOKE_AGENT, names.PENDING: "true"}, after_s=0)

    def round(self, number: int, attributes: Mapping[str, str] | None = None, *, duration_ms: int = 500) -> Row:
        """Round *number*, which begins that many seconds after the run, with the totals of a run of equal rounds."""
        return self._child(
            {
                names.OPERATION: names.CHAT,
                names.STATUS: "success",
                names.ROUND_INDEX: str(number),
                names.PROVIDER: "openai",
                names.REQUEST_MODEL: "gpt-5",
                names.RESPONSE_MODEL: "gpt-5-2026",
                names.INPUT_TOKENS: "100",
                names.OUTPUT_TOKENS: "10",
                names.COST_TOTAL: "0.001",
                names.COST_SOURCE: "computed",
                **self.totals(number),
                **(attributes or {}),
            },
            after_s=number,
            duration_ms=duration_ms,
        )

    def tool_call(self, number: int, attributes: Mapping[str, str] | None = None, *, duration_ms: int = 20) -> Row:
        """A tool call that round *number* asked for."""
        return self._child(
            {
                names.OPERATION: names.EXECUTE_TOOL,
                names.STATUS: "success",
                names.ROUND_INDEX: str(number),
                names.TOOL_NAME: "lookup",
                **(attributes or {}),
            },
            after_s=number + 0.6,
            duration_ms=duration_ms,
        )

    def end(self, rounds: int, attributes: Mapping[str, str] | None = None, **columns: Any) -> Row:
        """The run's own span, which lasts 10 seconds."""
        own = {
            names.OPERATION: names.INVOKE_AGENT,
            names.STATUS: "success",
            **self.totals(rounds),
            **(attributes or {}),
        }
        return span_row(
            {**self._identity(), **own},
            at=self.started_at,
            duration_ms=10_000,
            **{"TraceId": self.trace_id, "SpanId": self.span_id, **columns},
        )

    def totals(self, rounds: int) -> dict[str, str]:
        """What every round and the run's own span say about the run after *rounds* equal rounds."""
        return {
            names.RUN_SEQ: str(rounds),
            names.RUN_ROUNDS: str(rounds),
            names.RUN_TOOL_CALLS: "0",
            names.RUN_INPUT_TOKENS: str(100 * rounds),
            names.RUN_OUTPUT_TOKENS: str(10 * rounds),
            names.RUN_CACHE_READ_TOKENS: "0",
            names.RUN_CACHE_WRITE_TOKENS: "0",
            names.RUN_COST: f"{rounds / 1000}",
            names.RUN_UNPRICED: "0",
            names.RUN_PROVIDER: "openai",
            names.RUN_MODEL: "gpt-5-2026",
        }

    def _identity(self) -> dict[str, str]:
        return {
            names.RUN_ID: self.run_id,
            names.TENANT: self.tenant,
            names.AGENT: "support",
            names.TRIGGER: "user",
            **self.identity,
        }

    def _child(self, attributes: Mapping[str, str], *, after_s: float, duration_ms: int = 0) -> Row:
        return span_row(
            {**self._identity(), **attributes},
            at=self.started_at + timedelta(seconds=after_s),
            duration_ms=duration_ms,
            TraceId=self.trace_id,
            ParentSpanId=self.span_id,
        )
