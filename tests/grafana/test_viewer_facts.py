"""What the panels say about the story, cell by cell."""

from datetime import timedelta
from typing import Any

import pytest
from interpolation import ALL, Page
from viewer_choices import UNSET, Chosen, chosen, shown
from viewer_files import ALERTS, PANELS
from viewer_story import HOSTILE_TENANT, ODD_AGENT, TENANT, Story, stored

from invocation_otel.spans import attributes as names
from invocation_otel.store.client import Store
from invocation_otel.view.figures import NOTHING
from landing_rows import RecordedRun, now


@pytest.fixture(scope="module")
def told(store: Store) -> Story:
    """The story, stored."""
    return stored(store)


def run_page(store: Store, panel: str, held: Chosen) -> dict[str, Any]:
    """The one row of a panel of the run's page."""
    [row] = shown(store, f"invocation-run: {panel}", held.variables)
    return row


def test_the_list_shows_each_run_with_its_rounds_newest_first(store: Store, told: Story) -> None:
    rows = shown(
        store, "invocation-logs: Runs", chosen(told).variables | {"text": "", "provider": [ALL], "model": [ALL]}
    )
    assert [(row["run_id"], row["Round"], row["Status"]) for row in rows] == [
        (told.lost.run_id, "no round yet", "lost"),
        (told.odd.run_id, "r1", "success"),
        (told.answered.run_id, "r1", "success"),
        (told.answered.run_id, "r2", "success"),
        (told.earlier.run_id, "r1", "success"),
    ]
    link = f"/d/invocation-run?var-run={told.answered.run_id}&var-round="
    from_to = rows[2]["Rounds"].split("&var-round=1")[1].split(")")[0]
    assert {name: value for name, value in rows[2].items() if name not in {"Time", "run_id"}} == {
        "Run": f"run_…{told.answered.run_id[-8:]}",
        "Agent": "support",
        "Provider / model": "openai / gpt-5-2026",
        "Tokens": "200 → 20",
        "Cost": 0.002,
        "Latency": 10_000,
        "Trigger": "user",
        "Status": "success",
        "Rounds": f"**2** · [r1]({link}1{from_to}) [r2]({link}2{from_to})",
        "User": "42",
        "Session": "s-1",
        "Round": "r1",
        "In → out": "100 → 10",
        "Round cost": "$0.001",
        "Round latency": "500 ms",
        "Stop reason": "stop",
        "Outcome": "success",
    }


def test_a_value_with_quotes_backslashes_commas_and_line_ends_is_found_exactly(store: Store, told: Story) -> None:
    for name in ("agent", "user"):
        rows = shown(store, "invocation-logs: Runs", {"tenant": TENANT, name: [ODD_AGENT]})
        assert [row["run_id"] for row in rows] == [told.odd.run_id]


def test_the_text_filter_finds_the_run_that_said_it_first(store: Store, told: Story) -> None:
    rows = shown(store, "invocation-logs: Runs", {"tenant": TENANT, "text": "WHERE order"})
    assert {row["run_id"] for row in rows} == {told.earlier.run_id}


def test_the_line_above_the_list_says_how_many_match_and_where_the_older_begin(store: Store, told: Story) -> None:
    [all_shown] = shown(store, "invocation-logs: Shown", {"tenant": TENANT})
    [two_shown] = shown(store, "invocation-logs: Shown", {"tenant": TENANT, "rows": "2"})
    [none_shown] = shown(store, "invocation-logs: Shown", {"tenant": TENANT, "agent": ["nobody"]})
    oldest_ms = round(told.odd.started_at.timestamp() * 1000)
    assert (all_shown["Shown"], all_shown["Older"]) == ("newest 6 of 6 runs", "")
    assert two_shown == {"Shown": "newest 2 of 6 runs", "Older": "older runs ▸", "oldest": str(oldest_ms)}
    assert none_shown["Shown"].startswith("No runs match: widen the time range or clear a filter.")


def test_older_runs_begin_where_the_newer_ended_and_none_is_skipped(store: Store, told: Story) -> None:
    """The link's `to` is the time of the oldest run that was shown, to the millisecond."""
    sql = PANELS["invocation-logs: Runs"][1]["targets"][0]["rawSql"]
    older = Page(variables=UNSET.variables | {"tenant": TENANT}, until=told.failed.started_at)
    assert [row["run_id"] for row in store.rows(older.sql(sql))][:2] == [told.failed.run_id, told.child.run_id]


def test_the_header_counts_runs_errors_and_cost(store: Store, told: Story) -> None:
    values = {
        panel: shown(store, f"invocation-logs: {panel}", {"tenant": TENANT})[-1]["value"]
        for panel in ("Total runs", "Errors (24 h)")
    }
    assert values == {"Total runs": 6, "Errors (24 h)": 2}
    assert told.failed.run_id != told.lost.run_id


