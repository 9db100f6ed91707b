"""Tenants: for how long their rows are kept, and users of ClickHouse that see one tenant's rows and no others.

No ClickHouse server ran where this was developed, and the embedded engine has no users: the statements about access
were checked by the engine's parser only. Try them on your server before you rely on them; `docs/tenants.md` says how.
"""

import secrets
from dataclasses import dataclass
from hashlib import sha256

from invocation_otel.errors import StoreError, UsageError

from .client import Store

USER_PREFIX = "invocation_tenant_"
EVERYBODY = "invocation_everybody"
RETENTION_DAYS, CONTENT_RETENTION_DAYS = 365, 90

_LONGEST_NAME = 256
_MOST_DAYS = 65_000
# So that one tenant's dashboards leave room for the others'; a reader may ask for less, not for more.
_SETTINGS = "readonly = 2, max_execution_time = 60 MAX 60, max_memory_usage = 4000000000 MAX 4000000000"
_QUOTA = "FOR INTERVAL 1 hour MAX queries = 20000, execution_time = 3600"
_ACCESS_DENIED = "Code: 497."


@dataclass(frozen=True, kw_only=True)
class Tenant:
    """A tenant of the store."""

    name: str
    user: str
    """The ClickHouse user that reads this tenant's rows."""

    retention_days: int
    """How long facts are kept: runs, rounds, tool calls, files."""

    content_retention_days: int
    """How long what was said is kept: messages, prompts, arguments and results."""


def add_tenant(
    store: Store,
    name: str,
    *,
    password: str,
    retention_days: int = RETENTION_DAYS,
    content_retention_days: int = CONTENT_RETENTION_DAYS,
) -> Tenant:
    """Make a user that reads the rows of tenant *name* only, and set its retention; again, to change either.

    StoreError on the embedded engine, which has no users, before anything is changed.
    """
    tenant = _checked(name, retention_days=retention_days, content_retention_days=content_retention_days)
    if not password:
        raise UsageError(f"The password of tenant {name!r} is empty; give one, or generate one.")
    _manage_access(store, access_statements(name, database=store.database, password=password))
    _keep(store, tenant)
    return tenant


def set_retention(store: Store, name: str, *, retention_days: int, content_retention_days: int) -> Tenant:
    """Keep what comes in for tenant *name* from now on for so many days; rows already stored keep theirs."""
    tenant = _checked(name, retention_days=retention_days, content_retention_days=content_retention_days)
    _keep(store, tenant)
    return tenant


def list_tenants(store: Store) -> list[Tenant]:
    """The tenants that were added or have a retention of their own, by name."""
    found = store.rows("SELECT * FROM tenant_retention ORDER BY tenant")
    return [
        Tenant(
            name=row["tenant"],
            user=USER_PREFIX + row["tenant"],
            retention_days=row["retention_days"],
            content_retention_days=row["content_retention_days"],
        )
        for row in found
    ]


def remove_tenant(store: Store, name: str) -> None:
    """Take the user, its policy and its quota away, and the retention; the rows stay until `forget` erases them.

    StoreError on the embedded engine, which has no users, before anything is changed.
    """
    _manage_access(store, removal_statements(name, database=store.database))
    store.run("ALTER TABLE tenant_retention DELETE WHERE tenant = {tenant:String}", {"tenant": name})


def generated_password() -> str:
    """A password nobody has guessed."""
    return secrets.token_urlsafe(24)


def access_statements(tenant: str, *, database: str, password: str) -> list[str]:
    """The statements that let a user read *tenant*'s rows; the grant comes last, when nothing else can be read."""
    user, salt = _identifier(USER_PREFIX + tenant), secrets.token_hex(16)
    # The password itself never travels, nor does it stand in any log.
    digest = sha256((password + salt).encode()).hexdigest().upper()
    known_by = f"IDENTIFIED WITH sha256_hash BY '{digest}' SALT '{salt}'"
    only_its_own = f"AS RESTRICTIVE FOR SELECT USING tenant = {_literal(tenant)}"
    return [
        f"CREATE USER OR REPLACE {user} {known_by} DEFAULT DATABASE {database} SETTINGS {_SETTINGS}",
        f"CREATE QUOTA OR REPLACE {user} {_QUOTA} TO {user}",
        # For the whole database, so that tables of later migrations are covered too. A server where some rows have a
        # policy may show the others to nobody: this one keeps everybody else's sight as it was.
        f"CREATE ROW POLICY IF NOT EXISTS {EVERYBODY} ON {database}.* AS PERMISSIVE FOR SELECT USING 1 TO ALL",
        f"CREATE ROW POLICY OR REPLACE {user} ON {database}.* {only_its_own} TO {user}",
        # On the tables too: a view reads with the rights of whoever asks it.
        f"GRANT SELECT ON {database}.* TO {user}",
        # joinGet() passes over row policies.
        f"REVOKE SELECT ON {database}.tenant_retention FROM {user}",  # noqa: S608 - a statement about rights
    ]


def removal_statements(tenant: str, *, database: str) -> list[str]:
    """The statements that take all of `access_statements` back, the user first."""
    user = _identifier(USER_PREFIX + tenant)
    return [
        f"DROP USER IF EXISTS {user}",
        f"DROP ROW POLICY IF EXISTS {user} ON {database}.*",
        f"DROP QUOTA IF EXISTS {user}",
    ]


def _manage_access(store: Store, statements: list[str]) -> None:
    for statement in statements:
        try:
            store.run(statement)
        except StoreError as error:
            if _ACCESS_DENIED not in str(error):
                raise
            raise StoreError(
                "Users of tenants need a ClickHouse server, and a user in INVOCATION_URL that may manage access "
                "(access_management); the embedded engine has no users. Set INVOCATION_URL to a server, or set only "
                f"the retention: `invocation-otel tenants retention`. ClickHouse said: {error}"
            ) from error


def _keep(store: Store, tenant: Tenant) -> None:
    row = {
        "tenant": tenant.name,
        "retention_days": tenant.retention_days,
        "content_retention_days": tenant.content_retention_days,
    }
    store.insert("tenant_retention", [row])


def _checked(name: str, *, retention_days: int, content_retention_days: int) -> Tenant:
    if not name.isprintable() or not 0 < len(name) <= _LONGEST_NAME:
        raise UsageError(f"The tenant's name is {name!r}; expected 1 to {_LONGEST_NAME} printable characters.")
    if not 0 < content_retention_days <= retention_days <= _MOST_DAYS:
        raise UsageError(
            f"The retention of tenant {name!r} is {retention_days} days, of its contents {content_retention_days}; "
            f"expected 1 to {_MOST_DAYS} days, and for contents no more than for the rest."
        )
    return Tenant(
        name=name,
        user=USER_PREFIX + name,
        retention_days=retention_days,
        content_retention_days=content_retention_days,
    )


def _identifier(name: str) -> str:
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


def _literal(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
