"""The examples run as they stand, in processes of their own, and what they say is recorded is stored."""

import json
import os
import subprocess
import sys
from pathlib import Path

from invocation_otel.demo.providers import ProviderServer
from invocation_otel.demo.script import Reply
from invocation_otel.store.client import open_store
from migrated_folder import migrated
from processes import ROOT, served


def test_the_original_client_is_recorded_by_one_call(tmp_path: Path) -> None:
    invoice = tmp_path / "invoice.pdf"
    invoice.write_bytes(b"%PDF-1.7")
    reply = Reply(text="It is right.", input_tokens=1000, output_tokens=20, cache_read_tokens=400)
    with ProviderServer(lambda _: reply) as providers, served(migrated(tmp_path / "store")) as server:
        environment = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": server.otlp_url,
            "OPENAI_BASE_URL": providers.openai_url,
            "OPENAI_API_KEY": providers.api_key,
        }
        done = subprocess.run(
            [sys.executable, ROOT / "examples" / "original_client.py", invoice],
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=True,
        )
        with open_store(server.http_url) as store:
            [run] = store.rows("SELECT * FROM v_runs")
            [variables] = store.rows("SELECT body FROM v_messages WHERE part = 'variables'")
            [file] = store.rows("SELECT * FROM v_files")
    assert done.stderr == ""
    # 600 fresh tokens at 0.15, 400 cached at 0.075 and 20 out at 0.6 dollars for a million
    assert done.stdout == "It is right. 0.000132\n"
    assert {name: run[name] for name in ("agent", "trigger", "user_id", "session_id", "status", "rounds")} == {
        "agent": "invoice-checker",
        "trigger": "user",
        "user_id": "42",
        "session_id": "s1",
        "status": "success",
        "rounds": 1,
    }
    assert f"{run['cost_usd']:.9f}" == "0.000132000"
    assert json.loads(variables["body"]) == {"variables": {"order": 7}, "system_variables": {"shop": "Acme"}}
    assert (file["name"], file["media_type"], file["bytes"]) == ("invoice.pdf", "application/pdf", 8)
