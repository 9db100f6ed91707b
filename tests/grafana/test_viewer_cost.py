"""What Cost adds up from sums of hours and days is what the rounds say, wherever its time range begins and ends."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

import pytest
from interpolation import ALL, Page
from viewer_files import PANELS

from invocation_otel.spans import attributes as names
from invocation_otel.store.client import Store
from invocation_otel.store.settle import roll_up
from landing_rows import RecordedRun, now

TENANT = "viewer-cost"
NOON = now().replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)


@pytest.fixture(scope="module")
def rounds(store: Store) -> list[dict[str, Any]]:
    """Rounds of three days, of two agents and three users, some without a price."""
    for number in range(36):
        identity = {names.AGENT: f"agent-{number % 2}", names.USER_ID: f"user-{number % 3}"}
        run = RecordedRun(tenant=TENANT, started_at=NOON - timedelta(hours=2 * number), identity=identity)
        cost = {names.COST_TOTAL: "" if number % 6 == 4 else f"0.{number + 1:03}"}
        store.insert("otel_traces", [run.round(1, cost), run.end(1)])
    roll_up(store)
    return store.rows("SELECT * FROM v_rounds WHERE tenant = {t:String}", {"t": TENANT})


@pytest.mark.parametrize(
    "since",
    [NOON + timedelta(seconds=1), NOON - timedelta(hours=40), NOON - timedelta(hours=60, minutes=59, milliseconds=1)],
)
@pytest.mark.parametrize("until", [NOON + timedelta(hours=2), NOON + timedelta(seconds=1), NOON - timedelta(hours=24)])
def test_every_sum_is_that_of_the_rounds_in_the_range(
    store: Store, rounds: list[dict[str, Any]], since: datetime, until: datetime
) -> None:
    page = Page(variables={"tenant": TENANT, "user": [ALL]}, since=since, until=until)
    matching = [row for row in rounds if since <= row["started_at"] <= until]

    def asked(panel: str, key: str, value: str) -> dict[Any, float]:
        rows = store.rows(page.sql(PANELS[f"invocation-cost: {panel}"][1]["targets"][0]["rawSql"]))
        return {row[key]: round(row[value] or 0, 9) for row in rows}

    def summed(column: str) -> dict[Any, float]:
        sums: dict[Any, float] = defaultdict(float)
        for row in matching:
            sums[row[column]] += float(row["cost_usd"] or 0)
        return {key: round(amount, 9) for key, amount in sums.items()}

    assert asked("By agent", "Agent", "Cost") == summed("agent")
    assert asked("By user", "User", "Cost") == summed("user_id")
    assert asked("By model", "Model", "Cost") == asked("Cost by model", "model", "cost") == summed("model")
    assert sum(asked("By agent", "Agent", "Rounds").values()) == len(matching)
    assert sum(asked("By user", "User", "Rounds").values()) == len(matching)
    assert sum(asked("By agent", "Agent", "Unpriced").values()) == sum(row["cost_usd"] is None for row in matching)
