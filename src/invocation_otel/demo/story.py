"""`invocation-otel demo`: the company's day, recorded, checked and shown."""

from importlib.util import find_spec
from pathlib import Path

from invocation_otel.errors import MissingExtraError

NEEDED = ("anthropic", "chdb", "openai", "wrapt")
"""The modules that the extra ``demo`` brings: the clients, the engine, and what watches the clients' imports."""


def run_demo(*, folder: Path, live: bool, keep: bool) -> int:
    """Record a day of the demo's company into the store in *folder*, and show it; the exit code.

    *live* asks real providers, *keep* goes on serving the store until Ctrl-C. Raises MissingExtraError when a part is
    not installed.
    """
    missing = [module for module in NEEDED if find_spec(module) is None]
    if missing:
        raise MissingExtraError(
            f"The demo needs {', '.join(missing)}, which is not installed: pip install 'invocation-otel[demo]'"
        )
    # Only here: without the extra, the line above must be what is seen.
    from .performance import perform  # noqa: PLC0415 - see the line above

    return perform(folder=folder, live=live, keep=keep)
