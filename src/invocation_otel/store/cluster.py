"""The migrations' statements for a ClickHouse cluster: replicated tables on each shard, distributed ones over them.

No cluster ran where this was developed: the statements were checked by the engine's parser, one by one.
`docs/cluster.md` says what follows from that.
"""

import re
from collections.abc import Iterable

from invocation_otel.errors import MigrationError

LOCAL = "_local"
"""How the tables end that hold a shard's rows; what has the plain name is distributed over them."""

# All versions of a row must lie on one shard, or FINAL would not find them: by default the whole key decides.
_SHARDED_BY = {
    "contents": "cityHash64(tenant, scope)",  # a conversation together
    "spans": "cityHash64(tenant, TraceId)",  # a trace together
}
_BY_RUN = "cityHash64(tenant, run_id)"

_CREATE = re.compile(r"^CREATE (TABLE|VIEW|MATERIALIZED VIEW) IF NOT EXISTS (\w+)", re.MULTILINE)
_ALTER = re.compile(r"^ALTER TABLE (\w+)\s+((?:ADD|MODIFY|DROP) \w+)", re.MULTILINE)
_ENGINE = re.compile(r"^ENGINE = (\w*MergeTree)\b", re.MULTILINE)
_SORTING_KEY = re.compile(r"^ORDER BY \(?([^()\n]*)\)?$", re.MULTILINE)


def cluster_statements(sql: str, *, cluster: str, database: str, kept: Iterable[str]) -> list[str]:
    """The statements that do on *cluster* what *sql* does on one server; *kept* are the tables that hold rows."""
    if created := _CREATE.search(sql):
        kind, name = created.groups()
        on_cluster = _with(sql, created.end(), f" ON CLUSTER {cluster}")
        if kind == "TABLE":
            return _tables(on_cluster, name, cluster=cluster, database=database) if name in kept else [on_cluster]
        return [_over_all_shards(on_cluster)]
    if altered := _ALTER.search(sql):
        name, what = altered.groups()
        on_cluster = _with(sql, altered.end(1), f" ON CLUSTER {cluster}")
        if name not in kept:
            return [on_cluster]
        of_shards = _with(sql, altered.end(1), f"{LOCAL} ON CLUSTER {cluster}")
        # Defaults are filled in where a row comes in. Indices, settings and times to live are the shards' own.
        return [of_shards, on_cluster] if what.endswith("COLUMN") else [of_shards]
    raise MigrationError(
        f"The migration that begins with {sql[:80]!r} is neither a CREATE nor an ALTER with one command, so it has no "
        "form for a cluster. Split it, or teach store/cluster.py."
    )


def tables_with_rows(statements: Iterable[str]) -> set[str]:
    """The tables of *statements* that keep rows of runs; the others only pass them on, or are small and everywhere."""
    return {
        created[2]
        for sql in statements
        if (created := _CREATE.search(sql)) and created[1] == "TABLE" and _ENGINE.search(sql)
    }


def on_every_node(ledger: str, *, cluster: str, database: str) -> str:
    """The statement of the ledger for *cluster*: one ledger, of which every node has a copy."""
    path = f"'/clickhouse/invocation/{database}/migrations', '{{shard}}-{{replica}}'"
    replicated = ledger.replace("ENGINE = ReplacingMergeTree", f"ENGINE = ReplicatedReplacingMergeTree({path})")
    return replicated.replace("IF NOT EXISTS migrations", f"IF NOT EXISTS migrations ON CLUSTER {cluster}")


def _tables(on_cluster: str, name: str, *, cluster: str, database: str) -> list[str]:
    of_shards = _ENGINE.sub(r"ENGINE = Replicated\1", on_cluster).replace(
        f"IF NOT EXISTS {name} ON", f"IF NOT EXISTS {name}{LOCAL} ON"
    )
    of_shards = of_shards.replace("non_replicated_deduplication_window", "replicated_deduplication_window")
    distributed = (
        f"CREATE TABLE IF NOT EXISTS {name} ON CLUSTER {cluster} AS {name}{LOCAL}\n"
        f"ENGINE = Distributed({cluster}, {database}, {name}{LOCAL}, {_sharding(on_cluster, name)})\n"
    )
    return [of_shards, distributed]


def _sharding(sql: str, name: str) -> str:
    key = _SORTING_KEY.search(sql)
    if name in _SHARDED_BY or key is None:
        return _SHARDED_BY[name]
    columns = [column.removesuffix(" DESC").strip() for column in key[1].split(",")]
    return _BY_RUN if "run_id" in columns else f"cityHash64({', '.join(columns)})"


def _over_all_shards(sql: str) -> str:
    """The view *sql*, whose subqueries are answered once for all shards, and whose joins see all of both sides."""
    everywhere = re.sub(r"(?<!GLOBAL )\b(NOT IN|(?<!NOT )IN)(?= (?:\(\s*SELECT\b|[a-z_]+\b))", r"GLOBAL \1", sql)
    everywhere = re.sub(r"^(\s*)((?:ANY )?(?:INNER|LEFT|RIGHT) JOIN)\b", r"\1GLOBAL \2", everywhere, flags=re.MULTILINE)
    # What a right join finds no partner for would come once from every shard.
    return re.sub(
        r"^FROM contents\n(?=GLOBAL ANY RIGHT JOIN)",
        "FROM (SELECT tenant, day, scope, hash, role, body FROM contents) AS contents\n",
        everywhere,
        flags=re.MULTILINE,
    )


def _with(sql: str, position: int, inserted: str) -> str:
    return sql[:position] + inserted + sql[position:]
