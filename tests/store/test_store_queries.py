"""The viewer's questions: right on a filled store, empty on what is not there, and safe with whatever is asked."""

import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from invocation_otel.spans import attributes as names
from invocation_otel.store.client import Store
from invocation_otel.store.queries import query
from invocation_otel.view.recorded import recorded_run
from landing_rows import RecordedRun, now, span_row
from own_process import in_process, outcome

NAMES = sorted(
    file.name.removesuffix(".sql") for file in (files("invocation_otel.store") / "queries").iterdir() if file.is_file()
)
NO_FILTER = dict.fromkeys(
    ("tenant", "agent", "provider", "model", "status", "trigger", "memory", "user", "session", "since", "until"), ""
)
HOSTILE = ["x' OR 1=1 --", "x\\", "x\\' OR 1=1 --", "{run:String}%s", "x\n\t\x00é😀", "y" * 10_000]
UNKNOWN_RUN = "run_019aa0000000700080000000000000ab"


def parameters_of(name: str) -> dict[str, str]:
    """The parameters of a query and their types."""
    return dict(re.findall(r"\{(\w+):([^}]+)\}", query(name)))


def harmless(name: str, tenant: str = "") -> dict[str, Any]:
    """Parameters with which the query answers all it can about *tenant*."""
    known = {**NO_FILTER, "tenant": tenant, "limit": 1000, "round": 1, "run": UNKNOWN_RUN, "words": "nothing"}
    return {parameter: known[parameter] for parameter in parameters_of(name)}


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["run_id"] for row in rows]


def listed(store: Store, tenant: str, **filters: Any) -> list[str]:
    return ids(store.rows(query("runs_list"), {**NO_FILTER, "limit": 100, "tenant": tenant, **filters}))


@pytest.mark.parametrize("name", NAMES)
def test_a_query_begins_with_the_question_it_answers(name: str) -> None:
    assert re.match(r"-- [^\n]*\?", query(name))
    assert ";" not in query(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_query_about_a_tenant_or_a_run_that_is_not_there_has_no_rows(store: Store, name: str) -> None:
    rows = store.rows(query(name), harmless(name, tenant="nobody"))
    if name == "runs_header":
        nothing = {
            "total_runs": 0,
            "runs_today": 0,
            "errors_24h": 0,
            "cost_today_usd": Decimal(0),
            "unpriced_rounds_today": 0,
        }
        assert rows == [nothing]
    else:
        assert rows == []


def test_every_query_runs_on_an_empty_database(tmp_path: Path) -> None:
    code = """
        import json
        with open_store(sys.argv[1]) as store:
            migrate(store)
            for sql, parameters in json.loads(sys.argv[2]):
                print(len(store.rows(sql, parameters)), end=" ")
        """
    questions = [(query(name), harmless(name)) for name in NAMES]
    told = outcome(in_process(code, tmp_path.as_uri(), json.dumps(questions)))
    assert dict(zip(NAMES, told.split(), strict=True)) == {
        name: "1" if name == "runs_header" else "0" for name in NAMES
    }


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_value_is_only_a_value(store: Store, company: list[RecordedRun], name: str, value: str) -> None:
    assert company, "there is something to find"
    # Of this tenant only: other tests share the store, and their texts hold such values too.
    for parameter in set(parameters_of(name)) - {"limit", "round", "since", "until"}:
        rows = store.rows(query(name), {**harmless(name, tenant="company"), parameter: value})
        if name == "runs_header":
            assert rows[0]["total_runs"] == 0
        else:
            assert rows == []


@pytest.mark.parametrize("value", ["' OR 1=1 --", "yesterday-ish", "2026-13-45"])
@pytest.mark.parametrize("parameter", ["since", "until"])
def test_a_time_that_is_none_is_refused(store: Store, parameter: str, value: str) -> None:
    with pytest.raises(Exception, match=r"^Code: \d+\. DB::Exception: Cannot (parse|read)"):
        listed(store, "prey", **{parameter: value})


@pytest.fixture(scope="module")
def company(store: Store) -> list[RecordedRun]:
    """Three runs that differ in everything a filter can ask for, oldest first."""
    started_at = now() - timedelta(minutes=10)
    kinds = [
        ("support", "openai", "gpt-5", "success", "user", "true", "ann", "s1"),
        ("night", "anthropic", "claude", "failed", "task", "false", "", ""),
    ]
    runs = []
    for number, (agent, provider, model, status, trigger, memory, user, session) in enumerate(kinds):
        identity = {
            names.AGENT: agent,
            names.TRIGGER: trigger,
            names.MEMORY_ENABLED: memory,
            names.USER_ID: user,
            names.SESSION: session,
        }
        run = RecordedRun(tenant="company", started_at=started_at + timedelta(seconds=number), identity=identity)
        store.insert(
            "otel_traces", [run.end(2, {names.STATUS: status, names.RUN_PROVIDER: provider, names.RUN_MODEL: model})]
        )
        runs.append(run)
    dead = RecordedRun(tenant="company", started_at=now() - timedelta(minutes=30))
    store.insert("otel_traces", [dead.announcement()])
    return [dead, *runs]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, [2, 1, 0]),
        ({"limit": 2}, [2, 1]),
        ({"agent": "night"}, [2]),
        ({"provider": "openai"}, [1]),
        ({"model": "claude"}, [2]),
        ({"status": "failed"}, [2]),
        ({"status": "lost"}, [0]),
        ({"status": "running"}, []),
        ({"trigger": "task"}, [2]),
        ({"memory": "true"}, [1]),
        ({"memory": "false"}, [2, 0]),
        ({"user": "ann"}, [1]),
        ({"session": "s1"}, [1]),
        ({"agent": "support", "user": "ann", "trigger": "user", "memory": "true", "status": "success"}, [1]),
        ({"agent": "support", "trigger": "task"}, []),
        ({"tenant": "company "}, []),
    ],
    ids=str,
)
def test_the_list_has_what_its_filters_let_through_newest_first(
    store: Store, company: list[RecordedRun], filters: dict[str, Any], found: list[int]
) -> None:
    assert listed(store, **{"tenant": "company", **filters}) == [company[number].run_id for number in found]


