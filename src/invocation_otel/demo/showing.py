"""What the demo shows in the end: the list, one run, three questions in SQL, and what to do next."""

import os
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from invocation_otel import Run
from invocation_otel.settings import Settings
from invocation_otel.store.client import Store
from invocation_otel.view.filters import Filters
from invocation_otel.view.run import print_run
from invocation_otel.view.runs import print_runs
from invocation_otel.view.terminal import heading, show, show_lines

from .questions import print_questions

_LISTED = 20
_NEXT = """
  invocation-otel runs                 the list; --agent, --status, --user and more filter it, --json is for jq
  invocation-otel show {short_id}        that run again; --round 1 shows what the model was sent and what it said
  invocation-otel serve                keeps the store open: OTLP on port 4318, ClickHouse's HTTP interface on 8123
  curl 'http://127.0.0.1:8123/?query=SELECT+agent,cost_usd+FROM+invocation.v_runs'

  Your own agent, any class with a method run:

      import invocation_otel

      invocation_otel.configure(service_name="my-service")
      invocation_otel.instrument(MyAgent)
      MyAgent().run("Where is order 7?", triggered_by="user", user_id="42")
"""


def show_results(console: Console, store: Store, runs: Sequence[Run]) -> None:
    """Show everything that is recorded, and of *runs* the richest one in detail."""
    richest = max(runs, key=lambda run: (run.rounds, run.usage.output_tokens))
    show(console, heading("The list"), Text())
    print_runs(store, console=console, filters=Filters(limit=_LISTED))
    show(console, heading("One run in detail"), Text())
    print_run(store, richest.id, console=console)
    print_questions(console, store, run_id=richest.id)
    show(console, heading("What next"))
    show_lines(console, _NEXT.format(short_id=richest.id[-8:]).splitlines())


def show_place(console: Console, folder: Path, *, kept_at: str | None) -> None:
    """Say how the commands find the store, where they do not by themselves, and that it is still served."""
    if kept_at:
        show(console, Text(f"Serving on: {kept_at}, and spans on port 4318. Stop with Ctrl-C."))
    elif folder.absolute().as_uri() != Settings.from_env(os.environ).store_url:
        show(console, Text(f"For these commands, first: export INVOCATION_URL={folder.absolute().as_uri()}"))
