"""The package of the price list imports ``httpx2``, on a thread of ours; ``openai`` must never see that half done."""

from importlib import import_module
from typing import Any

from invocation_otel.record.guard import agent_goes_on

from .activate import after_import
from .library import has_module

_SEEN = "httpx2"


def import_what_openai_looks_at() -> None:
    """Have ``httpx2`` imported as soon as ``openai`` is, on the thread that imports it.

    ``openai`` 2 looks for it in ``sys.modules`` when a client is made and when an answer is read. What another thread
    has imported of it so far it would take for the whole, and the call would raise ``AttributeError``. ``openai`` 3
    imports it itself; a program without ``openai`` does not pay the tenth of a second.
    """
    if has_module("openai") and has_module(_SEEN):
        after_import("openai", _import)


def _import(_openai: Any) -> None:
    with agent_goes_on("importing what openai looks at"):
        import_module(_SEEN)
