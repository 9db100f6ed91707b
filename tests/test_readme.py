"""The README's code runs, as it stands there."""

import os
import re
import subprocess
import sys
from pathlib import Path

from invocation_otel.store.client import open_store
from processes import ROOT, served

README = (ROOT / "README.md").read_text()


def test_the_readmes_code_records_its_runs_and_its_sql_answers(tmp_path: Path) -> None:
    code = "\n".join(re.findall(r"```python\n(.*?)```", README, re.DOTALL))
    [sql] = re.findall(r"```sql\n(.*?)```", README, re.DOTALL)
    with served(tmp_path / "store") as server:
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"OTEL_EXPORTER_OTLP_ENDPOINT": server.otlp_url},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stderr == ""
        with open_store(server.http_url) as store:
            runs = store.rows("SELECT run_id, trigger, user_id, rounds, tool_calls FROM v_runs ORDER BY started_at")
            spent = store.rows(sql)

    run_id, cost, _ = done.stdout.split()
    assert [(run["trigger"], run["user_id"], run["rounds"], run["tool_calls"]) for run in runs] == [
        ("user", "42", 0, 0),
        ("user", "", 1, 1),
    ]
    assert runs[1]["run_id"] == run_id
    told = [(row["agent"], f"{row['spent']:.9f}", row["unpriced"]) for row in spent]
    assert told == [("support", f"{float(cost):.9f}", 0)]
