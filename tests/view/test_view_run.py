"""One run on the real store, recorded by the library itself."""

import json
import re
from decimal import Decimal

import pytest
from view_rows import keep, landed, printed, terminal
from view_story import nothing_done, shown, support

import invocation_otel
from conftest import Recording
from invocation_otel import Run
from invocation_otel.errors import SettingsError
from invocation_otel.store.client import Store
from invocation_otel.store.landing import LANDING_TABLE
from invocation_otel.view.exact_json import to_json
from invocation_otel.view.filters import Filters
from invocation_otel.view.run import print_run
from invocation_otel.view.runs import print_runs

HOSTILE = "\x1b[31m[bold]x[/bold]\x07\u202e\n"


@pytest.fixture
def run(store: Store, recording: Recording) -> Run:
    """One run with everything in it, recorded and kept."""
    recorded = support(tenant="view-run")
    keep(store, recording.spans)
    return recorded


def test_a_run_is_found_by_any_part_that_only_its_id_has(store: Store, run: Run) -> None:
    digits = run.id.removeprefix("run_")
    hyphened = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
    ways = (
        run.id,
        digits,
        hyphened,
        run.id.upper(),
        f"run_…{digits[-8:]}",
        f"...{digits[-8:]}",
        digits[-12:],
        run.id[:24],
    )
    assert {shown(store, way).splitlines()[0] for way in ways} == {f"{run.id}   ● Success"}


