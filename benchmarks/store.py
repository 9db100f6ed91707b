"""How fast the store answers, how much it takes in, and how many bytes a long run costs.

Runs of four rounds and one tool call over 90 days and 50 tenants, one of which has 40 %; all questions are that
tenant's. The typed tables are filled by INSERT … SELECT inside the engine, about two minutes for a million runs: not
through the landing table. How fast that one is, is measured by itself, with real spans, which also puts fresh parts
beside the settled ones. The embedded engine runs in this process; `SELECT 1` tells what the machine does meanwhile.
Exits with 1 when a target is missed.
"""

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from invocation_otel.store.client import Store, open_store
from invocation_otel.store.landing import LANDING_COLUMNS, LANDING_TABLE
from invocation_otel.store.migrate import migrate
from invocation_otel.store.row_binary import row_binary
from invocation_otel.store.settle import roll_up
from store_questions import answers, questions, table
from store_rows import LOADS, landing_row, message, spans, text

_SPANS_OF_RUN = 6
_ROLLUPS = ("usage_daily_user", "usage_hourly", "runs_daily")
_STEP = 250_000
_ON_DISK_TARGET = 1.3
_INSERT_TARGET = 5000


def load(store: Store, runs: int, now: datetime) -> None:
    """Fill the typed tables with *runs* runs, in parts of a quarter of a million, and let them settle."""
    # These rows say that they came in long ago, and rollups look for what came in since the last time.
    store.run("SYSTEM STOP VIEWS")
    for name, sql in LOADS.items():
        began = time.perf_counter()
        for first in range(0, runs if name != "facets" else 1, _STEP):
            parameters = {"runs": runs, "now": now, "first": first, "count": min(_STEP, runs - first)}
            store.run(sql, parameters)
        store.run(f"OPTIMIZE TABLE {name} FINAL")
        _say(f"loaded {name:<12} {time.perf_counter() - began:7.1f} s")
    began = time.perf_counter()
    store.run("SYSTEM START VIEWS")
    roll_up(store)
    for name in _ROLLUPS:
        store.run(f"OPTIMIZE TABLE {name} FINAL")
    _say(f"rolled up           {time.perf_counter() - began:7.1f} s")


def long_run(store: Store) -> dict[str, Any]:
    """What a run of 100 rounds costs on disk, each of which sends all that was said before."""
    seeded = random.Random(100)  # noqa: S311 - the same text every time
    said = [message("user" if n % 2 else "assistant", text(seeded, 2000)) for n in range(100)]
    # What is added up meanwhile for all the other runs is not this one's.
    store.run("SYSTEM STOP VIEWS")
    before = _bytes_on_disk(store)
    store.insert("otel_traces", spans(datetime.now(UTC), seeded, said, keep_history=True))
    grown, new = _bytes_on_disk(store) - before, sum(map(len, said))
    store.run("SYSTEM START VIEWS")
    history = sum((len(said) - number) * len(one) for number, one in enumerate(said))
    return {
        "bytes_of_new_text": new,
        "bytes_with_history": history,
        "bytes_on_disk": grown,
        "on_disk_to_text": round(grown / new, 2),
        "target": _ON_DISK_TARGET,
        "met": grown <= _ON_DISK_TARGET * new,
    }


def inserts(store: Store, *, count: int, batch: int) -> dict[str, Any]:
    """How many spans of about 2 kB go through all views in a second."""
    seeded, now = random.Random(2), datetime.now(UTC)  # noqa: S311 - the same text every time
    made: list[dict[str, Any]] = []
    while len(made) < count:
        said = [message("assistant", text(seeded, 1300)) for _ in range(_SPANS_OF_RUN - 1)]
        made += spans(now - timedelta(seconds=seeded.randrange(60, 86_400)), seeded, said, keep_history=False)
    # Encoded beforehand: that is the work of another process, the Collector or the one that is recorded.
    blocks = [row_binary(map(landing_row, made[first : first + batch])) for first in range(0, len(made), batch)]
    took_s = []
    for block in blocks:
        began = time.perf_counter()
        store.insert_block(LANDING_TABLE, block, columns=LANDING_COLUMNS, data_format="RowBinary")
        took_s.append(time.perf_counter() - began)
    rate = len(made) / sum(took_s)
    return {
        "spans": len(made),
        "bytes_of_a_span": round(sum(len(json.dumps(one)) for one in made) / len(made)),
        "spans_of_a_batch": batch,
        "batch_p50_ms": round(statistics.median(took_s) * 1000),
        "spans_per_s": round(rate),
        "target": _INSERT_TARGET,
        "met": rate >= _INSERT_TARGET,
    }


def _bytes_on_disk(store: Store) -> int:
    """Of all tables; those that hold what rounds say are merged first."""
    for name in ("contents", "rounds"):
        store.run(f"OPTIMIZE TABLE {name} FINAL SETTINGS optimize_skip_merged_partitions = 1")
    sql = "SELECT sum(bytes_on_disk) AS n FROM system.parts WHERE active AND database = currentDatabase()"
    [row] = store.rows(sql)
    return int(row["n"])


@contextmanager
def _opened(folder: str | None) -> Iterator[Store]:
    """The store in *folder*, which is kept, else in one that is gone afterwards."""
    with tempfile.TemporaryDirectory() as aside, open_store(Path(folder or aside).absolute().as_uri()) as store:
        migrate(store)
        yield store


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1_000_000, help="how many runs to load (1,000,000)")
    parser.add_argument("--folder", help="keep the store here; one that is filled already is asked as it is")
    parser.add_argument("--passes", type=int, default=25, help="how often each question is asked (25)")
    parser.add_argument("--only", default="", help="ask only what has this in its label")
    parser.add_argument("--spans", type=int, default=24_000, help="how many spans to insert, 0 for none (24,000)")
    parser.add_argument("--batch", type=int, default=4_000, help="spans in one insert (4,000)")
    parser.add_argument("--json", action="store_true", help="one object instead of tables")
    return parser.parse_args()


def measured(options: argparse.Namespace) -> dict[str, Any]:
    """All that is measured; the questions come last, so that fresh parts are there."""
    now = datetime.now(UTC)
    told: dict[str, Any] = {}
    with _opened(options.folder) as store:
        if not store.rows("SELECT 1 FROM runs LIMIT 1"):
            load(store, options.runs, now)
        [told["stored"]] = store.rows(
            "SELECT (SELECT count() FROM runs) AS runs, (SELECT count() FROM rounds) AS rounds"
        )
        if options.spans:
            told |= {"long run": long_run(store), "inserts": inserts(store, count=options.spans, batch=options.batch)}
        asked = [question for question in questions(now) if options.only in question.label]
        told["questions"] = answers(store, asked, passes=options.passes)
    return told


def main() -> int:
    options = _arguments()
    told = measured(options)
    figures = [told[name] for name in ("long run", "inserts") if name in told]
    met = all(one["met"] for one in figures) and all(one.met for one in told["questions"])
    if options.json:
        answered = [one.told() for one in told["questions"]]
        sys.stdout.write(json.dumps(told | {"questions": answered, "met": met}, indent=1) + "\n")
        return int(not met)
    sys.stdout.write("{runs:,} runs, {rounds:,} rounds; targets are for 10,000,000 runs\n".format(**told["stored"]))
    for name in ("long run", "inserts"):
        facts = ", ".join(f"{fact}: {value}" for fact, value in told.get(name, {}).items())
        sys.stdout.write(f"{name}: {facts}\n" if facts else "")
    sys.stdout.write(f"\n{table(told['questions'])}\n")
    return int(not met)


if __name__ == "__main__":
    sys.exit(main())
