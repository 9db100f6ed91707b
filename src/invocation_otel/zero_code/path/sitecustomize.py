# ruff: noqa: INP001 - no package: its folder is what is put on PYTHONPATH
"""Python imports this as it starts, because `invocation-otel exec` has put its folder first on PYTHONPATH."""

import importlib.util
import os
import sys
from importlib.machinery import PathFinder


def _next_one() -> None:
    """Run the sitecustomize that would have run without us: an environment, or a Linux distribution, may have one."""
    ours = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib would be imported for nothing
    others = [entry for entry in sys.path if os.path.abspath(entry) != ours]  # noqa: PTH100
    spec = PathFinder.find_spec("sitecustomize", others)
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


try:
    from invocation_otel.zero_code.begin import begin
except ImportError as error:
    sys.stderr.write(f"invocation-otel: {sys.executable} is not recorded: {error}. Install invocation-otel there.\n")
else:
    begin()
_next_one()
