"""One run and one of its rounds in detail, from rows as the SQL views give them."""

from collections.abc import Iterator
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console
from view_rows import (
    RUN_ID,
    Row,
    central_europe,
    content_row,
    file_row,
    message_row,
    page,
    piped,
    printed,
    round_row,
    run_row,
    said,
    terminal,
    tool_call_row,
)

from invocation_otel.view.figures import NOTHING
from invocation_otel.view.recorded import Recorded
from invocation_otel.view.round import round_views
from invocation_otel.view.run import run_view
from invocation_otel.view.terminal import Page, show

CALLS = {
    "lookup": {"type": "tool_call", "id": "call_1", "name": "get_patient", "arguments": {"lead_id": "PN-2"}},
    "save": {"type": "tool_call", "id": "call_2", "name": "save_record", "arguments": {"lead_id": "PN-2", "ok": True}},
}
CONTENTS = [
    content_row("system", [said("You are a clinical assistant.\nNever guess.")]),
    content_row("tools", [{"type": "function", "function": {"name": "get_patient"}}, {"name": "save_record"}]),
    message_row("memory", "user", said("What is this patient's name?")),
    message_row("memory", "assistant", said("The patient's name is Ranveer Singh.")),
    message_row("input", "user", said("Is the screening overdue?\n\nToday is 2026-05-11.")),
    message_row("input", "assistant", said("I look it up."), CALLS["lookup"]),
    message_row(
        "input", "tool", {"type": "tool_call_response", "id": "call_1", "response": '{"name":"Patient 2","kg":71.50}'}
    ),
    message_row(
        "output", "assistant", {"type": "reasoning", "content": "April is over."}, said("It is."), CALLS["save"]
    ),
    content_row("variables", {"variables": {"lead_id": "PN-2"}, "system_variables": {"clinic": "Süd"}}),
]
SAVE = tool_call_row(
    round=2,
    tool="save_record",
    tool_call_id="call_2",
    status="failed",
    error_type="ValueError",
    error_message="no such patient",
    result="",
)
FILE_BEHIND_URL = {"name": "a.pdf", "media_type": "application/pdf", "bytes": None, "sha256": "", "source": "url"}
RECORDED = Recorded(
    run=run_row(
        status="failed",
        error_type="ValueError",
        error_message="no such patient",
        runs_inside=1,
        celery_task_id="7",
        celery_task_name="clinic.ask",
        celery_retries=1,
    ),
    rounds=[round_row(round=1, stop_reason="tool_use", span_id="a"), round_row(memory_dropped=4)],
    tool_calls=[tool_call_row(), SAVE],
    files=[file_row(), file_row(**FILE_BEHIND_URL, uri="https://example.org/a.pdf", mirrored=False)],
    children=[run_row(run_id=RUN_ID[:-2] + "ff", depth=1, agent="fact-check", status="success")],
)


@pytest.fixture(autouse=True)
def _zone() -> Iterator[None]:
    with central_europe():
        yield


def shown_run(console: Console, recorded: Recorded = RECORDED, *, full: bool = False) -> str:
    show(console, *run_view(recorded, page=Page.on(console, full=full)))
    return printed(console)


def shown_round(
    contents: list[Row],
    *,
    console: Console | None = None,
    tool_calls: list[Row] | None = None,
    full: bool = False,
    **changes: Any,
) -> str:
    console = console or terminal(100)
    recorded = Recorded(run=run_row(), rounds=[round_row()], tool_calls=tool_calls or [], files=[], children=[])
    show(console, *round_views(recorded, round_row(**changes), contents, page=Page.on(console, full=full)))
    return printed(console)


@pytest.mark.parametrize(("name", "width"), [("run-100", 100), ("run-60", 60)])
def test_a_run_fits_its_terminal(name: str, width: int) -> None:
    assert shown_run(terminal(width)) == page(name)


def test_a_run_in_a_pipe_is_whole() -> None:
    assert shown_run(piped()) == page("run-piped")


@pytest.mark.parametrize(("name", "width"), [("round-100", 100), ("round-60", 60)])
def test_a_round_has_four_views(name: str, width: int) -> None:
    console = terminal(width)
    show(console, *round_views(RECORDED, RECORDED.rounds[1], CONTENTS, page=Page.on(console)))
    assert printed(console) == page(name)


def test_a_round_in_a_pipe_has_what_a_terminal_would_put_side_by_side_below_each_other() -> None:
    console = piped()
    show(console, *round_views(RECORDED, RECORDED.rounds[1], CONTENTS, page=Page.on(console)))
    assert printed(console) == page("round-piped")