def test_the_run_page_sums_the_run_and_what_ran_inside_it(store: Store, told: Story) -> None:
    assert run_page(store, "Summary", chosen(told)) == {
        "Status": "success",
        "Rounds": 2,
        "Tool calls": 0,
        "Tokens in → out": "200 → 20",
        "Cost": 0.002,
        "With runs inside": 0.003,
        "Latency": 10_000,
    }
    nested = run_page(store, "Runs inside this run", chosen(told))
    assert (nested["run_id"], nested["Own cost"], nested["Inclusive"]) == (told.child.run_id, 0.001, 0.001)


def test_the_run_page_leads_to_the_runs_around_it(store: Store, told: Story) -> None:
    about = run_page(store, "About", chosen(told))
    assert (about["before"], about["after"], about["parent"]) == (told.earlier.run_id, told.child.run_id, "")
    child = run_page(store, "About", Chosen({"run": told.child.run_id}, {}))
    assert (child["before"], child["parent"]) == (told.answered.run_id, told.answered.run_id)


def test_an_unknown_run_is_said_to_be_unknown(store: Store) -> None:
    about = run_page(store, "About", Chosen({"run": "run_" + "0" * 32}, {}))
    assert about["Agent"] == "No such run: check its id; its retention may have ended."


def test_the_conversation_is_in_order_with_memory_and_tools_told_apart(store: Store, told: Story) -> None:
    cell = run_page(store, "Request / response · r$round", chosen(told))["Messages"]
    pieces = (
        ">System</b>",
        "Help customers of Süd.",
        "from memory",
        "Where is order 7?",
        "from memory",
        "I will look.",
        "this turn",
        "And **now**?",
        "calls <code>lookup</code>",
        '<pre>{&#10;  "order": 7&#10;}</pre>',
        "result of <code>lookup</code>",
        "success · 20 ms",
        '<pre>{&#10;  "state": "sent"&#10;}</pre>',
        "LLM response</b>",
        "On its way.",
    )
    assert _in_order(cell, pieces)


def _in_order(text: str, pieces: tuple[str, ...]) -> bool:
    start = 0
    for piece in pieces:
        start = text.index(piece, start) + len(piece)
    return True


def test_a_failed_round_says_why_before_anything_else(store: Store, told: Story) -> None:
    cell = run_page(store, "Request / response · r$round", Chosen({"run": told.failed.run_id, "round": "1"}, {}))
    assert cell["Messages"].index("openai.RateLimitError") < cell["Messages"].index("No messages:")


def test_the_cards_say_prompt_cost_and_metadata(store: Store, told: Story) -> None:
    prompt, cost, metadata = (
        run_page(store, f"{panel} · r$round", chosen(told))[panel.split(" ")[0]]
        for panel in ("Prompt", "Cost breakdown", "Metadata")
    )
    assert _in_order(
        prompt, ("support-system &nbsp; v3", "<pre>Help customers of Süd.</pre>", '"shop": "Süd"', "lookup")
    )
    assert _in_order(cost, ("100 tokens", "10 tokens", "<b>$0.001</b>", "computed", "500 ms"))
    of_memory = "2 messages, 4 of the round before no longer there"
    known = ("user", "42", "support", "openai", of_memory, '"temperature": 0.5', "s-1", told.answered.run_id)
    assert _in_order(metadata, known)
    of_task = run_page(store, "Metadata · r$round", Chosen({"run": told.failed.run_id, "round": "1"}, {}))["Metadata"]
    assert _in_order(of_task, ("shop.extract, retry 2", "task-1"))


def test_tokens_without_a_price_are_unpriced_and_a_round_without_tokens_has_no_cost(store: Store, told: Story) -> None:
    refused = RecordedRun(tenant=TENANT + "-refused", started_at=now() - timedelta(hours=1))
    said = {names.COST_TOTAL: "", names.COST_SOURCE: "unpriced", names.INPUT_TOKENS: "0", names.OUTPUT_TOKENS: "0"}
    store.insert("otel_traces", [refused.round(1, said), refused.end(1, said | {names.RUN_COST: ""})])
    total = [
        run_page(store, "Cost breakdown · r$round", Chosen({"run": run_id, "tenant": tenant, "round": "1"}, {}))["Cost"]
        for run_id, tenant in ((told.failed.run_id, TENANT), (refused.run_id, refused.tenant))
    ]
    assert ["<b>unpriced</b>" in total[0], f"<b>{NOTHING}</b>" in total[1]] == [True, True]


def test_two_runs_are_compared_fact_by_fact(store: Store, told: Story) -> None:
    cell = run_page(store, "Beside another run", chosen(told))["Comparison"]
    by_itself = run_page(store, "Beside another run", Chosen({"run": told.answered.run_id, "round": "1"}, {}))
    assert cell == by_itself["Comparison"]
    assert _in_order(cell, ("System prompt ≠", "support-system v3", "support-system v2", "Cost ≠", "$0.002", "$0.001"))
    assert _in_order(cell, ("Answer ≠", "On its way.", "I will look."))


