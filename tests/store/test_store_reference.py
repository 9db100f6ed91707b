"""docs/sql.md says what the views say of themselves, and its questions have answers."""

import re
from datetime import timedelta

import pytest

from invocation_otel.spans import attributes as names
from invocation_otel.store.client import Store
from landing_rows import RecordedRun, now
from sql_reference import BEGIN, DOCUMENT, END, rebuilt, reference, unit

TEXT = DOCUMENT.read_text()
QUESTIONS = re.findall(r"### \d+\. ([^\n]*\?)\n```sql\n(.*?)\n```", TEXT, re.DOTALL)


@pytest.fixture(scope="module")
def filled(store: Store) -> Store:
    """A week of a tenant in which something of everything happened."""
    for number in range(5):
        identity = {names.SESSION: "session-1", names.USER_ID: f"user-{number % 2}"}
        run = RecordedRun(tenant="acme", identity=identity, started_at=now() - timedelta(seconds=90 - number))
        inside = {names.PARENT_RUN_ID: run.run_id, names.ROOT_RUN_ID: run.run_id}
        child = RecordedRun(tenant="acme", identity=identity | inside)
        prompt = {names.SYSTEM_PROMPT_NAME: "support", names.SYSTEM_PROMPT_VERSION: str(number % 2)}
        said = {names.INPUT_MESSAGES: '[{"role":"user","parts":[]}]', names.FIRST_CHUNK_S: "0.25"}
        failed = {names.STATUS: "failed", names.ERROR_TYPE: "ValueError"} if number == 4 else {}
        store.insert(
            "otel_traces",
            [
                *(run.round(round_, said | prompt) for round_ in (1, 2)),
                run.tool_call(1),
                run.end(2, {names.FILES: '[{"name":"a.pdf"}]'} | failed),
                child.end(0),
            ],
        )
    add_up(store)
    return store


def add_up(store: Store) -> None:
    """Let the engine add up now what it adds up every minute."""
    views = "SELECT view FROM system.view_refreshes WHERE database = 'invocation' ORDER BY view"
    for row in store.rows(views):
        store.run(f"SYSTEM REFRESH VIEW {row['view']}")
        store.run(f"SYSTEM WAIT VIEW {row['view']}")


def test_the_reference_is_what_the_views_say_today(store: Store) -> None:
    """When this fails: `python tests/store/sql_reference.py`, and look at the difference."""
    assert rebuilt(TEXT, reference(store)) == TEXT


def test_the_reference_has_every_view_and_every_column(store: Store) -> None:
    part = TEXT.partition(BEGIN)[2].partition(END)[0]
    columns = store.rows(
        "SELECT table, name FROM system.columns WHERE database = 'invocation' AND table IN "
        "(SELECT name FROM system.tables WHERE database = 'invocation' AND engine = 'View' AND name LIKE 'v\\_%')"
    )
    assert len(columns) > 100
    for column in columns:
        section = part.partition(f"### {column['table']}\n")[2].partition("### ")[0]
        assert f"| `{column['name']}` |" in section


@pytest.mark.parametrize(
    ("column", "named"),
    [("latency_ms", "milliseconds"), ("cost_usd", "US dollars"), ("input_tokens", "tokens"), ("agent", "")],
)
def test_a_column_s_unit_is_in_its_name(column: str, named: str) -> None:
    assert unit(column) == named


def test_there_are_fifteen_questions() -> None:
    assert len(QUESTIONS) == 15
    assert len({question for question, _ in QUESTIONS}) == 15


@pytest.mark.parametrize(("question", "sql"), QUESTIONS, ids=[question for question, _ in QUESTIONS])
def test_a_question_s_sql_answers_it(filled: Store, question: str, sql: str) -> None:
    assert filled.rows(sql), question