@pytest.mark.parametrize("width", range(20, 180, 20))
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    hostile = "\x1b[2J[bold]" + "東京" * 300 + "\n" + "x" * 1000
    contents = [*CONTENTS, message_row("input", hostile, said(hostile)), content_row("tools", [{"name": hostile}])]
    calls = [tool_call_row(tool=hostile, arguments=hostile, result=hostile, round=2, tool_call_id="")]
    console = terminal(width)
    shown_run(console, Recorded(**{**vars(RECORDED), "tool_calls": calls}))
    shown_round(contents, console=console, tool_calls=calls, model=hostile, error_type=hostile, error_message=hostile)
    assert max(map(cell_len, printed(console).splitlines())) <= width
    assert "\x1b" not in printed(console)


def test_the_error_of_a_failed_round_comes_first() -> None:
    shown = shown_round(CONTENTS[:1], status="timeout", error_type="openai.APITimeoutError", error_message="too\nslow")
    lines = shown.splitlines()
    assert lines[0].endswith("● Timeout")
    assert lines[3:9] == ["", "Error  openai.APITimeoutError", "│ too", "│ slow", "", "System prompt"]
    assert "LLM response  none was recorded" in lines


def test_long_texts_are_cut_unless_all_is_wanted() -> None:
    contents = [message_row("input", "user", said("\n".join(f"line {number}" for number in range(100))))]
    assert "│ line 99\n" not in shown_round(contents)
    assert "--full shows them" in shown_round(contents)
    assert "│ line 99\n" in shown_round(contents, full=True)
    assert "--full" not in shown_round(contents, full=True)


def test_an_execution_without_an_id_is_that_of_the_call_of_its_tool() -> None:
    answer = message_row("output", "assistant", CALLS["lookup"])
    shown = shown_round([answer], tool_calls=[tool_call_row(round=2, tool_call_id="")], console=piped())
    assert shown.count("Tool call  get_patient") == 1
    assert '"kg": 71.50' not in shown
    assert '│   "weight": 71.50' in shown


def test_a_tool_call_that_was_not_executed_says_that_its_result_is_not_recorded() -> None:
    shown = shown_round([message_row("output", "assistant", CALLS["lookup"])], console=piped())
    assert 'Tool call  get_patient\nArguments\n│ {\n│   "lead_id": "PN-2"\n│ }\nResult\n│ not recorded\n' in shown


def test_an_execution_that_no_message_tells_of_is_shown_as_well() -> None:
    executions = [tool_call_row(round=2), tool_call_row(round=2, tool="other", tool_call_id="call_9")]
    shown = shown_round([message_row("output", "assistant", CALLS["lookup"])], tool_calls=executions, console=piped())
    assert [line.split("  ")[1] for line in shown.splitlines() if line.startswith("Tool call")] == [
        "get_patient",
        "other",
    ]


def test_a_result_whose_call_is_not_among_the_messages_is_shown_by_itself() -> None:
    alone = message_row("input", "tool", {"type": "tool_call_response", "id": "call_0", "response": "lost and found"})
    assert "\nTool\n│ (tool_call_response)\n│ lost and found\n" in shown_round([alone])


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (None, "(no longer kept)"),
        ('{"cut off', '{"cut off'),
        ('"just a text"', "just a text"),
        ('{"role":"user"}', '{\n│   "role": "user"\n│ }'),
        ('{"parts":[{"type":"image","uri":"x"}]}', '(image)\n│ {\n│   "type": "image",\n│   "uri": "x"\n│ }'),
        ('{"parts":["text alone", 7]}', "text alone\n\nUser\n│ 7"),
        ('{"parts":[{"type":"text","content":null}]}', ""),
        ('{"parts":[{"type":"text","content":[1]}]}', "[\n│   1\n│ ]"),
        ("[" * 5000, "[" * 98),
    ],
)
def test_a_message_in_another_form_is_shown_as_it_is(body: str | None, shown: str) -> None:
    lines = shown_round([content_row("input", body, role="user")])
    assert f"\nUser\n│ {shown}".rstrip() + "\n" in lines


def test_a_system_prompt_that_is_no_longer_kept_is_told_as_such() -> None:
    assert "\nSystem prompt\n│ (no longer kept)\n" in shown_round([content_row("system", None)])
    assert "filled\n│ (no longer kept)\n" in shown_round([content_row("variables", None)])


def test_tokens_that_contradict_each_other_are_shown_and_told_as_such() -> None:
    shown = shown_round([], usage_valid=False, cost_usd=None, cost_source="unpriced", cache_read_tokens=999)
    assert "not cached" not in shown
    assert "unpriced: the token counts contradict each other" in shown
    assert [line.split() for line in shown.splitlines() if line.startswith("Total")] == [["Total", "320", "unpriced"]]


def test_a_round_that_failed_before_it_used_a_token_has_no_cost_to_be_known() -> None:
    shown = shown_round([], cost_usd=None, cost_source="unpriced", input_tokens=0, output_tokens=0)
    assert [line.split() for line in shown.splitlines() if line.startswith("Total")] == [["Total", "0", NOTHING]]
