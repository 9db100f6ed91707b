"""A process beside the tests, with an engine of its own: a process can open only one folder."""

import subprocess
import sys
import textwrap

PREAMBLE = """
import sys
from invocation_otel.store.client import open_store
from invocation_otel.store.migrate import migrate
"""


def in_process(code: str, *arguments: str) -> subprocess.Popen[str]:
    """Start *code*, which finds `open_store`, `migrate` and its *arguments* as `sys.argv[1:]`."""
    command = [sys.executable, "-W", "error", "-c", PREAMBLE + textwrap.dedent(code), *arguments]
    return subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def outcome(process: subprocess.Popen[str]) -> str:
    """What *process* printed, or the last line of its error."""
    printed, complained = process.communicate(timeout=60)
    return printed.strip() if process.returncode == 0 else complained.strip().splitlines()[-1]
