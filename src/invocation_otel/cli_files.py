"""The subcommands that reach both the rows about files and the copies of them: forget, files prune."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from .cli_store import opened
from .errors import SettingsError
from .settings import Settings

if TYPE_CHECKING:
    from .files.storage import Storage
    from .store.client import Store


def add_commands(commands: Any, where: argparse.ArgumentParser) -> None:
    """Add the subcommands to the command's parser; *where* has the option ``--url``."""
    forget = commands.add_parser(
        "forget",
        parents=[where],
        help="erase every row of a tenant, or of one of its users, and the copies of files that are then nobody's",
        description="INVOCATION_FILES says where the copies are; off: rows alone are erased.",
    )
    forget.add_argument("--tenant", required=True)
    forget.add_argument("--user", help="only this user's")
    forget.set_defaults(command=_forget)

    files = commands.add_parser("files", help="look after the copies of files")
    actions = files.add_subparsers(title="actions", required=True, metavar="ACTION")
    prune = actions.add_parser("prune", parents=[where], help="remove a tenant's copies that no row refers to any more")
    prune.add_argument("--tenant", required=True)
    prune.add_argument(
        "--older-than-days",
        type=float,
        default=1.0,
        metavar="DAYS",
        help="rows about newer ones may be on their way (default: 1)",
    )
    prune.set_defaults(command=_prune)


def _forget(options: argparse.Namespace, settings: Settings) -> None:
    from .files.setup import files_of  # noqa: PLC0415 - each command imports only what it needs

    storage = files_of(settings).storage
    with opened(options, settings) as store:
        if storage is None:
            _erase(store, options.tenant, options.user)
            sys.stdout.write("Copies of files were not looked for: INVOCATION_FILES is off.\n")
        else:
            with _copies_follow(store, storage, options.tenant, everything=options.user is None):
                _erase(store, options.tenant, options.user)


def _erase(store: "Store", tenant: str, user: str | None) -> None:
    from .store.forget import forget  # noqa: PLC0415

    report = forget(store, tenant=tenant, user=user)
    erased = ", ".join(f"{rows} in {table}" for table, rows in report.erased.items() if rows)
    sys.stdout.write(f"Erased {report.rows} rows{f': {erased}' if erased else ''}. None is left.\n")


@contextmanager
def _copies_follow(store: "Store", storage: "Storage", tenant: str, *, everything: bool) -> Iterator[None]:
    """Remove the copies that rows of *tenant* refer to before the block and not after it; or *everything* it has.

    They go also when not all rows could be erased: afterwards nothing would tell which ones they were.
    """
    from .files.forget import Copies  # noqa: PLC0415
    from .store.copies import copied_files, referred_copies  # noqa: PLC0415

    copies = Copies(storage, tenant)
    copied = copied_files(store, tenant)
    if copied and copied.isdisjoint(copies.digests()):
        raise SettingsError(
            f"Rows of tenant {tenant!r} name {len(copied)} copies of files, none of which is in {storage.url}: nothing "
            "was erased. Set INVOCATION_FILES to what it is where the runs are recorded, or to off to erase rows alone."
        )
    before = referred_copies(store, tenant)
    try:
        yield
    finally:
        removed = copies.remove(before - referred_copies(store, tenant))
    if everything:
        removed += copies.remove(copies.digests())
    sys.stdout.write(f"Removed {removed} copies of files from {storage.url}. None of them is left.\n")


def _prune(options: argparse.Namespace, settings: Settings) -> None:
    from .files.forget import Copies  # noqa: PLC0415
    from .files.setup import files_of  # noqa: PLC0415
    from .store.copies import has_runs, referred_copies  # noqa: PLC0415

    storage = files_of(settings).storage
    if storage is None:
        raise SettingsError("INVOCATION_FILES is off; set it to where the copies of files are.")
    copies = Copies(storage, options.tenant)
    with opened(options, settings) as store:
        if not has_runs(store, options.tenant):
            raise SettingsError(
                f"The store has no run of tenant {options.tenant!r}; check --tenant and --url. To remove all of its "
                "copies: invocation-otel forget."
            )
        nobodys = copies.digests() - referred_copies(store, options.tenant)
    moment = datetime.now(UTC) - timedelta(days=options.older_than_days)
    removed = copies.remove(copies.written_before(moment, nobodys))
    sys.stdout.write(f"Removed {removed} copies of files from {storage.url}. None of them is left.\n")
