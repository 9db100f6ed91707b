"""How fast the store answers, how much it takes in, and how many bytes a long run costs.

Loads runs of four rounds and one tool call over 90 days and 50 tenants, one of which has 40 %; all questions are that
tenant's. Then real spans are sent through all views, so that there are fresh parts beside the settled ones. The
embedded engine runs in this process; `SELECT 1` beside the questions tells what the machine does meanwhile.
"""

import argparse
import json
import math
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from invocation_otel.store.client import Store, open_store
from invocation_otel.store.migrate import migrate
from invocation_otel.store.queries import query
from invocation_otel.store.settle import roll_up
from store_rows import LOADS, message, spans, text

TENANT = "tenant-0"
NO_FILTER = dict.fromkeys(
    ("tenant", "agent", "provider", "model", "status", "trigger", "memory", "user", "session", "since", "until"), ""
)
SPANS_OF_RUN = 6

DROPDOWN = """
SELECT value FROM facets WHERE tenant = {tenant:String} AND facet = 'agent'
GROUP BY value HAVING max(last_seen) >= today() - 30 ORDER BY value
"""
MONTH = """
SELECT agent, sum(v_spend.cost_usd) AS cost_usd FROM v_spend
WHERE tenant = {tenant:String} AND day >= today() - 30 GROUP BY agent ORDER BY cost_usd DESC
"""


@dataclass(frozen=True, kw_only=True)
class Question:
    """Something the viewer asks; *target_ms* is for 10 M runs."""

    label: str
    sql: str
    target_ms: int | None
    parameters: Mapping[str, Any]
    of_a_run: bool = False


def questions(now: datetime) -> Iterator[Question]:
    """What is asked, in the order of the issue."""
    listed = {**NO_FILTER, "tenant": TENANT, "limit": 50}
    week = {"tenant": TENANT, "since": (now - timedelta(days=7)).isoformat(), "until": "", "limit": 25}
    yield Question(label="SELECT 1 (baseline)", sql="SELECT 1", target_ms=None, parameters={})
    for label, filters in {
        "list page": {},
        "list page, failed of one agent": {"status": "failed", "agent": "agent-3"},
        "list page, of a user": {"user": "user-77"},
        "list page, nothing matches": {"agent": "nobody"},
    }.items():
        yield Question(label=label, sql=query("runs_list"), target_ms=100, parameters={**listed, **filters})
    yield Question(label="header stats", sql=query("runs_header"), target_ms=50, parameters={"tenant": TENANT})
    for name, label, target, more in [
        ("run", "run by id", 30, {}),
        ("run_rounds", "rounds of a run", None, {}),
        ("round_messages", "round content", 30, {"round": 3}),
        ("run_tool_calls", "tool calls of a run", None, {}),
        ("run_children", "runs inside a run", None, {}),
    ]:
        yield Question(label=label, sql=query(name), target_ms=target, parameters=more, of_a_run=True)
    yield Question(label="month's spend per agent", sql=MONTH, target_ms=50, parameters={"tenant": TENANT})
    spend = query("spend_per_agent")
    yield Question(label="all spend per agent", sql=spend, target_ms=None, parameters={"tenant": TENANT})
    yield Question(label="dropdown", sql=DROPDOWN, target_ms=30, parameters={"tenant": TENANT})
    yield Question(
        label="text search, 7 days", sql=query("search"), target_ms=300, parameters=week | {"words": "word77"}
    )
    slowest = {"tenant": TENANT, "limit": 20}
    yield Question(label="slowest rounds of all time", sql=query("slowest_rounds"), target_ms=None, parameters=slowest)
    yield Question(label="delivery", sql=query("delivery"), target_ms=None, parameters={"tenant": "", "limit": 50})


def load(store: Store, runs: int, now: datetime) -> None:
    """Fill the typed tables with *runs* runs, in parts of a quarter of a million, and let them settle."""
    step = 250_000
    # These rows say that they came in long ago, and rollups look for what came in since the last time.
    store.run("SYSTEM STOP VIEWS")
    for table, sql in LOADS.items():
        began = time.perf_counter()
        for first in range(0, runs if table != "facets" else 1, step):
            parameters = {"runs": runs, "now": now, "first": first, "count": min(step, runs - first)}
            store.run(sql, parameters)
        store.run(f"OPTIMIZE TABLE {table} FINAL")
        print(f"loaded {table:<12} {time.perf_counter() - began:7.1f} s", flush=True)
    began = time.perf_counter()
    store.run("SYSTEM START VIEWS")
    roll_up(store)
    print(f"rolled up           {time.perf_counter() - began:7.1f} s", flush=True)


