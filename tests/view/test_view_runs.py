"""The list of runs on the real store, filled by the library itself."""

import json
import re
import subprocess
import sys
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from view_rows import keep
from view_story import extraction, listed, nothing_done, support

import invocation_otel
from conftest import Recording
from invocation_otel.errors import SettingsError
from invocation_otel.store.client import Store
from invocation_otel.view.filters import Filters

FACTS = (
    ("agent", "extraction"),
    ("provider", "anthropic"),
    ("model", "claude-sonnet-4-5"),
    ("status", "failed"),
    ("trigger", "task"),
    ("memory", True),
    ("user", "7"),
    ("session", "s-2"),
)


def ids(store: Store, filters: Filters) -> list[str]:
    return [json.loads(line)["run_id"] for line in listed(store, filters, as_json=True).splitlines()]


def test_json_has_the_columns_of_the_sql_view_and_every_digit(store: Store, recording: Recording) -> None:
    run = support(tenant="view-json")
    keep(store, recording.spans)
    [line] = listed(store, Filters(tenant="view-json"), as_json=True).splitlines()
    [row] = store.rows("SELECT * FROM v_runs WHERE tenant = 'view-json'")
    as_text = {name: value for name, value in row.items() if not isinstance(value, datetime)}
    as_text |= {
        name: f"{row[name]:%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z" for name in ("started_at", "ended_at", "last_seen_at")
    }
    told = json.loads(line, parse_float=Decimal)
    assert list(told) == list(row)
    assert told == as_text
    assert re.search(r'"cost_usd": 0\.\d{9},', line)
    assert (told["run_id"], float(told["cost_usd"])) == (run.id, run.cost_usd)


@pytest.mark.parametrize(("name", "value"), FACTS)
def test_a_filter_lets_through_what_matches_it(store: Store, recording: Recording, name: str, value: Any) -> None:
    tenant = f"view-filter-{name}"
    wanted = extraction(tenant=tenant)
    nothing_done("support", tenant=tenant)
    keep(store, recording.spans)
    assert ids(store, Filters(tenant=tenant, **{name: value})) == [wanted.id]
    assert len(ids(store, Filters(tenant=tenant))) == 2


def test_times_limit_the_list(store: Store, recording: Recording) -> None:
    run = support(tenant="view-times")
    keep(store, recording.spans)
    assert ids(store, Filters(tenant="view-times", since="1h")) == [run.id]
    assert ids(store, Filters(tenant="view-times", since="2199-01-01")) == []
    assert ids(store, Filters(tenant="view-times", until="1h")) == []
    assert ids(store, Filters(tenant="view-times", until="2199-01-01")) == [run.id]


def test_the_list_says_how_many_runs_there_are_beyond_it(store: Store, recording: Recording) -> None:
    for _ in range(3):
        nothing_done("crowd", tenant="view-many")
    keep(store, recording.spans)
    cut, whole = (
        listed(store, Filters(tenant="view-many", limit=2)),
        listed(store, Filters(tenant="view-many", limit=3)),
    )
    assert re.search(r"^newest 2 of 3 runs · --tenant view-many · invocation-otel show [0-9a-f]{8}$", cut, re.MULTILINE)
    assert re.search(r"^3 runs · --tenant view-many · ", whole, re.MULTILINE)
    assert len(re.findall(r"^run_[0-9a-f]{32}  ", cut, re.MULTILINE)) == 2


def test_the_totals_stand_above_the_list(store: Store, recording: Recording) -> None:
    runs = [support(tenant="view-totals"), extraction(tenant="view-totals")]
    keep(store, recording.spans)
    spent = sum(run.cost_usd or 0 for run in runs)
    first_line = listed(store, Filters(tenant="view-totals")).splitlines()[0].replace(" (UTC)", "")
    assert first_line == f"Total Runs 2   Today 2   Errors (24h) 1   Cost Today ${spent:.4f}"


def test_a_filter_without_a_match_is_named(store: Store) -> None:
    filters = Filters(tenant="nobody", agent="a b", memory=False, since="7d")
    told = "--tenant nobody --agent 'a b' --no-memory --since 7d"
    assert listed(store, filters) == f"No run matches {told}. Widen a filter, or leave it out.\n"


def test_an_empty_store_says_how_to_record(tmp_path: Path) -> None:
    code = """
import sys
from rich.console import Console
from invocation_otel.store.client import open_store
from invocation_otel.store.migrate import migrate
from invocation_otel.view.filters import Filters
from invocation_otel.view.runs import print_runs
with open_store(sys.argv[1]) as store:
    migrate(store)
    print_runs(store, console=Console(), filters=Filters(), as_json=True)
    print_runs(store, console=Console(), filters=Filters())
"""
    done = subprocess.run(
        [sys.executable, "-c", code, (tmp_path / "s").as_uri()], capture_output=True, text=True, check=True
    )
    first, *_, last = done.stdout.splitlines()
    assert first == "No runs are recorded here yet. To record some:"
    assert "invocation_otel.configure()" in last


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"status": "broken"},
            "--status is 'broken'; expected one of success, failed, timeout, cancelled, running, lost.",
        ),
        ({"trigger": "cron"}, "--trigger is 'cron'; expected one of user, system, task."),
        ({"limit": 0}, "--limit is 0; expected a whole number from 1 to 4294967295."),
        ({"agent": ""}, "--agent is empty; expected a name, or leave the option out."),
    ],
)
def test_a_bad_filter_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        Filters(**options)
    assert str(refusal.value) == message


def test_unpriced_rounds_are_told_beside_the_cost(store: Store, recording: Recording) -> None:
    with (
        invocation_otel.invocation("tasting", tenant="view-unpriced") as run,
        run.round(provider="in-house", model="tea-1") as round_,
    ):
        round_.respond("Fine.", input_tokens=7, output_tokens=2)
    keep(store, recording.spans)
    only_unpriced = listed(store, Filters(tenant="view-unpriced"))
    assert "Cost Today unpriced\n" in only_unpriced.replace(" (UTC)", "")
    assert re.search(r"  in-house / tea-1   7 / 2  unpriced  ", only_unpriced)

    support(tenant="view-unpriced")
    keep(store, recording.spans)
    both = listed(store, Filters(tenant="view-unpriced")).splitlines()[0]
    assert re.fullmatch(r"Total Runs 2 .* \$0\.\d{4} and 1 unpriced round", both)