@pytest.mark.parametrize(
    "text", ["run_x", "run_" + "0" * 32, "f" * 31, "", "run_", "…", "%", "run_019' OR 1=1 --", "\x1b"]
)
@pytest.mark.usefixtures("run")
def test_an_unknown_run_is_named_with_the_next_step(store: Store, text: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        shown(store, text)
    assert str(refusal.value) == f"No run {text!r} here. List them with `invocation-otel runs`."


def test_an_end_that_several_ids_have_lists_them(store: Store, recording: Recording) -> None:
    for _ in range(12):
        nothing_done("twin\n", tenant="view-twins")
    keep(store, recording.spans)
    with pytest.raises(SettingsError) as refusal:
        shown(store, "run_0")
    first, *candidates, last = str(refusal.value).splitlines()
    assert first == "'run_0' could be any of these runs; give more of the id's digits:"
    assert [bool(re.fullmatch(r"  run_[0-9a-f]{32}  .+, \w+", line)) for line in candidates] == [True] * 10
    assert candidates[0].endswith(r"  twin\n, success")
    assert last == "  … and more"


def test_a_round_that_is_not_there_is_refused_with_those_that_are(store: Store, run: Run) -> None:
    with pytest.raises(SettingsError) as refusal:
        shown(store, run.id, round_number=3)
    assert str(refusal.value) == f"Run {run.id} has no round 3: its rounds are 1, 2."


def test_a_run_without_rounds_says_so(store: Store, recording: Recording) -> None:
    idle = nothing_done("idle", tenant="view-idle")
    keep(store, recording.announced)
    with pytest.raises(SettingsError) as refusal:
        shown(store, idle.id, round_number=1)
    assert str(refusal.value) == f"Run {idle.id} has no round 1: no round of it is recorded."
    assert shown(store, idle.id).splitlines()[0] == f"{idle.id}   ● Running"


def test_a_run_as_json_is_one_object_of_rows(store: Store, run: Run) -> None:
    printed_json = shown(store, run.id, as_json=True, round_number=1)
    told = json.loads(printed_json, parse_float=Decimal)
    assert list(told) == ["run", "rounds", "tool_calls", "files", "children", "messages"]
    for view, order in (
        ("rounds", "round"),
        ("tool_calls", "started_at"),
        ("files", "position"),
        ("messages", "position"),
    ):
        where = f"run_id = {{run:String}} {'AND round = 1' if view == 'messages' else ''} ORDER BY {order}"
        rows = store.rows(f"SELECT * FROM v_{view} WHERE {where}", {"run": run.id})
        assert told[view] == json.loads(to_json(rows), parse_float=Decimal)
        assert list(told[view][0]) == list(rows[0])
    said = [(message["part"], message["role"]) for message in told["messages"]]
    memory = [("memory", "user"), ("memory", "assistant")]
    assert said == [("system", ""), *memory, ("input", "user"), ("output", "assistant"), ("variables", "")]
    assert sum(round_["cost_usd"] for round_ in told["rounds"]) == told["run"]["cost_usd"] == Decimal(str(run.cost_usd))
    assert "messages" not in json.loads(shown(store, run.id, as_json=True))


def test_a_round_shows_what_the_model_saw_and_said(store: Store, run: Run) -> None:
    lines = re.sub(r"\d+ms\n", "0ms\n", shown(store, run.id, round_number=2))
    sha256 = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    assert lines[lines.index("System prompt") : lines.index("\n\n── Prompt")].split("\n\n") == [
        "System prompt\n│ Help customers of Süd.",
        f"Files\na.pdf  application/pdf  1 byte  from bytes  not mirrored  sha256 {sha256}",
        "From memory  2 messages",
        "User\n┊ Hello",
        "Assistant\n┊ Good morning",
        "This turn",
        "User\n│ Where is order 7?",
        'Tool call  lookup  ● Success  0ms\nArguments\n│ {\n│   "order": 7\n│ }\nResult\n│ {\n│   "state": "sent"\n│ }',
        "LLM response  stop\n│ It is on its way.",
    ]
    assert "System prompt  support-system v3\n" in lines
    assert '│   "system_variables": {\n│     "shop": "Süd"\n│   }\n' in lines


def test_a_round_that_two_processes_made_is_shown_twice_each_with_its_own_messages(
    store: Store, recording: Recording
) -> None:
    run = support(tenant="view-twice", question="from the first")
    rows = landed(recording.spans)
    [first] = [
        row for row in rows if row["SpanAttributes"].get("invocation.round.index") == "2" and "chat" in row["SpanName"]
    ]
    told = {name: text.replace("the first", "the second") for name, text in first["SpanAttributes"].items()}
    store.insert(LANDING_TABLE, [*rows, first | {"SpanId": "f" * 16, "SpanAttributes": told}])
    text = shown(store, run.id, round_number=2)
    assert re.findall(r"│ from the (\w+)", text) == ["first", "second"]
    assert text.count("── Cost breakdown") == 2


def test_nested_runs_are_shown_with_what_they_cost(store: Store, recording: Recording) -> None:
    with invocation_otel.invocation("outer", tenant="view-nested") as outer:
        inner = support(tenant="view-nested")
    keep(store, recording.spans)
    lines = shown(store, outer.id)
    assert f"With nested runs  ${inner.cost_usd} (1 inside)" in lines
    assert re.search(rf"^Nested runs\nRun .*\n{inner.id}  support  openai / gpt-4o-mini  2k / 34 ", lines, re.MULTILINE)
    assert f"\nInside run        {outer.id}\n" in shown(store, inner.id)


def test_hostile_text_is_text_in_every_view(store: Store, recording: Recording) -> None:
    run = support(tenant="view-hostile", question=HOSTILE, user_id=HOSTILE, session_id=HOSTILE, external_id=HOSTILE)
    with (
        invocation_otel.invocation(HOSTILE, tenant="view-hostile", user_id=HOSTILE) as named,
        named.tool(HOSTILE, arguments=HOSTILE, call_id=HOSTILE) as tool,
    ):
        tool.result(HOSTILE)
    keep(store, recording.spans)
    console = terminal(100)
    print_runs(store, console=console, filters=Filters(tenant="view-hostile"))
    print_run(store, named.id, console=console)
    for number in (1, 2):
        print_run(store, run.id, console=console, round_number=number)
    print_runs(store, console=console, filters=Filters(tenant="view-hostile"), as_json=True)
    text = printed(console)
    assert re.findall(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text) == []
    assert r"\x1b[31m[bold]x[/bold]\x07\u202e" in text
