"""The dashboards in a real browser, where there is a Grafana to look at: `make test-grafana`."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent / "browser/look.mjs"


# Skipped by default: Grafana is a server of its own, with a browser to look at it, and neither comes with our packages.
# What the dashboards ask is tested without them, on the real engine, beside this file.
@pytest.mark.skipif(
    "GRAFANA_URL" not in os.environ,
    reason="the dashboards were not looked at: set GRAFANA_URL to a Grafana that has them (docs/viewer.md)",
)
def test_every_dashboard_loads_and_the_way_to_a_round_and_back_works(tmp_path: Path) -> None:
    node = shutil.which("node")
    assert node, "the browser test needs Node.js"
    assert (SCRIPT.parent / "node_modules").is_dir(), f"run `npm install` in {SCRIPT.parent} first"
    shots = os.environ.get("SCREENSHOTS", str(tmp_path / "screenshots"))
    seen = subprocess.run(
        [node, SCRIPT],
        env=os.environ | {"SCREENSHOTS": shots},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert (seen.returncode, seen.stderr) == (0, ""), f"screenshots are in {shots}"
