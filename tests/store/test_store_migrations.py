"""Migrations are applied once, in order, and never change afterwards."""

import re

import pytest

from invocation_otel.errors import MigrationError
from invocation_otel.store.client import Store
from invocation_otel.store.migrate import Migration, migrate, migrations, pending

LEDGER = {migration.name: migration.digest for migration in migrations()}


@pytest.mark.parametrize("migration", migrations(), ids=lambda migration: migration.name)
def test_a_migration_is_one_statement(migration: Migration) -> None:
    """A ClickHouse server refuses several in one request; the embedded engine does not, so only this test notices."""
    assert ";" not in migration.sql
    assert re.fullmatch(r"\d{4}_[a-z_]+\.sql", migration.name)
    assert re.search(r"IF (NOT )?EXISTS|MODIFY TTL", migration.sql), "two processes may migrate at the same time"


def test_no_two_migrations_have_one_number() -> None:
    """Their order would hang on their names."""
    numbers = [migration.name[:4] for migration in migrations()]
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize(
    "migration", [found for found in migrations() if "CREATE TABLE" in found.sql], ids=lambda migration: migration.name
)
def test_a_table_s_file_begins_with_the_question_it_answers(migration: Migration) -> None:
    assert re.match(r"-- [^\n]*\?", migration.sql)


def test_migrating_again_does_nothing(store: Store) -> None:
    before = store.rows("SELECT * FROM migrations FINAL ORDER BY name")
    assert migrate(store) == []
    assert store.rows("SELECT * FROM migrations FINAL ORDER BY name") == before
    assert {row["name"]: row["digest"] for row in before} == LEDGER


def test_statements_that_another_process_ran_too_do_no_harm(store: Store) -> None:
    for migration in migrations():
        store.run(migration.statement(store.database))


def test_an_edited_migration_is_refused() -> None:
    with pytest.raises(
        MigrationError, match=r"'0002_runs\.sql' was applied with digest 000000000000, but .*new migration"
    ):
        pending({**LEDGER, "0002_runs.sql": "0" * 64})


def test_the_digests_of_both_texts_are_named() -> None:
    with pytest.raises(MigrationError, match=LEDGER["0002_runs.sql"][:12]):
        pending({"0002_runs.sql": "0" * 64})


def test_a_database_made_by_a_newer_version_is_refused() -> None:
    with pytest.raises(MigrationError, match=r"'9999_later\.sql'.*Upgrade invocation-otel"):
        pending({**LEDGER, "9999_later.sql": "0" * 64})


def test_only_what_is_missing_is_pending() -> None:
    first = dict(list(LEDGER.items())[:3])
    assert [migration.name for migration in pending(first)] == list(LEDGER)[3:]


def test_an_edited_migration_is_refused_by_the_database_s_ledger(store: Store) -> None:
    forged = {"name": "0001_stage.sql", "digest": "f" * 64}
    store.insert("migrations", [forged])
    try:
        with pytest.raises(MigrationError, match=r"0001_stage\.sql"):
            migrate(store)
    finally:
        store.insert("migrations", [{**forged, "digest": LEDGER["0001_stage.sql"]}])
    assert migrate(store) == []


def test_the_exporter_is_refused_until_the_views_are_there() -> None:
    """A landing table without its views takes everything and keeps nothing."""
    order = [migration.name for migration in migrations()]
    landing, opened = order.index("0015_otel_traces.sql"), order.index("0049_otel_traces_open.sql")
    assert "TraceState String,\n    SpanName" not in migrations()[landing].sql
    feeding = [
        number for number, migration in enumerate(migrations()) if re.search(r"\bFROM otel_traces\n", migration.sql)
    ]
    assert feeding
    assert all(landing < number < opened for number in feeding)
    assert all(number < landing for number, migration in enumerate(migrations()) if "FROM stage" in migration.sql)


def test_the_landing_table_has_the_exporter_s_columns(store: Store) -> None:
    rows = store.rows("DESCRIBE TABLE otel_traces")
    attributes = "Map(LowCardinality(String), String)"
    assert {row["name"]: row["type"] for row in rows} == {
        "Timestamp": "DateTime64(9)",
        "TraceId": "String",
        "SpanId": "String",
        "ParentSpanId": "String",
        "TraceState": "String",
        "SpanName": "LowCardinality(String)",
        "SpanKind": "LowCardinality(String)",
        "ServiceName": "LowCardinality(String)",
        "ResourceAttributes": attributes,
        "ScopeName": "String",
        "ScopeVersion": "String",
        "SpanAttributes": attributes,
        "Duration": "UInt64",
        "StatusCode": "LowCardinality(String)",
        "StatusMessage": "String",
        "Events.Timestamp": "Array(DateTime64(9))",
        "Events.Name": "Array(LowCardinality(String))",
        "Events.Attributes": f"Array({attributes})",
        "Links.TraceId": "Array(String)",
        "Links.SpanId": "Array(String)",
        "Links.TraceState": "Array(String)",
        "Links.Attributes": f"Array({attributes})",
    }
