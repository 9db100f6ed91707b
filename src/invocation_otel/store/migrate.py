"""Bring a database to the schema in ``migrations/``, one numbered file after the other."""

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from importlib.resources import files

from invocation_otel.errors import MigrationError, SettingsError

from .client import Store
from .cluster import cluster_statements, on_every_node, tables_with_rows

# Read with FINAL: two processes may write the same line when they migrate at the same time.
_LEDGER = """
CREATE TABLE IF NOT EXISTS migrations (name String, digest String, applied_at DateTime64(3, 'UTC') DEFAULT now64(3))
ENGINE = ReplacingMergeTree ORDER BY name
COMMENT 'Which migration files were applied, and what was in them?'
"""


@dataclass(frozen=True)
class Migration:
    """One numbered SQL file; it holds one statement, and once applied it is never edited.

    So each file is whole, also where two say the same: a piece that they shared could change for neither.
    """

    name: str
    sql: str

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the file's text, kept in the ledger beside the name."""
        return sha256(self.sql.encode()).hexdigest()

    def statement(self, database: str) -> str:
        """The statement for *database*, which a text inside it may have to name, as ``{database}``."""
        return self.sql.replace("{database}", database)


def migrations() -> list[Migration]:
    """Every migration file, in the order of its number."""
    folder = files(__package__) / "migrations"
    found = (Migration(file.name, file.read_text("utf-8")) for file in folder.iterdir() if file.name.endswith(".sql"))
    return sorted(found, key=lambda migration: migration.name)


def pending(applied: dict[str, str]) -> list[Migration]:
    """The migrations still to run, given the ledger (digests by name); MigrationError when it contradicts the files."""
    known = {migration.name: migration for migration in migrations()}
    for name, digest in sorted(applied.items()):
        if name not in known:
            raise MigrationError(
                f"The database has the migration {name!r}, which this version of invocation-otel does not know: "
                "it was made by a newer one. Upgrade invocation-otel."
            )
        if digest != known[name].digest:
            raise MigrationError(
                f"The migration {name!r} was applied with digest {digest[:12]}, but the file now has "
                f"{known[name].digest[:12]}. Restore the file and put the change into a new migration."
            )
    return [migration for name, migration in known.items() if name not in applied]


def migrate(store: Store, *, cluster: str | None = None) -> list[str]:
    """Apply what is pending, on every node of *cluster* if one is named; the names of the migrations applied now."""
    if cluster is not None and not cluster.isidentifier():
        raise SettingsError(f"The cluster is {cluster!r}; expected a plain name of letters, digits and underscores.")
    store.create_database(cluster=cluster)
    _make_ledger(store, cluster)
    applied = {row["name"]: row["digest"] for row in store.rows("SELECT name, digest FROM migrations FINAL")}
    to_run = pending(applied)
    for migration in to_run:
        for statement in statements(migration, database=store.database, cluster=cluster):
            store.run(statement)
        store.insert("migrations", [{"name": migration.name, "digest": migration.digest}])
    return [migration.name for migration in to_run]


def statements(migration: Migration, *, database: str, cluster: str | None = None) -> list[str]:
    """What *migration* runs: its one statement, or what does the same on all nodes of *cluster*."""
    sql = migration.statement(database)
    if cluster is None:
        return [sql]
    kept = tables_with_rows(known.sql for known in migrations())
    return cluster_statements(sql, cluster=cluster, database=database, kept=kept)


def _make_ledger(store: Store, cluster: str | None) -> None:
    store.run(on_every_node(_LEDGER, cluster=cluster, database=store.database) if cluster else _LEDGER)
    [ledger] = store.rows("SELECT engine FROM system.tables WHERE database = currentDatabase() AND name = 'migrations'")
    if ledger["engine"].startswith("Replicated") != bool(cluster):
        raise MigrationError(
            f"The database {store.database!r} was made for {'a single server' if cluster else 'a cluster'}. "
            f"Migrate it {'without' if cluster else 'with'} --cluster, or name another database in INVOCATION_URL."
        )