def bytes_on_disk(store: Store) -> int:
    """Of all tables, without what merges have replaced."""
    store.run("OPTIMIZE TABLE contents FINAL")
    store.run("OPTIMIZE TABLE rounds FINAL")
    [row] = store.rows("SELECT sum(bytes_on_disk) AS n FROM system.parts WHERE active AND database = currentDatabase()")
    return int(row["n"])


def tell_long_run(store: Store) -> None:
    """What a run of 100 rounds costs on disk, each of which sends all that was said before."""
    seeded = random.Random(100)  # noqa: S311 - the same text every time
    said = [message("user" if n % 2 else "assistant", text(seeded, 2000)) for n in range(100)]
    before = bytes_on_disk(store)
    store.insert("otel_traces", spans(datetime.now(UTC), seeded, said, keep_history=True))
    grown, new = bytes_on_disk(store) - before, sum(map(len, said))
    history = sum((len(said) - number) * len(one) for number, one in enumerate(said))
    print(f"\na run of 100 rounds: {new:,} bytes of new text, {grown:,} on disk: {grown / new:.2f} x (target 1.3 x)")
    print(f"  sent with its history in each round: {history:,} bytes, {history / new:.0f} x")


def tell_insert_rate(store: Store, count: int, batch: int) -> None:
    """How many spans of about 2 kB go through all views in a second."""
    seeded, now = random.Random(2), datetime.now(UTC)  # noqa: S311 - the same text every time
    made: list[dict[str, Any]] = []
    while len(made) < count:
        said = [message("assistant", text(seeded, 1300)) for _ in range(SPANS_OF_RUN - 1)]
        made += spans(now - timedelta(seconds=seeded.randrange(60, 86_400)), seeded, said, keep_history=False)
    size = sum(len(json.dumps(one)) for one in made) / len(made)
    took_s = []
    for first in range(0, len(made), batch):
        began = time.perf_counter()
        store.insert("otel_traces", made[first : first + batch])
        took_s.append(time.perf_counter() - began)
    rate = len(made) / sum(took_s)
    print(
        f"\ninserts: {len(made):,} spans of {size:,.0f} bytes in batches of {batch:,}: {rate:,.0f} spans/s "
        f"(target 5,000); a batch took {statistics.median(took_s) * 1000:,.0f} ms"
    )


def tell_answers(store: Store, now: datetime, passes: int) -> None:
    """A line for each question: how long it took, over *passes* rounds through all of them."""
    asked = list(questions(now))
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
    print(f"\n{'question':<34}{'p50 ms':>9}{'p95 ms':>9}{'target':>8}{'rows':>7}")
    for question in asked:
        times = took_ms[question.label]
        target = f"{question.target_ms}" if question.target_ms else ""
        verdict = "" if not question.target_ms or statistics.median(times) < question.target_ms else "  missed"
        print(
            f"{question.label:<34}{statistics.median(times):>9.1f}{percentile(times, 0.95):>9.1f}{target:>8}"
            f"{found[question.label]:>7}{verdict}"
        )


def percentile(values: Iterable[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(math.ceil(share * len(ordered)), len(ordered)) - 1]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1_000_000, help="how many runs to load (1,000,000)")
    parser.add_argument("--passes", type=int, default=25, help="how often each question is asked (25)")
    parser.add_argument("--spans", type=int, default=24_000, help="how many spans to insert (24,000)")
    parser.add_argument("--batch", type=int, default=4_000, help="spans in one insert (4,000)")
    options = parser.parse_args()
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder).as_uri()) as store:
        migrate(store)
        print(f"{options.runs:,} runs, {4 * options.runs:,} rounds; targets are for 10,000,000 runs")
        load(store, options.runs, now)
        tell_long_run(store)
        tell_insert_rate(store, options.spans, options.batch)
        tell_answers(store, now, options.passes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
