"""A tenant's rows live as long as was agreed with it, and its user's statements are ones that ClickHouse can read."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from invocation_otel.errors import StoreError, UsageError
from invocation_otel.spans import attributes as names
from invocation_otel.store.client import Store
from invocation_otel.store.tenants import (
    Tenant,
    access_statements,
    add_tenant,
    generated_password,
    list_tenants,
    removal_statements,
    remove_tenant,
    set_retention,
)
from landing_rows import RecordedRun, now

AGED = ("runs", "rounds", "tool_calls", "files", "contents")


@pytest.fixture
def no_tenants(store: Store) -> Iterator[Store]:
    """The store, which afterwards keeps everybody's rows as long as before."""
    yield store
    store.run("TRUNCATE TABLE tenant_retention")


def everything_of(tenant: str, *, started_days_ago: int = 0) -> RecordedRun:
    return RecordedRun(tenant=tenant, started_at=now() - timedelta(days=started_days_ago, seconds=60))


def insert(store: Store, run: RecordedRun) -> None:
    said = {names.INPUT_MESSAGES: '["hello"]'}
    told = {names.TOOL_ARGUMENTS: "{}", names.TOOL_RESULT: '"found"'}
    store.insert(
        "otel_traces",
        [run.round(1, said), run.tool_call(1, told), run.end(1, {names.FILES: '[{"name":"a"}]'})],
    )


def retentions(store: Store, tenant: str) -> dict[str, int]:
    """The days for which the rows of *tenant* are kept, by table."""
    return {
        table: store.rows(
            f"SELECT DISTINCT retention_days AS days FROM {table} WHERE tenant = {{t:String}}", {"t": tenant}
        )[0]["days"]
        for table in (*AGED, "facets")
    }


def test_rows_are_kept_for_a_year_and_contents_for_three_months_unless_said_otherwise(store: Store) -> None:
    insert(store, everything_of("unsaid"))
    assert retentions(store, "unsaid") == dict.fromkeys((*AGED, "facets"), 365) | {"contents": 90}


def test_the_rows_of_a_tenant_say_its_retention_from_then_on(no_tenants: Store) -> None:
    insert(no_tenants, everything_of("agreed"))
    set_retention(no_tenants, "agreed", retention_days=30, content_retention_days=7)
    insert(no_tenants, everything_of("agreed-not"))
    later = everything_of("agreed")
    insert(no_tenants, later)
    rows = no_tenants.rows(
        "SELECT retention_days, count() AS n FROM runs WHERE tenant = 'agreed' GROUP BY ALL ORDER BY ALL"
    )
    assert rows == [{"retention_days": 30, "n": 1}, {"retention_days": 365, "n": 1}]
    rows = no_tenants.rows(
        "SELECT retention_days, content_retention_days FROM tool_calls FINAL WHERE run_id = {run:UUID}",
        {"run": later.run_id.removeprefix("run_")},
    )
    assert rows == [{"retention_days": 30, "content_retention_days": 7}]
    assert retentions(no_tenants, "agreed-not")["contents"] == 90


def test_the_last_word_on_a_retention_counts(no_tenants: Store) -> None:
    for days in (30, 400):
        set_retention(no_tenants, "changed", retention_days=days, content_retention_days=7)
    insert(no_tenants, everything_of("changed"))
    assert retentions(no_tenants, "changed") == dict.fromkeys((*AGED, "facets"), 400) | {"contents": 7}
    assert list_tenants(no_tenants) == [
        Tenant(name="changed", user="invocation_tenant_changed", retention_days=400, content_retention_days=7)
    ]


