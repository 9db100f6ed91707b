"""The demo as a command, and the check that it makes of its own figures."""

import os
import subprocess
import sys
import sysconfig
from decimal import Decimal
from importlib.metadata import packages_distributions, requires
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import invocation_otel
from invocation_otel.demo.check import Stored, differences
from invocation_otel.demo.story import NEEDED, run_demo
from invocation_otel.errors import MissingExtraError

COUNT_RUNS = """
import sys
from invocation_otel.store.client import open_store

with open_store(sys.argv[1]) as store:
    print(store.rows("SELECT count() AS runs, uniqExact(status) AS statuses FROM v_runs"))
"""


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **environment},
        check=False,
    )


def test_the_demo_records_checks_and_shows_and_a_second_one_adds_to_it(tmp_path: Path) -> None:
    url, scripts = (tmp_path / "a folder").as_uri(), sysconfig.get_path("scripts")
    exports = [f'  export PATH="{scripts}:$PATH"', f'  export INVOCATION_URL="{url}"']
    for path, needed in ((os.defpath, exports), (scripts, exports[1:])):
        demo = python("-m", "invocation_otel", "demo", "--url", url, PATH=path)
        assert (demo.returncode, demo.stderr) == (0, "")
        assert [line for line in demo.stdout.splitlines() if line.startswith("  export ")] == needed
        shown = [
            "50 runs with",
            "same in the program and in SQL, to the last of 9 decimals",
            "What has each agent spent",
            "Which LLM calls took longest?",
            "What did the model see and say",
            "invocation_otel.instrument(MyAgent)",
        ]
        assert [text for text in shown if text not in demo.stdout] == []
    counted = python("-c", COUNT_RUNS, url)
    assert (counted.stdout.strip(), counted.stderr) == ("[{'runs': 100, 'statuses': 5}]", "")


def test_live_without_keys_is_one_clear_line(tmp_path: Path) -> None:
    keys = {"OPENAI_API_KEY": "", "ANTHROPIC_API_KEY": ""}
    demo = python("-m", "invocation_otel", "demo", "--live", "--url", tmp_path.as_uri(), **keys)
    assert demo.returncode == 1
    neither = "neither OPENAI_API_KEY nor ANTHROPIC_API_KEY is set: set one.\n"
    assert demo.stderr == f"invocation-otel: --live asks real providers, but {neither}"


def test_a_missing_part_is_named_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "chdb", None)
    with pytest.raises(MissingExtraError, match=r"^The demo needs chdb, .* pip install 'invocation-otel\[demo\]'$"):
        run_demo(folder=tmp_path, live=False, keep=False)


def brought_by(wanted: str) -> set[str]:
    """The distributions that ``pip install`` *wanted* brings, by what those that are installed here ask for."""
    todo, seen = [Requirement(wanted)], set()
    while todo:
        one = todo.pop()
        if (key := (canonicalize_name(one.name), frozenset(one.extras))) not in seen:
            seen.add(key)
            below = [Requirement(text) for text in requires(one.name) or ()]
            extras = {"", *one.extras}
            todo += [b for b in below if not b.marker or any(b.marker.evaluate({"extra": extra}) for extra in extras)]
    return {name for name, _ in seen}


def test_what_the_demo_asks_for_is_what_its_extra_brings() -> None:
    installed = packages_distributions()
    brought = brought_by("invocation-otel[demo]")
    assert [module for module in NEEDED if brought.isdisjoint(map(canonicalize_name, installed[module]))] == []


def test_a_figure_that_arrived_differently_is_said(recording: Any) -> None:
    with invocation_otel.invocation("support") as run, run.round(provider="openai", model="gpt-4o") as round_:
        round_.respond("Hello.", input_tokens=10, output_tokens=2)
    assert recording.handle.flush()
    same = {"rounds": 1, "input_tokens": 10, "output_tokens": 2, "cost_usd": Decimal("0.000045000")}
    row = {**same, "status": "success"}
    assert differences([run], Stored(rows={run.id: row}, sums={run.id: same})) == []
    one_nano_more = {**row, "cost_usd": Decimal("0.000045001")}
    assert differences([run], Stored(rows={run.id: one_nano_more}, sums={})) == [
        f"support {run.id}: cost_usd is 0.000045000 in the program and 0.000045001 in its row of v_runs.",
        f"support {run.id}: the sum of its rows of v_rounds is missing.",
    ]
