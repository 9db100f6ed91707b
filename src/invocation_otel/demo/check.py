"""Whether the database says what the program said, for every run of the demo."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

from invocation_otel import Run
from invocation_otel.store.client import Store

Row = Mapping[str, Any]

_ROWS = """
SELECT run_id, status, rounds, input_tokens, output_tokens, cost_usd FROM v_runs
WHERE run_id IN {run_ids:Array(String)}
"""
_SUMS = """
SELECT run_id, count() AS rounds, sum(r.input_tokens) AS input_tokens, sum(r.output_tokens) AS output_tokens,
    sum(r.cost_usd) AS cost_usd
FROM v_rounds AS r WHERE run_id IN {run_ids:Array(String)} GROUP BY run_id
"""


@dataclass(frozen=True, kw_only=True)
class Stored:
    """What the database says of some runs, by run id: their rows, and the sums of their rounds' rows."""

    rows: Mapping[str, Row]
    sums: Mapping[str, Row]

    @classmethod
    def of(cls, runs: Iterable[Run], store: Store) -> Self:
        """What *store* says of *runs*."""
        run_ids = {"run_ids": [run.id for run in runs]}
        return cls(
            rows={row["run_id"]: row for row in store.rows(_ROWS, run_ids)},
            sums={row["run_id"]: row for row in store.rows(_SUMS, run_ids)},
        )


def differences(runs: Iterable[Run], stored: Stored) -> list[str]:
    """A sentence for each figure of a run that its row, or the sum of its rounds, does not repeat to the last digit."""
    return [sentence for run in runs for sentence in _differences(run, stored)]


def _differences(run: Run, stored: Stored) -> Iterator[str]:
    said: Row = {
        "rounds": run.rounds,
        "input_tokens": run.usage.input_tokens,
        "output_tokens": run.usage.output_tokens,
        "cost_usd": None if run.cost_usd is None else Decimal(f"{run.cost_usd:.9f}"),
    }
    yield from _compared(run, {**said, "status": run.status}, stored.rows.get(run.id), "its row of v_runs")
    yield from _compared(run, said, stored.sums.get(run.id), "the sum of its rows of v_rounds")


def _compared(run: Run, said: Row, row: Row | None, where: str) -> Iterator[str]:
    if row is None:
        yield f"{run.agent} {run.id}: {where} is missing."
        return
    for name, value in said.items():
        if row[name] != value:
            yield f"{run.agent} {run.id}: {name} is {value} in the program and {row[name]} in {where}."