def test_an_insert_from_another_database_finds_the_retention_too(no_tenants: Store) -> None:
    set_retention(no_tenants, "elsewhere", retention_days=30, content_retention_days=7)
    run = everything_of("elsewhere")
    no_tenants.run("CREATE DATABASE elsewhere ENGINE = Atomic")
    no_tenants.run("USE elsewhere")
    try:
        no_tenants.run(
            "INSERT INTO invocation.otel_traces (Timestamp, SpanAttributes) "
            "SELECT now64(9), JSONExtract({told:String}, 'Map(String, String)')",
            {"told": json.dumps(run.end(1)["SpanAttributes"])},
        )
    finally:
        no_tenants.run("USE invocation")
        no_tenants.run("DROP DATABASE elsewhere")
    assert no_tenants.rows("SELECT retention_days FROM runs WHERE tenant = 'elsewhere'") == [{"retention_days": 30}]


def test_rows_that_outlived_their_retention_vanish_and_the_others_stay(no_tenants: Store) -> None:
    """Sixty days pass: the tenant with thirty loses everything, the one with a year only what was said."""
    set_retention(no_tenants, "thirty", retention_days=30, content_retention_days=7)
    set_retention(no_tenants, "year", retention_days=365, content_retention_days=7)
    set_retention(no_tenants, "keeps", retention_days=365, content_retention_days=365)
    tenants = ("thirty", "year", "keeps")
    for tenant in tenants:
        insert(no_tenants, everything_of(tenant, started_days_ago=60))
    for table in AGED:
        let_days_pass(no_tenants, table, tenants, days=60)

    assert {tenant: left(no_tenants, tenant) for tenant in tenants} == {
        "thirty": dict.fromkeys(AGED, 0),
        "year": dict.fromkeys(AGED, 1) | {"contents": 0},
        "keeps": dict.fromkeys(AGED, 1),
    }
    spoken = "SELECT tenant, arguments, result FROM v_tool_calls WHERE tenant IN ('year', 'keeps') ORDER BY tenant"
    assert no_tenants.rows(spoken) == [
        {"tenant": "keeps", "arguments": "{}", "result": '"found"'},
        {"tenant": "year", "arguments": "", "result": ""},
    ]


@pytest.mark.parametrize(
    ("table", "when"), [("usage_daily_user", "day"), ("usage_hourly", "hour"), ("runs_daily", "day")]
)
def test_what_is_added_up_lives_as_long_as_what_it_adds_up(no_tenants: Store, table: str, when: str) -> None:
    """Of tenants without a round: whose news are added up every minute, in the middle of this too."""
    set_retention(no_tenants, "sums-thirty", retention_days=30, content_retention_days=7)
    sql = (
        f"INSERT INTO {table} (tenant, {when}, computed_at) "
        "SELECT arrayJoin(['sums-thirty', 'sums-year']), today() - {days:UInt32}, now() - toIntervalDay({days:UInt32})"
    )
    for days in (0, 60):
        no_tenants.run(sql, {"days": days})
    no_tenants.run(f"OPTIMIZE TABLE {table} FINAL")
    theirs = "tenant IN ('sums-thirty', 'sums-year')"
    left = f"SELECT tenant, toUInt32(today() - toDate({when})) AS days FROM {table} WHERE {theirs}"
    found = no_tenants.rows(f"{left} ORDER BY tenant, days")
    no_tenants.run(f"ALTER TABLE {table} DELETE WHERE {theirs} SETTINGS mutations_sync = 1")
    assert [tuple(row.values()) for row in found] == [("sums-thirty", 0), ("sums-year", 0), ("sums-year", 60)]


def let_days_pass(store: Store, table: str, tenants: tuple[str, ...], *, days: int) -> None:
    """Store the rows of *tenants* once more as if they had come in *days* ago, and let the engine clear up."""
    columns = store.rows(
        "SELECT name FROM system.columns WHERE database = 'invocation' AND table = {table:String} "
        "AND name != 'ingested_at' AND default_kind != 'MATERIALIZED'",
        {"table": table},
    )
    listed = ", ".join(column["name"] for column in columns)
    store.run(f"CREATE TABLE aside ENGINE = Memory AS SELECT {listed} FROM {table} WHERE tenant IN {list(tenants)}")
    store.run(f"ALTER TABLE {table} DELETE WHERE tenant IN {list(tenants)} SETTINGS mutations_sync = 1")
    store.run(f"INSERT INTO {table} ({listed}, ingested_at) SELECT {listed}, now() - toIntervalDay({days}) FROM aside")
    store.run("DROP TABLE aside")
    store.run(f"OPTIMIZE TABLE {table} FINAL")


