"""The subcommands for whoever runs the store: tenants, reprice, spool."""

import argparse
import os
import sys
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import SettingsError
from .settings import DEFAULT_ENDPOINT, Settings, default_spool_folder

if TYPE_CHECKING:
    from .store.client import Store
    from .store.tenants import Tenant


def opened(options: argparse.Namespace, settings: Settings) -> AbstractContextManager["Store"]:
    """The store that the option ``--url`` names, else the settings."""
    from .store.client import open_store  # noqa: PLC0415 - each command imports only what it needs

    return open_store(options.url or settings.store_url)


def add_commands(commands: Any, where: argparse.ArgumentParser) -> None:
    """Add the subcommands to the command's parser; *where* has the option ``--url``."""
    tenants = commands.add_parser(
        "tenants", help="tenants: a user that reads only its own rows, and how long these are kept"
    )
    actions = tenants.add_subparsers(title="actions", required=True, metavar="ACTION")
    kept = argparse.ArgumentParser(add_help=False)
    kept.add_argument("--retention-days", type=int, default=365, help="for facts (default: %(default)s)")
    kept.add_argument("--content-retention-days", type=int, default=90, help="for what was said (default: %(default)s)")
    add = actions.add_parser("add", parents=[where, kept], help="add a tenant; its password is shown once")
    add.add_argument("name")
    add.set_defaults(command=_add_tenant)
    retention = actions.add_parser("retention", parents=[where, kept], help="say how long a tenant's rows are kept")
    retention.add_argument("name")
    retention.set_defaults(command=_set_retention)
    actions.add_parser("list", parents=[where], help="list the tenants, and how long their rows are kept").set_defaults(
        command=_list_tenants
    )
    remove = actions.add_parser("remove", parents=[where], help="remove a tenant's user; its rows stay")
    remove.add_argument("name")
    remove.set_defaults(command=_remove_tenant)

    reprice = commands.add_parser("reprice", parents=[where], help="price the rounds that had no price")
    reprice.add_argument("--tenant", help="only this tenant's")
    reprice.add_argument("--since", help="rounds that began at or after: 2026-11-22, an ISO time, 24h, 7d, today")
    reprice.add_argument("--until", help="rounds that began before; a day is in to its end")
    reprice.set_defaults(command=_reprice)

    spool = commands.add_parser("spool", help="look at, deliver or drop the spans that wait on this machine's disk")
    spool.add_argument("action", choices=("ls", "replay", "drop"))
    spool.add_argument("--folder", type=Path, help="default: the folder of the endpoint")
    spool.set_defaults(command=_spool)


def _add_tenant(options: argparse.Namespace, settings: Settings) -> None:
    from .store.tenants import add_tenant, generated_password  # noqa: PLC0415

    password = generated_password()
    with opened(options, settings) as store:
        tenant = add_tenant(
            store,
            options.name,
            password=password,
            retention_days=options.retention_days,
            content_retention_days=options.content_retention_days,
        )
    sys.stdout.write(f"Tenant {tenant.name}: user {tenant.user}, password {password} (shown only now)\n")


def _set_retention(options: argparse.Namespace, settings: Settings) -> None:
    from .store.tenants import set_retention  # noqa: PLC0415

    with opened(options, settings) as store:
        tenant = set_retention(
            store,
            options.name,
            retention_days=options.retention_days,
            content_retention_days=options.content_retention_days,
        )
    sys.stdout.write(f"Tenant {tenant.name}: what comes in from now on is kept {_days(tenant)}\n")


def _list_tenants(options: argparse.Namespace, settings: Settings) -> None:
    from .store.tenants import list_tenants  # noqa: PLC0415

    with opened(options, settings) as store:
        found = list_tenants(store)
    lines = "".join(f"{tenant.name}\tkept {_days(tenant)}\n" for tenant in found)
    sys.stdout.write(lines or "No tenant was added or has a retention of its own.\n")


def _days(tenant: "Tenant") -> str:
    return f"{tenant.retention_days} days, what was said {tenant.content_retention_days} days"


def _remove_tenant(options: argparse.Namespace, settings: Settings) -> None:
    from .store.tenants import remove_tenant  # noqa: PLC0415

    with opened(options, settings) as store:
        remove_tenant(store, options.name)
    sys.stdout.write(f"Removed the user of tenant {options.name}. To erase its rows: invocation-otel forget.\n")


def _reprice(options: argparse.Namespace, settings: Settings) -> None:
    from .spans.own_prices import chosen_prices  # noqa: PLC0415
    from .spans.prices import use_own_prices  # noqa: PLC0415
    from .store.reprice import reprice  # noqa: PLC0415
    from .view.times import since_moment, until_moment  # noqa: PLC0415

    now = datetime.now(UTC)
    since = since_moment(options.since, now=now) if options.since else None
    until = until_moment(options.until, now=now) if options.until else None
    use_own_prices(chosen_prices(None, settings.prices))
    with opened(options, settings) as store:
        report = reprice(store, since=since, until=until, tenant=options.tenant)
    sys.stdout.write(f"Priced {report.rounds} rounds of {report.runs} runs: ${report.cost_usd}\n")
    for (provider, model), rounds in report.unknown.most_common():
        sys.stdout.write(f"No price is known for {provider or 'an unnamed provider'} / {model}: {rounds} rounds\n")
    if report.unknown:
        sys.stdout.write("Give them one in a file, INVOCATION_PRICES names it, and call this again: docs/cost.md\n")


def _spool(options: argparse.Namespace, settings: Settings) -> None:
    from rich.console import Console  # noqa: PLC0415

    from .configure import otlp_http_sender  # noqa: PLC0415
    from .deliver.spool_files import drop, print_spool, replay  # noqa: PLC0415

    endpoint = settings.endpoint or DEFAULT_ENDPOINT
    folder = options.folder or settings.spool_folder or default_spool_folder(os.environ, endpoint)
    match options.action:
        case "ls":
            print_spool(folder, Console())
        case "drop":
            sys.stdout.write(f"Dropped {drop(folder)} spans that waited in {folder}.\n")
        case _:
            done = replay(folder, otlp_http_sender(settings, endpoint))
            sys.stdout.write(f"Delivered {done.delivered} spans to {endpoint}.\n")
            if done.left:
                raise SettingsError(f"{done.left} spans were not taken and stay in {folder}: {done.reason}")
