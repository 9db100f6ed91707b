"""Bring a database to the schema in ``migrations/``, one numbered file after the other."""

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from importlib.resources import files

from invocation_otel.errors import MigrationError

from .client import Store

# Read with FINAL: two processes may write the same line when they migrate at the same time.
_LEDGER = """
CREATE TABLE IF NOT EXISTS migrations (name String, digest String, applied_at DateTime64(3, 'UTC') DEFAULT now64(3))
ENGINE = ReplacingMergeTree ORDER BY name
COMMENT 'Which migration files were applied, and what was in them?'
"""


@dataclass(frozen=True)
class Migration:
    """One numbered SQL file; it holds one statement, and once applied it is never edited."""

    name: str
    sql: str

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the file's text, kept in the ledger beside the name."""
        return sha256(self.sql.encode()).hexdigest()


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


def migrate(store: Store) -> list[str]:
    """Apply what is pending; the names of the migrations applied by this call."""
    store.create_database()
    store.run(_LEDGER)
    applied = {row["name"]: row["digest"] for row in store.rows("SELECT name, digest FROM migrations FINAL")}
    to_run = pending(applied)
    for migration in to_run:
        store.run(migration.sql)
        store.insert("migrations", [{"name": migration.name, "digest": migration.digest}])
    return [migration.name for migration in to_run]
