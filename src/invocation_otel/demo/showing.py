"""What the demo shows in the end: the list, one run, three questions in SQL, and what to do next."""

import os
import sysconfig
from collections.abc import Sequence
from pathlib import Path
from shutil import which

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
_NEXT = """{exports}
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


def show_results(console: Console, store: Store, runs: Sequence[Run], *, folder: Path) -> None:
    """Show everything that is recorded in the store in *folder*, and of *runs* the richest one in detail."""
    richest = max(runs, key=lambda run: (run.rounds, run.usage.output_tokens))
    show(console, heading("The list"), Text())
    print_runs(store, console=console, filters=Filters(limit=_LISTED))
    show(console, heading("One run in detail"), Text())
    print_run(store, richest.id, console=console)
    print_questions(console, store, run_id=richest.id)
    show(console, heading("What next"))
    show_lines(console, _NEXT.format(exports=_exports(folder), short_id=richest.id[-8:]).splitlines())


def _exports(folder: Path) -> str:
    """What to tell a shell that would not find the command, or the store in *folder*; empty when it finds both."""
    url, scripts = folder.absolute().as_uri(), sysconfig.get_path("scripts")
    path = [] if which("invocation-otel") else [f'PATH="{scripts}:$PATH"']
    found = [] if url == Settings.from_env(os.environ).store_url else [f'INVOCATION_URL="{url}"']
    lines = "\n".join(f"  export {setting}" for setting in path + found)
    return f"\n{lines}\n" if lines else ""