def test_the_list_begins_and_ends_when_told(store: Store, company: list[RecordedRun]) -> None:
    since, until = company[1].started_at, company[2].started_at
    assert listed(store, "company", since=since.isoformat()) == [company[2].run_id, company[1].run_id]
    assert listed(store, "company", until=until.isoformat()) == [company[1].run_id, company[0].run_id]
    assert listed(store, "company", since=since.isoformat(), until=until.isoformat()) == [company[1].run_id]


def test_the_list_s_columns_are_the_view_s(store: Store, company: list[RecordedRun]) -> None:
    rows = store.rows(query("runs_list"), {**NO_FILTER, "tenant": "company", "limit": 1})
    assert list(rows[0]) == [row["name"] for row in store.rows("DESCRIBE TABLE v_runs")]
    assert rows[0]["run_id"] == company[2].run_id


def test_the_header_counts_the_runs_of_today_and_of_the_last_day(store: Store) -> None:
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    today = [RecordedRun(tenant="header", started_at=now()) for _ in range(3)]
    yesterday = RecordedRun(tenant="header", started_at=midnight - timedelta(milliseconds=1))
    last_week = RecordedRun(tenant="header", started_at=now() - timedelta(days=7))
    unpriced = {names.STATUS: "timeout", names.RUN_COST: "", names.RUN_UNPRICED: "2"}
    store.insert(
        "otel_traces",
        [
            today[0].end(1, {names.RUN_COST: "0.000000001"}),
            today[1].end(1, {names.STATUS: "cancelled", names.RUN_COST: "2.5", names.RUN_UNPRICED: "1"}),
            today[2].end(1, unpriced),
            yesterday.end(1),
            last_week.end(1, {names.STATUS: "failed"}),
        ],
    )
    assert store.rows(query("runs_header"), {"tenant": "header"}) == [
        {
            "total_runs": 5,
            "runs_today": 3,
            "errors_24h": 1,
            "cost_today_usd": Decimal("2.500000001"),
            "unpriced_rounds_today": 3,
        }
    ]


def test_a_day_on_which_nothing_had_a_price_has_no_cost(store: Store) -> None:
    run = RecordedRun(tenant="header-unpriced", started_at=now())
    store.insert("otel_traces", [run.end(1, {names.RUN_COST: "", names.RUN_UNPRICED: "1"})])
    [header] = store.rows(query("runs_header"), {"tenant": "header-unpriced"})
    assert (header["runs_today"], header["cost_today_usd"], header["unpriced_rounds_today"]) == (1, None, 1)


