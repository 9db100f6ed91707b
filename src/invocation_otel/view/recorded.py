"""All that the store holds of one run."""

from dataclasses import dataclass

from invocation_otel.store.client import Store
from invocation_otel.store.queries import query

from .lookup import find_run_id, no_such_run
from .terminal import Row


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """One run and what was in it, as the rows of the SQL views."""

    run: Row
    rounds: list[Row]
    tool_calls: list[Row]
    files: list[Row]
    children: list[Row]


def recorded_run(store: Store, text: str) -> Recorded:
    """The run that *text* names by its id, or by a beginning or an end that no other run's id has."""
    parameters = {"run": find_run_id(store, text)}
    found = store.rows(query("run"), parameters)
    if not found:
        raise no_such_run(text)
    children = store.rows(query("run_children"), parameters)
    return Recorded(
        run=found[0] | _with_children(found[0], children),
        rounds=store.rows(query("run_rounds"), parameters),
        tool_calls=store.rows(query("run_tool_calls"), parameters),
        files=store.rows(query("run_files"), parameters),
        children=children,
    )


def _with_children(run: Row, children: list[Row]) -> Row:
    """How many runs were started inside *run*, and what it cost with them: ``None`` when none of them has a price."""
    costs = [row["cost_usd"] for row in (run, *children) if row["cost_usd"] is not None]
    return {"inclusive_cost_usd": sum(costs) if costs else None, "runs_inside": len(children)}


def recorded_messages(store: Store, run_id: str, *, round_number: int) -> list[Row]:
    """What the model saw and said in that round, in order."""
    return store.rows(query("round_messages"), {"run": run_id, "round": round_number})
