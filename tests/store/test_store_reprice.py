"""Rounds without a price get one later: exactly, once, and with it the totals of their runs."""

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from genai_prices import __version__ as price_list_version

from invocation_otel.spans import attributes as names
from invocation_otel.spans.prices import price
from invocation_otel.spans.usage import Usage
from invocation_otel.store.client import Store
from invocation_otel.store.reprice import Report, reprice
from landing_rows import RecordedRun, Row, now, span_row
from own_process import in_process, outcome

MODEL = {names.REQUEST_MODEL: "gpt-4o", names.RESPONSE_MODEL: "gpt-4o"}
UNPRICED = {**MODEL, names.COST_TOTAL: "", names.COST_SOURCE: "unpriced", names.INPUT_TOKENS: "1000"}
IN_ALL = {names.RUN_COST: "", names.RUN_UNPRICED: "2"}


def list_price(input_tokens: int = 1000, output_tokens: int = 10) -> Decimal:
    """What the price list asks for one such round."""
    usage = Usage(input_tokens=input_tokens, output_tokens=output_tokens)
    cost = price(provider="openai", models=("gpt-4o",), usage=usage, at_ns=round(now().timestamp() * 1e9))
    assert cost
    return Decimal(cost.total) / 10**9


def of_runs(store: Store, tenant: str) -> list[dict[str, Any]]:
    return store.rows(
        "SELECT status, rounds, cost_usd, unpriced_rounds FROM v_runs WHERE tenant = {tenant:String}",
        {"tenant": tenant},
    )


def test_a_round_gets_its_price_and_who_said_so(store: Store) -> None:
    run = RecordedRun(tenant="reprice")
    store.insert("otel_traces", [run.round(1, UNPRICED | {names.CACHE_READ_TOKENS: "400"}), run.end(1, IN_ALL)])
    report = reprice(store, tenant="reprice")
    [row] = store.rows(
        "SELECT cost_usd, cost_source, price_version, "
        "cost_input_usd + cost_output_usd + cost_cache_read_usd + cost_cache_write_usd AS parts "
        "FROM v_rounds WHERE tenant = 'reprice'"
    )
    assert row["cost_usd"] == row["parts"] == report.cost_usd
    assert 0 < report.cost_usd < list_price()
    assert (row["cost_source"], row["price_version"]) == ("computed", f"genai-prices {price_list_version}")


@pytest.mark.parametrize(
    ("facts", "usage", "told"),
    [
        ({names.CACHE_WRITE_1H_TOKENS: "300"}, {"cache_write_1h_tokens": 300}, {}),
        ({names.WEB_SEARCHES: "10"}, {"web_searches": 10}, {}),
        ({names.SERVICE_TIER: "batch"}, {}, {"tier": "batch"}),
        ({names.SERVER_ADDRESS: "api.anthropic.com"}, {}, {"address": "api.anthropic.com"}),
        ({names.CACHE_WRITE_1H_TOKENS: "-7.5e400"}, {}, {}),
    ],
)
def test_a_price_that_comes_later_counts_all_that_the_price_depends_on(
    store: Store, facts: dict[str, str], usage: dict[str, int], told: dict[str, str]
) -> None:
    """Tokens that are kept for an hour, audio, the tier, who was asked: the same as if it had come with the round."""
    tenant = f"reprice-facts-{'-'.join(facts)}-{len(usage)}"
    run = RecordedRun(tenant=tenant)
    model = {names.PROVIDER: "anthropic", names.REQUEST_MODEL: "claude-sonnet-4-5", names.RESPONSE_MODEL: ""}
    store.insert("otel_traces", [run.round(1, UNPRICED | model | {names.CACHE_WRITE_TOKENS: "400"} | facts)])
    reprice(store, tenant=tenant)
    cost = price(
        provider="anthropic",
        models=("claude-sonnet-4-5",),
        usage=Usage(input_tokens=1000, output_tokens=10, cache_write_tokens=400, **usage),
        at_ns=round(now().timestamp() * 1e9),
        **told,
    )
    assert cost
    stored = store.rows("SELECT cost_usd, cost_source FROM v_rounds WHERE tenant = {t:String}", {"t": tenant})
    assert stored == [{"cost_usd": Decimal(cost.total) / 10**9, "cost_source": cost.source}]