@pytest.fixture(scope="module")
def family(store: Store) -> dict[str, RecordedRun]:
    """A run that started two runs, one of which started two more; the last has no price; a stranger beside them."""
    started_at = now() - timedelta(minutes=1)
    runs: dict[str, RecordedRun] = {}
    for number, (name, parent) in enumerate(
        [("top", ""), ("left", "top"), ("right", "top"), ("deep", "left"), ("free", "left"), ("stranger", "")]
    ):
        identity = {names.PARENT_RUN_ID: runs[parent].run_id, names.ROOT_RUN_ID: runs["top"].run_id} if parent else {}
        # A child's machine may be behind.
        skewed = started_at - timedelta(milliseconds=number)
        runs[name] = RecordedRun(tenant="family", started_at=skewed, identity=identity)
    costs = {"top": "1", "left": "0.1", "right": "0.01", "deep": "0.000000001", "free": "", "stranger": "50"}
    store.insert("otel_traces", [run.end(1, {names.RUN_COST: costs[name]}) for name, run in runs.items()])
    return runs


@pytest.mark.parametrize(
    ("name", "dollars", "inside"),
    [
        ("top", ("1", "1.110000001"), 4),
        ("left", ("0.1", "0.100000001"), 2),
        ("right", ("0.01", "0.01"), 0),
        ("free", (None, None), 0),
        ("stranger", ("50", "50"), 0),
    ],
)
def test_a_run_costs_itself_and_all_the_runs_inside_it(
    store: Store, family: dict[str, RecordedRun], name: str, dollars: tuple[str | None, str | None], inside: int
) -> None:
    row = recorded_run(store, family[name].run_id).run
    own, inclusive = [None if amount is None else Decimal(amount) for amount in dollars]
    shown = {key: row[key] for key in ("run_id", "cost_usd", "inclusive_cost_usd", "runs_inside")}
    expected = {"run_id": family[name].run_id, "cost_usd": own, "inclusive_cost_usd": inclusive, "runs_inside": inside}
    assert shown == expected


def test_the_runs_inside_a_run_are_listed_as_a_tree(store: Store, family: dict[str, RecordedRun]) -> None:
    rows = store.rows(query("run_children"), {"run": family["top"].run_id})
    called = {run.run_id: name for name, run in family.items()}
    shown = {called[row["run_id"]]: (row["depth"], row["cost_usd"], row["inclusive_cost_usd"]) for row in rows}
    assert shown == {
        "left": (1, Decimal("0.1"), Decimal("0.100000001")),
        "right": (1, Decimal("0.01"), Decimal("0.01")),
        "deep": (2, Decimal("0.000000001"), Decimal("0.000000001")),
        "free": (2, None, None),
    }
    order = [called[row["run_id"]] for row in rows]
    assert {order.index("deep"), order.index("free")} == {order.index("left") + 1, order.index("left") + 2}


def test_runs_that_name_each_other_as_parents_do_not_go_round_for_ever(store: Store) -> None:
    started_at = now()
    first_id = RecordedRun(tenant="circle", started_at=started_at).run_id
    second = RecordedRun(
        tenant="circle", started_at=started_at, identity={names.PARENT_RUN_ID: first_id, names.ROOT_RUN_ID: first_id}
    )
    identity = {names.PARENT_RUN_ID: second.run_id, names.ROOT_RUN_ID: first_id}
    first = RecordedRun(tenant="circle", started_at=started_at, identity=identity, run_id=first_id)
    store.insert("otel_traces", [first.end(0), second.end(0)])
    assert ids(store.rows(query("run_children"), {"run": first_id})) == [second.run_id]


@pytest.fixture(scope="module")
def talk(store: Store) -> RecordedRun:
    """A run of two rounds with a tool call between them, and a file."""
    run = RecordedRun(tenant="talk")
    asked = {
        "role": "user",
        "parts": [{"type": "text", "content": "Where is order 7?"}, {"type": "text", "content": "Quick!"}],
    }
    call = {
        "role": "assistant",
        "parts": [{"type": "tool_call", "id": "c1", "name": "lookup", "arguments": {"order": 7}}],
    }
    answer = {"role": "assistant", "parts": [{"type": "text", "content": "On its way."}]}
    system = {names.SYSTEM_INSTRUCTIONS: json.dumps([{"type": "text", "content": "Be kind."}])}
    first = {names.INPUT_MESSAGES: json.dumps([asked]), names.OUTPUT_MESSAGES: json.dumps([call]), **system}
    second = {names.INPUT_MESSAGES: json.dumps([asked, call]), names.OUTPUT_MESSAGES: json.dumps([answer]), **system}
    store.insert(
        "otel_traces",
        [
            run.round(2, {**second, names.PROMPT_VARIABLES: "{}"}, duration_ms=900),
            run.round(1, first, duration_ms=300),
            run.tool_call(1, {names.TOOL_RESULT: '"sent"'}),
            run.tool_call(2),
            run.end(2, {names.FILES: '[{"name": "b"}, {"name": "a"}]'}),
        ],
    )
    return run


