"""What the processes say they produced, compared with what is stored."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from invocation_otel.spans import attributes as names
from invocation_otel.store.client import Store
from invocation_otel.store.queries import query
from landing_rows import RecordedRun, Row, now, span_row

NOTHING_AMISS = {"missing": 0, "spooled": 0, "refused": 0, "dropped": 0, "shortened": 0}


def of_process(process_id: str, tenant: str) -> dict[str, str]:
    """The resource of a process."""
    return {"service.name": "shop", names.PROCESS_ID: process_id, names.TENANT: tenant}


def report(process_id: str, tenant: str, *, at: datetime, produced: int, **counts: int) -> Row:
    """What a process says about its delivery; *counts* are zero where they are not said."""
    keys = {
        "spooled": names.DELIVERY_SPOOLED,
        "refused": names.DELIVERY_REFUSED,
        "dropped": names.DELIVERY_DROPPED,
        "shortened": names.DELIVERY_SHORTENED,
    }
    told = {names.DELIVERY_PRODUCED: str(produced)} | {key: str(counts.get(name, 0)) for name, key in keys.items()}
    return span_row(told, at=at, SpanName=names.DELIVERY, ResourceAttributes=of_process(process_id, tenant))


def spans_of(process_id: str, tenant: str, *, count: int) -> list[Row]:
    """*count* spans that the process recorded: a run and its rounds."""
    run = RecordedRun(tenant=tenant)
    spans = [*(run.round(number) for number in range(1, count)), run.end(count - 1)]
    return [span | {"ResourceAttributes": of_process(process_id, tenant)} for span in spans]


def delivery(store: Store, tenant: str) -> list[dict[str, Any]]:
    """What the question of the delivery answers, without the times."""
    rows = store.rows(query("delivery"), {"tenant": tenant, "limit": 100})
    return [{key: value for key, value in row.items() if not key.endswith("_at")} for row in rows]


def told(tenant: str, process_id: str, **counts: int) -> dict[str, Any]:
    return {"tenant": tenant, "service": "shop", "process_id": process_id, **NOTHING_AMISS, **counts}


def test_all_that_was_produced_is_stored(store: Store) -> None:
    run = RecordedRun(tenant="all-here")
    announced = run.announcement() | {"ResourceAttributes": of_process("all-here-1", "all-here")}
    spans = spans_of("all-here-1", "all-here", count=5)
    store.insert("otel_traces", [announced, *spans, report("all-here-1", "all-here", at=now(), produced=5)])
    assert delivery(store, "all-here") == [told("all-here", "all-here-1", produced=5, stored=5)]


def test_a_span_that_came_twice_is_stored_once(store: Store) -> None:
    spans = spans_of("again-1", "delivery-again", count=4)
    for batch in (spans, spans[:2], spans[1:], [report("again-1", "delivery-again", at=now(), produced=4)]):
        store.insert("otel_traces", batch)
    assert delivery(store, "delivery-again") == [told("delivery-again", "again-1", produced=4, stored=4)]


def test_what_is_neither_stored_nor_explained_is_missing(store: Store) -> None:
    """And the process of which something is missing is told first."""
    reports = [
        report("holes-1", "delivery-holes", at=now(), produced=10, spooled=2, refused=1, dropped=3),
        report("holes-2", "delivery-holes", at=now(), produced=3, shortened=1),
        report("holes-3", "delivery-holes", at=now(), produced=3),
    ]
    spans = [*spans_of("holes-1", "delivery-holes", count=3), *spans_of("holes-2", "delivery-holes", count=3)]
    store.insert("otel_traces", [*spans, *reports])
    assert delivery(store, "delivery-holes") == [
        told("delivery-holes", "holes-3", produced=3, stored=0, missing=3),
        told("delivery-holes", "holes-1", produced=10, stored=3, spooled=2, refused=1, dropped=3, missing=1),
        told("delivery-holes", "holes-2", produced=3, stored=3, shortened=1),
    ]


def test_the_report_with_most_produced_counts_and_the_later_of_two_that_say_the_same(store: Store) -> None:
    at = now()
    late_news = report("reports-1", "delivery-reports", at=at, produced=3)
    reports = [
        report("reports-1", "delivery-reports", at=at - timedelta(seconds=30), produced=3, spooled=3),
        report("reports-1", "delivery-reports", at=at - timedelta(seconds=60), produced=1, dropped=1),
    ]
    for row in (late_news, *reports):
        store.insert("otel_traces", [row])
    store.insert("otel_traces", spans_of("reports-1", "delivery-reports", count=3))
    assert delivery(store, "delivery-reports") == [told("delivery-reports", "reports-1", produced=3, stored=3)]


def test_spans_that_came_after_the_last_report_are_not_less_than_nothing_missing(store: Store) -> None:
    spans = spans_of("ahead-1", "delivery-ahead", count=5)
    store.insert("otel_traces", [*spans, report("ahead-1", "delivery-ahead", at=now(), produced=2)])
    assert delivery(store, "delivery-ahead") == [told("delivery-ahead", "ahead-1", produced=2, stored=5)]


def test_a_process_may_record_the_runs_of_many_tenants(store: Store) -> None:
    resource = {"ResourceAttributes": of_process("many-1", "delivery-many")}
    spans = [RecordedRun(tenant=tenant).end(0) | resource for tenant in ("many-a", "many-b")]
    store.insert("otel_traces", [*spans, report("many-1", "delivery-many", at=now(), produced=2)])
    assert delivery(store, "delivery-many") == [told("delivery-many", "many-1", produced=2, stored=2)]


def test_a_process_is_seen_from_its_first_span_to_its_last_report(store: Store) -> None:
    run = RecordedRun(tenant="delivery-seen")
    at = now()
    span = run.end(0) | {"ResourceAttributes": of_process("seen-1", "delivery-seen")}
    store.insert("otel_traces", [span, report("seen-1", "delivery-seen", at=at, produced=1)])
    rows = store.rows("SELECT first_seen_at, last_seen_at FROM v_delivery WHERE tenant = 'delivery-seen'")
    assert rows == [{"first_seen_at": run.started_at, "last_seen_at": at}]


def test_nothing_is_called_missing_once_the_first_spans_of_a_process_are_too_old_to_be_here(store: Store) -> None:
    old = report("old-1", "delivery-old", at=now() - timedelta(days=15), produced=1)
    store.insert("otel_traces", [old, report("old-1", "delivery-old", at=now(), produced=9)])
    [row] = delivery(store, "delivery-old")
    assert row == told("delivery-old", "old-1", produced=9, stored=0) | {"missing": None}


@pytest.mark.parametrize("number", ["-1", "many", "1e400", "18446744073709551616", "18446744073709551615", ""])
def test_a_report_that_makes_no_sense_harms_nobody(store: Store, number: str) -> None:
    tenant = f"senseless-{number}"
    senseless = report("senseless-1", tenant, at=now(), produced=0)
    senseless["SpanAttributes"] = dict.fromkeys(senseless["SpanAttributes"], number)
    store.insert("otel_traces", [senseless, *spans_of("senseless-2", tenant, count=1)])
    counted = int(number) if number == "18446744073709551615" else 0
    [row] = delivery(store, tenant)
    assert (row["produced"], row["dropped"], row["missing"]) == (counted, counted, 0)
    stored = store.rows("SELECT count() AS n FROM spans WHERE tenant = {tenant:String}", {"tenant": tenant})
    assert stored == [{"n": 1}], "the report is no step of a trace"
