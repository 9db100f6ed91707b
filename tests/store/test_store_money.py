"""What a run cost in the program is what SQL says, to the last of nine decimals."""

import random
import re
from decimal import Decimal

from invocation_otel.spans import attributes as names
from invocation_otel.store.client import Store
from landing_rows import RecordedRun, Row


def texts_of(amount: float) -> list[str]:
    """The texts under which *amount* may arrive: Python's shortest, Go's, and plain decimals."""
    shortest = repr(amount)
    go = re.sub(r"e([+-])0(\d)$", r"e\1\2", shortest) if amount < 1e-6 else f"{Decimal(shortest):f}"
    return [shortest, go, f"{amount:.9f}"]


def random_amounts(count: int) -> list[float]:
    """Dollar amounts with at most nine decimals, small ones and large ones alike, always the same."""
    seeded = random.Random(9)
    return [round(seeded.uniform(0, 10) * 10 ** seeded.randint(-9, 5), 9) for _ in range(count)]


def rounds_costing(run: RecordedRun, texts: list[str]) -> list[Row]:
    return [run.round(number, {names.COST_TOTAL: text}) for number, text in enumerate(texts, 1)]


def test_ten_thousand_random_costs_arrive_exactly(store: Store) -> None:
    texts = [text for amount in random_amounts(3400) for text in texts_of(amount)]
    assert any("e-" in text for text in texts)
    run = RecordedRun(tenant="costs")
    store.insert("otel_traces", rounds_costing(run, texts))
    rows = store.rows("SELECT round, cost_usd FROM v_rounds WHERE tenant = 'costs' ORDER BY round")
    assert len(texts) > 10_000
    assert [row["cost_usd"] for row in rows] == [Decimal(text) for text in texts]


def test_a_cost_is_exact_or_absent(store: Store) -> None:
    """Absent is NULL, because a round without a price did not cost nothing."""
    expected = {
        "12": Decimal(12),
        "0": Decimal(0),
        "5e-07": Decimal("0.0000005"),
        "5e-7": Decimal("0.0000005"),
        "1.2e-05": Decimal("0.000012"),
        "1e-09": Decimal("0.000000001"),
        "123456789.123456789": Decimal("123456789.123456789"),
        **dict.fromkeys(("", "free", "NaN", "Infinity", "1e400", "99999999999")),
    }
    keys = (names.COST_TOTAL, names.COST_INPUT, names.COST_OUTPUT, names.COST_CACHE_READ, names.COST_CACHE_WRITE)
    runs = {text: RecordedRun(tenant="one-cost", identity={names.EXTERNAL_ID: text}) for text in expected}
    spans = [run.round(1, dict.fromkeys([*keys, names.RUN_COST], text)) for text, run in runs.items()]
    store.insert("otel_traces", spans)
    rows = store.rows(
        "SELECT run_id, cost_usd, cost_input_usd, cost_output_usd, cost_cache_read_usd, cost_cache_write_usd, "
        "v_runs.cost_usd AS of_run_usd FROM v_rounds INNER JOIN v_runs USING run_id WHERE tenant = 'one-cost'"
    )
    costs = {row.pop("run_id"): set(row.values()) for row in rows}
    assert {text: costs[run.run_id] for text, run in runs.items()} == {text: {cost} for text, cost in expected.items()}


def test_the_source_of_a_cost_never_says_more_than_is_known(store: Store) -> None:
    expected = {
        ("provider", "1"): "provider",
        ("computed", "1"): "computed",
        ("estimated", "1"): "estimated",
        ("rumour", "1"): "estimated",
        ("unpriced", ""): "unpriced",
        ("provider", ""): "unpriced",
    }
    run = RecordedRun(tenant="sources")
    said = [{names.COST_SOURCE: source, names.COST_TOTAL: cost} for source, cost in expected]
    store.insert("otel_traces", [run.round(number, attributes) for number, attributes in enumerate(said)])
    rows = store.rows("SELECT cost_source FROM v_rounds WHERE tenant = 'sources' ORDER BY round")
    assert [row["cost_source"] for row in rows] == list(expected.values())


def test_spend_adds_up_the_rounds_and_says_which_have_no_price(store: Store) -> None:
    first = RecordedRun(tenant="spend", identity={names.USER_ID: "ann"})
    second = RecordedRun(tenant="spend", identity={names.USER_ID: "ann"})
    another = RecordedRun(tenant="spend", identity={names.USER_ID: "bob"})
    unpriced = {names.COST_TOTAL: "", names.COST_SOURCE: "unpriced", names.RESPONSE_MODEL: "home-made"}
    cached = {names.CACHE_READ_TOKENS: "60", names.CACHE_WRITE_TOKENS: "5"}
    store.insert(
        "otel_traces",
        [
            first.round(1, cached),
            first.round(2),
            second.round(1),
            second.round(2, {names.COST_TOTAL: ""}),
            another.round(1, unpriced),
        ],
    )

    rows = store.rows("SELECT * EXCEPT day FROM v_spend WHERE tenant = 'spend' ORDER BY user_id")

    assert rows == [
        {
            "tenant": "spend",
            "user_id": "ann",
            "runs": 2,
            "rounds": 4,
            "input_tokens": 400,
            "output_tokens": 40,
            "cache_read_tokens": 60,
            "cache_write_tokens": 5,
            "cost_usd": Decimal("0.003"),
            "unpriced_rounds": 1,
        },
        {
            "tenant": "spend",
            "user_id": "bob",
            "runs": 1,
            "rounds": 1,
            "input_tokens": 100,
            "output_tokens": 10,
            "cache_read_tokens": 0,
            "cache_write_tokens": 0,
            "cost_usd": None,
            "unpriced_rounds": 1,
        },
    ]
