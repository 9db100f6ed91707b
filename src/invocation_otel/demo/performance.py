"""The demo from its first line to its last: serve, record, check, show."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

import invocation_otel
from invocation_otel.local import LocalServer
from invocation_otel.local.server import wait_until_stopped
from invocation_otel.store.client import open_store
from invocation_otel.view.terminal import heading, show

from .act import Act
from .check import Stored, differences
from .clients import live_clients, live_keys, scripted_clients
from .company import run_company
from .showing import show_results
from .staff import Staff


def perform(*, folder: Path, live: bool, keep: bool) -> int:
    """Serve the store, let the company's day happen, check that every run arrived as it was, and show it."""
    console = Console()
    keys = live_keys(os.environ) if live else None
    # Kept, it is found where agents look for it; else it must not be in the way of one that is served already.
    with LocalServer(folder) if keep else LocalServer(folder, otlp_port=0, http_port=0) as server:
        way = f"agents ─▶ OTLP {server.otlp_url} ─▶ ClickHouse {server.shown_url}"
        show(console, heading("A day of three small shops", f"recorded into {folder}"), Text(f"{way}\n", style="dim"))
        wrong, staff = _recorded(console, server, keys=keys)
        if wrong:
            show(console, Text("\nNot everything arrived as it was recorded:", style="red"), *map(Text, wrong))
            return 1
        with open_store(server.http_url) as store:
            show_results(console, store, staff.bills.runs, folder=folder)
        if keep:
            on = Text(f"Serving on: {server.shown_url}, and spans on port 4318. Stop with Ctrl-C.")
            wait_until_stopped(lambda: show(console, on))
    return 0


def _recorded(console: Console, server: LocalServer, *, keys: Mapping[str, str] | None) -> tuple[list[str], Staff]:
    """What the day's runs differ in between the program and the database, and the staff."""
    handle = invocation_otel.configure(service_name="demo-shops", endpoint=server.otlp_url)
    try:
        staff = asyncio.run(_day(console, keys))
        flushed, stats = handle.flush(), handle.stats()
    finally:
        handle.shutdown()
    lost = [] if flushed and not stats.dropped else [f"Spans were lost on the way: {stats}."]
    with open_store(server.http_url) as store:
        found = differences(staff.bills.runs, Stored.of(staff.bills.runs, store))
    if not lost + found:
        show(console, _checked(staff))
    return lost + found, staff


def _checked(staff: Staff) -> Text:
    runs, rounds = len(staff.bills.runs), sum(run.rounds for run in staff.bills.runs)
    return Text(
        f"\n{runs} runs with {rounds} rounds have arrived. Status, rounds, tokens and cost_usd of each run are the "
        "same in the program and in SQL, to the last of 9 decimals.",
        style="green",
    )


async def _day(console: Console, keys: Mapping[str, str] | None) -> Staff:
    def tell(act: Act, runs: int) -> None:
        line = Table.grid(padding=(0, 0, 0, 2))
        line.add_column(no_wrap=True, style="cyan")
        line.add_column(no_wrap=True)
        line.add_row(f"{act.agent:<15}", f"{runs:>2} {'run' if runs == 1 else 'runs':<4}", act.story)
        show(console, line)

    async with live_clients(keys) if keys else scripted_clients() as clients:
        return await run_company(clients, live=bool(keys), told=tell)
