"""Counts, tokens and dollars stay exact, whatever happens between the agents and the store."""

import json
import random
import signal
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from invocation_otel.spans import attributes as names
from invocation_otel.store.client import Store
from landing_rows import RecordedRun, Row, now
from migrated_folder import migrated
from own_process import in_process, outcome

RUNS, ROUNDS = 20, 3
COUNT = """
SELECT
    (SELECT count() FROM v_runs WHERE tenant = {tenant:String}) AS runs,
    (SELECT sum(v_runs.rounds) FROM v_runs WHERE tenant = {tenant:String}) AS rounds_of_runs,
    (SELECT toString(sum(v_runs.cost_usd)) FROM v_runs WHERE tenant = {tenant:String}) AS usd_of_runs,
    (SELECT count() FROM v_rounds WHERE tenant = {tenant:String}) AS rounds,
    (SELECT sum(v_rounds.input_tokens) FROM v_rounds WHERE tenant = {tenant:String}) AS input_tokens,
    (SELECT toString(sum(v_rounds.cost_usd)) FROM v_rounds WHERE tenant = {tenant:String}) AS usd,
    (SELECT toString(sum(v_spend.cost_usd)) FROM v_spend WHERE tenant = {tenant:String}) AS usd_spent,
    (SELECT count() FROM v_tool_calls WHERE tenant = {tenant:String}) AS tool_calls,
    (SELECT count() FROM v_messages WHERE tenant = {tenant:String} AND body IS NOT NULL) AS messages,
    (SELECT uniqExact(SpanId) FROM spans WHERE tenant = {tenant:String}) AS spans
"""
EXACT = {
    "runs": RUNS,
    "rounds_of_runs": RUNS * ROUNDS,
    "usd_of_runs": "0.06",
    "rounds": RUNS * ROUNDS,
    "input_tokens": RUNS * ROUNDS * 100,
    "usd": "0.06",
    "usd_spent": "0.06",
    "tool_calls": RUNS * ROUNDS,
    "messages": RUNS * ROUNDS,
    "spans": RUNS * (2 * ROUNDS + 1),
}


def work(tenant: str) -> list[list[Row]]:
    """What agents did, in the batches in which it is sent."""
    spans = []
    for number in range(RUNS):
        run = RecordedRun(tenant=tenant, started_at=now() - timedelta(minutes=1 + 90 * number))
        spans += [run.announcement()]
        for round_ in range(1, ROUNDS + 1):
            said = {names.INPUT_MESSAGES: f'[{{"role":"user","parts":[{number * 10 + round_}]}}]'}
            spans += [run.round(round_, said), run.tool_call(round_)]
        spans += [run.end(ROUNDS)]
    return [spans[first : first + 25] for first in range(0, len(spans), 25)]


def counted(store: Store, tenant: str) -> dict[str, Any]:
    [row] = store.rows(COUNT, {"tenant": tenant})
    return row


def rebatched(batches: list[list[Row]], seed: int) -> list[list[Row]]:
    """The same spans in another order and in batches of other sizes."""
    seeded = random.Random(seed)
    spans = [span for batch in batches for span in batch]
    seeded.shuffle(spans)
    cuts = sorted(seeded.sample(range(1, len(spans)), 9))
    return [spans[first:last] for first, last in zip([0, *cuts], [*cuts, len(spans)], strict=True)]


SENDINGS: dict[str, Callable[[list[list[Row]]], list[list[Row]]]] = {
    "once": lambda batches: batches,
    "every batch twice": lambda batches: [batch for batch in batches for _ in range(2)],
    "all again afterwards": lambda batches: [*batches, *batches],
    "all again in other batches": lambda batches: [*batches, *rebatched(batches, 1), *rebatched(batches, 2)],
    "the other way round": lambda batches: [batch[::-1] for batch in batches[::-1]],
    "one span at a time at last": lambda batches: [*rebatched(batches, 3), *([span] for span in batches[0])],
}


@pytest.mark.parametrize("sending", SENDINGS)
def test_however_it_is_sent_it_is_stored_once(store: Store, sending: str) -> None:
    tenant = f"exact {sending}"
    for batch in SENDINGS[sending](work(tenant)):
        store.insert("otel_traces", batch)
    assert counted(store, tenant) == EXACT


def test_two_collectors_that_send_the_same_at_once_store_it_once(store: Store) -> None:
    """A sender that did not get an answer from the first asks the second."""
    tenant = "exact two collectors"
    batches = work(tenant)
    with ThreadPoolExecutor(2) as collectors:
        sent = [
            collectors.submit(store.insert, "otel_traces", batch)
            for pair in zip(batches, rebatched(batches, 4) + rebatched(batches, 5), strict=False)
            for batch in pair
        ]
    assert [sending.result() for sending in sent] == [None] * len(sent)
    assert counted(store, tenant) == EXACT


def test_a_run_whose_own_span_comes_a_week_late_is_right_before_and_after(store: Store) -> None:
    run = RecordedRun(tenant="exact late", started_at=now() - timedelta(days=7))
    store.insert("otel_traces", [run.announcement(), *(run.round(number) for number in (1, 2, 3))])
    sql = "SELECT status, rounds, input_tokens, cost_usd FROM v_runs WHERE tenant = 'exact late'"
    totals = {"rounds": 3, "input_tokens": 300, "cost_usd": Decimal("0.003")}
    assert store.rows(sql) == [{"status": "lost", **totals}]
    store.insert("otel_traces", [run.end(3)])
    assert store.rows(sql) == [{"status": "success", **totals}]


def test_a_database_that_is_killed_while_it_inserts_has_everything_once_it_is_sent_again(tmp_path: Path) -> None:
    """Killed three times: some tables may have got a batch that others did not."""
    tenant = "exact killed"
    (tmp_path / "batches.json").write_text(json.dumps(work(tenant)))
    send = """
        import json, pathlib
        with open_store(sys.argv[1]) as store:
            migrate(store)
            print("ready", flush=True)
            for batch in json.loads(pathlib.Path(sys.argv[2]).read_text()):
                store.insert("otel_traces", batch)
            print(json.dumps(store.rows(sys.argv[3], {"tenant": sys.argv[4]})[0]))
        """
    arguments = (migrated(tmp_path / "store").as_uri(), str(tmp_path / "batches.json"), COUNT, tenant)
    for after_s in (0.3, 0.7, 1.3):
        process = in_process(send, *arguments)
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        time.sleep(after_s)
        process.kill()
        process.communicate()
        assert process.returncode == -signal.SIGKILL
    told: Mapping[str, Any] = json.loads(outcome(in_process(send, *arguments)).splitlines()[-1])
    assert told == EXACT