def left(store: Store, tenant: str) -> dict[str, int]:
    return {
        table: store.rows(f"SELECT count() AS n FROM {table} FINAL WHERE tenant = {{t:String}}", {"t": tenant})[0]["n"]
        for table in AGED
    }


@pytest.mark.parametrize(("days", "content_days"), [(0, 0), (30, 31), (-1, -1), (70_000, 10), (30, 0)])
def test_a_retention_that_makes_no_sense_is_refused(store: Store, days: int, content_days: int) -> None:
    with pytest.raises(UsageError, match=rf"'odd' is {days} days, of its contents {content_days}; expected"):
        set_retention(store, "odd", retention_days=days, content_retention_days=content_days)


@pytest.mark.parametrize("name", ["", "a\x00b", "a\nb", "x" * 257])
def test_a_name_that_cannot_be_one_is_refused(store: Store, name: str) -> None:
    with pytest.raises(UsageError, match="expected 1 to 256 printable characters"):
        add_tenant(store, name, password="p")


def test_an_empty_password_is_refused(store: Store) -> None:
    with pytest.raises(UsageError, match="password of tenant 'acme' is empty"):
        add_tenant(store, "acme", password="")


def test_the_embedded_engine_has_no_users_and_says_so(no_tenants: Store) -> None:
    with pytest.raises(StoreError, match=r"the embedded engine has no users\. Set INVOCATION_URL to a server"):
        add_tenant(no_tenants, "acme", password="p")
    with pytest.raises(StoreError, match="the embedded engine has no users"):
        remove_tenant(no_tenants, "acme")
    assert list_tenants(no_tenants) == [], "nothing was half done"


def test_the_statements_of_a_tenant() -> None:
    made = access_statements("acme", database="invocation", password="secret")
    assert "secret" not in "".join(made)
    user, only_acme = "`invocation_tenant_acme`", "AS RESTRICTIVE FOR SELECT USING tenant = 'acme'"
    assert made[1:] == [
        f"CREATE QUOTA OR REPLACE {user} FOR INTERVAL 1 hour MAX queries = 20000, execution_time = 3600 TO {user}",
        "CREATE ROW POLICY IF NOT EXISTS invocation_everybody ON invocation.* AS PERMISSIVE FOR SELECT USING 1 TO ALL",
        f"CREATE ROW POLICY OR REPLACE {user} ON invocation.* {only_acme} TO {user}",
        f"GRANT SELECT ON invocation.* TO {user}",
        f"REVOKE SELECT ON invocation.tenant_retention FROM {user}",
    ]


def test_two_passwords_are_never_the_same() -> None:
    assert len({generated_password() for _ in range(100)}) == 100


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30) | st.just("a`b'c\\' OR 1"))
def test_the_engine_s_parser_reads_the_statements_whatever_the_tenant_is_called(store: Store, name: str) -> None:
    """No server runs here: this is all that is known of them."""
    made = access_statements(name, database="invocation", password="p'")
    for statement in [*made, *removal_statements(name, database="invocation")]:
        [read] = store.rows("SELECT formatQuerySingleLine({sql:String}) AS sql", {"sql": statement})
        [again] = store.rows("SELECT formatQuerySingleLine({sql:String}) AS sql", {"sql": read["sql"]})
        assert again == read
    literal = made[3].partition("USING tenant = ")[2].rpartition(" TO ")[0]
    assert store.rows(f"SELECT {literal} AS name") == [{"name": name}]
