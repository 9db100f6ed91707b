"""Erase what the store knows of a tenant, or of one user of it, and prove it by counting."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from invocation_otel.errors import StoreError, UsageError

from .client import Store
from .settle import roll_up

# What was agreed with a tenant is nothing it did; `remove_tenant` takes it away.
_HOLDS_NO_RUNS = ("tenant_retention",)
# What is added up from the other tables, and so must not be added up from them once more before they are erased.
_ROLLUPS = ("usage_daily_user", "usage_hourly", "runs_daily")

# Beside the runs that name the user, those inside them that name nobody.
_USERS_RUNS = """
CREATE TABLE {runs} ENGINE = MergeTree ORDER BY run_id AS
WITH named AS (SELECT run_id FROM runs WHERE tenant = {{tenant:String}} AND user_id = {{user:String}})
SELECT run_id, trace_id, concat('run_', replaceAll(toString(run_id), '-', '')) AS run
FROM runs
WHERE tenant = {{tenant:String}} AND (run_id IN named OR (user_id = '' AND root_run_id IN named))
"""
_WHAT_THEY_SAID = """
CREATE TABLE {said} ENGINE = MergeTree ORDER BY (day, scope, hash) AS
SELECT
    toDate(run_started_at) AS day,
    content.1 AS scope,
    content.2 AS hash,
    countIf(run_id NOT IN (SELECT run_id FROM {runs})) AS by_others,
    minIf((run_started_at, run_id), run_id NOT IN (SELECT run_id FROM {runs})) AS first_other
FROM
(
    SELECT run_started_at, run_id, arrayJoin(arrayConcat(
        arrayMap(hash -> (scope, hash), arrayConcat(input_hashes, output_hashes, [variables_hash])),
        arrayMap(hash -> (toUInt64(0), hash), [system_hash, tools_hash]))) AS content
    FROM rounds
    WHERE tenant = {{tenant:String}}
)
GROUP BY day, scope, hash
HAVING countIf(run_id IN (SELECT run_id FROM {runs})) > 0
"""
# A text that others said too stays, but as theirs: the row that names the user's run goes.
_HAND_OVER = """
INSERT INTO contents
    (tenant, day, scope, hash, kind, role, body, run_id, run_started_at, version, retention_days, ingested_at)
SELECT
    tenant, day, scope, hash, kind, role, body, first_other.2, first_other.1, version + 1, retention_days, ingested_at