def test_files_are_listed_with_a_link_that_a_browser_can_open(store: Store, told: Story) -> None:
    assert run_page(store, "Files", chosen(told)) == {
        "Filename": "a.pdf",
        "uri": "https://files.example/a.pdf",
        "Media type": "application/pdf",
        "Size": 7,
        "Source": "url, not mirrored",
        "Lies at": "https://files.example/a.pdf",
        "SHA-256": "ab" * 32,
    }


def test_a_session_shows_what_each_run_saw_and_what_was_new(store: Store, told: Story) -> None:
    held = chosen(told).variables
    runs = shown(store, "invocation-session: Runs", held)
    seen = {row["run_id"]: (row["From memory"], row["New messages"]) for row in runs}
    assert (seen[told.earlier.run_id], seen[told.answered.run_id]) == ((0, 1), (2, 1))
    [said] = shown(store, "invocation-session: What was said", held)
    assert _in_order(said["Said"], ("Where is order 7?", "I will look.", "And **now**?", "On its way."))


def test_prompt_versions_stand_side_by_side(store: Store, told: Story) -> None:
    rows = shown(store, "invocation-agents: Prompt versions", {"tenant": TENANT})
    assert [(row["Prompt"], row["Version"], row["Rounds"]) for row in rows] == [
        ("support-system", "v3", 2),
        ("support-system", "v2", 1),
    ]
    assert told.rows


def test_cost_says_what_is_spent_and_what_has_no_price(store: Store, told: Story) -> None:
    [summary] = shown(store, "invocation-cost: Summary", {"tenant": TENANT})
    assert (round(summary["Total cost"], 9), summary["Rounds"]) == (0.005, 6)
    [unpriced] = shown(store, "invocation-cost: Without a price", {"tenant": TENANT})
    assert (unpriced["Model"], unpriced["Status"], unpriced["Rounds"]) == ("gpt-5-2026", "failed", 1)
    assert told.rows


def test_the_alerts_fire_for_what_is_wrong(store: Store, told: Story) -> None:
    def alert(name: str, hours: int = 2) -> list[dict[str, Any]]:
        page = Page(since=told.earlier.started_at - timedelta(hours=hours))
        rows = store.rows(page.sql(ALERTS[f"invocation-{name}"]["data"][0]["model"]["rawSql"]))
        return [row for row in rows if row.get("tenant") == TENANT]

    assert {row["agent"]: row["lost"] for row in alert("runs-lost") if row["lost"]} == {"support": 1}
    assert [row["rounds"] for row in alert("unpriced-model")] == [1]
    assert alert("error-rate") == []  # fewer runs than it takes


def test_the_alert_for_unpriced_models_goes_by_when_the_round_began(store: Store) -> None:
    """As the Cost page does: a run of yesterday may ask a new model now."""
    run = RecordedRun(tenant="viewer-unpriced", started_at=now() - timedelta(hours=5))
    late = run.round(1, {names.COST_TOTAL: ""}) | {"Timestamp": f"{(now() - timedelta(minutes=5)).timestamp():.3f}"}
    store.insert("otel_traces", [late])
    page = Page(since=now() - timedelta(hours=1))
    rows = store.rows(page.sql(ALERTS["invocation-unpriced-model"]["data"][0]["model"]["rawSql"]))
    assert [row["rounds"] for row in rows if row["tenant"] == run.tenant] == [1]


@pytest.mark.parametrize(
    ("panel", "column", "sentence"),
    [
        ("Rounds", "Model", "No round yet: one appears when an LLM call of this run has ended."),
        ("Tool calls", "Arguments", "No tool was executed in this run."),
        ("Files", "Filename", "No file was given to this run."),
        ("Runs inside this run", "Agent", "No run was started inside this one."),
        ("Runs of this session", "Agent", "This run has no session: none was named when it was started."),
    ],
)
def test_an_empty_table_of_the_run_says_so_and_shows_no_made_up_figures(
    store: Store, told: Story, panel: str, column: str, sentence: str
) -> None:
    """Grafana shows only the headers of a table without rows."""
    run = told.failed if panel == "Runs of this session" else told.lost
    row = run_page(store, panel, Chosen({**UNSET.texts, "tenant": TENANT, "run": run.run_id}, UNSET.filters))
    assert {name: value for name, value in row.items() if value not in (None, "")} == {column: sentence}


def test_the_hostile_runs_are_another_tenants(store: Store, told: Story) -> None:
    rows = shown(store, "invocation-logs: Runs", {"tenant": HOSTILE_TENANT})
    assert [row["run_id"] for row in rows] == [told.hostile.run_id]
