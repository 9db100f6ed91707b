"""Every error this library raises.

    InvocationError
    ├── UsageError          our API was called in a way that cannot be recorded
    ├── SettingsError       a setting or a command's option has a value that cannot be used
    ├── MissingExtraError   an optional part is not installed
    ├── CopiesError         the storage of files did not do what was asked
    └── StoreError          ClickHouse did not do what was asked
        ├── StoreBusyError      another process holds the embedded store
        └── MigrationError      the database's schema and the migration files disagree

Each message names the value, what was expected, and the next step. None of them is raised into an agent's run, except
``UsageError``, at the call that is wrong.
"""


class InvocationError(Exception):
    """Base of every error this library raises."""


class UsageError(InvocationError):
    """Our API was called in a way that cannot be recorded, such as a negative token count."""


class SettingsError(InvocationError):
    """A setting or an option has a value that cannot be used."""


class MissingExtraError(InvocationError):
    """An optional part is needed that is not installed."""


class CopiesError(InvocationError):
    """The storage of files did not do what was asked; the message carries its own error."""


class StoreError(InvocationError):
    """ClickHouse did not do what was asked; the message carries its own error and code."""


class StoreBusyError(StoreError):
    """Another process holds the embedded store."""


class MigrationError(StoreError):
    """The database's schema and the migration files disagree."""