FROM (SELECT * FROM contents FINAL WHERE tenant = {{tenant:String}} AND run_id IN (SELECT run_id FROM {runs})) AS owned
INNER JOIN {said} AS said USING (day, scope, hash)
WHERE by_others > 0
"""
_OF_RUN = "run_id IN (SELECT run_id FROM {runs})"
_OF_USER = "user_id = {{user:String}}"
_SPECIAL: Mapping[str, str] = {
    "contents": "(run_id IN (SELECT run_id FROM {runs}) "
    "OR (day, scope, hash) IN (SELECT day, scope, hash FROM {said} WHERE by_others = 0))",
    # A step that names no run, in a trace of the user's, may be the user's.
    "spans": "(SpanAttributes['user.id'] = {{user:String}} "
    "OR SpanAttributes['invocation.run.id'] IN (SELECT run FROM {runs}) "
    "OR (SpanAttributes['invocation.run.id'] = '' AND TraceId IN (SELECT trace_id FROM {runs})))",
    "facets": "(facet = 'user' AND value = {{user:String}})",
}
# They say which rows of the other tables are the user's: a call that was cut short is completed by the next one.
_LAST = ("rounds", "runs", *_ROLLUPS)

# The rollups, and the views over them, add up again the hours that are named here.
_NAME_HOURS = """
INSERT INTO erasures (tenant, hour)
SELECT DISTINCT tenant, toStartOfHour(started_at)
FROM
(
    SELECT tenant, started_at, run_id, user_id FROM rounds
    UNION ALL
    SELECT tenant, started_at, run_id, user_id FROM runs
)
WHERE tenant = {{tenant:String}} AND (user_id = {{user:String}} OR run_id IN (SELECT run_id FROM {runs}))
"""
# Those of a call that was cut short, too.
_NAME_HOURS_AGAIN = (
    "INSERT INTO erasures (tenant, hour) SELECT tenant, hour FROM erasures WHERE tenant = {tenant:String}"
)

_TIMES = 3
"""What is added up each minute may bring rows back while they are erased; so rarely twice in a row."""

_TABLES = """
SELECT tables.name AS table, tables.engine AS engine, groupArray(columns.name) AS names
FROM system.columns AS columns
INNER JOIN system.tables AS tables ON tables.database = columns.database AND tables.name = columns.table
WHERE columns.database = currentDatabase() AND (tables.engine LIKE '%MergeTree' OR tables.engine = 'Distributed')
GROUP BY table, engine
HAVING has(names, 'tenant')
ORDER BY indexOf({last:Array(String)}, table), table
"""


@dataclass(frozen=True, kw_only=True)
class Report:
    """What `forget` did; nothing of it is left in any table, or StoreError was raised."""

    tenant: str
    user: str | None
    erased: Mapping[str, int]
    """How many rows were erased, by table; several versions of a row count as several."""

    @property
    def rows(self) -> int:
        """How many rows were erased in all."""
        return sum(self.erased.values())


def forget(store: Store, *, tenant: str, user: str | None = None) -> Report:
    """Erase every row of *tenant*, or of one *user* of it, from every table, and count what is left: nothing.

    A text that others said too (a system prompt, a message of a shared session) stays theirs. Called again, it erases
    what came in since. StoreError when rows came in meanwhile; then call it again.
    """
    if not tenant or user == "":
        raise UsageError(
            f"The tenant is {tenant!r}, the user {user!r}; neither may be empty: name whose rows to erase."
        )
    columns = _columns_of_tables(store)
    if user is None:
        return Report(tenant=tenant, user=None, erased=_erase(store, dict.fromkeys(columns, "1"), {"tenant": tenant}))
    whose = {"tenant": tenant, "user": user}
    with _users_runs(store, whose) as names:
        said = {table: _condition(table, columns[table]).format(**names) for table in columns}
        conditions = {table: f"({condition})" for table, condition in said.items() if condition}
        erased = _erase(store, conditions, whose)
        _run(store, _NAME_HOURS_AGAIN, whose)
        roll_up(store)
        # An adding up that was under way may have brought the user back, with nothing.
        _erase(store, {table: conditions[table] for table in _ROLLUPS if table in conditions}, whose)
        return Report(tenant=tenant, user=user, erased=erased)


def _columns_of_tables(store: Store) -> dict[str, set[str]]:
    """The columns of every table that keeps rows of tenants, in the order in which they are erased."""
    rows = store.rows(_TABLES, {"last": list(_LAST)})
    if any(row["engine"] == "Distributed" for row in rows):
        raise StoreError(
            "This store lies on a cluster, where `forget` does not work yet. Erase the rows in the tables that end in "
            "_local, on every shard; docs/cluster.md shows how."
        )
    return {row["table"]: set(row["names"]) for row in rows if row["table"] not in _HOLDS_NO_RUNS}


def _condition(table: str, columns: set[str]) -> str:
    """Which rows of *table* are the user's; empty when it does not tell users apart."""
    if table in _SPECIAL:
        return _SPECIAL[table]
    known = {"user_id": _OF_USER, "run_id": _OF_RUN}
    return " OR ".join(condition for column, condition in known.items() if column in columns)


@contextmanager
def _users_runs(store: Store, whose: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Tables of the user's runs and of what was said in them, by the names in the conditions."""
    mark = secrets.token_hex(8)
    names = {"runs": f"forgetting_runs_{mark}", "said": f"forgetting_said_{mark}"}
    try:
        for sql in (_USERS_RUNS, _WHAT_THEY_SAID, _HAND_OVER, _NAME_HOURS):
            _run(store, sql.format(**names), whose)
        yield names
    finally:
        for name in names.values():
            store.run(f"DROP TABLE IF EXISTS {name}")


def _erase(store: Store, conditions: Mapping[str, str], whose: Mapping[str, str]) -> dict[str, int]:
    """How many rows of each table were erased; StoreError when some that *conditions* mean are left."""
    erased, left = dict.fromkeys(conditions, 0), {}
    for table, condition in conditions.items():
        where = f"tenant = {{tenant:String}} AND {condition}"
        left[table] = _count(store, table, where, whose)
        for _ in range(_TIMES):
            if left[table]:
                # Not a mark on the rows: the parts are written anew without them, here and on every replica.
                _run(store, f"ALTER TABLE {table} DELETE WHERE {where} SETTINGS mutations_sync = 2", whose)
                erased[table] += left[table]
                left[table] = _count(store, table, where, whose)
    if any(left.values()):
        remaining = ", ".join(f"{count} in {table}" for table, count in left.items() if count)
        raise StoreError(
            f"Rows of tenant {whose['tenant']!r} came in while they were erased: {remaining}. Call it again."
        )
    return erased


def _count(store: Store, table: str, where: str, whose: Mapping[str, str]) -> int:
    sql = f"SELECT count() AS n FROM {table} WHERE {where}"  # noqa: S608 - our own words
    [row] = store.rows(sql, _named_in(sql, whose))
    return int(row["n"])


def _run(store: Store, sql: str, whose: Mapping[str, str]) -> None:
    store.run(sql, _named_in(sql, whose))


def _named_in(sql: str, whose: Mapping[str, str]) -> dict[str, str]:
    """Those of *whose* that *sql* asks for: ClickHouse refuses others."""
    return {name: value for name, value in whose.items() if f"{{{name}:" in sql}
