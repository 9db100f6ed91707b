"""One run in detail, or one of its rounds."""

from collections.abc import Iterable, Iterator
from itertools import chain

from rich.console import Console, RenderableType
from rich.text import Text

from invocation_otel.errors import SettingsError
from invocation_otel.store.client import Store

from .exact_json import to_json
from .recorded import Recorded, recorded_messages, recorded_run
from .round import round_views
from .run_tables import children_table, files_list, rounds_table, tool_calls_table
from .summary import summary
from .terminal import Page, Row, show, show_lines


def print_run(
    store: Store,
    run_id: str,
    *,
    console: Console,
    round_number: int | None = None,
    as_json: bool = False,
    full: bool = False,
) -> None:
    """Print the run that *run_id* names, or one of its rounds; *as_json* as one object.

    *run_id* is an id, or a beginning or an end that no other run's id has. In a terminal, long texts are cut unless
    *full*.
    """
    recorded = recorded_run(store, run_id)
    page = Page.on(console, full=full)
    if round_number is None:
        _show(console, vars(recorded), run_view(recorded, page=page), as_json=as_json)
        return
    rounds = _chosen(recorded, round_number)
    messages = recorded_messages(store, recorded.run["run_id"], round_number=round_number)
    views = chain.from_iterable(
        round_views(recorded, round_, [row for row in messages if row["span_id"] == round_["span_id"]], page=page)
        for round_ in rounds
    )
    _show(console, vars(recorded) | {"messages": messages}, views, as_json=as_json)


def _show(console: Console, facts: Row, views: Iterable[RenderableType], *, as_json: bool) -> None:
    if as_json:
        show_lines(console, [to_json(facts)])
    else:
        show(console, *views)


def _chosen(recorded: Recorded, number: int) -> list[Row]:
    """The round of that number: one row, more if two processes continued the same run."""
    chosen = [round_ for round_ in recorded.rounds if round_["round"] == number]
    if not chosen:
        there = ", ".join(str(round_["round"]) for round_ in recorded.rounds)
        expected = f"its rounds are {there}" if there else "no round of it is recorded"
        raise SettingsError(f"Run {recorded.run['run_id']} has no round {number}: {expected}.")
    return chosen


def run_view(recorded: Recorded, *, page: Page) -> Iterator[RenderableType]:
    """Everything about a run but what was said in its rounds."""
    yield from summary(recorded.run, page=page)
    yield from rounds_table(recorded.rounds, page=page)
    yield from tool_calls_table(recorded.tool_calls, page=page)
    yield from files_list(recorded.files, page=page)
    yield from children_table(recorded.children, page=page)
    if recorded.rounds:
        number = recorded.rounds[-1]["round"]
        hint = f"invocation-otel show {recorded.run['run_id'][-8:]} --round {number}"
        yield Text.assemble("\n", (hint, "bold"), "  shows what the model saw and said in that round", style="dim")