def test_pricing_again_changes_nothing(store: Store) -> None:
    run = RecordedRun(tenant="reprice-again")
    store.insert("otel_traces", [run.round(1, UNPRICED), run.round(2, UNPRICED), run.end(2, IN_ALL)])
    assert reprice(store, tenant=run.tenant) == Report(rounds=2, runs=1, cost_usd=2 * list_price())
    versions = "SELECT sum(version) AS n FROM rounds FINAL WHERE tenant = 'reprice-again'"
    before = store.rows(versions), of_runs(store, run.tenant)
    assert reprice(store, tenant=run.tenant) == Report()
    assert (store.rows(versions), of_runs(store, run.tenant)) == before
    assert of_runs(store, run.tenant) == [
        {"status": "success", "rounds": 2, "cost_usd": 2 * list_price(), "unpriced_rounds": 0}
    ]


def test_what_had_a_price_keeps_it(store: Store) -> None:
    run = RecordedRun(tenant="reprice-keeps")
    totals = {names.RUN_COST: "0.25", names.RUN_UNPRICED: "1"}
    paid = {**MODEL, names.COST_TOTAL: "0.25", names.COST_SOURCE: "provider"}
    store.insert("otel_traces", [run.round(1, paid), run.round(2, UNPRICED), run.end(2, totals)])
    reprice(store, tenant=run.tenant)
    rows = store.rows("SELECT cost_usd, cost_source FROM v_rounds WHERE tenant = 'reprice-keeps' ORDER BY round")
    assert [(row["cost_usd"], row["cost_source"]) for row in rows] == [
        (Decimal("0.25"), "provider"),
        (list_price(), "computed"),
    ]
    assert of_runs(store, run.tenant)[0]["cost_usd"] == Decimal("0.25") + list_price()


def test_a_model_that_the_list_does_not_know_stays_unpriced_and_is_named(store: Store) -> None:
    run = RecordedRun(tenant="reprice-unknown")
    home_made = UNPRICED | {names.REQUEST_MODEL: "home-made", names.RESPONSE_MODEL: "home-made"}
    store.insert("otel_traces", [run.round(1, home_made), run.end(1, IN_ALL)])
    report = reprice(store, tenant=run.tenant)
    assert (report.rounds, dict(report.unknown)) == (0, {("openai", "home-made"): 1})
    assert of_runs(store, run.tenant)[0]["cost_usd"] is None


def test_tokens_that_contradict_each_other_are_not_priced(store: Store) -> None:
    run = RecordedRun(tenant="reprice-invalid")
    store.insert("otel_traces", [run.round(1, UNPRICED | {names.USAGE_VALID: "false"})])
    assert reprice(store, tenant=run.tenant) == Report()


def test_a_span_that_comes_again_afterwards_does_not_take_the_price_away(store: Store) -> None:
    run = RecordedRun(tenant="reprice-late")
    spans = [run.round(1, UNPRICED), run.round(2, UNPRICED), run.end(2, IN_ALL)]
    store.insert("otel_traces", spans)
    reprice(store, tenant=run.tenant)
    before = of_runs(store, run.tenant)
    for span in spans:
        store.insert("otel_traces", [span, RecordedRun(tenant="reprice-others").end(0)])
    assert of_runs(store, run.tenant) == before
    assert [row["cost_usd"] for row in store.rows("SELECT cost_usd FROM v_rounds WHERE tenant = 'reprice-late'")] == [
        list_price(),
        list_price(),
    ]


