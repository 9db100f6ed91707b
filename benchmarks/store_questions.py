"""What the viewer asks of a store, from its own SQL files, and how long the answers take."""

import math
import statistics
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from invocation_otel.store.client import Store
from invocation_otel.store.queries import query

_ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(_ROOT / "grafana"), str(_ROOT / "tests/grafana")]

from interpolation import ALL, Page  # noqa: E402 - see above

from viewer.sql import query as panel  # noqa: E402 - see above

TENANT = "tenant-0"
"""The one whose questions are asked: it has 40 % of all runs."""

_NO_FILTER = dict.fromkeys(
    ("tenant", "agent", "provider", "model", "status", "trigger", "memory", "user", "session", "since", "until"), ""
)
_FACETS = ("agent", "provider", "model", "status", "trigger", "memory", "user")


@dataclass(frozen=True, kw_only=True)
class Question:
    """Something the viewer asks; *file* is the SQL file, *target_ms* is for 10 M runs."""

    label: str
    file: str
    sql: str
    target_ms: int | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    of_a_run: bool = False


@dataclass(frozen=True, kw_only=True)
class Answered:
    """How long a question took in each pass, and how many rows the answer has."""

    question: Question
    took_ms: list[float]
    rows: int

    @property
    def met(self) -> bool:
        """Whether half of the answers came within the target."""
        return self.question.target_ms is None or statistics.median(self.took_ms) < self.question.target_ms

    def told(self) -> dict[str, Any]:
        return {
            "question": self.question.label,
            "file": self.question.file,
            "p50_ms": round(statistics.median(self.took_ms), 1),
            "p95_ms": round(percentile(self.took_ms, 0.95), 1),
            "target_ms": self.question.target_ms,
            "rows": self.rows,
            "met": self.met,
        }


def questions(now: datetime) -> Iterator[Question]:
    """What is asked, in the order of the issue."""
    yield Question(label="SELECT 1 (baseline)", file="", sql="SELECT 1")
    listed = {**_NO_FILTER, "tenant": TENANT, "limit": 50}
    for label, filters in {
        "list page": {},
        "list page, failed of one agent": {"status": "failed", "agent": "agent-3"},
        "list page, of a user": {"user": "user-77"},
        "list page, of a session": {"session": "session-77"},
        "list page, lost": {"status": "lost"},
        "list page, nothing matches": {"agent": "nobody"},
    }.items():
        yield _asked("runs_list", label, target_ms=100, parameters={**listed, **filters})
    yield _asked("runs_header", "header stats", target_ms=50, parameters={"tenant": TENANT})
    for name, label, target_ms, more in [
        ("run", "run by id", 30, {}),
        ("run_rounds", "rounds of a run", None, {}),
        ("round_messages", "round content", 30, {"round": 3}),
        ("run_tool_calls", "tool calls of a run", None, {}),
        ("run_children", "runs inside a run", None, {}),
    ]:
        yield _asked(name, label, target_ms=target_ms, parameters=more, of_a_run=True)
    month = page(now, days=30)
    for name, label in {
        "cost_daily": "month's spend per day and agent",
        "cost_agents": "month's spend per agent",
        "cost_by_model": "month's spend per model",
        "cost_users": "month's spend per user",
    }.items():
        yield Question(label=label, file=f"grafana/{name}.sql", sql=month.sql(panel(name)), target_ms=50)
    for facet in ("agent", "user"):
        sql = month.sql(panel("variable_facet", facet=facet))
        yield Question(label=f"dropdown, {facet}", file="grafana/variable_facet.sql", sql=sql, target_ms=30)
    week = {"tenant": TENANT, "since": (now - timedelta(days=7)).isoformat(), "until": "", "limit": 25}
    yield _asked("search", "text search, 7 days", target_ms=300, parameters=week | {"words": "word77"})
    yield _asked("spend_per_agent", "all spend per agent", parameters={"tenant": TENANT})
    yield _asked("slowest_rounds", "slowest rounds of all time", parameters={"tenant": TENANT, "limit": 20})
    yield _asked("delivery", "delivery", parameters={"tenant": "", "limit": 50})


def page(now: datetime, *, days: float) -> Page:
    """A dashboard of the tenant over the last *days*, without a filter."""
    chosen = {"tenant": TENANT, "text": "", "rows": "200", **{facet: [ALL] for facet in _FACETS}}
    return Page(variables=chosen, since=now - timedelta(days=days), until=now, interval_s=max(round(days * 864), 60))


def answers(store: Store, asked: list[Question], *, passes: int) -> list[Answered]:
    """The answers of *passes* rounds through all of *asked*, after two that only warm up."""
    sql = "SELECT run_id FROM v_runs WHERE tenant = {tenant:String} AND cityHash64(run_id) % 97 = 3 LIMIT {n:UInt32}"
    ids = [row["run_id"] for row in store.rows(sql, {"tenant": TENANT, "n": passes})]
    took_ms: dict[str, list[float]] = {question.label: [] for question in asked}
    found: dict[str, int] = {}
    for number in range(-2, passes):
        for question in asked:
            run = {"run": ids[number % len(ids)]} if question.of_a_run else {}
            began = time.perf_counter()
            found[question.label] = len(store.rows(question.sql, {**question.parameters, **run}))
            took_ms[question.label] += [(time.perf_counter() - began) * 1000] if number >= 0 else []
    return [Answered(question=one, took_ms=took_ms[one.label], rows=found[one.label]) for one in asked]


def table(answered: Iterable[Answered]) -> str:
    """A line for each answer."""
    lines = [f"{'question':<34}{'SQL file':<30}{'p50 ms':>8}{'p95 ms':>8}{'target':>8}{'rows':>6}"]
    for one in answered:
        told = one.told()
        verdict = "" if told["target_ms"] is None else "  ok" if one.met else "  missed"
        lines.append(
            f"{told['question']:<34}{told['file']:<30}{told['p50_ms']:>8}{told['p95_ms']:>8}"
            f"{told['target_ms'] or '':>8}{told['rows']:>6}{verdict}"
        )
    return "\n".join(lines)


def percentile(values: Iterable[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(math.ceil(share * len(ordered)), len(ordered)) - 1]


def _asked(name: str, label: str, **more: Any) -> Question:
    return Question(label=label, file=f"{name}.sql", sql=query(name), **more)
