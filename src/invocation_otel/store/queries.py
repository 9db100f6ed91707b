"""The questions asked of the store, each in its own SQL file, whose first line says it."""

import re
from functools import cache
from importlib.resources import files

_PIECE = re.compile(r"\{\{(\w+)\}\}")


@cache
def query(name: str) -> str:
    """The SQL of the question *name*, such as ``runs_list``; its parameters are typed, so any value is safe in them.

    ``{{word}}`` in a file stands for ``pieces/word.sql``, which several of them share.
    """
    return _PIECE.sub(lambda found: _text(f"pieces/{found[1]}").strip(), _text(name))


def _text(path: str) -> str:
    return (files(__package__) / "queries" / f"{path}.sql").read_text("utf-8")
