"""How fast each panel of the dashboards answers over HTTP, as Grafana asks: `invocation-otel serve` on a filled folder.

Fill it first: `python benchmarks/store.py --runs 1000000 --folder FOLDER --spans 0`. Every panel is asked for the
tenant with 40 % of the runs, over the time range with which its dashboard opens. Exits with 1 when a panel of the list
of runs takes 300 ms or more.
"""

import argparse
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from invocation_otel.store.client import Store, open_store
from store_questions import TENANT, Question, answers, page, table

_DASHBOARDS = Path(__file__).parents[1] / "grafana/dashboards"
_TARGET_MS = {"invocation-logs": 300}
_DAYS = {"h": 1 / 24, "d": 1.0}


def panels(store: Store, now: datetime, only: str) -> Iterator[Question]:
    """Every panel with a query, as its dashboard opens; of a run and a session, one that is a month old."""
    chosen = _chosen(store)
    for path in sorted(_DASHBOARDS.glob("*.json")):
        dashboard = json.loads(path.read_text("utf-8"))
        opened = page(now, days=_days(dashboard["time"]["from"]))
        opened = type(opened)(**{**vars(opened), "variables": {**opened.variables, **chosen}})
        for panel in dashboard["panels"]:
            label = f"{path.stem.removeprefix('invocation-')}: {panel['title']}"
            if only in label:
                sql = opened.sql(panel["targets"][0]["rawSql"])
                yield Question(label=label[:33], file="", sql=sql, target_ms=_TARGET_MS.get(path.stem))


def _days(since: str) -> float:
    """The days of a time such as ``now-30d``."""
    found = re.fullmatch(r"now-(\d+)([hd])", since)
    assert found, since
    return int(found[1]) * _DAYS[found[2]]


def _chosen(store: Store) -> dict[str, str]:
    [run] = store.rows(
        "SELECT run_id AS run, session_id AS session FROM v_runs "
        "WHERE tenant = {tenant:String} AND started_at < now() - INTERVAL 30 DAY ORDER BY started_at DESC LIMIT 1",
        {"tenant": TENANT},
    )
    return {**run, "round": "3", "other": "", "view": "rendered"}


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of `invocation-otel serve` over the store in *folder*."""
    command = [sys.executable, "-m", "invocation_otel", "serve", "--url", folder.as_uri(), "--otlp-port", "0"]
    with subprocess.Popen([*command, "--http-port", "0"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            next(line for line in process.stdout if "Stop with" in line)
            yield json.loads((folder / "serve.json").read_text())["url"]
        finally:
            process.send_signal(signal.SIGTERM)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="of a store that benchmarks/store.py has filled")
    parser.add_argument("--passes", type=int, default=9, help="how often each panel is asked (9)")
    parser.add_argument("--only", default="", help="ask only panels that have this in `dashboard: title`")
    parser.add_argument("--json", action="store_true", help="one object instead of a table")
    options = parser.parse_args()
    with served(options.folder.absolute()) as url, open_store(url) as store:
        asked = list(panels(store, datetime.now(UTC), options.only))
        answered = answers(store, asked, passes=options.passes)
    told: list[dict[str, Any]] = [one.told() for one in answered]
    sys.stdout.write(json.dumps(told, indent=1) if options.json else table(answered))
    sys.stdout.write("\n")
    return int(not all(one.met for one in answered))


if __name__ == "__main__":
    sys.exit(main())