def test_the_rounds_tool_calls_and_files_of_a_run_come_in_order(store: Store, talk: RecordedRun) -> None:
    told = {
        name: store.rows(query(name), {"run": talk.run_id}) for name in ("run_rounds", "run_tool_calls", "run_files")
    }
    assert [row["round"] for row in told["run_rounds"]] == [1, 2]
    assert [(row["round"], row["result"]) for row in told["run_tool_calls"]] == [(1, '"sent"'), (2, "")]
    assert [row["name"] for row in told["run_files"]] == ["b", "a"]


def test_the_messages_of_one_round_are_those_of_that_round(store: Store, talk: RecordedRun) -> None:
    rows = store.rows(query("round_messages"), {"run": talk.run_id, "round": 2})
    assert [row["part"] for row in rows] == ["system", "input", "input", "output", "variables"]
    assert {row["round"] for row in rows} == {2}
    assert store.rows(query("round_messages"), {"run": talk.run_id, "round": 3}) == []


def test_a_round_asked_for_by_itself_says_what_the_view_says(store: Store, talk: RecordedRun) -> None:
    sql = "SELECT * FROM v_messages WHERE run_id = {run:String} AND round = {round:UInt32} ORDER BY position"
    for number in (1, 2):
        asked = {"run": talk.run_id, "round": number}
        assert store.rows(query("round_messages"), asked) == store.rows(sql, asked)


def test_a_round_s_contents_are_read_by_their_whole_key(store: Store, talk: RecordedRun) -> None:
    sql = f"EXPLAIN indexes = 1 {query('round_messages')}"
    steps = "\n".join(row["explain"].strip("│ ") for row in store.rows(sql, {"run": talk.run_id, "round": 2}))
    reading = steps.split("ReadFromMergeTree (invocation.contents)")[1]
    assert "PrimaryKey\nKeys:\ntenant\nday\nscope\nhash\n" in reading


def test_what_the_model_saw_is_told_as_plain_text(store: Store, talk: RecordedRun) -> None:
    rows = store.rows(query("what_the_model_saw"), {"run": talk.run_id})
    assert rows == [
        {"round": 2, "position": 1, "part": "system", "role": "", "text": "Be kind."},
        {"round": 2, "position": 2, "part": "input", "role": "user", "text": "Where is order 7?\nQuick!"},
        {
            "round": 2,
            "position": 3,
            "part": "input",
            "role": "assistant",
            "text": '{"type":"tool_call","id":"c1","name":"lookup","arguments":{"order":7}}',
        },
        {"round": 2, "position": 4, "part": "output", "role": "assistant", "text": "On its way."},
    ]


def test_the_slowest_rounds_come_first(store: Store, talk: RecordedRun) -> None:
    rows = store.rows(query("slowest_rounds"), {"tenant": talk.tenant, "limit": 1})
    assert rows == [
        {
            "run_id": talk.run_id,
            "round": 2,
            "agent": "support",
            "provider": "openai",
            "model": "gpt-5-2026",
            "latency_ms": 900,
            "time_to_first_token_ms": None,
            "input_tokens": 100,
            "output_tokens": 10,
            "status": "success",
        }
    ]


def test_the_agents_are_told_by_what_they_spent_and_the_unpriced_come_last(store: Store) -> None:
    costs = {"cheap": "0.000000001", "dear": "3", "free": ""}
    runs = [RecordedRun(tenant="agents", identity={names.AGENT: agent}) for agent in costs]
    store.insert("otel_traces", [run.round(1, {names.COST_TOTAL: costs[run.identity[names.AGENT]]}) for run in runs])
    rows = store.rows(query("spend_per_agent"), {"tenant": "agents"})
    counted = {"rounds": 1, "input_tokens": 100, "output_tokens": 10}
    assert rows == [
        {"agent": "dear", **counted, "cost_usd": Decimal(3), "unpriced_rounds": 0},
        {"agent": "cheap", **counted, "cost_usd": Decimal("0.000000001"), "unpriced_rounds": 0},
        {"agent": "free", **counted, "cost_usd": None, "unpriced_rounds": 1},
    ]


def test_a_question_that_is_not_there_is_a_mistake_of_ours() -> None:
    with pytest.raises(FileNotFoundError):
        query("nonsense")


def test_a_foreign_span_does_not_disturb_a_question(store: Store) -> None:
    store.insert("otel_traces", [span_row({names.OPERATION: names.CHAT, names.TENANT: "strangers"}, at=now())])
    for name in NAMES:
        store.rows(query(name), harmless(name, tenant="strangers"))
