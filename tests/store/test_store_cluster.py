"""The schema's form for a cluster. None runs here: each statement is read by the engine's parser, and some by us."""

import re
from pathlib import Path

import pytest

from invocation_otel.errors import MigrationError, SettingsError, StoreError
from invocation_otel.store.client import Store
from invocation_otel.store.cluster import cluster_statements, on_every_node, tables_with_rows
from invocation_otel.store.migrate import Migration, migrate, migrations, statements

GOLDEN = Path(__file__).with_name("cluster.golden.sql")
SHOWN = (
    "_stage.sql",
    "_contents.sql",
    "_stage_to_contents.sql",
    "_named_contents.sql",
    "_v_messages.sql",
    "_runs_retention.sql",
    "_facets_ttl.sql",
)
KEPT = tables_with_rows(migration.sql for migration in migrations())


def on_cluster(migration: Migration) -> list[str]:
    return statements(migration, database="invocation", cluster="main")


def formatted(store: Store, sql: str) -> str:
    """*sql* as the engine's parser has read it."""
    text: str = store.rows("SELECT formatQuery({sql:String}) AS sql", {"sql": sql})[0]["sql"]
    return text


@pytest.mark.parametrize("migration", migrations(), ids=lambda migration: migration.name)
def test_every_statement_for_a_cluster_is_read_by_the_engine_s_parser(store: Store, migration: Migration) -> None:
    for sql in on_cluster(migration):
        read = formatted(store, sql)
        assert re.match(r"(CREATE|ALTER) .* ON CLUSTER main\b", read)
        assert "ReplicatedReplicated" not in read
        assert "GLOBAL GLOBAL" not in read


def test_a_table_with_rows_is_replicated_on_each_shard_and_distributed_over_them(store: Store) -> None:
    assert {"runs", "rounds", "tool_calls", "contents", "files", "facets", "spans"} <= KEPT
    made = [sql for migration in migrations() for sql in on_cluster(migration)]
    for table in KEPT:
        [of_shards] = [sql for sql in made if f"CREATE TABLE IF NOT EXISTS {table}_local ON CLUSTER main\n" in sql]
        [distributed] = [sql for sql in made if f"CREATE TABLE IF NOT EXISTS {table} ON CLUSTER main AS" in sql]
        assert re.search(r"^ENGINE = Replicated\w*MergeTree", of_shards, re.MULTILINE)
        assert "non_replicated" not in of_shards
        assert f"Distributed(main, invocation, {table}_local, cityHash64(tenant" in distributed
        assert "AS " + table in formatted(store, distributed)


@pytest.mark.parametrize("table", sorted(KEPT))
def test_all_versions_of_a_row_lie_on_one_shard(store: Store, table: str) -> None:
    """FINAL looks for them on each shard alone: what is sharded by must be in the key."""
    [made] = [sql for migration in migrations() for sql in on_cluster(migration) if f" AS {table}_local\n" in sql]
    sharded_by = re.search(r"cityHash64\((.*)\)\)", made)
    assert sharded_by is not None
    [key] = store.rows(
        "SELECT sorting_key FROM system.tables WHERE database = 'invocation' AND name = {t:String}", {"t": table}
    )
    assert set(sharded_by[1].split(", ")) <= {column.removesuffix(" DESC") for column in key["sorting_key"].split(", ")}


def test_the_statements_for_a_cluster_are_those_somebody_looked_at() -> None:
    """When a migration above changed: look at the difference, and write the file anew."""
    shown = [sql for migration in migrations() if migration.name[4:] in SHOWN for sql in on_cluster(migration)]
    assert "\n;\n".join(sql.strip() for sql in shown) + "\n" == GOLDEN.read_text()


def test_a_view_asks_all_shards_once() -> None:
    view = """
CREATE VIEW IF NOT EXISTS v AS
WITH few AS (SELECT id FROM a)
SELECT * FROM a
INNER JOIN b USING id
WHERE x IN (SELECT x FROM b) AND y NOT IN few AND z IN ('a', 'b') AND id IN few"""
    [made] = cluster_statements(view, cluster="main", database="invocation", kept=())
    assert "\nGLOBAL INNER JOIN b" in made
    assert (
        "WHERE x GLOBAL IN (SELECT x FROM b) AND y GLOBAL NOT IN few AND z IN ('a', 'b') AND id GLOBAL IN few" in made
    )


def test_a_statement_without_a_form_for_a_cluster_is_refused() -> None:
    with pytest.raises(MigrationError, match="neither a CREATE nor an ALTER with one command"):
        cluster_statements("DROP TABLE runs", cluster="main", database="invocation", kept=KEPT)


def test_the_ledger_is_one_for_all_nodes(store: Store) -> None:
    ledger = "CREATE TABLE IF NOT EXISTS migrations (name String) ENGINE = ReplacingMergeTree ORDER BY name"
    made = on_every_node(ledger, cluster="main", database="invocation")
    assert made == (
        "CREATE TABLE IF NOT EXISTS migrations ON CLUSTER main (name String) ENGINE = ReplicatedReplacingMergeTree("
        "'/clickhouse/invocation/invocation/migrations', '{shard}-{replica}') ORDER BY name"
    )
    assert formatted(store, made)


@pytest.mark.parametrize("cluster", ["", "a b", "a;b", "'"])
def test_a_name_that_is_none_is_refused(store: Store, cluster: str) -> None:
    with pytest.raises(SettingsError, match="expected a plain name"):
        migrate(store, cluster=cluster)


def test_a_cluster_that_is_not_there_is_said(store: Store) -> None:
    with pytest.raises(StoreError, match=r"^Code: 701\. .*'nowhere' not found.* Name a cluster that"):
        migrate(store, cluster="nowhere")