def test_a_run_that_goes_on_after_its_rounds_were_priced_has_right_totals_in_the_end(store: Store) -> None:
    """Its own span knows nothing of the prices, and is corrected the next time."""
    run = RecordedRun(tenant="reprice-goes-on")
    store.insert("otel_traces", [run.round(1, UNPRICED | {names.RUN_COST: "", names.RUN_UNPRICED: "1"})])
    reprice(store, tenant=run.tenant)
    assert of_runs(store, run.tenant) == [
        {"status": "running", "rounds": 1, "cost_usd": list_price(), "unpriced_rounds": 0}
    ]
    totals = {names.RUN_COST: "0.5", names.RUN_UNPRICED: "1"}
    store.insert("otel_traces", [run.round(2, {names.COST_TOTAL: "0.5"} | totals), run.end(2, totals)])
    reprice(store, tenant=run.tenant)
    assert of_runs(store, run.tenant) == [
        {"status": "success", "rounds": 2, "cost_usd": list_price() + Decimal("0.5"), "unpriced_rounds": 0}
    ]


def test_only_what_began_in_time_and_belongs_to_the_tenant_is_priced(store: Store) -> None:
    started_at = now() - timedelta(hours=3)
    runs = [
        RecordedRun(tenant=tenant, started_at=started_at + timedelta(hours=hour))
        for tenant in ("reprice-mine", "reprice-yours")
        for hour in range(3)
    ]
    store.insert("otel_traces", [run.round(0, UNPRICED) for run in runs])
    report = reprice(store, tenant="reprice-mine", since=runs[1].started_at, until=runs[2].started_at)
    assert report.rounds == 1
    rows = store.rows(
        "SELECT run_id FROM v_rounds WHERE tenant IN ('reprice-mine', 'reprice-yours') AND cost_usd IS NOT NULL"
    )
    assert [row["run_id"] for row in rows] == [runs[1].run_id]


@pytest.mark.parametrize("kind", ["agent", "alone"])
def test_rounds_of_other_libraries_are_priced_too(store: Store, kind: str) -> None:
    tenant = f"reprice-{kind}"
    resource: Row = {"ResourceAttributes": {names.TENANT: tenant}}
    agent = span_row({names.OPERATION: "invoke_agent"}, at=now() - timedelta(seconds=9), duration_ms=9000, **resource)
    said = {
        names.OPERATION: "chat",
        "gen_ai.system": "openai",
        names.REQUEST_MODEL: "gpt-4o",
        "gen_ai.usage.prompt_tokens": "1000",
        "gen_ai.usage.completion_tokens": "10",
    }
    parent = {"TraceId": agent["TraceId"], "ParentSpanId": agent["SpanId"]} if kind == "agent" else {}
    store.insert("otel_traces", [span_row(said, at=now() - timedelta(seconds=5), **resource, **parent)])
    store.insert("otel_traces", [agent] if kind == "agent" else [])
    assert reprice(store, tenant=tenant).rounds == 1
    assert of_runs(store, tenant) == [
        {"status": "success", "rounds": 1, "cost_usd": list_price(), "unpriced_rounds": 0}
    ]


BY_COMMAND = """
import json, os
from invocation_otel.cli import main
with open_store(sys.argv[1]) as store:
    migrate(store)
    store.insert("otel_traces", json.loads(sys.argv[2]))
os.environ["INVOCATION_PRICES"] = sys.argv[3]
assert main(["reprice", "--url", sys.argv[1]]) == 0
with open_store(sys.argv[1]) as store:
    [row] = store.rows("SELECT cost_usd, cost_source, price_version FROM v_rounds")
    print(row["cost_usd"], row["cost_source"], row["price_version"].split()[0])
"""


def test_the_command_goes_by_the_users_own_price_list(tmp_path: Path) -> None:
    run = RecordedRun(tenant="reprice-own")
    home_made = UNPRICED | {names.REQUEST_MODEL: "home-made", names.RESPONSE_MODEL: "home-made"}
    prices = tmp_path / "prices.json"
    prices.write_text('{"home-made": {"input": 3, "output": 50}}')
    rows = json.dumps([run.round(1, home_made), run.end(1, IN_ALL)])
    told = outcome(in_process(BY_COMMAND, (tmp_path / "store").as_uri(), rows, str(prices)))
    assert told.splitlines() == ["Priced 1 rounds of 1 runs: $0.003500000", "0.003500000 computed own"]
