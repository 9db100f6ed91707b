"""Calls of ``openai`` 2 while ``httpx2``, for which it looks in ``sys.modules``, takes long to import."""

import sys
from threading import Event, current_thread, main_thread

from held_import import HeldImport

_LONGEST_S = 20
_called = Event()
_held = HeldImport("httpx2", lambda: current_thread() is main_thread() or _called.wait(_LONGEST_S))

from openai import OpenAI  # noqa: E402 - not before its import is watched

from matrix_inside import QUESTION, World  # noqa: E402 - as above

IMPORTED_BY = ""
"""The thread that imported ``httpx2``."""


def call_while_prices_are_read(world: World) -> None:
    global IMPORTED_BY  # noqa: PLW0603 - a fact, which is known only now
    _call(world)
    while not _held.begun.wait(0.02) and not _has_prices():
        pass  # our thread has not yet begun to read them
    try:
        _call(world)
    finally:
        _called.set()
        IMPORTED_BY = _held.thread


def _has_prices() -> bool:
    return hasattr(sys.modules.get("genai_prices"), "__version__")


def _call(world: World) -> None:
    with OpenAI(base_url=world.openai_url, api_key=world.api_key, max_retries=0) as client:
        messages = [{"role": "user", "content": QUESTION}]
        client.chat.completions.create(model="gpt-4o-mini", messages=messages)  # type: ignore[arg-type] # a dictionary will do
