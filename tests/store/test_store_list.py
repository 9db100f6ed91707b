"""The list of runs reads only the days it needs, and shows what it would show if it read them all."""

import itertools
from datetime import datetime, timedelta
from typing import Any

import pytest

from invocation_otel.spans import attributes as names
from invocation_otel.store.client import Store
from invocation_otel.store.queries import query
from invocation_otel.store.settle import roll_up
from landing_rows import RecordedRun, now

TENANT = "days"
NO_FILTER = dict.fromkeys(
    ("tenant", "agent", "provider", "model", "status", "trigger", "memory", "user", "session", "since", "until"), ""
)
NOON = now().replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)
AT = {"midnight": NOON - timedelta(days=2, hours=12), "morning": NOON - timedelta(days=4, hours=5), "noon": NOON}


@pytest.fixture(scope="module", params=["settled", "fresh"])
def week(store: Store, request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    """Runs of a week, four a day of two agents and three users, some without an end; added up already, or not yet."""
    for number in range(28):
        identity = {names.AGENT: f"agent-{number % 2}", names.USER_ID: f"user-{number % 3}", names.SESSION: "one"}
        run = RecordedRun(tenant=TENANT, started_at=NOON - timedelta(hours=6 * number), identity=identity)
        status = {names.STATUS: "failed" if number % 5 == 0 else "success"}
        store.insert("otel_traces", [run.announcement() if number % 7 == 3 else run.end(1, status)])
    if request.param == "settled":
        roll_up(store)
    rows = store.rows(
        "SELECT * FROM v_runs WHERE tenant = {t:String} ORDER BY started_at DESC, run_id DESC", {"t": TENANT}
    )
    assert {row["status"] for row in rows} == {"success", "failed", "lost"}
    return rows


@pytest.mark.parametrize("limit", [1, 4, 5, 9, 1000])
@pytest.mark.parametrize(
    "filters",
    [
        {},
        {"agent": "agent-1"},
        {"status": "failed"},
        {"status": "lost"},
        {"status": "running"},
        {"user": "user-2"},
        {"session": "one", "agent": "agent-0"},
        {"agent": "nobody"},
    ],
    ids=str,
)
def test_a_short_list_is_the_beginning_of_the_whole(
    store: Store, week: list[dict[str, Any]], filters: dict[str, str], limit: int
) -> None:
    columns = {"user": "user_id", "session": "session_id"}
    for since, until in itertools.product([None, *AT.values()], repeat=2):
        matching = [
            row["run_id"]
            for row in week
            if all(row[columns.get(name, name)] == value for name, value in filters.items())
            and (since is None or row["started_at"] >= since)
            and (until is None or row["started_at"] < until)
        ]
        asked = {"since": _text(since), "until": _text(until), **filters}
        rows = store.rows(query("runs_list"), {**NO_FILTER, "tenant": TENANT, **asked, "limit": limit})
        assert [row["run_id"] for row in rows] == matching[:limit]


def _text(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def test_days_that_are_not_needed_are_not_read(store: Store) -> None:
    """Nobody of that name ran on any day: no row of `runs` is looked at."""
    asked = {**NO_FILTER, "tenant": TENANT, "agent": "nobody", "limit": 10}
    steps = "\n".join(str(row["explain"]) for row in store.rows(f"EXPLAIN indexes = 1 {query('runs_list')}", asked))
    assert "ReadFromMergeTree (invocation.runs)" not in steps or "Parts: 0/" in steps
