"""`invocation-otel demo`: the company's day, recorded, checked and shown."""

from importlib.util import find_spec
from pathlib import Path

from invocation_otel.errors import MissingExtraError

_NEEDED = (
    "anthropic",
    "chdb",
    "openai",
    "opentelemetry.instrumentation.genai.anthropic",
    "opentelemetry.instrumentation.genai.openai",
)


def run_demo(*, folder: Path, live: bool, keep: bool) -> int:
    """Record a day of the demo's company into the store in *folder*, and show it; the exit code.

    *live* asks real providers, *keep* goes on serving the store until Ctrl-C. Raises MissingExtraError when a part is
    not installed.
    """
    missing = [module for module in _NEEDED if not _is_installed(module)]
    if missing:
        raise MissingExtraError(
            f"The demo needs {', '.join(missing)}, which is not installed: pip install 'invocation-otel[demo]'"
        )
    # Only here: without the extra, the line above must be what is seen.
    from .performance import perform  # noqa: PLC0415 - see the line above

    return perform(folder=folder, live=live, keep=keep)


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # a package above it is missing
        return False
